"""What is said of costs that are not paid in time, and of what outcome payers pay. Truth: worked out on paper."""

import numpy as np

import sib
from sib.show.text import error_of_difference, lines, meaning, report
from tests.settlement.test_waterfall import TestCostsThatThereIsNoMoneyFor as Revolving
from tests.settlement.test_waterfall import deal
from tests.test_cookbook import BASE, FRAGMENTS, laid_over

OVERRUN = (
    '[[costs]]\nname = "service"\nto = "provider"\nper = "cohort"\namount = 100_000\n'
    "[beliefs.overruns]\nservice = { mean = 0.3 }\n"
)


def sentences(scenario):
    return meaning(sib.simulate(scenario, 1, rng=1, chance=())).splitlines()[0]


def test_costs_that_are_never_paid_are_said():
    """Two times 130,000 against 200,000."""
    assert sentences(deal(OVERRUN)).endswith(
        " COSTS ARE NOT PAID IN TIME in 100.0% of futures: at its worst GBP 60,000 is overdue on average,"
        " GBP 60,000 or more in 5% of futures. In 100.0% some are never paid, GBP 60,000 on average over all futures:"
        " those who are owed them bear that, and the investors' figures look better for it. To pay all of them when due"
        " in 95% of futures takes GBP 260,000 of capital; GBP 200,000 is committed."
    )


def test_costs_that_are_late_only_are_said():
    """3,000 days are believed, 1,000 in each period: 100,000 in December 2020, where 80,000 would be needed."""
    scenario = deal(Revolving.revolving.replace("2020-12-31", "2021-06-30"))
    assert sentences(scenario).endswith(
        " COSTS ARE NOT PAID IN TIME in 100.0% of futures: at its worst GBP 80,000 is overdue on average,"
        " GBP 80,000 or more in 5% of futures. To pay all of them when due in 95% of futures takes GBP 200,000 of"
        " capital; GBP 120,000 is committed."
    )


def test_more_than_all_may_be_lost_where_money_is_owed_besides():
    """60% more arrests: the 200,000 drawn is lost, and 30,000 is owed back in each of the two cohorts."""
    fragment = next(fragment for fragment in FRAGMENTS if 'name = "bonus or malus"' in fragment)
    worse = laid_over(BASE, fragment).replace({"beliefs.effects.arrests": -0.6})
    assert (
        "In the worst 5% of futures 130.0% of it is lost, as money is owed besides the capital, on average."
    ) in sentences(worse)


def test_what_is_gained_at_worst_is_not_called_a_loss():
    """130 arrests avoided in each of two cohorts, at 1,000 each: 260,000 on the 200,000 drawn."""
    good = deal().replace({"beliefs.effects.arrests": 0.65})
    assert "In the worst 5% of futures it all comes back and 30.0% of it more, on average." in sentences(good)


def test_where_all_are_paid_in_time_nothing_is_said():
    assert "COSTS" not in sentences(deal())


def test_fixed_payments_are_in_what_payers_pay_in_all():
    fixed = (
        '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\npays = { amount = 10_000 }\n'
        '[[payments]]\nname = "charge"\npays = { amount = 7_000 }\n'
        "due = { starts = 2021-01-01, times = 3, every_months = 6 }\n"
    )
    assert (
        "100.0% of futures, GBP 20,000 on average; all that they pay, fixed payments and redemptions with it, less what"
        " comes back to them, is GBP 41,000 on average."
    ) in sentences(deal(fixed))


def test_what_no_future_met_or_every_one_did_is_said_with_its_bound():
    """By Wilson, of 2,000: 1.96 squared over 2,003.84. Denver pays for each day housed, and repays lenders from it."""
    simulation = sib.simulate(sib.load("denver"), 2_000, rng=1)
    shown = {line.label: line for line in lines(simulation)}
    late, paid, lost = (
        shown[label]
        for label in ("A cost is paid late or never", "Outcome payer pays something", "Investors lose everything")
    )
    assert (late.value, late.error, late.given) == ("0.0%", "-", "0 of 2,000: at most 0.19%")
    assert (paid.value, paid.error, paid.given) == ("100.0%", "-", "2,000 of 2,000: at least 99.81%")
    assert lost.given == "where capital was drawn; 0 of 2,000: at most 0.19%"
    text = meaning(simulation)
    assert "all of it in none of 2,000 futures (at most 0.19%); on average" in text
    assert "by City and County of Denver in all 2,000 futures (at least 99.81%), USD" in text
    rate = simulation.summary().loc["expected_cash_irr", "estimate"]
    assert f", and the mean cash flow has an IRR of {100 * rate:.1f}% a year." in text


def test_a_bound_is_never_rounded_to_nothing():
    """Of 50,000: 1.96 squared over 50,003.84 is 0.0077%."""
    simulation = sib.simulate(sib.load("educate-girls"), 50_000, rng=1)
    shown = {line.label: line.given for line in lines(simulation)}
    assert shown["A cost is never paid"] == "0 of 50,000: at most 0.0077%"
    assert shown["Outcome payer pays something"] == "50,000 of 50,000: at least 99.9923%"


def test_no_difference_is_printed_as_certain():
    """Neither deal has a cost that is not paid in time, in 2,000 futures."""
    plan = sib.load("peterborough")
    row = sib.compare({"a": plan, "b": plan}, 2_000, rng=1)["b"].loc["late_cost_probability"]
    assert error_of_difference(row, "probability") == "within 0.19%"
    assert error_of_difference({"difference_mcse": 0.0123, "difference_high": 0.1}, "probability") == "1.2%"


def test_a_rate_that_is_not_given_is_printed_with_the_reason():
    simulation = sib.simulate(sib.load("doncaster"), 2_000, rng=1)
    shown = {line.label: line for line in lines(simulation)}
    solved = int(np.isfinite(simulation.columns["irr"]).sum())
    mean, cash = shown["IRR, mean"], shown["IRR of the expected cash"]
    assert (mean.value, mean.error) == (cash.value, cash.error) == ("-", "-")
    assert mean.given == f"where there is an IRR: too few, more than 5% have none ({solved:,} paths)"
    assert cash.given == "the mean cash flow has no IRR"
    assert "mean cash flow" not in meaning(simulation)


def test_each_tranche_has_the_rate_of_its_expected_cash():
    simulation = sib.simulate(sib.load("denver"), 2_000, rng=1)
    table = simulation.tranches()
    for tranche in ("housing loans", "jail loans"):
        (row,) = (line for line in report(simulation).splitlines() if line.startswith(tranche))
        assert f"{100 * table.loc['expected_cash_irr', (tranche, 'estimate')]:.1f}%" in row


def test_a_posterior_says_that_it_is_of_the_whole_deal(plan):
    known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1)
    said = "Given results in hand, and of the whole deal, past cash included. "
    assert meaning(known.posterior).startswith(said)
    assert said not in meaning(known.prior)
    assert "'HMP Peterborough: the plan of 2010' given results in hand, the whole deal: 2,000 paths" in repr(
        known.posterior
    )
    assert "in hand" not in repr(known.prior)
