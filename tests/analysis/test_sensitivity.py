"""Which assumption matters. Truth: a deal whose figure is a product in closed form; scipy on a loop over `simulate`."""

import functools
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

import sib
from sib.scenario.paths import lookup
from tests.analysis.two_state import two_state

PRICE, CHANCE, RATE = "payments.price.pays.per_unit", "beliefs.levels.success", "beliefs.discount_rates.investor"
EFFECT = "beliefs.effects.reconvictions."
BIAS = "beliefs.evaluation.reconvictions.bias_sd"
COLUMNS = ["first", "first_low", "first_high", "total", "total_low", "total_high", "pawn", "pawn_max"]
COLUMNS += ["low", "high", "refused"]


def product(*ranges):
    """First and total order of a product of two uniform inputs, and its variance."""
    means = [(low + high) / 2 for low, high in ranges]
    spreads = [(high - low) ** 2 / 12 for low, high in ranges]
    alone = [spreads[0] * means[1] ** 2, spreads[1] * means[0] ** 2]
    both = spreads[0] * spreads[1]
    whole = sum(alone) + both
    return np.array(alone) / whole, (np.array(alone) + both) / whole, whole


@pytest.mark.slow
def test_of_a_price_and_a_chance_it_is_the_product_of_two():
    ranges = {PRICE: (1.0, 3.0), CHANCE: (0.2, 0.8)}
    table = sib.sensitivity(two_state(), ranges, measure="payment_mean", points=256, paths=1, chance=(), rng=1)
    first, total, variance = product(*ranges.values())
    assert table.index.tolist() == [PRICE, CHANCE, "dummy"]
    assert (table.index.name, table.columns.tolist()) == ("input", COLUMNS)
    for name, truth in (("first", first), ("total", total)):
        error = (table[f"{name}_high"] - table[f"{name}_low"]).to_numpy()[:2] / (2 * 1.96)
        assert (abs(table[name].to_numpy()[:2] - truth) <= 4 * error).all()
        assert error.max() < 0.1
    assert table.loc["dummy", COLUMNS[:6]].tolist() == [0.0] * 6
    assert table.attrs["variance"] == pytest.approx(variance, rel=0.05)
    assert table.attrs["noise"] == 0.0
    assert 0 < table.loc["dummy", "pawn"] < table.loc[[PRICE, CHANCE], "pawn"].min()


@pytest.mark.slow
def test_a_loop_over_simulate_finds_the_same():
    ranges = {PRICE: (1.0, 3.0), CHANCE: (0.2, 0.8)}
    asked = {"measure": "loss_probability", "paths": 200, "rng": 4}
    table = sib.sensitivity(two_state(), ranges, points=64, **asked)

    def loop(points):
        rows = [sib.simulate(two_state(*point), 200, rng=4).summary() for point in points.T]
        return np.array([row.loc["loss_probability", "estimate"] for row in rows])

    dists = [stats.uniform(low, high - low) for low, high in ranges.values()]
    theirs = stats.sobol_indices(func=loop, n=64, dists=dists)
    assert theirs.total_order == pytest.approx([0.0, 1.0], abs=0.3)  # it is lost where there is no success
    for name, index in (("first", theirs.first_order), ("total", theirs.total_order)):
        error = (table[f"{name}_high"] - table[f"{name}_low"]).to_numpy()[:2] / (2 * 1.96)
        assert (abs(table[name].to_numpy()[:2] - index) <= 4 * np.sqrt(2) * error + 1e-9).all()


@pytest.mark.slow
def test_what_matters_at_peterborough(plan):
    """Of an effect between 0 and 15% and a bias of 3% either way, linear in both, shares are as squared widths."""
    ranges = {
        EFFECT + "mean": None,
        "beliefs.evaluation.reconvictions.bias": (-0.03, 0.03),
        EFFECT + "sd": (0.04, 0.06),
    }
    table = sib.sensitivity(plan, ranges, measure="loss_probability", points=64, paths=1_000, rng=1)
    assert table["total"].idxmax() == EFFECT + "mean"
    share = 0.15**2 / (0.15**2 + 0.06**2)
    assert table.loc[EFFECT + "mean", "first_low"] < share < table.loc[EFFECT + "mean", "first_high"]


def test_the_files_own_ranges_are_the_default():
    cited = {
        "sources": {
            PRICE: {"assumption": "a guess", "range": [1, 3]},
            "beliefs.levels": {"assumption": "x", "range": [0, 1]},
        }
    }
    asked = {"measure": "payment_mean", "points": 16, "paths": 1, "chance": (), "rng": 1}
    table = sib.sensitivity(two_state(**cited), **asked)
    assert table.equals(sib.sensitivity(two_state(), {PRICE: (1, 3)}, **asked))


def test_inputs_that_count_are_whole_and_as_likely_each():
    ranges = {"cohorts.one.size": (1, 4)}
    table = sib.sensitivity(two_state(), ranges, measure="payment_mean", points=64, paths=1, chance=(), rng=1)
    assert table.attrs["variance"] == pytest.approx(1.25 * (2 * 0.7) ** 2)  # of a die of four sides; 64 points are even


def test_of_what_does_not_vary_there_are_no_shares():
    table = sib.sensitivity(two_state(), {RATE: (0.0, 0.1)}, measure="payment_mean", points=16, paths=50, rng=1)
    assert table[COLUMNS[:6]].isna().all(axis=None)
    assert table["pawn"].tolist() == [0.0, 0.0]
    assert (table.attrs["variance"], np.isnan(table.attrs["noise"])) == (0.0, True)


@pytest.mark.slow
def test_noise_is_that_of_the_coin():
    """The price times the share of successes: seeds move the share by (1 - p) / (p n), squared; chi-square of one."""
    found = []
    for seed in range(20):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sib.NoiseWarning)
            asked = {"measure": "payment_mean", "points": 16, "paths": 100, "rng": seed}
            found.append(sib.sensitivity(two_state(chance=0.5), {PRICE: (1, 3)}, **asked))
    relative = [table.attrs["noise"] / 0.01 for table in found]
    assert np.mean(relative) == pytest.approx(1.0, abs=4 * np.sqrt(2 / 20))
    assert np.mean(relative) > 0.3


def test_noise_is_warned_of_and_quiet_figures_are_not():
    asked = {"measure": "loss_probability", "points": 16, "rng": 1}
    with pytest.warns(sib.NoiseWarning, match=r"the noise of loss_probability on 20 paths .* Raise `paths` to about"):
        sib.sensitivity(two_state(), {CHANCE: (0.3, 0.7)}, paths=20, **asked)
    sib.sensitivity(two_state(), {CHANCE: (0.1, 0.9)}, paths=2_000, **asked)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_intervals(plan):
    asked = {"measure": "npv_mean", "points": 16, "paths": 100, "rng": 3}
    ranges = {EFFECT + "mean": (0.05, 0.1), EFFECT + "sd": (0.03, 0.06)}
    assert sib.sensitivity(plan, ranges, **asked).equals(sib.sensitivity(plan, ranges, **asked))


def refused(scenario, ranges=None, **changes):
    asked = {"measure": "loss_probability", "points": 16, "paths": 20, "rng": 1} | changes
    with pytest.raises(sib.InputError) as error:
        sib.sensitivity(scenario, ranges, **asked)
    return error.value


@pytest.mark.parametrize(
    ("ranges", "where", "said"),
    [
        ({EFFECT + "mean": (0.2, 0.1)}, f"ranges['{EFFECT}mean']", "the lower one first"),
        ({EFFECT + "mean": (0.1, 0.1)}, f"ranges['{EFFECT}mean']", "the lower one first"),
        ({EFFECT + "mean": 0.1}, f"ranges['{EFFECT}mean']", "a pair of finite numbers"),
        ({EFFECT + "mean": (0, "1")}, f"ranges['{EFFECT}mean'][1]", "a finite number"),
        ({EFFECT + "mean": (0, float("inf"))}, f"ranges['{EFFECT}mean'][1]", "a finite number"),
        ({BIAS: None}, f"ranges['{BIAS}']", "ten per cent of zero is zero"),
        ({EFFECT + "men": (0, 1)}, "ranges", f'did you mean "{EFFECT}mean"'),
        ({"cohorts.1.size": (99.5, 100.5)}, "ranges['cohorts.1.size']", "two whole numbers at least"),
        ({}, "ranges", "of one input at least"),
        (
            [EFFECT + "mean"],
            "ranges",
            "a mapping of texts or tuples of texts to pairs of finite numbers or None, or None, not a list",
        ),
        (
            {"payments.*.pays.per_unit": (0.9, 1.1), "payments.early.pays.per_unit": None},
            "ranges",
            "moved by one input",
        ),
    ],
)
def test_what_is_no_range(plan, ranges, where, said):
    error = refused(plan, ranges)
    assert error.where == where
    assert said in str(error)


@pytest.mark.parametrize("points", [0, 8, 48, 64.0, True, "64", 2**17])
def test_what_are_no_points(plan, points):
    error = refused(plan, {EFFECT + "mean": (0.05, 0.1)}, points=points)
    assert error.where == "points"


def test_a_point_that_a_rule_refuses_says_how_to_narrow_the_range(plan):
    text = str(refused(plan, {EFFECT + "mean": (0.05, 0.1), EFFECT + "sd": (-0.05, 0.05)}))
    assert "of 64 points, as where beliefs.effects.reconvictions.sd = -0.0" in text
    assert "rule:  beliefs.effects.reconvictions.sd: at least 0: its standard deviation" in text
    assert "to do: narrow 'beliefs.effects.reconvictions.sd' to what is valid: 0.0" in text


def test_inputs_that_have_to_move_together_are_told(plan):
    ranges = {f"payments.{name}.months_after_result": (0, 3) for name in ("early", "pooled")}
    text = str(refused(plan, ranges))
    assert "payments.pooled.when.unpaid: what another payment has not paid for" in text
    assert "pass what has to move together as one input" in text


@functools.cache
def over_the_files_ranges(name):
    deal = sib.load(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sib.NoiseWarning)
        return deal, sib.sensitivity(deal, measure="multiple_mean", points=16, paths=20, rng=1)


@pytest.mark.parametrize("name", ["essex", "denver", "peterborough-2017"])
class TestRangesOfAFileThatBreakARuleTogether:
    """Truth: the rule itself, at the corners; scenarios anywhere within the ranges."""

    @pytest.mark.slow
    def test_are_narrowed_to_what_is_valid_wherever_the_others_are(self, name):
        deal, table = over_the_files_ranges(name)
        table, rng = table.drop(index="dummy"), np.random.default_rng(5)
        corners = [table["low"], table["high"]]
        mixed = [np.where(rng.random(len(table)) < 0.5, *corners) for _ in range(40)]
        for values in (*corners, *mixed):  # not a ScenarioError
            deal.replace(
                {path: type(lookup(deal.data(), path))(x) for path, x in zip(table.index, values, strict=True)}
            )

    @pytest.mark.slow
    def test_the_others_keep_theirs_and_the_base_case_is_in_all(self, name):
        deal, table = over_the_files_ranges(name)
        ranges = {path: cited.range for path, cited in deal.sources.items() if path in table.index}
        for path, row in table.drop(index="dummy").iterrows():
            low, high = ranges[path]
            assert low <= row["low"] <= lookup(deal.data(), path) <= row["high"] <= high
            assert ((row["low"], row["high"]) == (low, high)) == (row["refused"] == "")
        assert (table["refused"] != "").any()


def test_ranges_are_narrowed_as_little_as_the_rule_asks():
    _, table = over_the_files_ranges("essex")
    mean, sd = (table.loc[f"beliefs.effects.care days.{name}"] for name in ("mean", "sd"))
    assert 0.0095 < stats.norm.sf(1.0, mean["high"], sd["high"]) <= 0.01  # one future in 100 beyond no event
    assert mean["refused"] == (
        "narrowed from 0.45 to 0.8: beliefs.effects.care days.sd: at most one future in 100 has an effect beyond no"
        " event at all, which counts as none"
    )
    assert table["total"].drop("dummy").notna().all()


def test_what_is_held_has_no_share_and_is_in_no_picture():
    _, table = over_the_files_ranges("denver")
    cost = table.loc["costs.homes and support.amount"]  # all of the capital: it cannot rise
    assert cost["low"] == cost["high"] == 8_600_000
    assert cost[["first", "total", "pawn"]].isna().all()
    assert cost["refused"].startswith("narrowed from 8600000 to 8650000: costs: costs are paid from the capital")
    wide = sib.plot.sensitivity(table, ax=Figure(figsize=(24, 8)).subplots())
    labels = [label.get_text().replace("\n", " ") for label in wide.get_yticklabels()]
    assert not [label for label in labels if "homes and support" in label]
    assert [label for label in labels if "jail loans.amount" in label and "part of the file's range" in label]
    assert len(labels) == len(table) - 2
    plt.close("all")


def test_what_has_to_move_together_does_by_default(plan):
    names = [f"payments.{name}.months_after_result" for name in ("early", "pooled")]
    cited = plan.replace({"sources": {name: {"assumption": "a guess", "range": [0, 3]} for name in names}})
    table = sib.sensitivity(cited, measure="payment_mean", points=16, paths=20, rng=1)
    assert table.index.tolist() == [", ".join(names), "dummy"]


def test_the_whole_text_of_a_refusal(plan):
    assert str(refused(plan, {EFFECT + "mean": (0.2, 0.1)})) == (
        "ranges['beliefs.effects.reconvictions.mean']\n"
        "  came:  (0.2, 0.1)\n"
        "  rule:  two numbers, the lower one first; None for the range in the file, or ten per cent either way\n"
        "  to do: write, for example, (0.05, 0.15)"
    )
    assert str(refused(plan, {EFFECT + "mean": (0.05, 0.1)}, points=48)) == (
        "points\n"
        "  came:  48\n"
        "  rule:  a power of two, 16 at least\n"
        "  to do: pass points=64, or 256 for intervals half as wide"
    )


def test_per_cent_is_refused(plan):
    assert "narrow" in str(refused(plan, {EFFECT + "mean": (20, 30)}))


def test_a_figure_that_is_not_given_everywhere_is_refused():
    deal = sib.load("doncaster")
    (effect,) = deal.beliefs.effects
    error = refused(deal, {f"beliefs.effects.{effect}.mean": (0.0, 0.5)}, measure="irr_median", paths=200)
    assert error.where == "measure"
    problem = error.problems[0]
    assert problem.came.startswith("irr_median: none at ")
    assert "of 48 points, as where beliefs.effects" in problem.came
    assert "more than 5% have none" in problem.rule


def test_a_file_without_ranges_is_told_to_give_some():
    assert "the file has none" in str(refused(two_state()))
