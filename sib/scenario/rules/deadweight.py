"""Rules about deadweight: what would have come anyway is believed of what is verified and compared with nothing."""

from __future__ import annotations

from sib.errors import Refusal
from sib.scenario.rules.names import one_of
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable


def check(terms: Terms, timetable: Timetable) -> None:
    """Refuse a deadweight of what is compared, of an index, of what is better the less there is, and of nothing."""
    for name in terms.beliefs.deadweight:
        path = ("beliefs", "deadweight", name)
        metric = timetable.metrics.get(name)
        if metric is None:
            rule = "`beliefs.deadweight` is about what the deal has of metrics that are compared with nothing"
            one_of(name, timetable.verified, path, rule)
        elif metric.parts:
            rule = f"nobody reaches an index: `{name}` is worked out from what is read of other metrics"
            raise Refusal(path, terms.beliefs.deadweight[name], rule, "remove it, or write it for these metrics")
        elif timetable.compared(name):
            rule = f"`{name}` is compared, and the comparison takes out what would have happened anyway"
            remedy = "remove it: its units are additional outcomes already"
            raise Refusal(path, terms.beliefs.deadweight[name], rule, remedy)
        elif name not in timetable.verified:
            rule = f"deadweight is of outcomes that are reached, the more the better; of `{name}` fewer are better"
            remedy = "remove it, or compare the metric with something, which takes out what would have happened anyway"
            raise Refusal(path, terms.beliefs.deadweight[name], rule, remedy)
