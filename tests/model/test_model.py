"""`Model`: what futures depend on, and nothing else. Truth: scenarios that differ in one thing that is named."""

import tomllib
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from pydantic import BaseModel

import sib
from sib.arrays import Floats
from sib.model.compile import compile_model
from sib.model.results import Results
from tests.model.test_closed_forms import deal as compared
from tests.model.test_measuring import FUNNEL, deal, metric
from tests.shipped import NAMES as SHIPPED

MATCHED = {"design": "matched", "controls": 2}


def print_of(scenario):
    return compile_model(scenario).fingerprint


def changed(scenario, change):
    data = tomllib.loads(scenario.to_toml())
    change(data)
    return sib.Scenario.from_data(data)


class TestFingerprint:
    @pytest.mark.parametrize("name", SHIPPED)
    def test_equal_scenarios_have_one(self, name):
        scenario = sib.load(name)
        assert print_of(scenario) == print_of(sib.Scenario.from_data(tomllib.loads(scenario.to_toml())))

    def test_the_order_of_a_table_is_no_part_of_it(self):
        scenario = compared("count", MATCHED, size=40, effect=0.2)
        overruns = {"work": {"mean": 0.1}, "more": {"mean": 0.2}}

        def one(data, names):
            data["costs"][0]["amount"] = 400_000
            data["costs"].append(data["costs"][0] | {"name": "more"})
            data["beliefs"]["overruns"] = {name: overruns[name] for name in names}

        found = [print_of(changed(scenario, lambda d, n=n: one(d, n))) for n in (("work", "more"), ("more", "work"))]
        assert found[0] == found[1]

    @pytest.mark.parametrize(
        "change",
        {
            "payments": lambda d: d["payments"][0].update(pays={"per_unit": 7}, months_after_result=3),
            "another payment": lambda d: d["payments"].append(d["payments"][0] | {"name": "again"}),
            "limits": lambda d: d.update(limits=[{"name": "cap", "on": ["pay"], "amount": 5_000}]),
            "tranches": lambda d: d["tranches"][0].update(amount=2_000_000, draws="at start"),
            "another tranche": lambda d: (
                d["tranches"].append({"name": "second", "amount": 1_000}),
                d["beliefs"]["discount_rates"].update(second=0.1),
                d.update(remainders=[{"name": "rest", "shares": {"payer": 1.0}}]),
            ),
            "discount rates": lambda d: d["beliefs"]["discount_rates"].update(fund=0.2),
        }.items(),
        ids=lambda item: item[0],
    )
    def test_what_is_paid_is_no_part_of_it(self, change):
        scenario = compared("count", MATCHED, size=40, effect=0.2)
        other = changed(scenario, change[1])
        assert other != scenario
        assert print_of(other) == print_of(scenario)

    @pytest.mark.parametrize(
        "change",
        {
            "an effect": {"beliefs.effects.it": 0.21},
            "a distribution": {"beliefs.effects.it": {"distribution": "normal", "mean": 0.2, "sd": 0.0}},
            "a level": {"beliefs.comparison.it.mean": 1.6},
            "a spread": {"beliefs.comparison.it.shape": 0.8},
            "a bias": {"beliefs.evaluation": {"it": {"bias": 0.01}}},
            "a drift": {"beliefs.drift": {"it": {"trend": -0.01}}},
            "who takes part": {"beliefs.engagement": {"share": 0.9}},
            "who comes": {"beliefs.referrals": {"mean": 0.9}},
            "an overrun": {"beliefs.overruns": {"work": {"sd": 0.1}}},
            "a cohort's size": {"cohorts.1.size": 41},
            "a design's size": {"metrics.it.compare.controls": 3},
            "a design": {"metrics.it.compare": {"design": "before-after"}},
            "what is better": {"metrics.it.better": "higher"},
            "the most of a person": {"metrics.it.most": 9},
        }.items(),
        ids=lambda item: item[0],
    )
    def test_what_may_happen_is(self, change):
        scenario = compared("count", MATCHED, size=40, effect=0.2)
        assert print_of(scenario.replace(change[1])) != print_of(scenario)

    def test_whether_it_is_asked_how_sure_a_result_is(self):
        # evaluators say how precise a result is only where the contract reads that
        scenario = compared("count", MATCHED, size=40, effect=0.2)
        gated = compared(
            "count", MATCHED, size=40, effect=0.2, pays={"pays": {"per_unit": 1}, "when": {"confidence": 0.9}}
        )
        assert print_of(gated) != print_of(scenario)


def parts(value):
    """A value and all that it is made of."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, dict):
        for item in value.items():
            yield from parts(item)
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from parts(item)


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_made_of_plain_values(name):
    plain = (str, int, float, bool, type(None), tuple, frozenset, dict, np.ndarray)
    for value in parts(compile_model(sib.load(name))):
        assert not isinstance(value, BaseModel)
        assert is_dataclass(value) or isinstance(value, plain), type(value)


class TestOrder:
    def test_each_metric_comes_after_those_that_it_depends_on(self):
        scenario = deal(metric("kept", reported=None), metric("jobs"), beliefs=FUNNEL)
        model = compile_model(scenario)
        assert [m.name for m in model.metrics] == ["kept", "jobs"]
        assert model.order == (1, 0)
        assert [m.origin.parents for m in model.metrics] == [(1,), ()]
        assert [m.origin.after for m in model.metrics] == [1, None]


class TestWhereUnitsArise:
    @staticmethod
    def arising(scenario, given=None) -> list[Floats]:
        model = compile_model(scenario)
        return [m.origin.arising(i, model, given or {}) for i, m in enumerate(model.metrics)]

    def test_as_the_timing_has_it(self):
        beliefs = {"levels": {"units": 900.0}, "timing": {"units": {"shares": [0.5, 0.3, 0.2]}}}
        (found,) = self.arising(deal(metric("units"), beliefs=beliefs))
        assert found.tolist() == pytest.approx([0.5, 0.3, 0.2])

    def test_as_the_path_without_the_programme_has_it(self):
        compare = {"design": "historical", "levels": [100, 95, 90]}
        beliefs = {"comparison": {"units": {"path": [100, 60, 40], "sd": 0.1}}, "effects": {"units": 0.05}}
        (found,) = self.arising(deal(metric("units", better="lower", compare=compare), beliefs=beliefs))
        assert found.tolist() == pytest.approx([0.5, 0.3, 0.2])

    def test_in_a_funnel_as_those_came_who_reached_what_is_above(self):
        scenario = deal(metric("jobs"), metric("kept", reported=None), beliefs=FUNNEL, sizes=(60, 40))
        assert self.arising(scenario)[1].tolist() == pytest.approx([0.6, 0.4])
        model = compile_model(scenario)
        seen = Results(1.0, np.ones((2, 1)), np.array([[10.0], [30.0]]), None, additive=True)
        found = model.metrics[1].origin.arising(1, model, {0: seen})
        assert found.tolist() == pytest.approx([0.25, 0.75])


def test_a_metric_that_depends_on_others_is_not_weighed():
    model = compile_model(deal(metric("jobs"), metric("kept", reported=None), beliefs=FUNNEL))
    with pytest.raises(TypeError, match="depends on other metrics"):
        model.metrics[1].origin.log_likelihood_of(1, 0, None, model, None)
