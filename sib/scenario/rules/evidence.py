"""Rules about evidence: designs fit metrics, and what is believed about evaluator and programme fits the designs."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sib.errors import MISSING, Refusal
from sib.scenario.paths import path_of
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.beliefs import CountComparison
from sib.terms.design import Comparison
from sib.terms.evaluation import Evaluation
from sib.terms.metric import Metric
from sib.terms.programme import Referrals

_Early = Mapping[str | None, str]  # of a count its early result
_Readers = Mapping[str | None, tuple[int, str]]  # of a count which share with any event is read of it, and its position
_OF_CHANGES = ("before-after", "difference in differences")


def check(terms: Terms, timetable: Timetable) -> None:
    """Check designs, what is believed about them, and what is counted on the same persons."""
    backwards = list(enumerate(terms.metrics))[::-1]  # so that the first of several stays
    early: _Early = {metric.interim_of: metric.name for _, metric in backwards}
    readers: _Readers = {metric.with_any: (i, metric.name) for i, metric in backwards if metric.with_any is not None}
    for i, metric in enumerate(terms.metrics):
        if metric.compare is not None:
            _clusters(timetable, i, metric.compare)
        if metric.name in terms.beliefs.evaluation:
            _evaluation(terms, timetable, metric, terms.beliefs.evaluation[metric.name])
        if metric.with_any is not None:
            _of_count(timetable, i, metric, "with_any", early, readers)
        if metric.interim_of is not None:
            _of_count(timetable, i, metric, "interim_of", early, readers)
            _interim(terms, timetable, i, metric, timetable.metrics[metric.interim_of])
    _sure(terms, timetable)
    _programme(terms, timetable)
    _delays(terms)


def _designs(metric: Metric) -> tuple[Comparison, ...]:
    """The single comparisons that a metric is compared by."""
    return () if metric.compare is None else metric.compare.each


def _clusters(timetable: Timetable, i: int, compare: Comparison) -> None:
    """One comparison, not a part of a mix, is drawn by the cluster; no cluster is empty."""
    if any(one.clusters is not None for one in compare.each) and compare.of:
        raise Refusal(
            ("metrics", i, "compare"),
            "clusters within a mix",
            "persons are drawn by the cluster for one comparison, not for a part of it",
            "compare with one cluster-randomised group, or mix designs without clusters",
        )
    if compare.clusters is None:
        return
    smallest = min(cohort.size for cohort in timetable.served)
    group = compare.persons if compare.controls is None else math.floor(compare.controls * smallest)
    for key, clusters, persons in (
        ("clusters", compare.clusters, smallest),
        ("comparison_clusters", compare.comparison_clusters or compare.clusters, group or 0),
    ):
        if clusters > persons:
            raise Refusal(
                ("metrics", i, "compare", key if key == "clusters" or compare.comparison_clusters else "clusters"),
                clusters,
                f"no more clusters than persons, and the smallest {'cohort' if key == 'clusters' else 'group'} has"
                f" {persons:,}",
                f"write {persons} or less, or correct the sizes",
            )


def _evaluation(terms: Terms, timetable: Timetable, metric: Metric, known: Evaluation) -> None:
    """What is believed about the evaluator's figures fits the design that makes them."""
    designs = {one.design for one in _designs(metric)}
    path: Path = ("beliefs", "evaluation", metric.name)
    changes, chance = bool(designs & set(_OF_CHANGES)), designs <= {"randomised", "cluster-randomised"}
    rules = {
        "correlation": (
            changes,
            "only where the same persons are measured twice: before and after, or for a difference of changes",
        ),
        "regression": (changes, "only where those served are measured before the programme too"),
        "creaming": (not chance, "not where persons are randomised: chance decides who is served"),
        "intra_cluster_correlation": (
            "cluster-randomised" in designs,
            "only where persons are drawn by the cluster",
        ),
        "effective_persons": (
            "matched" in designs and len(designs) == 1,
            "only for a matched group, in which a control may stand for several",
        ),
        "bias_between_cohorts": (
            "historical" not in designs,
            "not for a historical group: it is one, and so is its bias",
        ),
    }
    for key, (fits, rule) in rules.items():
        if getattr(known, key) not in (0, None) and not fits:
            raise Refusal((*path, key), getattr(known, key), rule, "remove it, or change the design of the comparison")
    if known.effective_persons is not None and metric.compare is not None:
        smallest = min(cohort.size for cohort in timetable.served)
        group = metric.compare.persons or math.floor((metric.compare.controls or 0) * smallest)
        if known.effective_persons > group:
            raise Refusal(
                (*path, "effective_persons"),
                known.effective_persons,
                f"no more than stand in the group: {group:,} in the smallest",
                "weights that differ only ever make fewer of them; leave it out where all count once",
            )
    if known.correlation > 0 and terms.beliefs.engagement is not None:
        raise Refusal(
            (*path, "correlation"),
            known.correlation,
            "who takes part and how persons' figures hang together over time are not modelled at once",
            "remove `beliefs.engagement`, and write the effect on the whole cohort",
        )
    comparison = terms.beliefs.comparison.get(timetable.believed_as(metric.name))
    for key in ("correlation", "intra_cluster_correlation"):
        if isinstance(comparison, CountComparison) and getattr(known, key) > 0:
            _rates_allow(comparison, getattr(known, key), (*path, key))


def _rates_allow(comparison: CountComparison, correlation: float, path: Path) -> None:
    """Counts hang together by persons' rates only: by no more than the part of their variance that is not chance.

    That part is ``mean / (shape + mean)``. Where the share with any event is given, it is compared with the share that
    the shape at the limit would give, which rises with the shape.
    """
    most = comparison.mean * (1.0 - correlation) / correlation
    if comparison.shape is not None:
        fits = comparison.shape <= most
    elif comparison.share_with_any is not None:
        fits = comparison.share_with_any <= -math.expm1(-most * math.log1p(comparison.mean / most))
    else:
        fits = False
    if not fits:
        raise Refusal(
            path,
            correlation,
            "counts are no more alike than persons' rates are: by the part of their variance that is not chance alone,"
            " mean / (shape + mean)",
            "lower it, or correct the mean and the share of persons with any event",
        )


def _of_count(timetable: Timetable, i: int, metric: Metric, key: str, early: _Early, readers: _Readers) -> None:
    """What is counted on the same persons as a count can be."""
    name = getattr(metric, key)
    of = timetable.metrics[name]
    path: Path = ("metrics", i, key)
    inner = of if of.interim_of is None else timetable.metrics[of.interim_of]
    designs = {one.design for one in _designs(inner)}
    written = any(one.written is not None for one in _designs(inner))
    reasons = {
        "a count": of.kind != "count",
        "a count that is compared with a group": not timetable.compared(name) or written,
        "a count with results by cohort": timetable.reporting(name).by_period,
        "a count without a most a person": of.most is not None,
        "a count whose persons do not come in clusters": "cluster-randomised" in designs,
    }
    for rule, broken in reasons.items():
        if broken:
            raise Refusal(path, name, f"it is counted on the persons of {rule}", "name such a count")
    both = min((readers[count] for count in (of.interim_of, early.get(name)) if count in readers), default=None)
    if key == "with_any" and both is not None:
        raise Refusal(
            path,
            name,
            f"the share with any event is read early or late: `{both[1]}` already reads it of the same persons",
            "keep one of the two",
        )
    if metric.better != of.better:
        raise Refusal(
            ("metrics", i, "better"),
            metric.better,
            f"`{name}` is of the same events, of which {of.better} is better",
            f'write better = "{of.better}"',
        )


def _interim(terms: Terms, timetable: Timetable, i: int, metric: Metric, of: Metric) -> None:
    """An early result is of less, and known no later, than the whole one."""
    mine, whole = metric.window_months or 0, of.window_months or 0
    if mine > whole or (mine == whole and metric.enrolled == 1):
        raise Refusal(
            ("metrics", i, "window_months"),
            mine,
            f"an early result has a shorter window than the whole ({whole} months), or counts fewer persons",
            "shorten it, or write `enrolled`, the share of the persons whom it counts",
        )
    if mine == whole and terms.beliefs.maturity.get(metric.name) != 1:
        raise Refusal(
            ("beliefs", "maturity", metric.name),
            terms.beliefs.maturity.get(metric.name, MISSING),
            f"all events of the window fall within the same window of {whole} months",
            "write 1",
        )
    if terms.beliefs.maturity.get(metric.name) == 0:
        raise Refusal(
            ("beliefs", "maturity", metric.name),
            0,
            "above 0: the share of the events that have happened by then",
            "write, for example, 0.5",
        )
    later = {result.name: result.date for result in timetable.results(of.name)}
    for result in timetable.results(metric.name):
        if result.name in later and result.date > later[result.name]:
            raise Refusal(
                ("metrics", i, "reported"),
                result.date,
                f"an early result of cohort {result.name} is known by the whole one ({later[result.name]})",
                "bring it forward",
            )


def _sure(terms: Terms, timetable: Timetable) -> None:
    """How sure a result is can be asked of what is compared and has a standard error."""
    asked: list[tuple[Path, str]] = []
    keys = ("confidence", "interval")
    asked += [(one.path, one.metric) for one in timetable.demands if one.bound.measure in keys]
    for i, payment in enumerate(terms.payments):
        if payment.metric is not None and payment.reads in keys:
            asked.append((("payments", i, "reads"), payment.metric))
    for i, metric in enumerate(terms.metrics):
        asked += [
            (("metrics", i, "parts", j, "reads"), p.metric) for j, p in enumerate(metric.parts) if p.reads in keys
        ]
    for path, name in asked:
        metric = timetable.metrics[name]
        if not timetable.compared(name) or metric.parts or metric.persons_with is not None:
            raise Refusal(
                path,
                name,
                "how sure a result is can be asked of one metric that is compared, and measured on persons",
                "name such a metric, or ask for a level",
            )
        if timetable.reporting(name).cumulative:
            raise Refusal(
                path,
                name,
                "how sure a result over everybody so far is, is not worked out",
                "report by period without `cumulative`",
            )


def _programme(terms: Terms, timetable: Timetable) -> None:
    """Who comes and who takes part is believed of persons that the metrics are measured on."""
    beliefs = terms.beliefs
    on_persons = [
        m
        for m in terms.metrics
        if m.compared and not m.derived and m.kind != "total" and not timetable.reporting(m.name).by_period
    ]
    if beliefs.engagement is not None:
        if not on_persons:
            raise Refusal(
                ("beliefs", "engagement"),
                "given",
                "who takes part matters for effects on persons of a cohort, and no metric has one",
                "remove it: what is verified is believed as a level of all",
            )
        for metric in on_persons:
            if any(one.design == "cluster-randomised" for one in _designs(metric)):
                raise Refusal(
                    ("beliefs", "engagement"),
                    f"with clusters of `{metric.name}`",
                    "who takes part and clusters are not modelled at once",
                    "remove it, and write the effect on the whole cohort",
                )
    if beliefs.referrals is None:
        return
    _when_they_come(terms, timetable, beliefs.referrals)
    for i, metric in enumerate(terms.metrics):
        if not metric.derived and metric.kind != "total" and timetable.reporting(metric.name).by_period:
            raise Refusal(
                ("beliefs", "referrals"),
                f"with `{metric.name}`",
                "how many come is drawn by cohort, and of this metric persons are measured by period",
                "remove it, and let the belief about the metric's level vary; or report by cohort",
            )
        if metric.persons_with is not None:
            raise Refusal(
                ("metrics", i, "persons_with"),
                "with `beliefs.referrals`",
                "a composite is counted on the persons planned",
                "remove `beliefs.referrals`",
            )


def _when_they_come(terms: Terms, timetable: Timetable, referrals: Referrals) -> None:
    """When persons enrol matters to milestones by period that are reached so many months later."""
    by_period = [m for m in terms.metrics if m.once and timetable.reporting(m.name).by_period]
    paid_for = any(cost.per == "person enrolled" for cost in terms.costs)
    for key in ("months_late", "pace_sd", "ramp_up") if referrals.about_time else ():
        if key not in referrals.model_fields_set:
            continue
        if not by_period and not paid_for and key != "ramp_up":
            raise Refusal(
                ("beliefs", "referrals", key),
                getattr(referrals, key),
                "when persons enrol matters to milestones with results by period and to costs for each person enrolled",
                "remove it: results by cohort are published on the days that the contract says",
            )
        if key == "pace_sd" and not terms.metrics:
            raise Refusal(
                ("beliefs", "referrals", key),
                referrals.pace_sd,
                "where the pace is not known persons enrol until the last result, and there is none",
                "remove it, or report a metric",
            )
        for metric in by_period:
            timing = terms.beliefs.timing.get(metric.name)
            if timing is not None and timing.shares is not None:
                raise Refusal(
                    ("beliefs", "referrals", key),
                    f"with `{metric.name}`, reached in given shares",
                    "when persons enrol matters where a milestone is reached so many months later",
                    f"write {path_of(['beliefs', 'timing', metric.name])} by `months`, or remove `{key}`",
                )


def _delays(terms: Terms) -> None:
    """What depends on the capital out is paid on the day for which it is worked out."""
    for i, payment in enumerate(terms.payments):
        late = payment.metric in terms.beliefs.delays
        if late and (payment.repays or (payment.of is not None and payment.of.principal is not None)):
            raise Refusal(
                ("payments", i),
                f"delayed with `{payment.metric}`",
                "what repays a tranche, or is a share of its principal, is worked out on the day on which it is paid",
                f"remove `{path_of(['beliefs', 'delays', payment.metric or ''])}`, or add to `months_after_result`",
            )
