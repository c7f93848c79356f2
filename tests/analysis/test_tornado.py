"""Tornados. Truth: a deal that is linear in three inputs, the plain loop over `simulate`, pairs of paths by hand."""

import datetime as dt
import itertools
import math

import numpy as np
import pytest

import sib
from sib.run import blocks

MEAN, BIAS = "beliefs.effects.reconvictions.mean", "beliefs.evaluation.reconvictions.bias"
EARLY, POOLED = "payments.early.pays.per_unit", "payments.pooled.pays.per_unit"
MONTHS = "payments.early.months_after_result, payments.pooled.months_after_result"
A, B, C = "beliefs.levels.a", "beliefs.levels.b", "costs.service.amount"


def linear(pays_for_b=None, **more):
    """2a + 3b - c is what the investor keeps, of units a and b and a cost c: without any chance, and undiscounted."""
    metric = {
        "kind": "total",
        "better": "higher",
        "reported": {"first": dt.date(2020, 7, 1), "every_months": 6, "times": 1},
    }
    pays = {"pays": {"per_unit": 2}}, {"pays": pays_for_b or {"per_unit": 3}}
    paid = {"scope": "period", "reads": "units"}
    return sib.Scenario.from_data(
        {
            "name": "linear in three inputs",
            "summary": "units at a price, less a cost",
            "currency": "EUR",
            "start": dt.date(2020, 1, 1),
            "outcome_payer": "city",
            "metrics": [{"name": name, **metric} for name in "ab"],
            "payments": [{"name": name, "metric": name, **paid, **way} for name, way in zip("ab", pays, strict=True)],
            "tranches": [{"name": "investor", "amount": 2_000}],
            "costs": [
                {"name": "service", "to": "provider", "per": "deal", "amount": 750, "starts": dt.date(2020, 1, 1)}
            ],
            "beliefs": {"levels": {"a": 500, "b": 500}, "discount_rates": {"investor": 0}},
        }
        | more
    )


UNITS = {A: (0, 1_000), B: (0, 1_000), C: (250, 1_250)}


def kept(scenario, **how):
    return sib.simulate(scenario, 1, rng=1, chance=(), **how).summary().loc["npv_mean", "estimate"]


class TestTheLinearDeal:
    table = sib.tornado(linear(), UNITS, measure="npv_mean", paths=1, rng=1, chance=())

    def test_bars_are_the_weights_the_longest_first(self):
        assert self.table["difference"].to_dict() == {B: 3_000, A: 2_000, C: 1_000}
        assert list(self.table.index) == [B, A, C]

    def test_they_start_from_the_base_case(self):
        assert set(self.table["at_base"]) == {2 * 500 + 3 * 500 - 750} == {kept(linear())}
        assert (self.table["most"] - self.table["at_base"]).to_dict() == {B: 1_500, A: 1_000, C: 500}
        assert (self.table["at_base"] - self.table["least"]).to_dict() == {B: 1_500, A: 1_000, C: 500}

    def test_half_bars_add_up_to_the_range_of_the_sum(self):
        corners = [
            kept(linear().replace(dict(zip(UNITS, at, strict=True)))) for at in itertools.product(*UNITS.values())
        ]
        assert self.table["difference"].sum() == max(corners) - min(corners)

    def test_which_end_it_is_at(self):
        assert self.table["least_at"].to_dict() == {B: 0, A: 0, C: 1_250}
        assert self.table["most_at"].to_dict() == {B: 1_000, A: 1_000, C: 250}
        assert not self.table["inside"].any()

    def test_several_inputs_together_are_a_factor(self):
        found = sib.tornado(linear(), {(A, B): (0.5, 2)}, measure="npv_mean", paths=1, chance=()).iloc[0]
        assert (found["at_low"], found["at_high"]) == (0.5 * 2_500 - 750, 2 * 2_500 - 750)
        assert (found.name, found["base"], found["unit"]) == (f"{A}, {B}", 1, "times")
        pattern = sib.tornado(linear(), {"payments.*.pays.per_unit": (0.5, 2)}, measure="npv_mean", paths=1, chance=())
        assert pattern.iloc[0]["difference"] == found["difference"]


@pytest.mark.parametrize(("base", "most_at"), [(500, 500), (100, 500), (440, 440)])
def test_a_measure_that_turns_round_is_found_inside(base, most_at):
    """It is paid for from 400 to 600 alone: at both ends of the range nothing is."""
    deal = linear({"bands": [{"at_least": 400, "below": 601, "pays": 70}]}).replace({B: base})
    row = sib.tornado(deal, {B: (0, 1_000)}, measure="payment_mean", paths=1, chance=()).iloc[0]
    assert (row["least"], row["most"], row["difference"], row["inside"]) == (1_000, 1_070, 70, True)
    assert (row["at_low"], row["at_high"]) == (1_000, 1_000)
    assert row["most_at"] in (most_at, 500)


def test_a_base_case_beyond_the_range_is_no_part_of_the_bar():
    row = sib.tornado(linear(), {A: (600, 1_000)}, measure="npv_mean", paths=1, chance=()).iloc[0]
    assert (row["least"], row["most"], row["at_base"]) == (1_950, 2_750, 1_750)


def test_one_tranche_and_one_payer():
    deal = linear()
    of = {"measure": "npv_mean", "tranche": "investor"}
    assert sib.tornado(deal, UNITS, paths=1, chance=(), **of)["difference"].tolist() == [3_000, 2_000, 1_000]
    of = {"measure": "payment_mean", "payer": "city"}
    assert sib.tornado(deal, UNITS, paths=1, chance=(), **of)["difference"].tolist() == [3_000, 2_000, 0]


@pytest.fixture(scope="module")
def table(plan):
    return sib.tornado(plan, paths=20_000, rng=1)


class TestTheRangesOfTheFile:
    @pytest.mark.slow
    def test_each_figure_that_has_one_is_a_row(self, plan, table):
        cited = {path for path, source in plan.sources.items() if source.range}
        assert {path for row in table.index for path in row.split(", ")} == cited
        assert set(table["range"]) == {"file"}
        assert (table.loc[MEAN, "low"], table.loc[MEAN, "high"]) == plan.sources[MEAN].range

    @pytest.mark.slow
    def test_every_figure_is_that_of_the_plain_loop(self, plan, table):
        def alone(changes):
            found = sib.simulate(plan.replace(changes), 20_000, rng=1).summary().loc["loss_probability"]
            return pytest.approx((found["estimate"], found["mcse"]))

        for path, row in table.iterrows():
            assert (row["at_base"], row["at_base_mcse"]) == alone({})
            for at, figure in ((row[end], f"at_{end}") for end in ("low", "high")):
                changes = dict.fromkeys(path.split(", "), int(at) if at == int(at) else at)
                assert (row[figure], row[f"{figure}_mcse"]) == alone(changes)
            looked = [
                sib.simulate(plan.replace(dict.fromkeys(path.split(", "), at)), 20_000, rng=1).columns
                for at in (row["least_at"], row["most_at"])
            ]
            lost = [(columns["received"] < columns["drawn"] * (1 - 1e-9)).astype(float) for columns in looked]
            assert (row["least"], row["most"]) == pytest.approx([each.mean() for each in lost])
            assert row["difference_mcse"] == pytest.approx(
                (lost[1] - lost[0]).std(ddof=1) / math.sqrt(20_000), rel=1e-3
            )

    def test_the_figures_that_older_bits_gave(self, table):
        """On 20,000 other futures, of a version whose samplers were others: within four errors of a difference."""
        before = {MEAN: (0.92985, 0.13775), BIAS: (0.66355, 0.28240), POOLED: (0.56995, 0.42230)}
        for path, ends in before.items():
            for figure, was in zip(("at_low", "at_high"), ends, strict=True):
                assert abs(table.loc[path, figure] - was) < 4 * math.sqrt(2) * table.loc[path, f"{figure}_mcse"]
        assert abs(table.loc[MEAN, "at_base"] - 0.47205) < 4 * math.sqrt(2) * table.loc[MEAN, "at_base_mcse"]

    def test_what_a_rule_ties_moves_together(self, plan, table):
        """Who was not paid for early is known once the early payment has fallen due."""
        with pytest.raises(sib.ScenarioError, match="has fallen due"):
            plan.replace({"payments.early.months_after_result": 3})
        assert table.loc[MONTHS, "refused"] == ""
        assert table.loc[MONTHS, "unit"] == "months"

    def test_what_moves_together_only_when_it_is_asked_to(self, plan):
        ranges = {"payments.early.months_after_result": (0, 3), "payments.pooled.months_after_result": (0, 3)}
        table = sib.tornado(plan, ranges, paths=100, rng=1)
        refused = table["refused"].to_dict()
        rule = "what another payment has not paid for is known once that payment has fallen due"
        said = f"payments.pooled.when.unpaid: {rule}"
        assert refused == {
            "payments.early.months_after_result": f"at 2, 3: {said}",
            "payments.pooled.months_after_result": f"at 0: {said}",
        }
        assert math.isnan(table.loc["payments.early.months_after_result", "at_high"])
        assert table["difference"].notna().all()

    def test_the_longest_bar_is_on_top_and_a_flat_one_has_an_interval(self, table):
        assert table["difference"].is_monotonic_decreasing
        flat = table.loc["beliefs.discount_rates.investors"]
        assert (flat["difference"], flat["difference_mcse"]) == (0, 0)
        assert flat["difference_high"] > 0

    def test_a_tables_range_is_not_lent_to_its_figures(self):
        table = sib.tornado(sib.load("cuyahoga"), paths=100, rng=1)
        row = table.loc["remainders.success payment.shares"]
        assert row["refused"] == "the range of a table or a list, which is that of no single figure in it"
        assert math.isnan(row["difference"])
        assert not [path for path in table.index if path.startswith("remainders.success payment.shares.")]


def test_what_is_refused_together_too_moves_alone():
    """Two costs of 750 out of 2,000: neither of them may be 1,500, and both together may not even be 1,250."""
    starts = {"per": "deal", "amount": 750, "starts": dt.date(2020, 1, 1)}
    paths = [f"costs.{name}.amount" for name in ("service", "rent")]
    cited = {path: {"assumption": "as the other", "range": [500, 1_500]} for path in paths}
    deal = linear(costs=[{"name": name, "to": name, **starts} for name in ("service", "rent")], sources=cited)
    table = sib.tornado(deal, measure="npv_mean", paths=1, chance=())
    assert table.index.tolist() == paths
    assert all(why.startswith("at 1500: costs: ") for why in table["refused"])
    assert table["difference"].tolist() == [750, 750]  # to 1,250


def test_an_end_that_is_refused_is_said_and_the_rest_is_looked_at():
    path = "beliefs.effects.care days.mean"
    row = sib.tornado(sib.load("essex"), {path: (0.45, 0.8)}, paths=100, rng=1).iloc[0]
    assert row["refused"].startswith("at 0.8: beliefs.effects.care days.sd: at most one future in 100")
    assert math.isnan(row["at_high"])
    assert row["least_at"] == pytest.approx(0.7125)
    assert row["inside"]


def test_a_range_that_leaves_what_is_allowed_is_said():
    row = sib.tornado(linear(), {A: (-5, -1), "beliefs.levels.b": (400, 600)}, paths=1).loc[A]
    assert row["refused"].startswith("at -5, -4, -3, -2, -1: beliefs.levels.a")
    assert math.isnan(row["difference"])


class TestTenPerCent:
    def test_of_every_figure_where_the_file_has_no_range(self):
        levels = {"a": 500, "b": {"distribution": "normal", "mean": 500, "sd": 5}}
        deal = linear(beliefs={"levels": levels, "discount_rates": {"investor": 0}})
        table = sib.tornado(deal, measure="npv_mean", paths=1, chance=())
        assert set(table["range"]) == {"ten per cent"}
        moved = table[table["difference"] > 0]["difference"]
        assert moved.to_dict() == pytest.approx(
            {
                "payments.b.pays.per_unit": 300,
                "beliefs.levels.b.mean": 300,
                "payments.a.pays.per_unit": 200,
                A: 200,
                C: 150,
            }
        )
        assert "beliefs.discount_rates.investor" not in table.index  # ten per cent of zero
        assert "costs.service.instalments" not in table.index  # left at its default

    def test_where_it_is_asked_for_and_the_file_has_none(self, plan):
        row = sib.tornado(plan, {"limits.payer cap.amount": None}, paths=100, rng=1).iloc[0]
        assert (row["low"], row["high"], row["range"]) == (pytest.approx(7.2e6), pytest.approx(8.8e6), "ten per cent")
        assert sib.tornado(plan, {MEAN: None}, paths=100, rng=1).loc[MEAN, "range"] == "file"

    @pytest.mark.parametrize(("months", "range_"), [(12, (11, 13)), (2, (1, 3)), (5, (4, 6)), (6, (5, 7))])
    def test_what_counts_stays_a_whole_number(self, plan, months, range_):
        """By one at least: a bar of nothing would say that it has no bearing."""
        path = "metrics.reconvictions.window_months"
        row = sib.tornado(plan.replace({path: months}), {path: None}, paths=10, rng=1).loc[path]
        assert (row["low"], row["high"], row["refused"]) == (*range_, "")


def test_what_is_only_paid_otherwise_is_drawn_once(plan, monkeypatch):
    """Twelve prices and caps, and the base case: one draw of the futures; each belief draws its own."""
    drawn = []
    draw = blocks.draw
    monkeypatch.setattr(blocks, "draw", lambda *given, **more: drawn.append(1) or draw(*given, **more))
    contract = {EARLY: None, POOLED: None, "tranches.*.amount": (1, 1.2), "limits.payer cap.amount": None}
    sib.tornado(plan, contract, paths=500, rng=1)
    assert len(drawn) == 1
    sib.tornado(plan, {MEAN: (0.05, 0.13)}, paths=500, rng=1)
    assert len(drawn) == 1 + 5


def test_false_payment_is_that_of_no_effect(plan):
    row = sib.tornado(plan, {BIAS: (0, 0.05), MEAN: (0, 0.2)}, measure="false_payment_probability", paths=5_000, rng=1)
    none = plan.replace({"beliefs.effects.reconvictions": 0})
    expected = sib.simulate(none, 5_000, rng=1).summary().loc["payment_probability", "estimate"]
    assert row.loc[MEAN, "at_base"] == expected
    assert row.loc[MEAN, "difference"] == 0
    assert row.loc[BIAS, "difference"] > 0.1


@pytest.mark.parametrize("way", ["stratified", "sobol"])
def test_even_futures_have_smaller_errors(plan, way):
    plain, even = (
        sib.tornado(plan, {MEAN: None}, measure="npv_mean", paths=61_440, rng=1, sampling=how).iloc[0]
        for how in ("plain", way)
    )
    assert even["difference_mcse"] < plain["difference_mcse"]
    assert abs(even["difference"] - plain["difference"]) < 4 * np.hypot(
        even["difference_mcse"], plain["difference_mcse"]
    )


@pytest.mark.parametrize(
    ("ranges", "more", "where", "said"),
    [
        ({MEAN: (0.2, 0.1)}, {}, f"ranges['{MEAN}']", "the lower one first"),
        ({MEAN: (0.1, 0.1)}, {}, f"ranges['{MEAN}']", "the lower one first"),
        ({MEAN: (0.1, math.nan)}, {}, f"ranges['{MEAN}'][1]", "a finite number"),
        ({MEAN: 0.1}, {}, f"ranges['{MEAN}']", "a pair of finite numbers"),
        ({MEAN: "ab"}, {}, f"ranges['{MEAN}']", "a pair of finite numbers"),
        ({"beliefs.effects.reconvictions": (0, 1)}, {}, "ranges", "one figure; in this table there are"),
        ({"start": (0, 1)}, {}, "ranges", "a number"),
        ({"beliefs.effects.nowhere.mean": (0, 1)}, {}, "ranges", "the path of a figure"),
        ({"payments.*.nothing": (0, 1)}, {}, "ranges", "met by figures"),
        ({3: (0, 1)}, {}, "a name in ranges", "texts or tuples of texts|text or a tuple of texts"),
        ({BIAS: None}, {"bias": 0}, "ranges['beliefs.evaluation.reconvictions.bias']", "ten per cent of zero"),
        ({"beliefs.evaluation.*.bias": (0.9, 1.1)}, {}, "ranges", "of zero any factor is zero"),
        (
            {},
            {},
            "ranges",
            'ranges of one input at least\n  to do: pass {"path": \\(low, high\\)}, or leave it out for',
        ),
        ([MEAN], {}, "ranges", "a mapping of texts"),
        (None, {"points": 1}, "points", "a whole number from 2"),
        (None, {"points": True}, "points", "a whole number, not a bool"),
        (None, {"measure": "loss_probabilty"}, "measure", "a figure of the summary"),
        (None, {"tranche": "investor"}, "tranche", "a tranche of the deal"),
        (None, {"paths": 0}, "paths", "a whole number from 1"),
    ],
)
def test_what_cannot_be_varied_is_refused(plan, ranges, more, where, said):
    scenario = plan.replace({BIAS: 0, f"sources.{BIAS}": None}) if more.pop("bias", None) == 0 else plan
    with pytest.raises(sib.InputError, match=said) as error:
        sib.tornado(scenario, ranges, **({"paths": 10} | more))
    assert error.value.where == where


def test_ranges_of_which_no_point_is_valid_are_refused():
    with pytest.raises(sib.InputError, match=r"a share is written 0\.20 for 20%"):
        sib.tornado(sib.load("peterborough"), {"beliefs.effects.reconvictions.mean": (20, 50)}, paths=100)


def test_where_the_measure_is_not_given_is_said():
    """At a price of nothing too many futures have no rate of return for a quantile of rates."""
    row = sib.tornado(
        sib.load("peterborough"), {"payments.pooled.pays.per_unit": (0, 20_000)}, measure="irr_p95", paths=1_000, rng=1
    ).iloc[0]
    assert math.isnan(row["at_low"])
    assert row["refused"] == "at 0: the measure is not given"
