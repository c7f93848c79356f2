"""Scenarios. Truth: what is written reads back equal; a copy changes one thing; nothing can be changed in place."""

import copy
import pickle
import tomllib

import numpy as np
import pytest
from hypothesis import given
from pydantic import BaseModel, ValidationError

import sib
from tests.deals import deals
from tests.shipped import NAMES


@pytest.fixture(params=NAMES)
def shipped(request):
    return sib.load(request.param)


class TestRoundTrip:
    def test_shipped(self, shipped, tmp_path):
        file = tmp_path / "copy.toml"
        file.write_text(shipped.to_toml(), encoding="utf-8")
        assert sib.load(file) == shipped
        assert sib.load(str(file)) == shipped

    @given(deals())
    def test_random(self, scenario):
        assert sib.Scenario.from_data(tomllib.loads(scenario.to_toml())) == scenario

    def test_pickle_and_copy(self, shipped):
        assert pickle.loads(pickle.dumps(shipped)) == shipped
        assert copy.deepcopy(shipped) == shipped

    def test_hashable(self, shipped):
        assert hash(shipped) == hash(pickle.loads(pickle.dumps(shipped)))

    def test_what_has_been_asked_of_the_timetable_is_no_part_of_it(self, plan):
        asked, fresh = sib.load("peterborough"), sib.load("peterborough")
        assert len(asked.timetable.instalments) == 36
        size = len(pickle.dumps(fresh))
        assert len(pickle.dumps(asked)) == size
        for again in (pickle.loads(pickle.dumps(asked)), copy.copy(asked), copy.deepcopy(asked)):
            assert again == asked == fresh
            assert hash(again) == hash(asked)
            assert again.timetable.terms is again
            assert again.timetable.instalments == asked.timetable.instalments

    def test_a_copy_with_other_terms_has_their_timetable(self, plan):
        assert len(plan.timetable.served) == 3
        fewer = plan.model_copy(update={"cohorts": plan.cohorts[:1]})
        assert len(fewer.timetable.served) == 1


class TestFrozen:
    def test_terms_cannot_be_changed(self, plan):
        with pytest.raises(ValidationError):
            plan.name = "other"
        with pytest.raises(ValidationError):
            plan.cohorts[0].size = 5
        for change in (
            lambda: plan.beliefs.effects.update({"x": 1}),
            lambda: plan.beliefs.effects.__setitem__("x", 1),
            lambda: plan.sources.pop("start"),
        ):
            with pytest.raises(TypeError, match=r"Scenario\.replace"):
                change()

    def test_plain_data_is_a_copy(self, plan):
        plan.data()["cohorts"].clear()
        assert len(plan.cohorts) == 3


class TestReplace:
    def test_by_name_by_number_and_whole_tables(self, plan):
        changed = plan.replace(
            {
                "payments.early.when.improvement": 0.08,
                "cohorts.0.size": 900,
                "cohorts.2.size": 800,
                "beliefs.effects.reconvictions": {"distribution": "normal", "mean": 0.1, "sd": 0.01},
                "beliefs.evaluation.reconvictions.bias": 0.02,
            }
        )
        assert changed.payments[0].when.improvement == 0.08
        assert [cohort.size for cohort in changed.cohorts] == [900, 800, 1000]  # "2" is a name, 0 is a number
        assert changed.beliefs.effects["reconvictions"].mean == 0.1
        assert changed.beliefs.evaluation["reconvictions"].bias == 0.02
        assert plan.cohorts[0].size == 1000

    def test_a_number_is_an_effect_for_sure(self, plan):
        effect = plan.replace({"beliefs.effects.reconvictions": 0.1}).beliefs.effects["reconvictions"]
        assert (effect.distribution, effect.value) == ("certain", 0.1)

    def test_numpys_numbers(self, plan):
        changed = plan.replace({"cohorts.1.size": np.int64(5), "beliefs.effects.reconvictions": np.float64(0.1)})
        assert changed.cohorts[0].size == 5
        pays = plan.replace({"payments.early.pays": {"nodes": np.array([[0.1, 0], [0.2, 5]])}})
        assert pays.payments[0].pays.nodes == ((0.1, 0), (0.2, 5))

    def test_none_removes(self, plan):
        assert len(plan.replace({"limits.payer cap": None}).limits) == 1
        assert len(plan.replace({"limits": None}).limits) == 0
        assert plan.replace({"cohorts.1": None}).cohorts[0].name == "2"

    def test_nothing_changed_is_equal(self, shipped):
        assert shipped.replace({}) == shipped
        same = shipped.tranches[0]
        assert shipped.replace({f"tranches.{same.name}.amount": same.amount}) == shipped

    @pytest.mark.parametrize(
        ("path", "value", "says"),
        [
            ("tranches.investor.amount", 1, 'did you mean "investors"'),
            ("tranches.investors.amout", 1, 'did you mean "amount"'),
            ("tranche.investors.amount", 1, 'did you mean "tranches"'),
            ("start.year", 2011, "`start` has no `year`"),
            ("cohorts.9.size", 5, "`cohorts` has no `9`"),
            ("cohorts.1.size", 0, "at least 1"),
            ("tranches.investors.amount", float("nan"), "a finite number"),
            ("", 1, "there is no key"),
            ("cohorts." + "9" * 5000 + ".size", 5, "has no"),
            ("sources", "x", "a table"),
        ],
    )
    def test_refuses(self, plan, path, value, says):
        with pytest.raises(sib.ScenarioError, match=says):
            plan.replace({path: value})


def test_a_number_of_thousands_of_digits_is_refused_in_words(plan):
    with pytest.raises(sib.ScenarioError) as error:
        plan.replace({"cohorts.1.size": 10**5000})
    assert "came:  a whole number of about 5001 digits" in str(error.value)


def test_a_path_through_a_list_that_holds_no_tables_is_refused(plan):
    with pytest.raises(sib.ScenarioError, match="`limits` has no `cap`"):
        plan.replace({"limits": [1], "limits.cap.amount": 5})


def test_sources_that_are_no_table_are_refused_whatever_else_is_changed(plan):
    with pytest.raises(sib.ScenarioError, match="a table"):
        plan.replace({"sources": "x", "cohorts.1.size": 5})


class TestAssumptions:
    def test_every_figure_has_a_unit_and_a_source(self, shipped):
        figures = shipped.assumptions()
        assert (figures["unit"] != "").all(), figures.index[figures["unit"] == ""].tolist()
        assert not (figures["status"] == "none").any()
        assert (figures.loc[figures["status"] != "default", "source"] != "").all()

    def test_units(self, plan):
        units = plan.assumptions()["unit"]
        assert units["tranches.investors.amount"] == "GBP"
        assert units["payments.early.pays.per_unit"] == "GBP a unit"
        assert units["cohorts.1.size"] == "persons"
        assert units["payments.pooled.when.improvement"] == "relative improvement"
        assert units["limits.return cap.return_on_costs"] == "a year"

    def test_a_replaced_figure_loses_its_source(self, plan):
        figures = plan.replace({"tranches.investors.amount": 6_000_000, "cohorts.0.size": 900}).assumptions()
        assert figures.loc["tranches.investors.amount", "status"] == "analyst"
        assert figures.loc["tranches.investors.amount", "note"] == "set with replace(); before: 5000000"
        assert figures.loc["cohorts.1.size", "status"] == "analyst"
        assert figures.loc["cohorts.2.size", "status"] == "source"

    def test_replacing_a_table_takes_the_sources_of_what_is_in_it(self, plan):
        changed = plan.replace({"beliefs.effects.reconvictions": 0.1})
        assert "beliefs.effects.reconvictions.mean" not in changed.sources
        assert changed.assumptions().loc["beliefs.effects.reconvictions.value", "status"] == "analyst"

    def test_a_renamed_item_keeps_its_sources(self, plan):
        renamed = plan.replace({"cohorts.2.name": "two"})
        assert renamed.sources["cohorts.two.size"] == plan.sources["cohorts.2.size"]
        assert not any(path.startswith("cohorts.2.") for path in renamed.sources)

    def test_a_default_is_not_called_the_analysts(self, plan):
        belief = {"distribution": "triangular", "low": 0.0, "mode": 0.08, "high": 0.2}
        figures = plan.replace({"beliefs.effects.reconvictions": belief}).assumptions()
        assert figures.loc["beliefs.effects.reconvictions.mode", "status"] == "analyst"
        assert figures.loc["beliefs.effects.reconvictions.between_cohorts", "status"] == "default"

    def test_a_source_can_be_given_with_the_change(self, plan):
        path = "tranches.investors.amount"
        changed = plan.replace({f"sources.{path}": "a new contract", path: 6_000_000})
        assert changed.assumptions().loc[path, "source"] == "a new contract"

    def test_unconfirmed_figures_are_assumptions_with_a_range(self, plan):
        price = plan.assumptions().loc["payments.early.pays.per_unit"]
        assert price["status"] == "assumption"
        assert (price["low"], price["high"]) == (10_000, 18_000)


class TestWhatIsOffered:
    def test_its_own_names_and_not_those_of_pydantic(self, plan):
        offered = set(dir(plan))
        assert {*sib.Scenario.model_fields, "replace", "describe", "assumptions", "data", "to_toml"} <= offered
        for term in (plan, plan.cohorts[0], plan.payments[0].pays, plan.beliefs):
            public = {name for name in dir(term) if not name.startswith("_")}
            assert not public & set(dir(BaseModel))

    def test_what_is_not_offered_can_still_be_called(self, plan):
        assert plan.model_dump()["currency"] == "GBP"
        assert sib.Scenario.model_validate(plan.data()) == plan


def test_scenarios_lists_what_ships():
    listed = sib.scenarios()
    assert {"peterborough", "peterborough-2017"} <= set(listed.index)
    for name, row in listed.iterrows():
        assert sib.load(name).name == row["title"]
