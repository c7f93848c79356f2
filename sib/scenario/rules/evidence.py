"""Rules about evidence: designs fit metrics, and what is believed about evaluator and programme fits the designs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sib.errors import MISSING, Refusal
from sib.scenario.reading import compared
from sib.scenario.rules.finding import Path
from sib.scenario.timetable import metric_of, reporting, results, served
from sib.terms.beliefs import CountComparison
from sib.terms.evaluation import Evaluation

if TYPE_CHECKING:
    from sib.scenario.scenario import Scenario
    from sib.terms.design import Comparison
    from sib.terms.metric import Metric

_OF_CHANGES = ("before-after", "difference in differences")


def check(scenario: Scenario) -> None:
    """Check designs, what is believed about them, and what is counted on the same persons."""
    for i, metric in enumerate(scenario.metrics):
        if metric.compare is not None:
            _clusters(scenario, i, metric, metric.compare)
        if metric.name in scenario.beliefs.evaluation:
            _evaluation(scenario, metric, scenario.beliefs.evaluation[metric.name])
        if metric.with_any is not None:
            _of_count(scenario, i, metric, "with_any", metric.with_any)
        if metric.interim_of is not None:
            _of_count(scenario, i, metric, "interim_of", metric.interim_of)
            _interim(scenario, i, metric, metric_of(scenario, metric.interim_of))
    _sure(scenario)
    _programme(scenario)
    _delays(scenario)


def _designs(metric: Metric) -> tuple[Comparison, ...]:
    return () if metric.compare is None else metric.compare.each


def _clusters(scenario: Scenario, i: int, metric: Metric, compare: Comparison) -> None:
    if any(one.clusters is not None for one in compare.each) and compare.of:
        raise Refusal(
            ("metrics", i, "compare"),
            "clusters within a mix",
            "persons are drawn by the cluster for one comparison, not for a part of it",
            "compare with one cluster-randomised group, or mix designs without clusters",
        )
    if compare.clusters is None:
        return
    smallest = min(cohort.size for cohort in served(scenario))
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


def _evaluation(scenario: Scenario, metric: Metric, known: Evaluation) -> None:
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
        smallest = min(cohort.size for cohort in served(scenario))
        group = metric.compare.persons or math.floor((metric.compare.controls or 0) * smallest)
        if known.effective_persons > group:
            raise Refusal(
                (*path, "effective_persons"),
                known.effective_persons,
                f"no more than stand in the group: {group:,} in the smallest",
                "weights that differ only ever make fewer of them; leave it out where all count once",
            )
    if known.correlation > 0 and scenario.beliefs.engagement is not None:
        raise Refusal(
            (*path, "correlation"),
            known.correlation,
            "who takes part and how persons' figures hang together over time are not modelled at once",
            "remove `beliefs.engagement`, and write the effect on the whole cohort",
        )
    comparison = scenario.beliefs.comparison.get(metric.name)
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


def _of_count(scenario: Scenario, i: int, metric: Metric, key: str, name: str) -> None:
    """What is counted on the same persons as a count can be."""
    of = metric_of(scenario, name)
    path: Path = ("metrics", i, key)
    inner = of if of.interim_of is None else metric_of(scenario, of.interim_of)
    designs = {one.design for one in _designs(inner)}
    written = any(one.written is not None for one in _designs(inner))
    reasons = {
        "a count": of.kind != "count",
        "a count that is compared with a group": not compared(scenario, of) or written,
        "a count with results by cohort": reporting(scenario, of).by_period,
        "a count without a most a person": of.most is not None,
        "a count whose persons do not come in clusters": "cluster-randomised" in designs,
    }
    for rule, broken in reasons.items():
        if broken:
            raise Refusal(path, name, f"it is counted on the persons of {rule}", "name such a count")
    others = [m for m in scenario.metrics if m.name != metric.name]
    both = [m.name for m in others if m.with_any is not None and m.with_any in (of.interim_of, _early(scenario, name))]
    if key == "with_any" and both:
        raise Refusal(
            path,
            name,
            f"the share with any event is read early or late: `{both[0]}` already reads it of the same persons",
            "keep one of the two",
        )
    if metric.better != of.better:
        raise Refusal(
            ("metrics", i, "better"),
            metric.better,
            f"`{name}` is of the same events, of which {of.better} is better",
            f'write better = "{of.better}"',
        )


def _early(scenario: Scenario, name: str) -> str | None:
    """The early result of a count, where there is one."""
    return next((metric.name for metric in scenario.metrics if metric.interim_of == name), None)


def _interim(scenario: Scenario, i: int, metric: Metric, of: Metric) -> None:
    mine, whole = metric.window_months or 0, of.window_months or 0
    if mine > whole or (mine == whole and metric.enrolled == 1):
        raise Refusal(
            ("metrics", i, "window_months"),
            mine,
            f"an early result has a shorter window than the whole ({whole} months), or counts fewer persons",
            "shorten it, or write `enrolled`, the share of the persons whom it counts",
        )
    if mine == whole and scenario.beliefs.maturity.get(metric.name) != 1:
        raise Refusal(
            ("beliefs", "maturity", metric.name),
            scenario.beliefs.maturity.get(metric.name, MISSING),
            f"all events of the window fall within the same window of {whole} months",
            "write 1",
        )
    if scenario.beliefs.maturity.get(metric.name) == 0:
        raise Refusal(
            ("beliefs", "maturity", metric.name),
            0,
            "above 0: the share of the events that have happened by then",
            "write, for example, 0.5",
        )
    later = {result.name: result.date for result in results(scenario, of)}
    for result in results(scenario, metric):
        if result.name in later and result.date > later[result.name]:
            raise Refusal(
                ("metrics", i, "reported"),
                result.date,
                f"an early result of cohort {result.name} is known by the whole one ({later[result.name]})",
                "bring it forward",
            )


def _sure(scenario: Scenario) -> None:
    """How sure a result is can be asked of what is compared and has a standard error."""
    asked: list[tuple[Path, str]] = []
    keys = ("confidence", "interval")
    for i, payment in enumerate(scenario.payments):
        if payment.metric is not None:
            asked += [(("payments", i, "when", key), payment.metric) for key in keys if key in payment.when.levels()]
            asked += [(("payments", i, "reads"), payment.metric)] if payment.reads in keys else []
        for name, levels in payment.when.others.items():
            asked += [(("payments", i, "when", "others", name, key), name) for key in keys if key in levels.levels()]
    for i, event in enumerate(scenario.events):
        for which in ("when", "unless"):
            decision = getattr(event, which)
            found = [] if decision is None else [key for key in keys if key in decision.levels()]
            asked += [(("events", i, which, key), event.metric or "") for key in found]
    for i, metric in enumerate(scenario.metrics):
        asked += [
            (("metrics", i, "parts", j, "reads"), p.metric) for j, p in enumerate(metric.parts) if p.reads in keys
        ]
    for path, name in asked:
        metric = metric_of(scenario, name)
        if not compared(scenario, metric) or metric.parts or metric.persons_with is not None:
            raise Refusal(
                path,
                name,
                "how sure a result is can be asked of one metric that is compared, and measured on persons",
                "name such a metric, or ask for a level",
            )
        if reporting(scenario, metric).cumulative:
            raise Refusal(
                path,
                name,
                "how sure a result over everybody so far is, is not worked out",
                "report by period without `cumulative`",
            )


def _programme(scenario: Scenario) -> None:
    beliefs = scenario.beliefs
    on_persons = [
        m
        for m in scenario.metrics
        if m.compared and not m.derived and m.kind != "total" and not reporting(scenario, m).by_period
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
    for i, metric in enumerate(scenario.metrics):
        if not metric.derived and reporting(scenario, metric).by_period:
            raise Refusal(
                ("beliefs", "referrals"),
                f"with `{metric.name}`",
                "how many come is drawn by cohort, and this metric has results by period",
                "remove it, and let the belief about the metric's level vary; or report by cohort",
            )
        if metric.persons_with is not None:
            raise Refusal(
                ("metrics", i, "persons_with"),
                "with `beliefs.referrals`",
                "a composite is counted on the persons planned",
                "remove `beliefs.referrals`",
            )
    for i, limit in enumerate(scenario.limits):
        if limit.per_person is not None:
            raise Refusal(
                ("limits", i, "per_person"),
                "with `beliefs.referrals`",
                "who reached what is followed for the persons planned",
                "remove `beliefs.referrals`",
            )


def _delays(scenario: Scenario) -> None:
    for i, payment in enumerate(scenario.payments):
        late = payment.metric in scenario.beliefs.delays
        if late and (payment.repays or (payment.of is not None and payment.of.principal is not None)):
            raise Refusal(
                ("payments", i),
                f"delayed with `{payment.metric}`",
                "what repays a tranche, or is a share of its principal, is worked out on the day on which it is paid",
                f"remove `beliefs.delays.{payment.metric}`, or add to `months_after_result`",
            )
