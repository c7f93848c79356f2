"""Posteriors of `update`, over many deals and results. Truth: ranks of what is true are uniform (Talts et al. 2018)."""

import datetime as dt

import numpy as np
import pytest
from scipy import stats

import sib
from tests.analysis.test_update import verified

DRAWS, POSTERIOR = 1_000, 255


def compared(**changes):
    data = sib.load("peterborough").data()
    data.pop("sources")
    data["metrics"][0]["compare"] = changes.pop("compare", data["metrics"][0]["compare"])
    data["beliefs"]["evaluation"]["reconvictions"] = changes.pop("evaluation", {"bias": 0.0})
    data["beliefs"] |= changes
    return sib.Scenario.from_data(data)


def jobs(size=400, controls=1, **changes):
    """A compared share of persons."""
    scenario = verified()
    data = scenario.data()
    data["metrics"][0]["compare"] = {"design": "randomised", "controls": controls}
    data["payments"][0] |= {"reads": "improvement", "pays": {"nodes": [[0, 0], [0.5, 100_000]]}}
    data["beliefs"].pop("levels")
    data["beliefs"]["comparison"] = {"jobs": {"share": 0.3}}
    data["beliefs"]["effects"] = {"jobs": {"distribution": "normal", "mean": 0.1, "sd": 0.15}}
    data["cohorts"] = [c | {"size": size} for c in data["cohorts"]]
    return sib.Scenario.from_data(data | changes)


CASES = {
    "the plan of 2010": sib.load("peterborough"),
    "a bias that is not known": compared(evaluation={"bias": 0.01, "bias_sd": 0.03, "bias_between_cohorts": 0.02}),
    "a historical baseline": compared(compare={"design": "historical", "persons": 400, "years": 3}),
    "a drifting baseline": compared(
        compare={"design": "historical", "persons": 2000}, drift={"reconvictions": {"trend": -0.01, "sd": 0.02}}
    ),
    "difference in differences": compared(
        compare={"design": "difference in differences", "controls": 3},
        evaluation={"correlation": 0.5, "regression": 0.2, "creaming": 0.1},
    ),
    "before and after": compared(compare={"design": "before-after"}, evaluation={"correlation": 0.4}),
    "clusters": compared(
        compare={"design": "cluster-randomised", "controls": 2, "clusters": 25},
        evaluation={"intra_cluster_correlation": 0.03},
    ),
    "who takes part": compared(engagement={"share": 0.7, "sd": 0.1, "drop_out": 0.3, "kept": 0.5}),
    "a triangular belief": sib.load("peterborough").replace(
        {
            "beliefs.effects.reconvictions": {"distribution": "triangular", "low": -0.05, "mode": 0.1, "high": 0.2},
        }
    ),
    "a randomised share": jobs(),
    "a share of a few persons": jobs(size=25, controls=2),
    "a few persons": sib.load("peterborough").replace({f"cohorts.{name}.size": 20 for name in "123"}),
    "a surprising effect": sib.load("peterborough").replace(
        {"beliefs.effects.reconvictions": {"distribution": "uniform", "low": -1.0, "high": 0.95}}
    ),
    "a verified share": verified(),
    "a verified count": verified(
        "count", {"distribution": "uniform", "low": 0.5, "high": 2.0, "between_cohorts": 0.1}, window_months=12
    ),
    "a verified mean": verified(
        "mean", {"distribution": "normal", "mean": 50.0, "sd": 5.0, "person_sd": 40.0, "between_cohorts": 2.0}
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_ranks_are_uniform(case):
    ranks = sib.calibration(CASES[case], draws=DRAWS, posterior=POSTERIOR, rng=7)
    bins = np.linspace(0, POSTERIOR + 1, 17)
    for result in ranks:
        count = np.histogram(ranks[result], bins)[0]
        assert stats.chisquare(count).pvalue > 1e-4, (result, count)
        mean = (ranks[result] + 0.5).mean() / (POSTERIOR + 1)
        assert abs(mean - 0.5) < 4 * (1 / 12 / DRAWS) ** 0.5


def test_too_narrow_posteriors_are_found_out(monkeypatch):
    # the test itself is tested: an evaluator who thinks the cohort four times as large is too sure
    from sib.model.origins import compared

    exact = compared.log_likelihood

    def too_sure(*args):
        return exact(*args[:-1], 4 * args[-1])

    monkeypatch.setattr(compared, "log_likelihood", too_sure)
    ranks = sib.calibration(CASES["the plan of 2010"], draws=DRAWS, posterior=POSTERIOR, rng=7)
    assert stats.chisquare(np.histogram(ranks["1"], np.linspace(0, POSTERIOR + 1, 17))[0]).pvalue < 1e-6


def test_refused():
    with pytest.raises(sib.InputError, match="an improvement on nothing cannot be weighed"):
        sib.calibration(jobs(size=3), draws=200, posterior=15, rng=1)
    with pytest.raises(sib.InputError, match="draws"):
        sib.calibration(sib.load("peterborough"), draws=3)
    with pytest.raises(sib.InputError, match="posterior"):
        sib.calibration(sib.load("peterborough"), posterior=10**7)
    days = verified().replace(
        {
            "payments.pay.scope": "period",
            "metrics.jobs.reported": {"periods": [dt.date(2001, 1, 1)], "cumulative": True},
        }
    )
    with pytest.raises(sib.InputError, match="over everybody so far"):
        sib.calibration(days)
