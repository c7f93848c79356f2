"""Impossible designs and beliefs about evidence are refused. Whole messages: tests/cases/evidence.txt."""

import datetime as dt
from copy import deepcopy
from pathlib import Path

import pytest

import sib
from tests.scenario.test_errors import BASE, message

TEXTS = (Path(__file__).parents[1] / "cases" / "evidence.txt").read_text(encoding="utf-8")
EXPECTED = {name: text for name, _, text in (case.partition("\n") for case in TEXTS.removeprefix("## ").split("\n## "))}

COUNT = BASE["metrics"][0]
PAYMENT = BASE["payments"][0]
CLUSTERS = {"design": "cluster-randomised", "controls": 1, "clusters": 10}
ANY = {"name": "any", "kind": "proportion", "better": "lower", "with_any": "arrests"}
EARLY = {
    "name": "early",
    "kind": "count",
    "better": "lower",
    "interim_of": "arrests",
    "window_months": 6,
    "reported": {"months_after_enrolment": 9},
}
JOBS = {"name": "jobs", "kind": "total", "better": "higher", "once": True, "reported": {"months_after_enrolment": 6}}
INDEX = {
    "name": "index",
    "kind": "index",
    "better": "higher",
    "parts": [{"metric": "jobs", "reads": "units", "weight": 1}],
}
AGAIN = COUNT | {
    "name": "again",
    "compare": {"design": "difference in differences", "controls": 1},
    "same_as": "arrests",
}


def deal(*more, compare=None, payment=None, **beliefs):
    """The base, with a design, metrics, a payment's keys, beliefs."""
    data = deepcopy(BASE)
    if compare is not None:
        data["metrics"][0]["compare"] = compare
    data["metrics"] += deepcopy(list(more))
    data["payments"][0] |= payment or {}
    data["beliefs"] |= deepcopy(beliefs)
    return data


def evaluation(compare=None, **known):
    return deal(compare=compare, evaluation={"arrests": known})


CASES = {
    "no controls": deal(compare={"design": "matched"}),
    "controls of which there are none": deal(compare={"design": "matched", "controls": 0}),
    "controls and persons": deal(compare={"design": "randomised", "controls": 1, "persons": 50}),
    "an unknown design": deal(compare={"design": "guessed"}),
    "a group beside before and after": deal(compare={"design": "before-after", "controls": 2}),
    "more clusters than people": deal(compare=CLUSTERS | {"clusters": 101}),
    "more comparison clusters than controls": deal(compare=CLUSTERS | {"controls": 0.2, "comparison_clusters": 21}),
    "clusters without their number": deal(compare={"design": "cluster-randomised", "controls": 1}),
    "one cluster": deal(compare=CLUSTERS | {"clusters": 1}),
    "clusters of another design": deal(compare={"design": "matched", "controls": 1, "clusters": 5}),
    "clusters within a mix": deal(
        compare={
            "design": "mix",
            "of": [{"weight": 0.5, "compare": CLUSTERS}, {"weight": 0.5, "compare": {"design": "before-after"}}],
        }
    ),
    "a line through two years": deal(compare={"design": "historical", "persons": 90, "years": 2, "trend": "linear"}),
    "years of a written level": deal(compare={"design": "historical", "level": 1.2, "years": 4}),
    "weights that do not add up": deal(
        compare={
            "design": "mix",
            "of": [
                {"weight": 0.5, "compare": {"design": "matched", "controls": 1}},
                {"weight": 0.6, "compare": {"design": "before-after"}},
            ],
        }
    ),
    "a mix within a mix": deal(
        compare={
            "design": "mix",
            "of": [
                {"weight": 0.5, "compare": {"design": "none"}},
                {"weight": 0.5, "compare": {"design": "before-after"}},
            ],
        }
    ),
    "a negative correlation": evaluation({"design": "before-after"}, correlation=-0.2),
    "a correlation of one": evaluation({"design": "before-after"}, correlation=1),
    "a correlation where nobody is measured twice": evaluation(correlation=0.3),
    "a correlation above what rates allow": evaluation({"design": "before-after"}, correlation=0.6),
    "a negative intra-cluster correlation": evaluation(CLUSTERS, intra_cluster_correlation=-0.01),
    "an intra-cluster correlation without clusters": evaluation(intra_cluster_correlation=0.05),
    "an intra-cluster correlation above what rates allow": evaluation(CLUSTERS, intra_cluster_correlation=0.9),
    "regression where nobody is measured before": evaluation(regression=0.2),
    "creaming where chance decides": evaluation({"design": "randomised", "controls": 1}, creaming=0.1),
    "more effective persons than persons": evaluation(effective_persons=501),
    "effective persons of history": evaluation({"design": "historical", "persons": 90}, effective_persons=20),
    "one historical group with a bias by cohort": evaluation(
        {"design": "historical", "persons": 90}, bias_between_cohorts=0.02
    ),
    "an evaluation of no metric": deal(evaluation={"arrest": {"bias_sd": 0.02}}),
    "a correlation where some take part": deal(
        compare={"design": "before-after"},
        evaluation={"arrests": {"correlation": 0.2}},
        engagement={"share": 0.7},
    ),
    "clusters where some take part": deal(compare=CLUSTERS, engagement={"share": 0.7}),
    "a share with any of what is no count": deal(
        JOBS, ANY | {"with_any": "jobs", "better": "higher"}, levels={"jobs": 0.5}
    ),
    "a share with any of nothing known": deal(ANY | {"with_any": "arrest"}),
    "a share with any of a written level": deal(ANY, compare={"design": "historical", "level": 1.2}),
    "a share with any of clusters": deal(ANY, compare=CLUSTERS),
    "a share with any of itself": deal(ANY | {"with_any": "any"}),
    "a share with any that is better higher": deal(ANY | {"better": "higher"}),
    "a share with any, early and late": deal(
        EARLY, ANY, ANY | {"name": "any early", "with_any": "early"}, maturity={"early": 0.5}
    ),
    "an early result as long as the whole": deal(
        EARLY | {"window_months": 12, "reported": {"months_after_enrolment": 12}}, maturity={"early": 0.5}
    ),
    "an early result after the whole": deal(
        EARLY | {"reported": {"months_after_enrolment": 30}}, maturity={"early": 0.5}
    ),
    "an early result without maturity": deal(EARLY),
    "an early result of nothing": deal(EARLY, maturity={"early": 0}),
    "more events early than in all": deal(EARLY, maturity={"early": 1.2}),
    "confidence above one": deal(payment={"when": {"confidence": 1.2}}),
    "confidence in what is compared with nothing": deal(
        JOBS,
        payment={"metric": "jobs", "when": {"confidence": 0.9}, "pays": {"per_unit": 1}},
        levels={"jobs": 0.5},
    ),
    "an interval of everything": deal(payment={"when": {"interval": 1}}),
    "a delay without a chance": deal(delays={"arrests": {"months": [0, 6], "chances": [1]}}),
    "chances of delay that do not add up": deal(delays={"arrests": {"months": [0, 6], "chances": [0.5, 0.4]}}),
    "a delay of no metric": deal(delays={"arrest": {"months": [0, 6], "chances": [0.5, 0.5]}}),
    "a delay named twice": deal(delays={"arrests": {"months": [6, 6], "chances": [0.5, 0.5]}}),
    "an overrun of no cost": deal(overruns={"cure": {"mean": 0.1}}),
    "an overrun below nothing": deal(overruns={"care": {"mean": -1}}),
    "a hazard of no event": deal(hazards={"fire": 0.1}),
    "a hazard of one": deal(hazards={"fire": 1})
    | {"events": [{"name": "fire", "date": dt.date(2015, 1, 1), "until": dt.date(2016, 1, 1), "costs": ["care"]}]},
    "a hazard without a date": deal() | {"events": [{"name": "fire", "until": dt.date(2016, 1, 1), "costs": ["care"]}]},
    "the same as nothing known": deal(AGAIN | {"same_as": "arrest"}),
    "the same as itself": deal(AGAIN | {"same_as": "again"}),
    "the same as what is the same as another": deal(AGAIN, AGAIN | {"name": "once more", "same_as": "again"}),
    "the same as what is verified": deal(JOBS, AGAIN | {"same_as": "jobs"}, levels={"jobs": 0.5}),
    "verified, and the same as another": deal(JOBS | {"same_as": "arrests"}, levels={"jobs": 0.5}),
    "the same in another direction": deal(AGAIN | {"better": "higher"}),
    "the same within another window": deal(AGAIN | {"window_months": 6}),
    "the same, reported otherwise": deal(AGAIN | {"reported": {"months_after_enrolment": 30}}),
    "the same, by clusters": deal(AGAIN | {"compare": CLUSTERS}),
    "an effect of its own": deal(AGAIN, effects=BASE["beliefs"]["effects"] | {"again": 0.1}),
    "a level of its own": deal(
        AGAIN, comparison=BASE["beliefs"]["comparison"] | {"again": BASE["beliefs"]["comparison"]["arrests"]}
    ),
    "a drift of its own": deal(AGAIN, drift={"again": {"sd": 0.02}}),
    "creaming of the same persons": deal(AGAIN, evaluation={"again": {"creaming": 0.1}}),
    "a bias of the same group": deal(AGAIN | {"compare": COUNT["compare"]}, evaluation={"again": {"bias_sd": 0.1}}),
    "a group of its own of no other": deal(COUNT | {"name": "again", "own_group": True}),
    "a mix that shares no group": deal(
        compare={
            "design": "mix",
            "of": [
                {"weight": 0.5, "compare": {"design": "matched", "controls": 1}},
                {"weight": 0.5, "compare": {"design": "matched", "controls": 2}, "shares_group": True},
            ],
        }
    ),
    "drift of what is not compared": deal(JOBS, levels={"jobs": 0.5}, drift={"jobs": {"sd": 0.02}}),
    "deadweight of what is compared": deal(deadweight={"arrests": 0.3}),
    "deadweight of the persons with any of what is compared": deal(ANY, deadweight={"any": 0.3}),
    "deadweight of an index": deal(JOBS, INDEX, levels={"jobs": 0.5}, deadweight={"index": 0.3}),
    "deadweight of what is better the less there is": deal(
        JOBS,
        JOBS | {"name": "relapses", "better": "lower"},
        levels={"jobs": 0.5, "relapses": 0.2},
        deadweight={"relapses": 0.3},
    ),
    "deadweight of a misspelt name": deal(JOBS, levels={"jobs": 0.5}, deadweight={"job": 0.3}),
    "deadweight in per cent": deal(JOBS, levels={"jobs": 0.5}, deadweight={"jobs": 35}),
    "nothing but deadweight": deal(JOBS, levels={"jobs": 0.5}, deadweight={"jobs": 1}),
    "deadweight below nothing": deal(JOBS, levels={"jobs": 0.5}, deadweight={"jobs": -0.1}),
    "deadweight as a table": deal(JOBS, levels={"jobs": 0.5}, deadweight={"jobs": {"share": 0.3}}),
    "engagement above one": deal(engagement={"share": 1.2}),
    "nobody comes": deal(referrals={"mean": 0}),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert message(CASES[case]) == EXPECTED[case].rstrip("\n")


def test_each_text_has_its_case():
    assert set(EXPECTED) == set(CASES)


@pytest.mark.parametrize("case", ["no controls", "a negative correlation", "more clusters than people"])
def test_nothing_else_is_wrong_with_it(case):
    mended = {
        "no controls": deal(compare={"design": "matched", "controls": 1}),
        "a negative correlation": evaluation({"design": "before-after"}, correlation=0.2),
        "more clusters than people": deal(compare=CLUSTERS | {"clusters": 100}),
    }
    assert sib.Scenario.from_data(mended[case]).name == "small"
