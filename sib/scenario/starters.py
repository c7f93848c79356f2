"""What `sib new` writes: a small scenario with every table that a contract needs, commented, that runs as it stands."""

STARTER = """\
#:schema sib.schema.json
# For completion and checking as you type, make that file with: sib schema > sib.schema.json
# What each table can say, with an example of each mechanic: the cookbook, scenarios/README.md.

name = "My outcome contract"
summary = "One line that says what it is"
currency = "GBP" # of every amount
start = 2026-01-01 # dates as they are, without quotes
outcome_payer = "Outcome payer" # who pays for outcomes
vehicle = "Vehicle" # who holds the money in between

# Who is served: one table for each cohort.
[[cohorts]]
name = "1"
size = 500
enrol = { starts = 2026-01-01, months = 12 }

[[cohorts]]
name = "2"
size = 500
enrol = { starts = 2027-01-01, months = 12 }

# What is measured, on whom, against what, and when the result is known.
[[metrics]]
name = "reoffending"
kind = "count" # events a person; or proportion, mean, total, index
better = "lower"
window_months = 12
compare = { design = "matched", controls = 5 } # or randomised, historical, none
reported = { months_after_enrolment = 20 }

# What is paid for it. Shares are written as decimals: 0.10 is ten per cent.
[[payments]]
name = "outcomes"
metric = "reoffending"
scope = "cohort" # tested for each cohort by itself
when = { improvement = 0.05 } # at least 5% fewer
pays = { per_unit = 9_000 } # for each event avoided
months_after_result = 2

[[limits]]
name = "budget" # on all outcome payments; `on` names some, `except` takes some out
amount = 2_000_000

# Whose money is at risk, and what it pays for.
[[tranches]]
name = "investors"
amount = 1_000_000
draws = "as needed"

[[costs]]
name = "service"
to = "Provider"
per = "cohort"
amount = 480_000
instalments = 8
every_months = 3

# What you believe. None of this is in the contract; all of it can be argued about.
[beliefs.comparison.reoffending]
mean = 1.4 # events a person without the programme
share_with_any = 0.55 # how many have any: says how unevenly they fall

[beliefs.effects.reoffending]
distribution = "normal"
mean = 0.10 # ten per cent fewer
sd = 0.05
between_cohorts = 0.02

[beliefs.discount_rates]
investors = 0.05

# Where each figure comes from, by its path: a source, or an assumption with its reasoning and range.
[sources]
"payments.outcomes.pays.per_unit" = "Contract, schedule 3"
"beliefs.effects.reoffending.mean" = { assumption = "as in two programmes like this one", range = [0.0, 0.15] }
"""
