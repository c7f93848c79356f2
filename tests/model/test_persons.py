"""The fast draws of sums against the same model person by person. Truth: two-sample tests over many seeds.

Every case draws 1,500 futures person by person, each on a seed of its own, and 60,000 with the fast draws. What is
measured on every arm, and the improvement that is published, must have the same mean, variance, tails and law. All
p-values of a case together are held to one in a million that is fair (Bonferroni), so that a failure is a difference.
"""

import math
import tomllib

import numpy as np
import pytest
from scipy import stats

import sib
from sib.chance.sources import Chance
from sib.model.outcomes import draw
from sib.model.persons import draw_persons
from sib.model.prior import believe
from sib.run.recipe import Deal
from tests.model.test_closed_forms import deal

FUTURES, PATHS = 1_500, 60_000
SAMPLED = frozenset({"people", "measurement"})
RARE = 1e-6

MATCHED = {"design": "matched", "controls": 2}
BEFORE = {"design": "before-after"}
DOUBLE = {"design": "difference in differences", "controls": 1}
CLUSTERS = {"design": "cluster-randomised", "clusters": 7, "comparison_clusters": 5, "controls": 1}
HISTORY = {"design": "historical", "persons": 60, "years": 3, "trend": "linear"}
MIX = {"design": "mix", "of": [{"weight": 0.3, "compare": MATCHED}, {"weight": 0.7, "compare": BEFORE}]}
HALF = {"engagement": {"share": 0.6, "drop_out": 0.4, "kept": 0.3}}

CASES = {
    "counts, matched": deal("count", MATCHED, size=40, effect=0.2),
    "counts, all alike": deal(
        "count", MATCHED, size=40, effect=0.2, comparison={"it": {"mean": 1.5, "spread": "poisson"}}
    ),
    "counts, few": deal("count", MATCHED, size=3, effect=0.0),
    "shares, matched": deal("proportion", MATCHED, size=40, effect=0.2),
    "means, matched": deal("mean", MATCHED, size=40, effect=0.2),
    "counts, some take part": deal("count", MATCHED, size=40, effect=0.5, **HALF),
    "shares, some take part": deal("proportion", MATCHED, size=40, effect=0.5, **HALF),
    "means, some take part": deal("mean", MATCHED, size=40, effect=0.5, **HALF),
    "counts, clusters": deal("count", CLUSTERS, size=37, effect=0.2, evaluation={"intra_cluster_correlation": 0.15}),
    "shares, clusters": deal(
        "proportion", CLUSTERS, size=37, effect=0.2, evaluation={"intra_cluster_correlation": 0.15}
    ),
    "means, clusters": deal("mean", CLUSTERS, size=37, effect=0.2, evaluation={"intra_cluster_correlation": 0.15}),
    "counts, before and after": deal("count", BEFORE, size=40, effect=0.2, evaluation={"correlation": 0.4}),
    "shares, before and after": deal("proportion", BEFORE, size=40, effect=0.2, evaluation={"correlation": 0.4}),
    "means, before and after": deal("mean", BEFORE, size=40, effect=0.2, evaluation={"correlation": 0.4}),
    "counts, both": deal("count", DOUBLE, size=40, effect=0.2, evaluation={"correlation": 0.4, "creaming": 0.1}),
    "shares, both": deal("proportion", DOUBLE, size=40, effect=0.2, evaluation={"correlation": 0.4}),
    "means, both": deal("mean", DOUBLE, size=40, effect=0.2, evaluation={"correlation": 0.4}),
    "counts, history": deal("count", HISTORY, size=40, effect=0.2, drift={"it": {"trend": -0.05}}),
    "counts, a mix": deal("count", MIX, size=40, effect=0.2, evaluation={"correlation": 0.3, "regression": 0.2}),
}


def fast(scenario, seed=5):
    """By the fast draws: outcomes of all metrics."""
    plan, chance = Deal.of(scenario).model, Chance(PATHS, np.random.SeedSequence(seed), 0, SAMPLED)
    return plan, draw(plan, believe(plan, chance), chance)


def slow(plan, seed=6, futures=FUTURES, maturity=()):
    """Person by person: arms of many futures."""
    surely = Chance(1, np.random.SeedSequence(0), 0, frozenset())
    world = believe(plan, surely)
    seeds = np.random.SeedSequence(seed).spawn(futures)
    return [draw_persons(plan.metrics[0], world, 0, 0, np.random.default_rng(s), maturity) for s in seeds]


def improvement(plan, treated, comparison):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(plan.metrics[0].sign * (treated / comparison - 1.0), nan=0.0, neginf=-9.0, posinf=9.0)


def p_values(one, other):
    """Of the same mean, spread, law, and both tails, in two samples."""
    pooled = np.concatenate([one, other])
    if np.ptp(pooled) == 0:
        return {}
    middle = pooled.mean()
    low, high = np.quantile(other, [0.05, 0.95])

    def share(test):
        counts = [[int(test(x).sum()), int((~test(x)).sum())] for x in (one, other)]
        return 1.0 if min(np.sum(counts, axis=0)) == 0 else stats.fisher_exact(counts).pvalue

    return {
        "mean": stats.ttest_ind(one, other, equal_var=False).pvalue,
        "spread": stats.ttest_ind((one - middle) ** 2, (other - middle) ** 2, equal_var=False).pvalue,
        "law": stats.ks_2samp(one, other, method="asymp").pvalue,
        "low": share(lambda x: x <= low),
        "high": share(lambda x: x >= high),
    }


def same(samples):
    """Each pair of samples has one law; `samples` maps a name to person by person, fast."""
    found = {(name, test): p for name, pair in samples.items() for test, p in p_values(*pair).items()}
    worst = min(found, key=found.get)
    assert found[worst] > RARE / len(found), (worst, found[worst])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_is_measured_has_the_same_law(name):
    plan, (drawn, *_) = fast(CASES[name])
    arms, weights = slow(plan), plan.metrics[0].design.weights[0]
    served = np.array([arm.served.level for arm in arms])
    groups = {i: np.array([arm.groups[i].level for arm in arms]) for i in arms[0].groups}
    comparison = np.maximum(sum(weights[i] * level for i, level in groups.items()), 0.0)
    pairs = {("group", i): (level, drawn.groups[i]) for i, level in groups.items()}
    pairs["served"] = served, drawn.results.treated[0]
    pairs["difference"] = served - comparison, drawn.results.treated[0] - drawn.results.comparison[0]
    pairs["improvement"] = (
        improvement(plan, served, comparison),
        improvement(plan, drawn.results.treated[0], drawn.results.comparison[0]),
    )
    same(pairs)


@pytest.mark.parametrize(("size", "share"), [(30, 0.4), (30, 1.0), (1, 0.4)])  # of one person, one at least is counted
def test_early_results_and_final_ones_together(size, share):
    base = tomllib.loads(deal("count", MATCHED, size=size, effect=0.2).to_toml())
    metric = base["metrics"][0]
    early = {
        **{key: metric[key] for key in ("kind", "better")},
        "name": "early",
        "interim_of": "it",
        "window_months": 3,
        "enrolled": share,
        "reported": {"months_after_enrolment": 6},
    }
    base["metrics"].append(early)
    base["beliefs"]["maturity"] = {"early": 0.45}
    scenario = sib.Scenario.from_data(base)
    plan, (whole, part) = fast(scenario)
    arms = slow(plan, maturity=[(0.25, 0.45)])
    final = np.array([arm.served.level for arm in arms])
    first = np.array([arm.served.early(share, 0.25) for arm in arms])
    compared = np.array([arm.groups[0].early(share, 0.25) for arm in arms])
    same(
        {
            "early": (first, part.results.treated[0]),
            "early, compared": (compared, part.results.comparison[0]),
            "early less final": (first - final, part.results.treated[0] - whole.results.treated[0]),
            "early times final": (first * final, part.results.treated[0] * whole.results.treated[0]),
        }
    )


@pytest.mark.parametrize("spread", ["poisson", "negative binomial"])
def test_events_and_the_share_with_any_together(spread):
    base = tomllib.loads(deal("count", MATCHED, size=30, effect=0.2).to_toml())
    base["metrics"].append({"name": "any", "kind": "proportion", "better": "lower", "with_any": "it"})
    if spread == "poisson":
        base["beliefs"]["comparison"]["it"] = {"mean": 1.5, "spread": "poisson"}
    plan, (counts, shares) = fast(sib.Scenario.from_data(base))
    arms = slow(plan)
    level = np.array([arm.served.level for arm in arms])
    with_any = np.array([(arm.served.value > 0).mean() for arm in arms])
    same(
        {
            "share": (with_any, shares.results.treated[0]),
            "both": (with_any * level, shares.results.treated[0] * counts.results.treated[0]),
            "either": (with_any - level / 2, shares.results.treated[0] - counts.results.treated[0] / 2),
            "compared": (
                np.array([(arm.groups[0].value > 0).mean() for arm in arms]),
                shares.results.comparison[0],
            ),
        }
    )


class TestPersons:
    """The persons themselves. Truth: what the beliefs say of one person."""

    @pytest.mark.parametrize(("kind", "correlation"), [("count", 0.4), ("proportion", 0.4), ("mean", 0.7)])
    def test_before_and_after_correlate_as_believed(self, kind, correlation):
        scenario = deal(kind, BEFORE, size=60_000, effect=0.0, evaluation={"correlation": correlation})
        (arms,) = slow(Deal.of(scenario).model, futures=1)
        found = np.corrcoef(arms.served.value, arms.groups[0].value)[0, 1]
        assert found == pytest.approx(correlation, abs=0.02)

    def test_counts_have_the_mean_and_the_shape(self):
        (arms,) = slow(Deal.of(deal("count", MATCHED, size=60_000, effect=0.0)).model, futures=1)
        value = arms.served.value
        found = np.bincount(value.astype(int), minlength=40)[:40]
        law = stats.nbinom(0.7, 0.7 / 2.2).pmf(np.arange(40))
        keep = law * value.size >= 5
        observed = np.append(found[keep], value.size - found[keep].sum())
        wanted = np.append(law[keep], 1 - law[keep].sum()) * value.size
        assert stats.chisquare(observed, wanted).pvalue > 1e-4

    def test_clusters_correlate_as_believed(self):
        many = deal(
            "count",
            CLUSTERS | {"clusters": 3_000, "comparison_clusters": 3_000},
            size=30_000,
            effect=0.0,
            evaluation={"intra_cluster_correlation": 0.15},
        )
        (arms,) = slow(Deal.of(many).model, futures=1)
        table = arms.served.value.reshape(10, 3_000)  # persons of a cluster are 3,000 apart
        between, within = 10 * table.mean(axis=0).var(ddof=1), table.var(axis=0, ddof=1).mean()
        assert (between - within) / (between + 9 * within) == pytest.approx(0.15, abs=0.02)  # analysis of variance

    def test_nobody_who_stays_apart_drops_out(self):
        (arms,) = slow(Deal.of(CASES["counts, some take part"].replace({"cohorts.1.size": 50_000})).model, futures=1)
        served = arms.served
        assert not (served.dropped_out & ~served.took_part).any()
        assert served.took_part.mean() == pytest.approx(0.6, abs=0.01)
        assert served.dropped_out[served.took_part].mean() == pytest.approx(0.4, abs=0.015)
        stayed, left, apart = (
            served.value[who].mean()
            for who in (served.took_part & ~served.dropped_out, served.dropped_out, ~served.took_part)
        )
        error = 3 * math.sqrt((1.5 + 1.5**2 / 0.7) / 12_000)
        for level, truth in ((stayed, 0.75), (left, 1.5 * (1 - 0.15)), (apart, 1.5)):
            assert level == pytest.approx(truth, abs=error)

    def test_events_fall_as_the_maturity_says(self):
        plan = Deal.of(deal("count", MATCHED, size=20_000, effect=0.0)).model
        (arms,) = slow(plan, futures=1, maturity=[(0.25, 0.6)])
        times = np.concatenate(arms.served.events)
        assert (times <= 0.25).mean() == pytest.approx(0.6, abs=0.01)
        assert stats.kstest(times[times <= 0.25] / 0.25, "uniform").pvalue > 1e-3
        assert np.isinf(arms.served.first[arms.served.value == 0]).all()


@pytest.mark.slow
def test_a_wrong_law_is_found_out():
    # the same cases with a wrong correlation, shape or size of clusters must not pass
    for name, change in (
        ("counts, both", {"beliefs.evaluation.it.correlation": 0.2}),
        ("counts, matched", {"beliefs.comparison.it.shape": 1.0}),
        ("shares, clusters", {"beliefs.evaluation.it.intra_cluster_correlation": 0.05}),
        ("means, some take part", {"beliefs.engagement.kept": 0.0}),
    ):
        plan, (drawn, *_) = fast(CASES[name].replace(change))
        arms, weights = slow(Deal.of(CASES[name]).model), plan.metrics[0].design.weights[0]
        served = np.array([arm.served.level for arm in arms])
        comparison = sum(weights[i] * np.array([arm.groups[i].level for arm in arms]) for i in arms[0].groups)
        with pytest.raises(AssertionError):
            same(
                {
                    "served": (served, drawn.results.treated[0]),
                    "difference": (served - comparison, drawn.results.treated[0] - drawn.results.comparison[0]),
                }
            )
