"""One figure is the result over all, in whichever of the four ways it is said (convention 12).

Truth: persons and the comparison's levels multiplied out by hand; and money that is the same however a result is said.
"""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.run.recipe import Deal
from tests.shipped import NAMES as SHIPPED
from tests.shipped import shipped
from tests.test_cookbook import BASE, FRAGMENTS, laid_over

PRICE = 10.0


def priced(scenario, metric):
    """The deal's metrics and beliefs about them, with a price a unit of one metric and nothing else that pays."""
    data = scenario.data()
    for key in ("sources", "limits", "events", "remainders", "receipts_pay_costs_until", "start_balance"):
        data.pop(key, None)
    by_period = scenario.timetable.reporting(metric).by_period
    data["payments"] = [
        {"name": f"by {scope}", "metric": metric, "scope": scope, "pays": {"per_unit": PRICE}}
        for scope in ("pooled", "period" if by_period else "cohort")
    ]
    ended = scenario.timetable.ended("cohorts")
    data["events"] = [{"name": f"end of {name}", "date": day, "cohorts": [name]} for name, day in ended.items()]
    data["costs"] = [{"name": "service", "to": "provider", "per": "deal", "starts": scenario.start, "amount": 1_000}]
    data["tranches"] = [{"name": "lender", "amount": 2_000}]
    keep = ("comparison", "effects", "levels", "timing", "evaluation", "maturity")
    data["beliefs"] = {key: value for key, value in data["beliefs"].items() if key in keep and value}
    data["beliefs"]["discount_rates"] = {"lender": 0.03}
    return sib.Scenario.from_data(data)


def all_cases():
    """Each metric of the cookbook and of the shipped scenarios that has results of its own, once, priced."""
    deals = [laid_over(BASE, fragment) for fragment in ("", *FRAGMENTS)] + [shipped(name) for name in SHIPPED]
    found = {}
    for scenario in deals:
        for metric, model in zip(scenario.metrics, Deal.of(scenario).model.metrics, strict=True):
            if model.origin.published and metric.among is None:
                found.setdefault(repr((metric, model.persons, model.base)), (scenario, metric.name))
    return [(priced(scenario, name), name) for scenario, name in found.values()]


CASES = all_cases()


def model_of(scenario, name):
    return next(metric for metric in Deal.of(scenario).model.metrics if metric.name == name)


def paid(scenario, measured):
    """What is paid by each of the two payments."""
    frame = sib.settle(scenario, measured).to_frame()
    pooled = frame["label"].str.startswith("by pooled")
    each = frame["label"].str.match("by (cohort|period)")
    return [float(frame.loc[which, "amount"].sum()) for which in (pooled, each)]


def said(metric, change):
    """One result over all in every way, and the units that it is. `change` is an improvement, or a share of all."""
    persons = metric.persons.sum()
    if not metric.compared:
        if metric.law.additive:
            units = float(round(change * persons)) if metric.law.counts_persons else 1000.0 * change
            ways = [units, {"level": units}, {"treated": units}]
        else:
            units = change * persons
            ways = [change, {"level": change}, {"treated": change}, {"level": change, "n": persons}]
        return units, [{"units": units}, *ways]
    level = metric.base if metric.written is None else metric.written
    would = float((level * (1.0 if metric.law.additive else metric.persons)).sum())
    units, over = change * would, 1.0 if metric.law.additive else float(persons)
    after = would + metric.sign * units
    ways = [change, {"improvement": change}, {"points": units / over}, {"level": after / over}]
    ways += [{"treated": after / over, "comparison": would / over}]
    return units, [{"units": units}, *ways, *([] if metric.law.additive else [{"units": units, "n": persons}])]


def test_every_kind_is_among_the_cases():
    metrics = [model_of(scenario, name) for scenario, name in CASES]
    kinds = {(metric.compared, type(metric.law).__name__) for metric in metrics}
    assert {law for compared, law in kinds if not compared} >= {"Proportion", "Milestone", "VerifiedUnits"}
    assert {law for compared, law in kinds if compared} >= {"Count", "Mean", "Proportion", "ComparedUnits"}
    assert len(CASES) > 30


@given(st.sampled_from(CASES), st.floats(0.001, 0.2))
def test_however_it_is_said_it_is_the_same_money(case, change):
    scenario, name = case
    metric = model_of(scenario, name)
    units, ways = said(metric, change)
    pooled, each = paid(scenario, {name: ways[0]})
    assert pooled == pytest.approx(units * PRICE, rel=1e-9)
    if not metric.cumulative:
        assert each == pytest.approx(units * PRICE, rel=1e-9)
    for way in ways[1:]:
        assert paid(scenario, {name: way}) == pytest.approx([pooled, each], rel=1e-9), way


class TestByHand:
    """The deal of the cookbook: two cohorts of 100, two arrests a person without the programme, 1,000 for each."""

    @pytest.mark.parametrize("result", [{"units": 40}, 0.10, {"points": 0.2}, {"level": 1.8}, [{"units": 20}] * 2])
    def test_a_count(self, result):
        assert sib.settle(laid_over(BASE, ""), {"arrests": result}).paid("city") == pytest.approx(40_000)

    @pytest.mark.parametrize(
        "result",
        [
            {"units": 15},  # of 285 in all
            15 / 285,
            {"points": 15},
            {"level": 270},
            {"treated": 270, "comparison": 285},
            [{"level": 95}, {"level": 90}, {"level": 85}],
        ],
    )
    def test_a_compared_total(self, result):
        fragment = next(f for f in FRAGMENTS if 'name = "burglaries"' in f)
        assert sib.settle(laid_over(BASE, fragment), {"burglaries": result}).paid("city") == pytest.approx(15_000)

    def test_its_improvement_is_the_same_in_each(self):
        # 15 of 285: 5.263% of 100, of 95 and of 90
        fragment = next(f for f in FRAGMENTS if 'name = "burglaries"' in f)
        frame = sib.settle(laid_over(BASE, fragment), {"burglaries": {"units": 15}}).to_frame()
        amounts = frame[frame["payer"] == "city"]["amount"].tolist()
        assert amounts == pytest.approx([15_000 * each / 285 for each in (100, 95, 90)])

    def test_persons_assessed_in_all(self):
        # 180 of the 200 were assessed: 0.2 fewer arrests each are 36
        ledger = sib.settle(laid_over(BASE, ""), {"arrests": {"points": 0.2, "n": 180}})
        assert ledger.paid("city") == pytest.approx(36_000)

    def test_a_standard_error_over_all(self):
        # 0.2 fewer arrests with a standard error of 0.2 / 1.6448536 over both cohorts are 95% sure, in both together
        fragment = '[[payments]]\nname = "sure"\nmetric = "arrests"\nscope = "pooled"\npays = {{ amount = 7 }}\n'
        for level, amount in ((0.9499, 7), (0.9501, 0)):
            scenario = laid_over(BASE, fragment.format() + f"when = {{ confidence = {level} }}\n")
            result = {"points": 0.2, "standard_error": 0.2 / 1.6448536269514722}
            assert sib.settle(scenario, {"arrests": result}).paid("city") == amount

    def test_a_compared_total_to_date(self):
        # 100 and 200 in all would have been by the two dates; a tenth less is 10 and 20
        metric = (
            '[[metrics]]\nname = "thefts"\nkind = "total"\nbetter = "lower"\n'
            'compare = { design = "historical", level = 100 }\n'
            "reported = { periods = [2022-01-01, 2023-01-01], cumulative = true }\n"
            '[[payments]]\nname = "p"\nmetric = "thefts"\nscope = "period"\npays = { per_unit = 1 }\n'
            "[beliefs.comparison.thefts]\nunits = 100\nsd = 0.1\n[beliefs.effects]\nthefts = 0.1\n"
        )
        scenario = laid_over(BASE, metric)
        for result in (0.1, {"units": 20}, {"level": 180}, [{"level": 90}, {"level": 180}], [0.1, {"units": 20}]):
            assert sib.settle(scenario, {"thefts": result}).paid("city") == pytest.approx(30), result
        assert sib.payoff(scenario, [0.1], metric="thefts")["payment"].item() == pytest.approx(30)
        assert tomllib.loads(scenario.to_toml())
