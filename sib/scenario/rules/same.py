"""Rules about two estimates of one effect: they are of the same thing, and what is believed of it is said once."""

from __future__ import annotations

from sib.errors import Refusal
from sib.scenario.rules.names import one_of
from sib.scenario.same import in_common
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.evaluation import Evaluation
from sib.terms.metric import Metric

_ALIKE = ("kind", "better", "window_months", "most", "reported")
_OF_THE_OTHER = ("comparison", "effects", "drift", "timing")


def check(terms: Terms, timetable: Timetable) -> None:
    """Check each metric that is the same as another."""
    for i, metric in enumerate(terms.metrics):
        if metric.same_as is not None:
            path = ("metrics", i, "same_as")
            one_of(metric.same_as, timetable.metrics, path, "`same_as` names a metric")
            _alike(i, metric, timetable.metrics[metric.same_as])
            _believed_once(terms, metric, timetable.metrics[metric.same_as])


def _alike(i: int, metric: Metric, other: Metric) -> None:
    """Both are measured by themselves, alike, on the same persons."""
    path = ("metrics", i, "same_as")
    if other.same_as is not None:
        rule = "`same_as` names another metric, which is not itself the same as one"
        itself = other.name == metric.name
        raise Refusal(path, other.name, rule, "remove it" if itself else f"name `{other.same_as}`")
    if other.derived or not other.compared:
        raise Refusal(
            path,
            other.name,
            "two estimates of one effect are each compared with something, and measured by themselves",
            "name a metric that is compared",
        )
    for key in _ALIKE:
        if getattr(metric, key) != getattr(other, key):
            raise Refusal(
                ("metrics", i, key),
                getattr(metric, key) if key != "reported" else "another",
                f"`{metric.name}` is the same as `{other.name}`, on the same persons, so `{key}` is alike",
                f"write it as `{other.name}` has it, or remove `same_as`",
            )
    mine, theirs = (one.compare.clusters if one.compare else None for one in (metric, other))
    if mine != theirs:
        raise Refusal(
            ("metrics", i, "compare", "clusters"),
            mine,
            f"those served are the persons of `{other.name}`, who come from {theirs or 'no'} clusters",
            "make both designs cluster-randomised with as many clusters, or remove `same_as`",
        )


def _believed_once(terms: Terms, metric: Metric, other: Metric) -> None:
    """What both have in common is believed of the other."""
    for key in _OF_THE_OTHER:
        if metric.name in getattr(terms.beliefs, key):
            raise Refusal(
                ("beliefs", key, metric.name),
                "given",
                f"`{metric.name}` is the same as `{other.name}`: what is believed of that one holds for both",
                f"remove it, and write it for `{other.name}`",
            )
    nothing = Evaluation()
    known = terms.beliefs.evaluation.get(metric.name, nothing)
    for key, about in in_common(metric, other).items():
        if getattr(known, key) != getattr(nothing, key):
            group = "group" in about
            raise Refusal(
                ("beliefs", "evaluation", metric.name, key),
                getattr(known, key),
                f"`{key}` is about {about}, and so believed once, of `{other.name}`",
                f"write it for `{other.name}`"
                + (", or write `own_group = true`: it has another group" if group else ""),
            )
