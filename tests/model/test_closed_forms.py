"""Simulation against closed forms, over designs, sizes, effects and thresholds. Truth: exact binomial and negative
binomial sums (scipy), statsmodels' power of tests, textbook variances worked out here, the floor at zero.

Each case draws 20,000 paths on a fixed seed; agreement is within three standard errors of the simulation. Where the
closed form is itself an approximation (a normal law for cohorts of thousands) the case says how far off it can be.
"""

import datetime as dt
import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats
from statsmodels.stats.proportion import power_proportions_2indep

import sib

PATHS = 20_000
SHAPE = 0.7
START = dt.date(2010, 1, 1)
GATED = {"pays": {"per_unit": 1}, "when": {"confidence": 0.975}}


def deal(kind, compare, *, size, effect, evaluation=None, pays=None, **beliefs):
    """One cohort, one compared metric, a payment on it."""
    comparison = {
        "count": {"mean": 1.5, "shape": SHAPE},
        "proportion": {"share": 0.55},
        "mean": {"mean": 40.0, "sd": 30.0},
    }[kind]
    window = {"window_months": 12} if kind == "count" else {}
    known = {"evaluation": {"it": evaluation}} if evaluation else {}
    return sib.Scenario.from_data(
        {
            "name": f"{kind} {compare['design']}",
            "summary": "a closed form",
            "currency": "GBP",
            "start": START,
            "outcome_payer": "payer",
            "cohorts": [{"name": "1", "size": size, "enrol": {"starts": START, "months": 12}}],
            "metrics": [
                {
                    "name": "it",
                    "kind": kind,
                    "better": "higher" if kind == "mean" else "lower",
                    "compare": compare,
                    "reported": {"months_after_enrolment": 24},
                    **window,
                }
            ],
            "payments": [{"name": "pay", "metric": "it", "scope": "cohort"} | (pays or {"pays": {"per_unit": 1_000}})],
            "tranches": [{"name": "fund", "amount": 1_000_000, "draws": "as needed"}],
            "costs": [{"name": "work", "to": "provider", "per": "cohort", "amount": 1_000_000}],
            "beliefs": {
                "comparison": {"it": comparison},
                "effects": {"it": effect},
                "discount_rates": {"fund": 0.0},
                **known,
                **beliefs,
            },
        }
    )


def measured(scenario, seed=11):
    """Levels of those served and of the comparison, and the improvement, (paths,) each."""
    simulation = sib.simulate(scenario, PATHS, rng=seed)
    parts = list(simulation.futures.map(lambda block: block.results[0]))
    served, compared = (np.concatenate([getattr(p, arm)[0] for p in parts]) for arm in ("treated", "comparison"))
    sign = -1.0 if scenario.metrics[0].better == "lower" else 1.0
    return served, compared, sign * (served / compared - 1.0)


def agree(found, truth, *, slack=0.0):
    """A share of paths is within three standard errors of a probability."""
    error = math.sqrt(max(truth * (1 - truth), 1e-6) / PATHS)
    assert abs(found - truth) <= 3 * error + slack, (found, truth, error)


def close(sample, mean=None, variance=None):
    """A sample has this mean and variance, within three standard errors."""
    if mean is not None:
        assert abs(sample.mean() - mean) <= 3 * sample.std() / math.sqrt(sample.size), (sample.mean(), mean)
    if variance is not None:
        error = np.std((sample - sample.mean()) ** 2) / math.sqrt(sample.size)
        assert abs(sample.var() - variance) <= 3 * error, (sample.var(), variance)


def exact(law_served, law_compared, size, group, threshold):
    """P(served at most (1 - threshold) times the comparison): a sum over all totals of the comparison."""
    low, high = (int(law_compared.ppf(q)) for q in (1e-12, 1 - 1e-12))
    totals = np.arange(low, high + 1)
    most = np.floor(size * (1 - threshold) * totals / group + 1e-9)
    return float((law_compared.pmf(totals) * law_served.cdf(most)).sum())


def negative_binomial(persons, mean):
    return stats.nbinom(SHAPE * persons, SHAPE / (SHAPE + mean))


@pytest.mark.parametrize("threshold", [0.0, 0.1])
@pytest.mark.parametrize("effect", [0.0, 0.1])
@pytest.mark.parametrize(("size", "ratio"), [(150, 1), (1000, 10)])
class TestExact:
    """Matched or randomised groups: totals have known laws, so the probability of a threshold is a finite sum."""

    def test_counts(self, size, ratio, effect, threshold):
        found = measured(deal("count", {"design": "matched", "controls": ratio}, size=size, effect=effect))[2]
        served, compared = negative_binomial(size, 1.5 * (1 - effect)), negative_binomial(size * ratio, 1.5)
        agree((found >= threshold - 1e-12).mean(), exact(served, compared, size, size * ratio, threshold))

    def test_shares(self, size, ratio, effect, threshold):
        found = measured(deal("proportion", {"design": "randomised", "controls": ratio}, size=size, effect=effect))[2]
        served, compared = stats.binom(size, 0.55 * (1 - effect)), stats.binom(size * ratio, 0.55)
        agree((found >= threshold - 1e-12).mean(), exact(served, compared, size, size * ratio, threshold))

    def test_the_normal_law_with_skew_is_close_to_it(self, size, ratio, effect, threshold):
        # Edgeworth's next terms are of the order of one over the persons' number
        pays = {"pays": {"per_unit": 1}, "when": {"improvement": threshold}}
        scenario = deal("count", {"design": "matched", "controls": ratio}, size=size, effect=effect, pays=pays)
        law = sib.power(scenario, [effect], target=0.1, paths=10, rng=1)["closed_form"].iloc[0]
        served, compared = negative_binomial(size, 1.5 * (1 - effect)), negative_binomial(size * ratio, 1.5)
        truth = exact(served, compared, size, size * ratio, max(threshold, 1e-9))
        assert law == pytest.approx(truth, abs=1.0 / size + 0.0005)


@pytest.mark.parametrize("effect", [0.0, 0.05, 0.1])
@pytest.mark.parametrize(("size", "ratio"), [(200, 1), (2000, 1), (500, 4)])
class TestTestsOfSignificance:
    """A payment that asks for 97.5% confidence is a one-sided test at 2.5%."""

    def test_means(self, size, ratio, effect):
        compare = {"design": "randomised", "controls": ratio}
        scenario = deal("mean", compare, size=size, effect=effect, pays=GATED)
        found = sib.power(scenario, [effect], target=0.1, paths=PATHS, rng=3).iloc[0]
        # both means are gamma, with the coefficient of variation 0.75, so their ratio has an F distribution; it is sure
        # where r - 1 > z 0.75 sqrt(r**2 / n + 1 / m), the standard error being that of the means that are found
        z = stats.norm.ppf(0.975) * 0.75
        least = optimize.brentq(lambda r: r - 1 - z * math.sqrt(r * r / size + 1 / (ratio * size)), 0.5, 3)
        shapes = size / 0.75**2, ratio * size / 0.75**2
        truth = stats.f(2 * shapes[0], 2 * shapes[1]).sf(least / (1 + effect))
        agree(found["payment_probability"], truth)
        assert found["closed_form"] == pytest.approx(truth, abs=1.0 / size + 0.0005)

    def test_shares(self, size, ratio, effect):
        compare = {"design": "randomised", "controls": ratio}
        scenario = deal("proportion", compare, size=size, effect=effect, pays=GATED)
        found = sib.power(scenario, [effect], target=0.1, paths=PATHS, rng=3).iloc[0]
        truth = (
            power_proportions_2indep(
                0.55 * effect, 0.55 * (1 - effect), size, ratio=ratio, alpha=0.025, alternative="larger"
            ).power
            if effect
            else 0.025
        )
        # statsmodels holds both shares for normal; whole persons and the estimated variance move it by about 1/sqrt(n)
        agree(found["payment_probability"], truth, slack=0.12 / math.sqrt(size))


def per_person(kind, level):
    return {"count": level + level**2 / SHAPE, "proportion": level * (1 - level), "mean": (0.75 * level) ** 2}[kind]


BASE = {"count": 1.5, "proportion": 0.55, "mean": 40.0}


@pytest.mark.parametrize("kind", ["count", "proportion", "mean"])
class TestVariances:
    """Variances of the measured levels, whatever the kind."""

    def test_delta_method(self, kind):
        # ratio of two independent means: Var = (v1/m1^2 + v2/m2^2) m1^2/m2^2 to first order; next order 2e-4 of it
        size = 4000
        sign = 1 if kind == "mean" else -1
        found = measured(deal(kind, {"design": "matched", "controls": 2}, size=size, effect=0.1))[2]
        one, other = BASE[kind] * (1 + sign * 0.1), BASE[kind]
        ratio = one / other
        variance = ratio**2 * (per_person(kind, one) / size / one**2 + per_person(kind, other) / (2 * size) / other**2)
        close(found, variance=variance)

    @pytest.mark.slow
    @pytest.mark.parametrize("clusters", [10, 40])
    def test_clusters(self, kind, clusters):
        # Kish's design effect: 1 + (m - 1) rho
        size, alike = 800, 0.06
        compare = {"design": "cluster-randomised", "controls": 1, "clusters": clusters}
        evaluation = {"intra_cluster_correlation": alike}
        served, compared, _ = measured(deal(kind, compare, size=size, effect=0.0, evaluation=evaluation))
        effect = 1 + (size / clusters - 1) * alike
        for arm in (served, compared):
            close(arm, BASE[kind], per_person(kind, BASE[kind]) / size * effect)
        assert abs(np.corrcoef(served, compared)[0, 1]) < 3 / math.sqrt(PATHS)

    def test_before_and_after(self, kind):
        # Var(after - before) = v1 + v0 - 2 rho sqrt(v1 v0)
        evaluation = {"correlation": 0.45}
        served, before, _ = measured(
            deal(kind, {"design": "before-after"}, size=900, effect=0.0, evaluation=evaluation)
        )
        each = per_person(kind, BASE[kind]) / 900
        close(served - before, 0.0, 2 * each * (1 - 0.45))

    def test_difference_in_differences(self, kind):
        evaluation = {"correlation": 0.3}
        compare = {"design": "difference in differences", "controls": 2}
        served, counterfactual, _ = measured(deal(kind, compare, size=900, effect=0.0, evaluation=evaluation))
        each = per_person(kind, BASE[kind]) / 900
        close(served - counterfactual, 0.0, (2 * each + 2 * each / 2) * (1 - 0.3))

    def test_effective_persons(self, kind):
        scenario = deal(
            kind, {"design": "matched", "controls": 5}, size=500, effect=0.0, evaluation={"effective_persons": 800.0}
        )
        close(measured(scenario)[1], BASE[kind], per_person(kind, BASE[kind]) / 800)

    @pytest.mark.parametrize("years", [1, 4])
    def test_history(self, kind, years):
        compare = {"design": "historical", "persons": 600, "years": years}
        close(
            measured(deal(kind, compare, size=500, effect=0.0))[1],
            BASE[kind],
            per_person(kind, BASE[kind]) / 600 / years,
        )

    def test_a_line_through_history(self, kind):
        # ordinary least squares: the variance of the prediction at t is sigma^2 x0' (X'X)^-1 x0
        compare = {"design": "historical", "persons": 600, "years": 5, "trend": "linear"}
        middle = (dt.date(2011, 1, 1) - START).days / 365 / 2 + 0.5
        design = np.column_stack([np.ones(5), -np.arange(5) - 0.5])
        at = np.array([1.0, middle])
        variance = per_person(kind, BASE[kind]) / 600 * at @ np.linalg.inv(design.T @ design) @ at
        close(measured(deal(kind, compare, size=500, effect=0.0))[1], BASE[kind], variance)

    def test_a_mix(self, kind):
        of = [
            {"weight": 0.3, "compare": {"design": "matched", "controls": 2}},
            {"weight": 0.7, "compare": {"design": "historical", "persons": 700}},
        ]
        each = per_person(kind, BASE[kind])
        variance = 0.3**2 * each / 1000 + 0.7**2 * each / 700
        close(measured(deal(kind, {"design": "mix", "of": of}, size=500, effect=0.0))[1], BASE[kind], variance)

    def test_bias_that_is_not_known(self, kind):
        # the group's level is divided by 1 + s b: moments by Gauss-Hermite
        sign = 1 if kind == "mean" else -1
        evaluation = {"bias": 0.02, "bias_sd": 0.04}
        scenario = deal(kind, {"design": "matched", "controls": 2}, size=5000, effect=0.0, evaluation=evaluation)
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        levels = np.minimum(BASE[kind] / (1 + sign * (0.02 + 0.04 * nodes)), 1.0 if kind == "proportion" else np.inf)
        mean = weights @ levels / weights.sum()
        variance = (
            weights @ (levels - mean) ** 2 / weights.sum() + weights @ per_person(kind, levels) / weights.sum() / 1e4
        )
        close(measured(scenario)[1], mean, variance)

    def test_drift(self, kind):
        # levels of both arms times exp(a normal): mean 1.03**t, log-variance 0.05**2 t; they move together
        drift = {"it": {"trend": 0.03, "sd": 0.05}}
        scenario = deal(kind, {"design": "matched", "controls": 1}, size=50_000, effect=0.0, drift=drift)
        served, compared, _ = measured(scenario)
        middle = (dt.date(2011, 1, 1) - START).days / 365 / 2 + 0.5
        mean = BASE[kind] * 1.03**middle
        spread = mean**2 * math.expm1(0.05**2 * middle)
        close(served, mean)
        assert served.var() == pytest.approx(spread + per_person(kind, mean) / 50_000, rel=0.04)
        assert np.cov(served, compared)[0, 1] == pytest.approx(spread, rel=0.04)

    def test_engagement(self, kind):
        # a binomial number takes part, some of whom drop out: one person's mean and variance are a mixture's
        sign = 1 if kind == "mean" else -1
        part = {"share": 0.7, "drop_out": 0.4, "kept": 0.5}
        scenario = deal(kind, {"design": "matched", "controls": 1}, size=400, effect=0.3, engagement=part)
        shares = np.array([0.3, 0.28, 0.42])
        levels = BASE[kind] * (1 + sign * 0.3 * np.array([0.0, 0.5, 1.0]))
        mean = shares @ levels
        variance = shares @ per_person(kind, levels)
        close(measured(scenario)[0], mean, (variance + shares @ (levels - mean) ** 2) / 400)


@pytest.mark.parametrize("effect", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("size", [300, 3000])
def test_floor_at_zero(effect, size):
    # E[max(0, S - C)], both gamma with a coefficient of variation of 0.75 over the root of their persons: given C = c
    # it is E[S] P(S' > c) - c P(S > c), where S' has one more in its shape
    scenario = deal("mean", {"design": "randomised", "controls": 1}, size=size, effect=effect)
    found = sib.overpayment(scenario, [effect], target=0.1, paths=PATHS, rng=5).iloc[0]
    shape = size / 0.75**2
    level, mean = 40 * (1 + effect), size * 40 * effect
    compared, served, longer = (
        stats.gamma(a, scale=m / shape) for a, m in ((shape, 40), (shape, level), (shape + 1, level))
    )

    def above(c):
        return level * longer.sf(c) - c * served.sf(c)

    around = 40 + 30 / math.sqrt(size) * np.array([-9, 9])
    truth = 1_000 * size * integrate.quad(lambda c: compared.pdf(c) * above(c), *around, epsabs=1e-12)[0]
    assert abs(found["payment_mean"] - truth) <= 3 * found["payment_mean_mcse"]
    assert found["closed_form"] == pytest.approx(truth, rel=0.5 / size)
    if effect:
        assert found["overpayment_ratio"] == pytest.approx(
            truth / (1_000 * mean), abs=4 * found["payment_mean_mcse"] / (1_000 * mean)
        )


@pytest.mark.parametrize("threshold", [0.0, 0.08])
@pytest.mark.parametrize("effect", [0.0, 0.08])
def test_expected_payment_from_a_threshold(threshold, effect):
    # negative binomial totals: the exact sum of what is paid over all totals of those served and compared
    size = 400
    pays = {"pays": {"per_unit": 1_000}, "when": {"improvement": threshold}}
    scenario = deal("count", {"design": "matched", "controls": 2}, size=size, effect=effect, pays=pays)
    found = sib.overpayment(scenario, [effect], target=0.1, paths=PATHS, rng=5).iloc[0]
    served, compared = (
        np.arange(int(law.ppf(1e-9)), int(law.ppf(1 - 1e-9)) + 1)
        for law in (negative_binomial(size, 1.5 * (1 - effect)), negative_binomial(2 * size, 1.5))
    )
    chance = np.outer(
        negative_binomial(size, 1.5 * (1 - effect)).pmf(served), negative_binomial(2 * size, 1.5).pmf(compared)
    )
    units = compared[None, :] / 2 - served[:, None]
    reached = served[:, None] <= (1 - threshold) * compared[None, :] / 2 + 1e-9
    truth = 1_000 * float((chance * np.maximum(units, 0) * reached).sum())
    assert abs(found["payment_mean"] - truth) <= 3 * found["payment_mean_mcse"]
    assert found["closed_form"] == pytest.approx(truth, rel=0.012)


def test_expected_schedule_against_numerical_integration():
    from sib.analysis.evidence.normal_law import expected_schedule
    from sib.settlement.schedules import Curve
    from sib.terms.schedule import Schedule

    ladders = [
        {"nodes": [[0, 0], [0.05, 100], [0.05, 200], [0.2, 500]]},
        {"nodes": [[0, 0], [0.1, 300]], "beyond": "extended"},
        {"steps": [[0.02, 10], [0.08, 40]]},
        {"amount": 7},
    ]
    for ladder in ladders:
        curve = Curve.of(Schedule.model_validate(ladder))
        for mean, sd in ((0.04, 0.05), (-0.1, 0.02), (0.3, 0.1)):
            x = mean + sd * np.linspace(-10, 10, 400_001)
            truth = np.trapezoid(curve(x) * stats.norm.pdf(x, mean, sd), x)
            assert expected_schedule(curve, mean, sd) == pytest.approx(truth, abs=2e-3)


def test_early_and_pooled_tests_together():
    # Peterborough's contract: the convolution against a simulation of the normal law itself
    plan = sib.load("peterborough")
    table = sib.power(plan, [0.0, 0.03, 0.075, 0.1], paths=100_000, rng=8)
    gap = (table["payment_probability"] - table["closed_form"]).abs()
    assert (gap <= 3 * table["payment_probability_mcse"] + 0.0005).all()


@pytest.mark.parametrize("results", [1, 2])
@pytest.mark.parametrize("served", [1.35, 1.45, 1.55])
def test_own_and_pooled_tests_together_against_the_multivariate_normal(results, served):
    from sib.analysis.evidence.normal_law import Moments, reaching_any

    one = Moments(served, 1.55, 0.005, 0.0005, 0.0002, 1000.0, -1.0)
    (pooled_mean, pooled_sd), (own_mean, own_sd), tied = one.gain(0.075), one.gain(0.10), one.together(0.075, 0.10)
    means = [results * pooled_mean, *[own_mean] * results]
    spread = np.diag([results * pooled_sd**2, *[own_sd**2] * results])
    spread[0, 1:] = spread[1:, 0] = tied
    nowhere = np.zeros(results + 1)
    missed = stats.multivariate_normal.cdf(nowhere, means, spread, maxpts=2_000_000, abseps=1e-7, releps=1e-7)
    assert reaching_any([one] * results, 0.10, 0.075) == pytest.approx(1 - missed, abs=2e-5)


@pytest.mark.parametrize(("served", "reached"), [(0.1, 1.0), (9.0, 0.0)])
def test_a_result_beyond_all_doubt(served, reached):
    from sib.analysis.evidence.normal_law import Moments, reaching_any

    one = Moments(served, 1.55, 1e-6, 1e-6, 0.0, 1000.0, -1.0)
    assert reaching_any([one, one], 0.10, 0.075) == pytest.approx(reached, abs=1e-12)
