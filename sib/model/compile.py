"""Compiles a scenario into a `Model`: metrics with the beliefs about them, the programme, who is followed."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from dataclasses import replace

import numpy as np

from sib.arrays import Floats
from sib.model.designs import Setting, counterfactual, moments
from sib.model.dispersion import dispersion_from
from sib.model.model import Belief, Interim, MetricModel, Model, Programme
from sib.scenario.scenario import Scenario
from sib.scenario.timetable import Result
from sib.terms.beliefs import CountComparison, MeanComparison, ShareComparison
from sib.terms.calendar import DAYS_A_YEAR, add_months
from sib.terms.evaluation import Evaluation
from sib.terms.metric import Composite, Metric
from sib.terms.programme import Timing


def compile_model(scenario: Scenario) -> Model:
    """Compile what may happen."""
    metrics = tuple(_metric(scenario, metric) for metric in scenario.metrics)
    return Model(metrics, _programme(scenario), scenario.timetable.profiles)


def _programme(scenario: Scenario) -> Programme:
    beliefs = scenario.beliefs
    return Programme(
        cohorts=tuple(cohort.name for cohort in scenario.timetable.served),
        engagement=beliefs.engagement,
        referrals=beliefs.referrals,
        overruns=dict(beliefs.overruns),
        hazards={event.name: beliefs.hazards[event.name] for event in scenario.events if event.until is not None},
        delays={m.name: beliefs.delays[m.name] for m in scenario.metrics if m.name in beliefs.delays},
    )


def _metric(scenario: Scenario, metric: Metric) -> MetricModel:
    beliefs = scenario.beliefs
    known = scenario.timetable.results(metric.name)
    names = [m.name for m in scenario.metrics]
    share = _shares(scenario, metric, known)
    persons = _persons(scenario, metric, share)
    if metric.interim_of is not None:
        persons = np.maximum(np.rint(persons * metric.enrolled), 1.0)
    belief: Belief | None = beliefs.effects.get(metric.name) or beliefs.levels.get(metric.name)
    composite = _composite(metric.persons_with, names)
    measured = scenario.timetable.measured_by(metric.name)
    compared = measured.name in beliefs.comparison
    evaluation = beliefs.evaluation.get(measured.name, Evaluation())
    level, spread = _level(scenario, metric)
    base = np.ones(len(known)) * level
    if any(composite) and compared:
        base = _together(scenario, composite, names)
    times, window = exposed(scenario, measured)
    design = None
    if compared and measured.compare is not None:
        setting = Setting(tuple(result.name for result in known), persons, base, times, window)
        design = counterfactual(measured.compare, setting, evaluation.effective_persons)
        if metric.enrolled < 1:  # of a group of so many persons those count who came as early
            early = [replace(group, persons=group.persons * metric.enrolled) for group in design.groups]
            design = replace(
                design, groups=tuple(g if g.per_person else e for g, e in zip(design.groups, early, strict=True))
            )
    return MetricModel(
        name=metric.name,
        kind=metric.kind,
        sign=1.0 if metric.better == "higher" else -1.0,
        results=tuple(result.name for result in known),
        by_period=scenario.timetable.reporting(metric.name).by_period,
        cumulative=scenario.timetable.reporting(metric.name).cumulative,
        once=metric.once,
        most=np.inf if metric.most is None else metric.most,
        persons=persons,
        base=base,
        spread=spread,
        belief=None if metric.derived else belief,
        share=share,
        compared=compared,
        design=design,
        times=times,
        moments=moments(times, design),
        drift=beliefs.drift.get(measured.name),
        evaluation=evaluation,
        tested=_tested(scenario, metric.name),
        above=None if metric.among is None else names.index(metric.among),
        flow=_flow(scenario, metric, known),
        parts=tuple((names.index(p.metric), p.reads, p.weight / (p.target or 1.0)) for p in metric.parts),
        composite=composite,
        with_any=None if metric.with_any is None else names.index(metric.with_any),
        interim=None
        if metric.interim_of is None
        else Interim(names.index(metric.interim_of), metric.enrolled, beliefs.maturity[metric.name]),
    )


def _level(scenario: Scenario, metric: Metric) -> tuple[float | Floats, float]:
    """The level without the programme, and how persons differ in it; ones where there is no comparison.

    What is worked out from a count follows from its mean and negative binomial shape. Events that fall within an early
    window are Poisson given a person's rate, like all of them, so the shape stays.
    """
    beliefs = scenario.beliefs
    above = metric.with_any or metric.interim_of
    if above is not None:
        mean, shape = _level(scenario, scenario.timetable.metrics[above])
        if metric.interim_of is not None:
            return mean * beliefs.maturity[metric.name], shape
        return (-np.expm1(-mean) if np.isinf(shape) else -np.expm1(-shape * np.log1p(mean / shape))), 0.0
    comparison = beliefs.comparison.get(metric.name)
    if comparison is None:
        belief = beliefs.levels.get(metric.name)
        return 1.0, np.inf if metric.kind == "count" else getattr(belief, "person_sd", 0.0)
    if isinstance(comparison, CountComparison):
        return comparison.mean, _shape(comparison)
    if isinstance(comparison, ShareComparison):
        return comparison.share, 0.0
    if isinstance(comparison, MeanComparison):
        return comparison.mean, comparison.sd
    return np.array(comparison.path or comparison.units), comparison.sd


def _tested(scenario: Scenario, name: str) -> bool:
    """Whether the contract asks how sure a result of a metric is."""
    asks = {"confidence", "interval"}
    found = [(payment.metric, {payment.reads, *payment.when.levels()}) for payment in scenario.payments]
    found += [(n, set(o.levels())) for payment in scenario.payments for n, o in payment.when.others.items()]
    found += [(e.metric, set(o.levels())) for e in scenario.events for o in (e.when, e.unless) if o is not None]
    found += [(part.metric, {part.reads}) for metric in scenario.metrics for part in metric.parts]
    return any(metric == name and bool(asks & reads) for metric, reads in found)


def exposed(scenario: Scenario, metric: Metric) -> tuple[Floats, float]:
    """Years from the start to the middle of the time over which each result is measured, and the window in years.

    Of a cohort, half the window after the middle of its enrolment; of a period, the middle since the one before.
    """
    window = (metric.window_months or 12) / 12.0
    if scenario.timetable.reporting(metric.name).by_period:
        ends = np.array(
            [(result.date - scenario.start).days / DAYS_A_YEAR for result in scenario.timetable.results(metric.name)]
        )
        return (ends + np.concatenate([[0.0], ends[:-1]])) / 2.0, window
    middles = [
        ((c.enrol.starts - scenario.start).days + (c.enrol.last_day - scenario.start).days) / 2.0 / DAYS_A_YEAR
        for c in scenario.timetable.served
    ]
    return np.array(middles) + window / 2.0, window


def _composite(of: Composite | None, names: list[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if of is None:
        return (), ()
    return tuple(names.index(name) for name in of.none_of), tuple(names.index(name) for name in of.any_of)


def _together(scenario: Scenario, composite: tuple[tuple[int, ...], tuple[int, ...]], names: list[str]) -> Floats:
    """The share with none of some outcomes and any of others, without the programme, falling independently."""
    share = [[getattr(scenario.beliefs.comparison[names[i]], "share", 0.0) for i in part] for part in composite]
    some = 1.0 - np.prod([1.0 - p for p in share[1]]) if share[1] else 1.0
    return np.full(len(scenario.timetable.served), float(np.prod([1.0 - p for p in share[0]]) * some))


def _shape(comparison: CountComparison) -> float:
    if comparison.shape is not None:
        return comparison.shape
    if comparison.share_with_any is not None:
        return dispersion_from(comparison.mean, comparison.share_with_any)
    return np.inf


def _persons(scenario: Scenario, metric: Metric, share: Floats) -> Floats:
    """Persons of each result: a cohort's size, or those of all cohorts who fall in a period, in whole numbers."""
    cohorts = scenario.timetable.served
    if not scenario.timetable.reporting(metric.name).by_period:
        return np.array([float(cohort.size) for cohort in cohorts])
    everybody = sum(cohort.size for cohort in cohorts)
    whole = np.round(np.cumsum(share) * everybody)
    return np.maximum(np.diff(whole, prepend=0.0), 0.0 if metric.once else 1.0)


def _shares(scenario: Scenario, metric: Metric, known: tuple[Result, ...]) -> Floats:
    """The share of units or persons that falls in each result: as the beliefs have it, or evenly."""
    while metric.derived:
        metric = scenario.timetable.metrics[scenario.timetable.depends_on(metric.name)[0]]
    timing = scenario.beliefs.timing.get(metric.name)
    cohorts = scenario.timetable.served
    if not scenario.timetable.reporting(metric.name).by_period:
        sizes = np.array([float(cohort.size) for cohort in cohorts])
        by_size: Floats = sizes / sizes.sum()
        return by_size
    if timing is not None and timing.shares is not None:
        return np.array(timing.shares)
    if timing is None and not metric.once:
        return np.full(len(known), 1.0 / len(known))
    timing = timing or Timing(months=0)  # a milestone is reached on enrolment, unless the beliefs say later
    everybody = sum(cohort.size for cohort in cohorts)
    share = np.zeros(len(known))
    for cohort in cohorts:
        first, last = cohort.enrol.starts, cohort.enrol.last_day
        months = max((last.year - first.year) * 12 + last.month - first.month, 1)
        for month in range(months):
            share += cohort.size / everybody / months * _arrivals(add_months(first, month), timing, known)
    return share


def _arrivals(day: dt.date, timing: Timing, known: tuple[Result, ...]) -> Floats:
    """Where those who start on a day arrive: the share of each period; what comes after the last is lost."""
    share = np.zeros(len(known))
    least, most = timing.range
    for months in range(least, most + 1):
        arrived = add_months(day, months)
        place = bisect_left(known, arrived, key=lambda result: result.date)
        if place < len(known):
            share[place] += 1.0 / (most - least + 1)
    return share


def _flow(scenario: Scenario, metric: Metric, known: tuple[Result, ...]) -> Floats:
    if metric.among is None:
        return np.zeros((0, len(known)))
    timing = scenario.beliefs.timing.get(metric.name)
    before = scenario.timetable.results(metric.among)
    if timing is None:
        return np.eye(len(before))
    return np.array([_arrivals(result.date, timing, known) for result in before])
