"""Whose doing the risk is. Truth: shares worked out for sums of normal sources, and for thresholds on such sums."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sib
from tests.model.test_closed_forms import deal

# one cohort of 225, two controls each, quantities of mean 40 and standard deviation 30, an effect of 50% give or take
VARIANCES = {
    "effects.it": (40 * 0.05) ** 2,
    "effects.it.between_cohorts": (40 * 0.025) ** 2,
    "people": (30 * 1.5) ** 2 / 225,  # the spread goes with the mean
    "measurement": 30**2 / 450,
}
EFFECT = {"distribution": "normal", "mean": 0.5, "sd": 0.05, "between_cohorts": 0.025}


def gaussian(pays=None, **beliefs):
    return deal("mean", {"design": "randomised", "controls": 2}, size=225, effect=EFFECT, pays=pays, **beliefs)


def agree(frame, output, truth):
    for source, share in truth.items():
        found, error = frame.loc[source, [output, f"{output}_mcse"]]
        assert abs(found - share) <= 4 * error, (source, found, share, error)
    assert frame[output].sum() == pytest.approx(1, abs=1e-9)


def shapley(worth, names):
    """A source's mean marginal worth over all orders."""
    orders = list(permutations(names))
    return {
        name: np.mean([worth({*o[: o.index(name) + 1]}) - worth({*o[: o.index(name)]}) for o in orders])
        for name in names
    }


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


def test_standard_errors_are_those_of_repeated_runs():
    surely = deal("mean", {"design": "randomised", "controls": 2}, size=5_000, effect=EFFECT)
    runs = [sib.attribute_risk(surely, paths=1_000, rng=seed).loc["effects.it"] for seed in range(120)]
    spread = np.std([run["payment"] for run in runs], ddof=1)
    error = np.mean([run["payment_mcse"] for run in runs])
    assert 0.75 < error / spread < 1.3


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
            "chance\n  came:  'luck'\n  rule:  layers out of belief, people, measurement\n"
            "  to do: known here: belief, measurement, people",
        ),
    ],
)
def test_refused(given, message):
    with pytest.raises(sib.InputError) as error:
        sib.attribute_risk(gaussian(), **given)
    assert str(error.value) == message
