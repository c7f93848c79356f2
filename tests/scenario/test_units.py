"""What one unit is, in words. Truth: sentences that a person would write; no figure that depends on them."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import sib
from sib.analysis.written import of_words
from sib.run.recipe import Deal
from sib.show.statement import read, statement
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

ACRES = FRAGMENTS[TITLES.index("Acres, megalitres, households: what one unit is")]
CARD = laid_over(BASE, ACRES)
NIGHTS = laid_over(BASE, FRAGMENTS[TITLES.index("Against matched or randomised controls")]).replace(
    {"metrics.nights in shelter.unit": "nights", "payments.nights.when": {"points": 5}}
)


def without(scenario):
    """The same deal, whose metrics say nothing of their units."""
    return scenario.replace({f'metrics."{metric.name}".unit': None for metric in scenario.metrics})


def test_the_term_sheet_speaks_of_it():
    text = " ".join(CARD.describe().split())
    for sentence in (
        "- `restored, tiers 1.1 to 1.3`: verified units in all (acres). Higher is better.",
        "by the number of acres of `restored, tiers 1.1 to 1.3`: level pays",
        "at 0 acres GBP 0 at 500 acres GBP 20,000 at 1,000 acres GBP 32,500",
        "GBP 5 for each of the megalitres of `water kept` verified.",
    ):
        assert sentence in text, sentence
    text = " ".join(NIGHTS.describe().split())
    for sentence in (
        "- `nights in shelter`: a quantity a person (nights). It is 365 nights a person at most. Lower is better.",
        "It pays only if the fall in `nights in shelter` a person is at least 5 nights a person.",
        "GBP 20 for each of the nights of `nights in shelter` avoided.",
    ):
        assert sentence in text, sentence


def test_an_index_of_units_has_one():
    text = " ".join(laid_over(BASE, FRAGMENTS[TITLES.index("A deduction inside a unit")]).describe().split())
    assert "- `net days`: an index (days). It is the sum of 1 times the number of `days housed` and -1 times" in text
    assert "GBP 10 for each of the days of `net days` verified." in text


def test_the_statement_speaks_of_it():
    given = ["restored, tiers 1.1 to 1.3=700", "water kept=[400, 600]"]
    model = Deal.of(CARD).model
    measured = of_words(given, model)
    assert read(CARD, model, measured) == (
        "Read: restored, tiers 1.1 to 1.3: 700 acres in all\n"
        "Read: water kept: 2021-06-30: 400 megalitres; 2022-06-30: 600 megalitres"
    )
    text = statement(CARD, sib.settle(CARD, measured))
    assert all(part in text for part in ("700 acres", "400 megalitres", "600 megalitres"))
    assert " units" not in text
    measured = {"nights in shelter": [{"level": 40}, {"points": 6}]}
    model = Deal.of(NIGHTS).model
    assert read(NIGHTS, model, measured) == (
        "Read: nights in shelter: 1: level 40 nights a person; 2: points 6 nights a person"
        " (against 50 a person without the programme, as believed)"
    )
    assert "600 nights  " in statement(NIGHTS, sib.settle(NIGHTS, measured))  # 6 a person for 100 persons, in all
    ledger = sib.settle(NIGHTS, {"nights in shelter": [{"points": 4}, {"points": 6}]})
    assert "points of nights in shelter: 4 nights a person, below 5 nights a person" in statement(NIGHTS, ledger)


@pytest.mark.parametrize(
    ("scenario", "path", "unit", "otherwise"),
    [
        (CARD, "payments.water kept.pays.per_unit", "GBP a unit (megalitres)", "GBP a unit"),
        (
            CARD,
            "payments.restored (lots 1, 2).pays.nodes",
            "acres; GBP",
            "level as read; GBP",
        ),
        (CARD, "beliefs.levels.water kept.mean", "megalitres", "as measured"),
        (CARD, 'beliefs.levels."restored, tiers 1.1 to 1.3".sd', "acres", "as measured"),
        (CARD, "beliefs.comparison.arrests.mean", "events a person", "events a person"),
        (NIGHTS, "beliefs.comparison.nights in shelter.mean", "nights a person", "a person"),
        (NIGHTS, "metrics.nights in shelter.most", "nights a person", "a person"),
        (NIGHTS, "payments.nights.when.points", "nights a person", "events a person"),
    ],
)
def test_assumptions_have_it_as_their_unit(scenario, path, unit, otherwise):
    assert scenario.assumptions().loc[path, "unit"] == unit
    assert without(scenario).assumptions().loc[path, "unit"] == otherwise


def test_units_of_what_others_are_decided_on():
    fragment = FRAGMENTS[TITLES.index("A stop option on an interim result")]
    data = laid_over(BASE, fragment).replace({"metrics.first days.unit": "days", "metrics.jobs.unit": "jobs"})
    data = data.replace({"payments.arrests.when": {"others": {"jobs": {"units": 5}}}})
    data = data.replace({"payments.arrests.months_after_result": 12})
    units = data.assumptions()["unit"]
    assert units["events.the lender stops.unless.units"] == "days"
    assert units["payments.arrests.when.others.jobs.units"] == "jobs"
    assert units["beliefs.levels.jobs.value"] == "as measured"  # of a milestone it is a share of persons
    fragment = FRAGMENTS[TITLES.index("Against a historical baseline, or one that changes by period")]
    units = laid_over(BASE, fragment).replace({"metrics.burglaries.unit": "burglaries"}).assumptions()["unit"]
    assert units["beliefs.comparison.burglaries.path"] == "burglaries a result"
    assert units["metrics.burglaries.compare.levels"] == "burglaries"


def test_axes_have_it_in_brackets():
    simulation = sib.simulate(CARD, 50, rng=1)
    axes = sib.plot.payoff(simulation, "water kept", ax=Figure().subplots())
    assert axes.get_xlabel() == "measured water kept over all periods (megalitres)"
    axes = sib.plot.contract(NIGHTS, [0, 0.2], ax=Figure().subplots())
    assert axes.get_xlabel() == "improvement in nights in shelter (%)"
    axes = sib.plot.estimate({"as believed": simulation}, "water kept", ax=Figure().subplots())
    assert axes.get_xlabel() == "measured water kept, all periods pooled (megalitres)"
    chance = {'beliefs.levels."restored, tiers 1.1 to 1.3".person_sd': 1.0}
    known = sib.update(CARD.replace(chance), {"restored, tiers 1.1 to 1.3": {"2022-06-30": 500}}, paths=200, rng=1)
    axes = sib.plot.posterior(known, ax=Figure().subplots())
    assert axes.get_xlabel() == "true restored, tiers 1.1 to 1.3, period 2022-06-30 (acres)"


def test_nothing_is_read_as_a_formula():
    dear = NIGHTS.replace(
        {"name": "$x_{$", "tranches.lender.name": "US$ of $x_{$"} | {"beliefs.discount_rates": {"US$ of $x_{$": 0.03}}
    )
    simulation = sib.simulate(dear, 50, rng=1)
    for plot in (sib.plot.payoff, sib.plot.cash, sib.plot.returns):
        figure = Figure()
        plot(simulation, ax=figure.subplots())
        figure.savefig("/dev/null", format="png")


def test_no_figure_depends_on_it():
    one, other = (sib.simulate(scenario, 200, rng=3) for scenario in (CARD, without(CARD)))
    np.testing.assert_array_equal(one.columns["irr"], other.columns["irr"])
    assert one.futures.deal.model.fingerprint == other.futures.deal.model.fingerprint


@pytest.mark.parametrize(
    ("title", "path", "unit"),
    [
        ("Cost reimbursement", "payments.half the cost.pays.amount", "share of what `of` names"),
        (
            "Note classes with their own tables of return and principal",
            "payments.return, at risk.pays.steps",
            "level as read; share of what `of` names",
        ),
        ("Cost reimbursement", "tranches.lender.amount", "GBP"),
    ],
)
def test_what_is_paid_of_something_is_no_money(title, path, unit):
    assert laid_over(BASE, FRAGMENTS[TITLES.index(title)]).assumptions().loc[path, "unit"] == unit
