"""Named cases of a scenario. Truth: `replace` with the same changes; a file without cases."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.analysis.decide.inputs import Input
from tests.grammar import any_deals, any_results
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

MEAN, PRICE, CAPITAL = "beliefs.effects.reconvictions.mean", "payments.early.pays.per_unit", "tranches.investors.amount"
DOWN, UP = {MEAN: 0.05, PRICE: 12_000}, {MEAN: 0.13, CAPITAL: 5_500_000}
COOKBOOK = laid_over(BASE, FRAGMENTS[TITLES.index("A downside and an upside beside the base case")])


@pytest.fixture(scope="module")
def cased(plan):
    return plan.replace({"cases": [{"name": "downside", "changes": DOWN}, {"name": "upside", "changes": UP}]})


def without_provenance(scenario):
    return {key: value for key, value in scenario.data().items() if key not in ("name", "sources")}


def test_a_case_is_the_scenario_with_its_changes(plan, cased):
    for name, changes in (("downside", DOWN), ("upside", UP)):
        assert without_provenance(cased.case(name)) == without_provenance(plan.replace(changes))
        assert cased.case(name).name == f"{plan.name}: {name}"
    assert cased.case("base") == plan


def test_all_of_them_by_name_the_base_case_first(plan, cased):
    found = cased.by_case()
    assert list(found) == ["base", "downside", "upside"]
    assert found == {name: cased.case(name) for name in found}
    assert plan.by_case() == {"base": plan}


def test_they_are_compared_on_the_same_futures(plan, cased):
    table = sib.compare(cased.by_case(), 500, rng=1)
    by_hand = {"base": plan, "downside": plan.replace(DOWN), "upside": plan.replace(UP)}
    assert table.equals(sib.compare(by_hand, 500, rng=1))


def test_the_file_reads_back_equal(cased):
    for scenario in (cased, COOKBOOK):
        again = sib.Scenario.from_data(tomllib.loads(scenario.to_toml()))
        assert again == scenario
        assert hash(again) == hash(scenario)
        assert again.by_case() == scenario.by_case()


def test_two_ways_to_write_one_are_one():
    """A table on lines of its own, as the cookbook has it, and one within braces."""
    changes = {"beliefs.effects.arrests": 0.15, "costs.service.amount": 90_000, "payments.arrests.pays.per_unit": 1_100}
    assert COOKBOOK.cases[1].changes == changes
    assert sib.settle(COOKBOOK.case("upside"), {"arrests": 0.1}).paid("city") == pytest.approx(44_000)


def test_a_change_is_frozen_whatever_it_is(plan):
    effect = {"distribution": "triangular", "low": 0, "mode": 0.05, "high": 0.2}
    cased = plan.replace({"cases": [{"name": "wide", "changes": {"beliefs.effects.reconvictions": effect}}]})
    assert cased.case("wide").beliefs.effects["reconvictions"].mode == 0.05
    with pytest.raises(TypeError, match="frozen"):
        cased.cases[0].changes["beliefs.effects.reconvictions"]["low"] = 0.1
    assert sib.Scenario.from_data(tomllib.loads(cased.to_toml())) == cased


def test_cases_change_nothing_of_the_contract_nor_of_what_is_drawn(plan, cased):
    assert cased.describe() == plan.describe()
    assert sib.simulate(cased, 500, rng=1).summary().equals(sib.simulate(plan, 500, rng=1).summary())
    assert sib.sweep({MEAN: [0.1]}, cased, 100, rng=1).equals(sib.sweep({MEAN: [0.1]}, plan, 100, rng=1))
    assert sib.tornado(cased, paths=100, rng=1, points=2).equals(sib.tornado(plan, paths=100, rng=1, points=2))


def test_nothing_is_varied_in_a_case(cased):
    assert not [path for path in Input.of(cased, "*.*.*.*mean").shares if path.startswith("cases")]
    with pytest.raises(sib.InputError, match="met by figures"):
        Input.of(cased, "cases.*.*.*")


@given(any_deals(), st.integers(0, 2**32))
def test_a_case_pays_what_the_changed_deal_pays(scenario, seed):
    """Any deal, settled on any results under its case and under the same changes made by hand."""
    for case in scenario.cases:
        one, other = scenario.case(case.name), scenario.case("base").replace(case.changes)
        assert without_provenance(one) == without_provenance(other)
        assert any_results(one, seed, 1)
    assert scenario.case("base").cases == ()
    assert scenario.case("base").describe() == scenario.describe()


class TestSources:
    def test_a_figure_of_a_case_has_a_unit_and_may_have_a_source(self):
        found = COOKBOOK.assumptions()
        down, up = ("cases.downside.changes.{}".format, "cases.upside.changes.{}".format)
        assert found.loc[up('"costs.service.amount"'), ["value", "unit", "status"]].tolist() == [
            90_000,
            "GBP",
            "source",
        ]
        assert found.loc[down('"costs.service.amount"'), "status"] == "assumption"  # the case's own
        assert found.loc[up('"payments.arrests.pays.per_unit"'), "status"] == "none"
        assert (
            found.loc[up('"payments.arrests.pays.per_unit"'), "unit"]
            == found.loc["payments.arrests.pays.per_unit", "unit"]
        )

    def test_a_case_brings_its_sources(self):
        upside = COOKBOOK.case("upside")
        assert upside.sources["costs.service.amount"].source == "offer of the provider, 3 May 2020"
        assert upside.sources["payments.arrests.pays.per_unit"].assumption == "the analyst's own"
        assert COOKBOOK.case("downside").sources["costs.service.amount"].assumption.startswith("as little as")
        assert not [path for path in upside.sources if path.startswith("cases")]

    def test_a_figure_of_a_case_that_is_replaced_loses_its_source(self):
        path = 'cases.upside.changes."costs.service.amount"'
        changed = COOKBOOK.replace({path: 80_000})
        assert changed.case("upside").costs[0].amount == 80_000
        assert changed.assumptions().loc[path, "status"] == "analyst"

    def test_cases_follow_an_item_to_its_new_name(self):
        changed = COOKBOOK.replace({"costs.service.name": "care 1.0"})
        assert 'costs."care 1.0".amount' in changed.cases[0].changes
        assert changed.case("upside").sources['costs."care 1.0".amount'].source == "offer of the provider, 3 May 2020"

    def test_a_renamed_case_keeps_its_sources(self):
        changed = COOKBOOK.replace({"cases.downside.name": "worse"})
        assert changed.sources["cases.worse"] == COOKBOOK.sources["cases.downside"]


def test_a_case_that_is_not_there_is_refused(cased):
    with pytest.raises(sib.InputError, match='did you mean "downside"'):
        cased.case("downsides")


def test_a_change_that_makes_a_case_invalid_is_refused(plan):
    cased = plan.replace({"cases": [{"name": "downside", "changes": {"limits.payer cap.amount": 7e6}}]})
    with pytest.raises(
        sib.ScenarioError, match=r"limits.payer cap.amount.*\n.*\n.*valid in each case; `limits` has no"
    ):
        cased.replace({"limits.payer cap": None})


class TestAQuestionIsAboutTheBaseCase:
    """What is varied is valid in the base case, whatever a case would make of it."""

    def test_a_belief_that_is_another_one(self, plan, cased):
        for question in (
            lambda scenario: sib.power(scenario, [0.0, 0.1], paths=100, rng=1),
            lambda scenario: sib.overpayment(scenario, [0.1], paths=100, rng=1),
            lambda scenario: sib.sweep({"beliefs.effects.reconvictions": [0.1]}, scenario, 100, rng=1),
        ):
            assert question(cased).equals(question(plan))

    def test_a_figure_that_a_case_could_not_have(self, plan, cased):
        """Six million pay a service of as much; the upside has 5.5 million."""
        grid = {(CAPITAL, "costs.*.amount"): [1.0, 1.2]}
        assert sib.sweep(grid, cased, 100, rng=1).equals(sib.sweep(grid, plan, 100, rng=1))

    def test_a_party_that_believes_otherwise(self, plan, cased):
        grid = {PRICE: [10_000, 14_000], "tranches.investors.amount": [5_000_000, 6_000_000]}
        believes = {"measure": "loss_probability", "at_most": 0.5, "beliefs": {"beliefs.effects.reconvictions": 0.1}}
        one, other = (sib.agreement(s, grid, {"trusts": believes}, paths=100, rng=1) for s in (cased, plan))
        assert one.equals(other)
