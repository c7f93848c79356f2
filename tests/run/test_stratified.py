"""Stratified beliefs. Truth: one draw in each stratum; many runs, whose spread is what standard errors claim."""

import numpy as np
import pytest

import sib
from sib.chance.sources import LAYERS, STRATA, Chance
from sib.run.blocks import BLOCK

RUNS, PATHS = 60, 20 * STRATA


def chance(paths):
    return Chance(paths, np.random.SeedSequence(3), 0, frozenset(LAYERS), way="stratified")


def test_each_stratum_has_one_draw():
    draws = chance(4 * STRATA).uniform("effects.a", "a", "effect").reshape(4, STRATA)
    np.testing.assert_array_equal(np.sort(np.floor(draws * STRATA), axis=1), np.tile(np.arange(STRATA), (4, 1)))
    assert np.corrcoef(draws)[np.triu_indices(4, 1)] == pytest.approx(0, abs=0.15)
    assert BLOCK % STRATA == 0


@pytest.mark.parametrize("extreme", [0.0, 1.0 - 2.0**-53])
@pytest.mark.parametrize("stratified", [False, True])
def test_no_draw_is_infinite(extreme, stratified, monkeypatch):
    """The least and the largest number that a generator gives; 1023 and the largest make 1024 in floats."""

    class Extreme:
        def random(self, paths):
            return np.full(paths, extreme)

        def permuted(self, rows, axis):
            return rows

    monkeypatch.setattr(Chance, "stream", lambda *_: Extreme())
    source = Chance(
        STRATA, np.random.SeedSequence(3), 0, frozenset(LAYERS), way="stratified" if stratified else "plain"
    )
    uniform = source.uniform("a", "b")
    assert 0 < uniform.min() <= uniform.max() < 1
    if stratified:
        assert np.isfinite(source.normal("a", "b")).all()
        assert np.isfinite(source.exponential("a", "b")).all()


@pytest.mark.parametrize("paths", [1, 7, STRATA, STRATA + 1])
def test_a_shorter_block_is_the_beginning(paths):
    for draw in ("uniform", "normal", "exponential"):
        whole, part = (getattr(chance(n), draw)("effects.a", "a", "effect") for n in (BLOCK, paths))
        np.testing.assert_array_equal(part, whole[:paths])


def test_moments_of_one_run_are_nearly_exact():
    normal, exponential = chance(BLOCK).normal("a", "b"), chance(BLOCK).exponential("a", "b")
    assert (normal.mean(), normal.var()) == pytest.approx((0, 1), abs=5e-3)  # by chance alone 8e-3 and 11e-3
    assert exponential.mean() == pytest.approx(1, abs=1e-3)


@pytest.fixture(scope="module")
def spreads(plan):
    """Standard deviations of figures over runs, and the standard errors that the runs claim, plain and stratified."""
    found = {}
    for stratified in (False, True):
        tables = [sib.simulate(plan, PATHS, rng=seed, stratified=stratified).summary() for seed in range(RUNS)]
        estimates = np.array([table["estimate"] for table in tables])
        claimed = np.array([table["mcse"] for table in tables])
        names = tables[0].index
        found[stratified] = {n: (estimates[:, i], claimed[:, i].mean()) for i, n in enumerate(names)}
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["loss_probability", "irr_mean", "payment_mean", "npv_mean", "multiple_mean"])
def test_errors_are_smaller_and_what_they_are_said_to_be(spreads, name):
    plain, said_plain = spreads[False][name]
    stratified, said = spreads[True][name]
    assert stratified.std(ddof=1) < 0.9 * said_plain
    assert said == pytest.approx(stratified.std(ddof=1), rel=0.35)  # three standard errors of a spread over 60 runs
    assert said < said_plain
    apart = stratified.mean() - plain.mean()
    assert abs(apart) < 4 * np.hypot(stratified.std(ddof=1), plain.std(ddof=1)) / np.sqrt(RUNS), "no bias"


@pytest.mark.slow
def test_quantiles_claim_no_less_than_their_error(spreads):
    for name in ("irr_median", "payment_p95", "es_95"):
        estimates, said = spreads[True][name]
        assert said >= 0.7 * estimates.std(ddof=1) - 1e-6


def test_what_is_kept_knows_how_it_was_drawn(plan, tmp_path):
    made = sib.simulate(plan, 3_000, rng=1, stratified=True)
    made.save(tmp_path / "a.sib")
    opened = sib.open(tmp_path / "a.sib")
    assert opened.paths.equals(made.paths)
    assert opened.summary().equals(made.summary())
    sib.simulate(plan, 3_000, rng=1, stratified=True, resume=tmp_path / "run")
    with pytest.raises(sib.InputError, match="drawn in the same way"):
        sib.simulate(plan, 3_000, rng=1, resume=tmp_path / "run")
