"""The order in which metrics are written changes nothing. Truth: the same deal, written in another order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from tests.grammar import any_deals
from tests.shipped import NAMES as SHIPPED
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over


def reordered(scenario, order):
    data = scenario.data()
    data["metrics"] = [data["metrics"][i] for i in order]
    return sib.Scenario.from_data(data)


def drawn_alike(scenario, order, paths=5):
    one, other = (sib.simulate(deal, paths, rng=11).columns for deal in (scenario, reordered(scenario, order)))
    assert set(one) == set(other)
    for column, values in one.items():
        np.testing.assert_array_equal(values, other[column], err_msg=str(column))


@pytest.mark.slow
@given(any_deals(), st.randoms(use_true_random=False))
def test_in_random_deals(scenario, random):
    order = list(range(len(scenario.metrics)))
    random.shuffle(order)
    drawn_alike(scenario, order)


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=TITLES)
def test_in_the_cookbook(fragment):
    scenario = laid_over(BASE, fragment)
    drawn_alike(scenario, range(len(scenario.metrics))[::-1], paths=200)


@pytest.mark.parametrize("name", SHIPPED)
def test_in_shipped_scenarios(name):
    scenario = sib.load(name)
    drawn_alike(scenario, range(len(scenario.metrics))[::-1], paths=200)


def test_results_go_by_name():
    scenario = laid_over(BASE, FRAGMENTS[TITLES.index("A binary hurdle that guards a frequency payment")])
    arrests, reconvicted = {"1": 0.1, "2": 0.2}, {"1": {"points": 0.05}, "2": {"points": 0.06}}
    one = sib.settle(scenario, {"arrests": arrests, "reconvicted": reconvicted})
    turned = {name: dict(reversed(of.items())) for name, of in (("reconvicted", reconvicted), ("arrests", arrests))}
    assert sib.settle(scenario, turned) == one
    assert sib.settle(reordered(scenario, range(len(scenario.metrics))[::-1]), turned) == one
    assert one.paid("city") == pytest.approx(60_000)


def test_milestones_under_a_ceiling():
    # two ways on from a job, neither of which needs the other, and a ceiling that cuts what comes last
    once = {"kind": "total", "better": "higher", "once": True}
    data = laid_over(BASE, "").data()
    data["metrics"] += [{"name": name, "among": "jobs", **once} for name in ("trains", "keeps job", "earns more")]
    data["beliefs"]["levels"] |= {"trains": 0.4, "keeps job": 0.6, "earns more": 0.5}
    names = ["jobs", "trains", "keeps job", "earns more"]
    data["payments"] = [
        {"name": f"for {name}", "metric": name, "scope": "cohort", "pays": {"per_unit": 400}} for name in names
    ]
    data["limits"] = [
        {"name": "a person", "on": [payment["name"] for payment in data["payments"]], "per_person": 1_000}
    ]
    scenario = sib.Scenario.from_data(data)
    for order in ([6, 5, 4, 3, 2, 1, 0], [4, 6, 2, 5, 0, 1, 3]):
        drawn_alike(scenario, order, paths=300)
