"""What `sib new` writes: a small scenario of each kind of contract, commented, that runs as it stands.

Each has every table that a contract of its kind needs, a source or assumption for every figure, and seldom pays where
the programme does nothing.
"""

from __future__ import annotations

from typing import Final

_HEAD: Final = """\
#:schema sib.schema.json
# For completion and checking as you type, make that file with: sib schema > sib.schema.json
# What each table can say, with an example of each mechanic: sib docs cookbook

"""

_COHORT: Final = """\
name = "My outcome contract"
summary = "One line that says what it is"
currency = "GBP" # of every amount
start = 2026-01-01 # dates as they are, without quotes
outcome_payer = "Outcome payer" # who pays for outcomes
vehicle = "Vehicle" # who holds the money in between

# Who is served: one table for each cohort.
[[cohorts]]
name = "1"
size = 1_000
enrol = { starts = 2026-01-01, months = 12 }

[[cohorts]]
name = "2"
size = 1_000
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
# Chance alone moves the result by about four per cent, so a bare threshold of five per cent, tested in each cohort of
# 500, pays for nothing in four contracts of ten. Hence one test, over both cohorts together, at 95% confidence, in
# groups large enough: it pays for nothing in one contract of twenty. See `sib.power` and `sib.sample_size`.
[[payments]]
name = "outcomes"
metric = "reoffending"
scope = "pooled" # tested once, over all cohorts; or "cohort", for each by itself
when = { improvement = 0.05, confidence = 0.95 } # at least 5% fewer, and significantly so
pays = { per_unit = 10_000 } # for each event avoided
months_after_result = 2

[[limits]]
name = "budget" # on all outcome payments; `on` names some, `except` takes some out
amount = 3_500_000

# Whose money is at risk, and what it pays for.
[[tranches]]
name = "investors"
amount = 1_800_000
draws = "as needed"

[[costs]]
name = "service"
to = "Provider"
per = "cohort"
amount = 900_000
instalments = 8
every_months = 3

# What you believe. None of this is in the contract; all of it can be argued about.
[beliefs.comparison.reoffending]
mean = 1.4 # events a person without the programme
share_with_any = 0.55 # how many have any: says how unevenly they fall

[beliefs.effects.reoffending]
distribution = "normal"
mean = 0.12 # twelve per cent fewer
sd = 0.05
between_cohorts = 0.02

[beliefs.discount_rates]
investors = 0.05

# Where each figure comes from, by its path: a source, or an assumption with its reasoning and range. What is said of a
# table is said of all in it that has no source of its own.
[sources]
start = "Contract, front page"
cohorts = "Contract, schedule 1"
metrics = "Contract, schedule 2"
payments = "Contract, schedule 3"
limits = "Contract, schedule 3"
tranches = "Investment agreement"
costs = { assumption = "the provider's plan" }
"beliefs.comparison" = { assumption = "as in the three years before, by the evaluator's report" }
"beliefs.effects" = { assumption = "as in two programmes like this one" }
"beliefs.effects.reoffending.mean" = { assumption = "as in two programmes like this one", range = [0.0, 0.15] }
"beliefs.discount_rates" = { assumption = "what investors like these ask for", range = [0.03, 0.08] }
"""

_RATE_CARD: Final = """\
name = "My rate card"
summary = "One line that says what it is"
currency = "GBP" # of every amount
start = 2026-04-01 # dates as they are, without quotes
outcome_payer = "Outcome payer" # who pays for outcomes
vehicle = "Vehicle" # who holds the money in between
receipts_pay_costs_until = 2029-12-31 # what comes in pays costs first, so that less capital is needed

# Who is served.
[[cohorts]]
name = "participants"
size = 300
enrol = { starts = 2026-04-01, months = 24 }

# The rate card: a line an item, what is reached and the price for each person who reaches it. A person counts once for
# each; `among` says that only those who reached another item can reach this one.
# It is verified and compared with nothing: it cannot pay because a comparison was unlucky, and it does pay for whoever
# would have got there anyway. No test takes these out, so the prices have to: little for a first step that many take by
# themselves, most for what lasts and few reach alone. To pay only where more has changed than chance explains, compare
# the result, as the cohort starter does: sib new FILE --kind cohort.
[[rate_cards]]
name = "rate card"
reported = { first = 2026-06-30, every_months = 3, times = 15 } # verified each quarter
months_after_result = 1
amount = 1_200_000 # the most that is paid in all
per_person = 8_500 # the most that is paid for one person: less than the sum of the prices
items = [
    { metric = "enters training", price = 500 },
    { metric = "enters work", price = 2_000, among = "enters training" },
    { metric = "26 weeks in work", price = 6_500, among = "enters work" },
]

# Whose money is at risk, and what it pays for.
[[tranches]]
name = "investors"
amount = 600_000

[[costs]]
name = "delivery"
to = "Provider"
per = "deal"
amount = 750_000
starts = 2026-04-01
instalments = 12
every_months = 3

# What you believe: the share of those who can reach an item that do, and how many months after the one before.
[beliefs.levels]
"enters training" = { distribution = "triangular", low = 0.65, mode = 0.80, high = 0.90 }
"enters work" = { distribution = "triangular", low = 0.40, mode = 0.55, high = 0.70 }
"26 weeks in work" = { distribution = "triangular", low = 0.55, mode = 0.70, high = 0.80 }

[beliefs.timing]
"enters training" = { months = [1, 3] }
"enters work" = { months = [2, 6] }
"26 weeks in work" = { months = 6 }

[beliefs.discount_rates]
investors = 0.06

# Where each figure comes from, by its path: a source, or an assumption with its reasoning and range. What is said of a
# table is said of all in it that has no source of its own.
[sources]
start = "Contract, front page"
receipts_pay_costs_until = "Investment agreement"
cohorts = "Contract, schedule 1"
"rate_cards.rate card" = "Contract, schedule 3"
tranches = "Investment agreement"
costs = { assumption = "the provider's plan" }
"beliefs.levels" = { assumption = "as in two programmes like this one" }
"beliefs.timing" = { assumption = "as in two programmes like this one" }
"beliefs.discount_rates" = { assumption = "what investors like these ask for", range = [0.04, 0.10] }
"""

_LOAN: Final = """\
name = "My outcome-linked loan"
summary = "One line that says what it is"
currency = "EUR" # of every amount
start = 2026-01-01 # dates as they are, without quotes
outcome_payer = "Foundation" # who pays for outcomes
vehicle = "Loan account" # who holds the money in between

# Who is served with the money that is lent.
[[cohorts]]
name = "children"
size = 1_000
enrol = { starts = 2026-01-01, months = 12 }

# What is measured, on whom, against what, and when the result is known.
[[metrics]]
name = "children in care"
kind = "proportion" # the share of persons; or count, mean, total, index
better = "lower"
window_months = 12
compare = { design = "matched", controls = 3 }
reported = { months_after_enrolment = 18 }

# The loan: what is lent, when it is paid in, its interest and when that and the capital fall due.
[[tranches]]
name = "lender"
amount = 1_000_000
draws = "at start"
interest = 0.02 # a year; shares and rates are written as decimals: two per cent
day_count = "30/360" # or actual/365, actual/360
interest_on = { first = 2027-01-01, every_months = 12, times = 4 }
repaid_on = [[2029-01-01, 500_000], [2030-01-01, 500_000]]

[[costs]]
name = "programme"
to = "Charity" # the borrower
per = "deal"
amount = 1_000_000
starts = 2026-01-01
instalments = 4
every_months = 3

# What the borrower pays whatever the results: all that falls due to the lender, on the days on which it does.
[[payments]]
name = "debt service"
of = { due_to = "lender" }
pays = { amount = 1 } # all of it
payer = "Charity"
to = "lender"

# What the outcome payer adds where the programme works: two or four per cent a year, for the four years of the loan.
# It is one test at 95% confidence over a group of 1,000, so that it pays for nothing in one loan of twenty. A bare
# threshold that chance can pass, or a test each year, would pay for nothing far more often. See `sib.power`.
[[payments]]
name = "success interest"
metric = "children in care"
scope = "pooled"
when = { confidence = 0.95 } # significantly fewer than in the matched group
to = "lender"
of = { principal = "lender", years = 4 } # a rate a year, for so many years
pays = { steps = [[0.05, 0.02], [0.15, 0.04]] } # 2% a year from 5% fewer on, 4% from 15% fewer on

# What you believe. None of this is in the contract; all of it can be argued about.
[beliefs.comparison."children in care"]
share = 0.40 # without the programme

[beliefs.effects."children in care"]
distribution = "normal"
mean = 0.15 # fifteen per cent fewer
sd = 0.05

[beliefs.discount_rates]
lender = 0.03

# Where each figure comes from, by its path: a source, or an assumption with its reasoning and range. What is said of a
# table is said of all in it that has no source of its own.
[sources]
start = "Loan agreement, front page"
cohorts = "Grant agreement, schedule 1"
metrics = "Grant agreement, schedule 2"
tranches = "Loan agreement, clause 2"
costs = { assumption = "the charity's plan" }
"payments.debt service" = "Loan agreement, clause 4"
"payments.success interest" = "Grant agreement, schedule 3"
"beliefs.comparison" = { assumption = "as in the three years before, by the evaluator's report" }
"beliefs.effects" = { assumption = "as in two programmes like this one" }
"beliefs.effects.children in care.mean" = { assumption = "as in two programmes like this one", range = [0.0, 0.25] }
"beliefs.discount_rates" = { assumption = "what lenders like this one ask for", range = [0.02, 0.05] }
"""

STARTERS: Final = {
    kind: _HEAD + text for kind, text in (("cohort", _COHORT), ("rate-card", _RATE_CARD), ("loan", _LOAN))
}
