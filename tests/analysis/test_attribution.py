"""Whose doing the risk is. Truth: shares worked out for sums of normal sources, and for thresholds on such sums."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import sib
from tests.model.test_closed_forms import SHAPE, deal

# one cohort of 225, two controls each, quantities of mean 40 and standard deviation 30, an effect of 50% give or take
VARIANCES = {
    "effects.it": (40 * 0.05) ** 2,
    "effects.it.between_cohorts": (40 * 0.025) ** 2,
    "people": (30 * 1.5) ** 2 / 225,  # the spread goes with the mean
    "measurement": 30**2 / 450,
}
NEEDED = 13_000_000  # of the 13.5 million that three such metrics are paid on average
EFFECT = {"distribution": "normal", "mean": 0.5, "sd": 0.05, "between_cohorts": 0.025}


def gaussian(pays=None, **beliefs):
    return deal("mean", {"design": "randomised", "controls": 2}, size=225, effect=EFFECT, pays=pays, **beliefs)


def agree(frame, output, truth):
    for source, share in truth.items():
        found, error = frame.loc[source, [output, f"{output}_mcse"]]
        assert abs(found - share) <= 4 * error, (source, found, share, error)
    assert frame[output].sum() == pytest.approx(1, abs=1e-9)


def shapley(worth, names):
    """A source's mean marginal worth over all orders, by the sets that may stand before it."""

    def mean(name):
        others = [other for other in names if other != name]
        return sum(
            (worth({*some, name}) - worth({*some})) / (len(names) * comb(len(others), size))
            for size in range(len(names))
            for some in combinations(others, size)
        )

    return {name: mean(name) for name in names}


def test_of_a_sum_each_source_has_its_variance():
    frame = sib.attribute_risk(gaussian(), paths=20_000, rng=1)
    whole = sum(VARIANCES.values())
    agree(frame, "payment", {name: variance / whole for name, variance in VARIANCES.items()})
    assert frame.attrs["variance"]["payment"] == pytest.approx((1_000 * 225) ** 2 * whole, rel=0.05)
    assert frame["layer"].to_dict() == {
        "effects.it": "belief",
        "effects.it.between_cohorts": "belief",
        "people": "people",
        "measurement": "measurement",
    }


def test_of_persons_with_an_outcome():
    # three cohorts of a thousand, ten controls each, a share of a half; a price a unit, so that the payment is a sum
    effect = {"distribution": "normal", "mean": 0.3, "sd": 0.01, "between_cohorts": 0.005}
    data = tomllib.loads(deal("proportion", {"design": "matched", "controls": 10}, size=1_000, effect=effect).to_toml())
    data["cohorts"] = [data["cohorts"][0] | {"name": name} for name in "123"]
    data["tranches"][0]["amount"] *= 3
    data["beliefs"]["comparison"]["it"] = {"share": 0.5}
    share, size = 0.5 * (1 - 0.3), 1_000
    variances = {
        "effects.it": (3 * size * 0.5 * 0.01) ** 2,
        "effects.it.between_cohorts": 3 * (size * 0.5 * 0.005) ** 2,
        "people": 3 * size * share * (1 - share),
        "measurement": 3 * size**2 * 0.25 / (10 * size),
    }
    whole = sum(variances.values())
    truth = {name: variance / whole for name, variance in variances.items()}
    assert [round(share, 3) for share in truth.values()] == [0.225, 0.019, 0.682, 0.075]
    frame = sib.attribute_risk(sib.Scenario.from_data(data), paths=20_000, rng=1)
    agree(frame, "payment", truth)
    assert frame["payment_mcse"].max() < 0.006


def test_of_events():
    # a person's events have variance m + m**2 / k; those of who is served are fewer by the effect
    effect, size = {"distribution": "normal", "mean": 0.3, "sd": 0.05}, 2_000
    frame = sib.attribute_risk(
        deal("count", {"design": "randomised", "controls": 2}, size=size, effect=effect), paths=20_000, rng=1
    )
    mean, squared = 1.5 * 0.7, 1.5**2 * (0.7**2 + 0.05**2)
    variances = {
        "effects.it": (size * 1.5 * 0.05) ** 2,
        "people": size * (mean + squared / SHAPE),
        "measurement": size**2 * (1.5 + 1.5**2 / SHAPE) / (2 * size),
    }
    agree(frame, "payment", {name: variance / sum(variances.values()) for name, variance in variances.items()})


@pytest.mark.parametrize("threshold", [0.4, 0.5])
def test_of_a_threshold_too(threshold):
    # two runs that share sources of a part p of the variance pay both with P(Z1 < z, Z2 < z), correlated by p
    pays = {"pays": {"amount": 1_000_000}, "when": {"improvement": threshold}}
    frame = sib.attribute_risk(gaussian(pays), paths=20_000, rng=2)
    variances = VARIANCES | {"measurement": VARIANCES["measurement"] * (1 + threshold) ** 2}
    whole = sum(variances.values())
    z = 40 * (0.5 - threshold) / np.sqrt(whole)
    once = stats.norm.cdf(z)

    def worth(names):
        part = sum(variances[name] for name in names) / whole
        if part > 1 - 1e-12:
            return once * (1 - once)
        return stats.multivariate_normal(cov=[[1, part], [part, 1]]).cdf([z, z]) - once**2

    shares = shapley(worth, list(variances))
    agree(frame, "payment", {name: share / (once * (1 - once)) for name, share in shares.items()})
    agree(frame, "loss", {name: share / (once * (1 - once)) for name, share in shares.items()})


@pytest.mark.parametrize("off", ["belief", "people", "measurement"])
def test_a_layer_that_is_off_carries_nothing(off):
    every = {"effects.it": "belief", "effects.it.between_cohorts": "belief", "people": "people"}
    layers = every | {"measurement": "measurement"}
    frame = sib.attribute_risk(gaussian(), paths=5_000, rng=3, chance=[x for x in set(layers.values()) if x != off])
    left = {name: VARIANCES[name] for name, layer in layers.items() if layer != off}
    assert set(frame.index) == set(left)
    agree(frame, "payment", {name: variance / sum(left.values()) for name, variance in left.items()})


@pytest.mark.slow
def test_standard_errors_where_all_orders_are_looked_at():
    pays = {"pays": {"amount": 1_000_000}, "when": {"improvement": 0.5}}
    runs = [sib.attribute_risk(gaussian(pays), paths=1_000, rng=seed) for seed in range(60)]
    for source in VARIANCES:
        spread = np.std([run.loc[source, "payment"] for run in runs], ddof=1)
        error = np.mean([run.loc[source, "payment_mcse"] for run in runs])
        assert 0.7 < error / spread < 1.4, source


@pytest.mark.slow
def test_standard_errors_are_those_of_repeated_runs():
    surely = deal("mean", {"design": "randomised", "controls": 2}, size=5_000, effect=EFFECT)
    runs = [sib.attribute_risk(surely, paths=1_000, rng=seed).loc["effects.it"] for seed in range(120)]
    spread = np.std([run["payment"] for run in runs], ddof=1)
    error = np.mean([run["payment_mcse"] for run in runs])
    assert 0.75 < error / spread < 1.3


def three_metrics():
    """Three metrics that are paid for: eight sources, all of them normal. Investors lose where the sum falls short."""
    data = tomllib.loads(gaussian().to_toml())
    beliefs = data["beliefs"]
    for key in ("comparison", "effects"):
        beliefs[key] = dict.fromkeys("abc", beliefs[key]["it"])
    data["metrics"] = [data["metrics"][0] | {"name": name} for name in "abc"]
    data["payments"] = [data["payments"][0] | {"name": name, "metric": name} for name in "abc"]
    data["tranches"][0]["amount"] = data["costs"][0]["amount"] = NEEDED
    return sib.Scenario.from_data(data)


@pytest.mark.slow
def test_errors_are_honest_where_random_orders_are_looked_at(request):
    runs = 200 if request.config.getoption("--nightly") else 40
    variances = {"people": 3 * VARIANCES["people"], "measurement": 3 * VARIANCES["measurement"]}
    for name in "abc":
        for source in ("effects.it", "effects.it.between_cohorts"):
            variances[source.replace("it", name)] = VARIANCES[source]
    whole = sum(variances.values())
    z = (NEEDED / (1_000 * 225) - 3 * 40 * 0.5) / np.sqrt(whole)

    def worth(names):  # Phi2(z, z; p) less Phi(z) squared, by Plackett's formula
        part = sum(variances[name] for name in names) / whole
        return integrate.quad(lambda p: np.exp(-z * z / (1 + p)) / (2 * np.pi * np.sqrt(1 - p * p)), 0, min(part, 1))[0]

    once = stats.norm.cdf(z)
    truth = {name: share / (once * (1 - once)) for name, share in shapley(worth, list(variances)).items()}
    assert sum(truth.values()) == pytest.approx(1, abs=1e-6)
    held = dict.fromkeys(truth, 0)
    for seed in range(runs):
        frame = sib.attribute_risk(three_metrics(), paths=1_000, rng=seed)
        for source, share in truth.items():
            found, error = frame.loc[source, ["loss", "loss_mcse"]]
            held[source] += abs(found - share) <= 1.96 * error
    assert min(held.values()) >= stats.binom.ppf(1e-4, runs, 0.95), held


def test_a_cost_overrun_moves_the_multiple_and_no_payment():
    frame = sib.attribute_risk(gaussian(overruns={"work": {"sd": 0.1}}), paths=2_000, rng=4)
    assert frame.loc["overruns.work", "payment"] == pytest.approx(0, abs=1e-12)
    assert frame.loc["overruns.work", "payment_mcse"] == pytest.approx(0, abs=1e-12)
    assert frame.loc["overruns.work", "multiple"] > 0.05


def test_many_sources_still_add_up():
    more = gaussian(
        overruns={"work": {"sd": 0.1}},
        evaluation={"bias_sd": 0.02},
        drift={"it": {"sd": 0.02}},
        delays={"it": {"months": [0, 12], "chances": [0.5, 0.5]}},
    )
    frame = sib.attribute_risk(more, paths=2_000, rng=5)
    assert len(frame) == 8
    for output in ("payment", "multiple"):
        assert frame[output].sum() == pytest.approx(1, abs=1e-9)
    assert frame.loc["delays.it", "payment"] == pytest.approx(0, abs=1e-12)
    assert (frame.loc[:, ["payment_mcse", "multiple_mcse"]] < 0.1).all().all()


def test_what_does_not_vary_has_no_shares():
    frame = sib.attribute_risk(gaussian({"pays": {"amount": 10}, "when": {"improvement": -0.9}}), paths=1_000, rng=6)
    assert frame[["payment", "multiple", "loss"]].isna().all().all()
    assert frame.attrs["variance"] == {"payment": 0.0, "multiple": 0.0, "loss": 0.0}


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads():
    once = sib.attribute_risk(gaussian(), paths=1_000, rng=7)
    with ThreadPoolExecutor(3) as pool:
        again = sib.attribute_risk(gaussian(), paths=1_000, rng=7, executor=pool)
    pd.testing.assert_frame_equal(once, again, check_exact=True)
    assert not once.equals(sib.attribute_risk(gaussian(), paths=1_000, rng=8))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"paths": 10},
            "paths\n  came:  10\n  rule:  1,000 at least: a share is a ratio of variances\n  to do: pass paths=20_000",
        ),
        (
            {"chance": ()},
            'chance\n  came:  []\n  rule:  some source of chance that is on\n  to do: pass chance=("belief", "people")',
        ),
        (
            {"chance": ("luck",)},
            "chance[0]\n  came:  'luck'\n  rule:  one of belief, people, measurement\n"
            "  to do: known here: belief, measurement, people",
        ),
    ],
)
def test_refused(given, message):
    with pytest.raises(sib.InputError) as error:
        sib.attribute_risk(gaussian(), **given)
    assert str(error.value) == message
