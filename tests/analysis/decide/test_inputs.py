"""What is varied. Truth: the figures of the scenario as they are written, by hand; `Scenario.replace`."""

import pytest

import sib
from sib.analysis.decide.inputs import Input, Range

PRICES = ["payments.early.pays.per_unit", "payments.pooled.pays.per_unit"]


def values(scenario, paths):
    table = scenario.assumptions()["value"]
    return [table[path] for path in paths]


class TestOneFigure:
    def test_is_varied_by_its_value(self, plan):
        one = Input.of(plan, PRICES[0])
        assert (one.base, one.unit, one.range) == (13_720, "GBP a unit", Range(10_000, 18_000))
        assert one.changes(15_000) == {PRICES[0]: 15_000}
        assert values(one.at(15_000), PRICES) == [15_000, 13_720]

    def test_may_be_zero(self, plan):
        one = Input.of(plan, "beliefs.evaluation.reconvictions.bias")
        assert one.base == 0
        assert values(one.at(0.03), [one.name]) == [0.03]

    def test_a_range_that_a_table_has_is_not_lent_to_it(self, plan):
        table = "beliefs.evaluation.reconvictions"
        cited = plan.replace({f"sources.{table}": {"assumption": "either way", "range": [-0.03, 0.03]}})
        assert Input.of(cited, f"{table}.bias").range == Range(-0.03, 0.03)  # its own
        assert Input.of(cited, f"{table}.bias_sd").range is None

    def test_by_its_number_is_the_one_of_that_name(self, plan):
        assert Input.of(plan, "payments.0.pays.per_unit").changes(1.0) == {PRICES[0]: 1.0}

    def test_a_bare_number_for_a_belief(self, plan):
        bare = plan.replace({"beliefs.effects.reconvictions": 0.1})
        path = "beliefs.effects.reconvictions"
        for name in (path, f"{path}.value"):  # the second is how the table of assumptions has it
            one = Input.of(bare, name)
            assert (one.base, one.unit) == (0.1, "relative improvement")
            assert one.at(0.2).beliefs.effects["reconvictions"].value == 0.2
        assert Input.of(bare, [path, f"{path}.value"]).shares == {path: 1.0}
        assert Input.of(bare, "beliefs.effects.*").at(1.5).beliefs.effects["reconvictions"].value == pytest.approx(0.15)

    def test_names_with_full_stops_stand_in_quotes(self, plan):
        data = plan.data()
        data["payments"][0]["name"] = "tier 1.2"
        data["payments"][1]["when"]["unpaid"] = "tier 1.2"
        data["limits"][0]["on"] = data["limits"][1]["on"] = ["tier 1.2", "pooled"]
        data["sources"] = {}
        quoted = sib.Scenario.from_data(data)
        one = Input.of(quoted, 'payments."tier 1.2".pays.per_unit')
        assert one.base == 13_720
        assert set(Input.of(quoted, "payments.*.pays.per_unit").shares) == {one.name, PRICES[1]}


class TestSeveral:
    @pytest.mark.parametrize(
        "vary", ["payments.*.pays.per_unit", "payments.[ep]*.pays.per_unit", PRICES, (PRICES[1], PRICES[0], PRICES[0])]
    )
    def test_move_together_by_one_factor(self, plan, vary):
        together = Input.of(plan.replace({PRICES[1]: 10_000}), vary)
        assert (together.base, together.unit, together.range) == (1.0, "times", None)
        assert set(together.shares) == set(PRICES)
        assert values(together.at(1.5), PRICES) == [1.5 * 13_720, 15_000]

    def test_a_star_is_one_step_or_a_part_of_it(self, plan):
        assert set(Input.of(plan, "payments.p*.pays.per_unit").shares) == {PRICES[1]}
        with pytest.raises(sib.InputError, match="met by figures"):
            Input.of(plan, "payments.*.per_unit")

    def test_whole_numbers_stay_whole(self, plan):
        sizes = Input.of(plan, "cohorts.*.size")
        assert (sizes.whole, Input.of(plan, "cohorts.1.size").whole, Input.of(plan, PRICES[0]).whole) == (
            False,
            True,
            False,
        )
        assert values(sizes.at(0.8126), ["cohorts.1.size", "cohorts.3.size"]) == [813, 813]

    def test_a_pattern_that_one_figure_meets_is_a_factor_too(self, plan):
        assert Input.of(plan, "limits.payer*.amount").unit == "times"


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ("payments.erly.pays.per_unit", 'did you mean "payments.early.pays.per_unit"'),
        ("payments.early.metric", "a number; this is reconvictions"),
        ("cohorts.1.enrol.starts", "a number; this is 2010-09-09"),
        ("limits.payer cap.on", r"a number; this is \['early', 'pooled'\]"),
        ("payments.early.pays", "a figure, and not its table"),
        ("payments.early", "in this table there are 3"),
        ("beliefs.effects.*", "a figure other|met by figures"),
        ("payments.*.paid.per_unit", "met by figures"),
        ("beliefs.evaluation.reconvictions.*", "other than zero"),
        ([PRICES[0], "beliefs.evaluation.reconvictions.bias"], "other than zero"),
        ([], "the path of a figure"),
        (None, "the path of a figure"),
        (3, "the path of a figure"),
        ([3], "the path of a figure"),
    ],
)
def test_what_cannot_be_varied_is_refused(plan, vary, said):
    with pytest.raises(sib.InputError, match=said) as refused:
        Input.of(plan, vary)
    assert refused.value.where == "vary"


def test_what_the_scenario_refuses_is_refused(plan):
    with pytest.raises(sib.ScenarioError, match="at least 0"):
        Input.of(plan, PRICES[0]).at(-1.0)
    with pytest.raises(sib.ScenarioError, match=r"write 0\.10 for ten per cent"):
        Input.of(plan, "payments.early.when.improvement").at(10)
