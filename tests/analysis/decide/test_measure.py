"""What is asked about. Truth: the summary of a simulation, of all, one tranche or one payer; power with no effect."""

import pytest

import sib
from sib.analysis.decide.measure import FALSE, Measure
from sib.analysis.figures import figures_of
from sib.analysis.futures import Sampling, settled
from sib.run.recipe import Deal

PATHS = 3_000


def row(scenario, *asked):
    """A figure of a scenario, by way of what is kept of settled blocks."""
    measure = Measure.of(scenario, *asked)
    deals = [Deal.of(measure.about(scenario))]
    with settled(deals, Sampling.of(PATHS, 4), measure.keep, title="", width=len(measure.columns)) as found:
        ((_, parts),) = found
    return measure.row(parts)


@pytest.mark.parametrize("name", [figure.name for figure in figures_of(None)])
def test_every_figure_is_that_of_the_summary(plan, name):
    alone = sib.simulate(plan, PATHS, rng=4).summary().loc[name]
    found = row(plan, name)
    assert [found.estimate, found.mcse, found.low, found.high] == pytest.approx(
        alone[["estimate", "mcse", "low", "high"]].astype(float).tolist(), nan_ok=True
    )
    assert found.given == alone["given"]


@pytest.mark.parametrize("name", ["expected_cash_irr", "loss_probability", "multiple_mean", "npv_mean"])
def test_of_each_tranche(name):
    deal = sib.load("memphis-what-if")
    simulation = sib.simulate(deal, PATHS, rng=4)
    for tranche in ("foundation", "lenders"):
        assert row(deal, name, tranche).estimate == pytest.approx(simulation.summary(tranche).loc[name, "estimate"])


def test_of_each_payer_adds_up():
    deal = sib.load("rhino-bond")
    each = [row(deal, "payer_net_mean", None, payer).estimate for payer in deal.timetable.payers]
    whole = sib.simulate(deal, PATHS, rng=4).summary().loc["payer_net_mean", "estimate"]
    assert len(each) == 2
    assert min(each) > 0
    assert sum(each) == pytest.approx(whole)


def test_false_payment_is_that_of_power(plan):
    power = sib.power(plan, [0.0], paths=PATHS, rng=4)
    found = row(plan, FALSE)
    assert found.estimate == pytest.approx(power.loc[0.0, "false_payment_probability"], abs=4 * 2**0.5 * found.mcse)
    assert 0 < found.estimate < row(plan, "payment_probability").estimate


@pytest.mark.parametrize(
    ("asked", "where", "said"),
    [
        (("loss_probabilty",), "measure", 'did you mean "loss_probability"'),
        (("false_payment",), "measure", 'did you mean "false_payment_probability"'),
        ((3,), "measure", "a figure of the summary"),
        (("npv_mean", "investor"), "tranche", 'did you mean "investors"'),
        (("npv_mean", 1), "tranche", "a tranche of the deal"),
        (("payment_mean", None, "Ministry"), "payer", "who pays for outcomes"),
    ],
)
def test_what_is_not_there_is_refused(plan, asked, where, said):
    with pytest.raises(sib.InputError, match=said) as refused:
        Measure.of(plan, *asked)
    assert refused.value.where == where


def test_false_payment_of_what_is_verified_is_refused():
    with pytest.raises(sib.InputError, match="ask for payment_probability"):
        Measure.of(sib.load("cambodia"), FALSE)
