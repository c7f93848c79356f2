"""Two estimates of one effect: what is believed of one holds for the other (`same_as`). From terms alone.

The persons served are the same, and unless it is said otherwise the group that they are compared with, where both
comparisons have one that is measured at the same time on as many persons.
"""

from __future__ import annotations

from typing import Final

from sib.terms.evaluation import Evaluation
from sib.terms.metric import Metric

_OF_SERVED: Final = ("creaming", "intra_cluster_correlation")
_OF_GROUP: Final = ("bias", "bias_sd", "bias_between_cohorts", "bias_of", "effective_persons")
_OF_BEFORE: Final = ("regression", "correlation")


def shares_group(metric: Metric, other: Metric) -> bool:
    """Whether a metric that is the same as another is compared with a group of that one."""
    if metric.compare is None or other.compare is None or metric.own_group:
        return False
    return metric.compare.shares_group_with(other.compare)


def in_common(metric: Metric, other: Metric) -> dict[str, str]:
    """The keys of `beliefs.evaluation` that hold as the other metric has them, each with what they are about."""
    found = dict.fromkeys(_OF_SERVED, "those served")
    if shares_group(metric, other):
        found |= dict.fromkeys(_OF_GROUP, "the group that both are compared with")
    comparisons = (metric.compare, other.compare)
    if all(one is not None and one.measures_before for one in comparisons):
        found |= dict.fromkeys(_OF_BEFORE, "those served, before")
    return found


def evaluation(own: Evaluation | None, others: Evaluation | None, common: dict[str, str]) -> Evaluation:
    """What is believed about the evaluator's figures of a metric, with what it has in common with another."""
    theirs = others or Evaluation()
    return (own or Evaluation()).model_copy(update={key: getattr(theirs, key) for key in common})
