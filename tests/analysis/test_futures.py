"""Futures drawn once and settled often. Truth: each scenario simulated by itself, and counts of what is done."""

from functools import partial

import numpy as np
import pytest

import sib
from sib.analysis.columns import Reading
from sib.analysis.figures import FIGURES
from sib.run.recipe import Deal

PRICE = "payments.early.pays.per_unit"
EFFECT = "beliefs.effects.reconvictions.mean"
CONTRACT_ONLY = {
    "a price": {PRICE: 10_000},
    "a threshold": {"payments.pooled.when.improvement": 0.05},
    "a cap": {"limits.payer cap.amount": 4_000_000},
    "capital": {"tranches.investors.amount": 6_000_000},
    "a discount rate": {"beliefs.discount_rates.investors": 0.08},
    "a date of payment": {"payments.pooled.months_after_result": 9},
}
OF_THE_MODEL = {
    "an effect": {EFFECT: 0.1},
    "a cohort's size": {"cohorts.1.size": 900},
    "the comparison": {"metrics.reconvictions.compare.controls": 5},
    "a bias": {"beliefs.evaluation.reconvictions": {"bias_sd": 0.01}},
}


class TestModels:
    @pytest.mark.parametrize("changes", CONTRACT_ONLY.values(), ids=CONTRACT_ONLY)
    def test_are_equal_where_only_what_is_paid_differs(self, plan, changes):
        assert Deal.of(plan.replace(changes)).model.fingerprint == Deal.of(plan).model.fingerprint

    @pytest.mark.parametrize("changes", OF_THE_MODEL.values(), ids=OF_THE_MODEL)
    def test_differ_where_what_may_happen_differs(self, plan, changes):
        assert Deal.of(plan.replace(changes)).model.fingerprint != Deal.of(plan).model.fingerprint


class TestShared:
    @pytest.mark.parametrize("changes", CONTRACT_ONLY.values(), ids=CONTRACT_ONLY)
    def test_figures_are_those_of_each_by_itself(self, plan, drawn, changes):
        other = plan.replace(changes)
        table = sib.compare({"a": plan, "b": other}, 3_000, rng=5)
        assert len(drawn) == 1
        for name, scenario in (("a", plan), ("b", other)):
            alone = sib.simulate(scenario, 3_000, rng=5).summary()
            np.testing.assert_array_equal(table[name, "estimate"], alone["estimate"])
            np.testing.assert_array_equal(table[name, "mcse"], alone["mcse"])

    def test_a_sweep_draws_once_for_each_model(self, plan, drawn):
        sib.sweep({PRICE: [1_000, 2_000, 3_000], EFFECT: [0.05, 0.1]}, plan, paths=500, rng=1)
        assert len(drawn) == 2

    def test_a_sweep_that_memory_cannot_hold_is_drawn_again(self, plan, drawn, monkeypatch):
        grid = {PRICE: [1_000, 2_000, 3_000], EFFECT: [0.05, 0.1]}
        whole = sib.sweep(grid, plan, paths=500, rng=1)
        before = len(drawn)
        monkeypatch.setattr("sib.analysis.futures._HELD", 500 * 9 * 2)  # two deals of nine columns
        assert sib.sweep(grid, plan, paths=500, rng=1).equals(whole)
        assert len(drawn) - before == 6

    def test_rows_stand_in_the_order_of_the_grid(self, plan):
        table = sib.sweep({EFFECT: [0.05, 0.1], PRICE: [1_000, 2_000]}, plan, paths=50, rng=1, measures=["drawn_mean"])
        assert table[[EFFECT, PRICE]].to_numpy().tolist() == [[0.05, 1_000], [0.05, 2_000], [0.1, 1_000], [0.1, 2_000]]


class TestMeasures:
    @pytest.mark.parametrize("measure", FIGURES)
    def test_each_figure_alone_is_what_it_is_among_all(self, plan, measure):
        deals = {"a": plan, "b": plan.replace({PRICE: 9_000})}
        ask = partial(sib.compare, deals, 12_000, rng=2, hurdle=0.05, hurdle_multiple=1.1)
        alone, every = ask(measures=[measure]), ask(measures=list(FIGURES))
        assert alone.index.tolist() == [measure]
        np.testing.assert_array_equal(alone.to_numpy(), every.loc[[measure]].to_numpy())

    def test_what_nobody_asks_for_is_not_worked_out(self, plan, monkeypatch):
        def asked(self):
            pytest.fail("nobody asked for it")

        for column in ("irr", "npv", "payment"):
            monkeypatch.setattr(Reading, column, property(asked))
        table = sib.sweep({PRICE: [1_000, 2_000]}, plan, paths=500, rng=1, measures=["loss_probability"])
        assert table["measure"].tolist() == ["loss_probability"] * 2

    @pytest.mark.parametrize(
        ("measures", "said"),
        [
            (["loss_probabilty"], 'did you mean "loss_probability"'),
            ([], "a list of one figure or more"),
            ("loss_probability", "a list of texts"),
            (3, "a list of texts"),
            ([["irr_p05"]], "text, not a list"),
        ],
    )
    def test_others_are_refused(self, plan, measures, said):
        for ask in (lambda: sib.compare({"a": plan}, 10, measures=measures), lambda: _swept(plan, measures)):
            with pytest.raises(sib.InputError, match=said):
                ask()


def _swept(plan, measures):
    return sib.sweep({"a": plan}, paths=10, measures=measures)


class TestChance:
    def test_comparisons_take_layers_and_strata_as_simulations_do(self, plan):
        options = {"chance": ("belief", "people"), "stratified": True}
        alone = sib.simulate(plan, 20_000, rng=3, **options).summary()
        for table in (
            sib.compare({"a": plan}, 20_000, rng=3, **options)["a"],
            sib.sweep({"a": plan}, paths=20_000, rng=3, **options).set_index("measure"),
        ):
            np.testing.assert_array_equal(table["estimate"], alone["estimate"])
            np.testing.assert_array_equal(table["mcse"], alone["mcse"])
