"""Compiles a scenario into a `Model`: metrics with the beliefs about them, the programme, who is followed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import fields, replace
from typing import Any, Final, TypeVar, cast

import numpy as np

from sib.arrays import Floats
from sib.chance.distributions import Certain, Distribution, Normal, Student, Triangular, Uniform
from sib.chance.sources import Together
from sib.model.beliefs import Belief, Delay, Drift, Engagement, Evaluation, Overrun, Programme, Referrals
from sib.model.compile_dates import Dates, come_slowly, intake_of
from sib.model.delays import Intake
from sib.model.designs import Setting, counterfactual, in_both, moments
from sib.model.dispersion import dispersion_from
from sib.model.followed import Followed, Group
from sib.model.laws.count import Count
from sib.model.laws.law import Figures, Law
from sib.model.laws.mean import Mean
from sib.model.laws.milestone import Milestone
from sib.model.laws.proportion import Proportion
from sib.model.laws.units import ComparedUnits, VerifiedUnits
from sib.model.model import MetricModel, Model, Origin
from sib.model.origins.compared import Compared
from sib.model.origins.composite import Composite
from sib.model.origins.early_result import EarlyResult
from sib.model.origins.funnel import ReachedAfter, ShareOfReached
from sib.model.origins.index import Index
from sib.model.origins.same_as import SameAs
from sib.model.origins.share_with_any import ShareWithAny
from sib.model.origins.verified import Verified
from sib.scenario.correlated import Correlated, root_of
from sib.scenario.followed import Followed as FollowedTerms
from sib.scenario.result_days import Result
from sib.scenario.same import evaluation, in_common
from sib.scenario.scenario import Scenario
from sib.terms.base import Term
from sib.terms.beliefs import CountComparison, MeanComparison, ShareComparison
from sib.terms.calendar import DAYS_A_YEAR
from sib.terms.distributions import Effect, LevelBelief
from sib.terms.evaluation import Evaluation as EvaluationTerm
from sib.terms.metric import Composite as CompositeTerm
from sib.terms.metric import Metric

Plain = TypeVar("Plain")
_DISTRIBUTIONS: Final[dict[str, type[Distribution]]] = {
    "certain": Certain,
    "normal": Normal,
    "student": Student,
    "uniform": Uniform,
    "triangular": Triangular,
}
LAWS: Final[dict[str, type[Law]]] = {
    "count": Count,
    "proportion": Proportion,
    "mean": Mean,
    "total": VerifiedUnits,
    "compared total": ComparedUnits,
    "milestone": Milestone,
    "index": Mean,  # a level that is worked out, with no chance of its own
}


def compile_model(scenario: Scenario) -> Model:
    """Compile what may happen."""
    dates = Dates(scenario)
    place = {metric.name: i for i, metric in enumerate(scenario.metrics)}
    tested = _tested(scenario)
    metrics = _together_measured(
        [_metric(scenario, metric, dates, place, tested) for metric in scenario.metrics], scenario
    )
    return Model(metrics, _programme(scenario), _followed(scenario), _together(scenario))


def _together(scenario: Scenario) -> Together | None:
    """The scores of beliefs that move together, where any do."""
    correlated = Correlated(scenario.timetable)
    if not correlated.names:
        return None
    components = tuple(correlated.components[name] for name in correlated.names)
    return Together(correlated.names, components, root_of(correlated.matrix))


def _followed(scenario: Scenario) -> Followed:
    """The milestones that are followed person by person: in each cohort, and in all where results are by period."""
    by_name, cohorts = FollowedTerms(scenario.timetable), scenario.timetable.served
    place = {metric.name: i for i, metric in enumerate(scenario.metrics)}
    by_period = {name: scenario.timetable.reporting(name).by_period for name in by_name.milestones}
    sizes = {cohort.name: cohort.size for cohort in cohorts}
    groups = [
        ({cohort: size}, [(name, result) for name, result in by_name.occasions if not by_period[name] and result == i])
        for i, (cohort, size) in enumerate(sizes.items())
    ]
    groups.append((sizes, [occasion for occasion in by_name.occasions if by_period[occasion[0]]]))
    above = {name: by_name.after(name) for name in by_name.milestones}
    dated = by_name.dated
    return Followed(
        groups=tuple(
            Group(sum(served.values()), tuple((place[name], result) for name, result in occasions), served)
            for served, occasions in groups
            if occasions
        ),
        after={place[name]: place[other] for name, other in above.items() if other is not None},
        profiles=tuple(frozenset(place[name] for name in profile) for profile in by_name.profiles if not dated),
        through={place[name]: tuple(place[one] for one in through) for name, through in dated.items()},
    )


def _together_measured(metrics: list[MetricModel], scenario: Scenario) -> tuple[MetricModel, ...]:
    """Metrics that are the same as others: of the same persons, with groups in common, drifting together."""
    place = {metric.name: i for i, metric in enumerate(scenario.metrics)}
    for i, term in enumerate(scenario.metrics):
        mine, theirs = metrics[i].design, None if term.same_as is None else metrics[place[term.same_as]].design
        if term.same_as is not None and mine is not None and theirs is not None:
            groups = in_both(mine, theirs, own_group=term.own_group)
            metrics[i] = replace(metrics[i], origin=SameAs(place[term.same_as], groups))
    families = defaultdict[str, list[int]](list)
    for term in scenario.metrics:
        families[term.same_as or term.name].append(place[term.name])
    for family in families.values():
        if len(family) > 1:
            times = np.unique(np.concatenate([metrics[j].moments for j in family]))
            for j in family:
                metrics[j] = replace(metrics[j], moments=times)
    return tuple(metrics)


def _evaluated(scenario: Scenario, metric: Metric) -> EvaluationTerm | None:
    """What is believed about the evaluator's figures; of what two estimates have in common, as it is said of one."""
    own = scenario.beliefs.evaluation.get(metric.name)
    if metric.same_as is None:
        return own
    others = scenario.beliefs.evaluation.get(metric.same_as)
    return evaluation(own, others, in_common(metric, scenario.timetable.metrics[metric.same_as]))


def _programme(scenario: Scenario) -> Programme:
    beliefs = scenario.beliefs
    delayed = {m.name: beliefs.delays[m.name] for m in scenario.metrics if m.name in beliefs.delays}
    return Programme(
        cohorts=tuple(cohort.name for cohort in scenario.timetable.served),
        engagement=None if beliefs.engagement is None else _plain(Engagement, beliefs.engagement),
        referrals=_referrals(scenario),
        overruns={name: _plain(Overrun, overrun) for name, overrun in beliefs.overruns.items()},
        hazards={e.name: rate_of(beliefs.hazards[e.name]) for e in scenario.events if e.until is not None},
        delays={name: _plain(Delay, delay) for name, delay in delayed.items()},
        enrolling=_enrolling(scenario),
    )


def _referrals(scenario: Scenario) -> Referrals | None:
    known = scenario.beliefs.referrals
    if known is None:
        return None
    slowly = {cohort.name: come_slowly(scenario, cohort) for cohort in scenario.timetable.served}
    return Referrals(slowly, known.mean, known.sd, known.late, known.pace_sd)


def _enrolling(scenario: Scenario) -> tuple[tuple[Intake, int], ...]:
    """Who enrols over which months, where a cost follows that and it is not as planned."""
    if scenario.beliefs.referrals is None or all(cost.per != "person enrolled" for cost in scenario.costs):
        return ()
    return tuple((intake_of(scenario, c), scenario.timetable.enrolling(c)) for c in scenario.timetable.served)


def rate_of(chance: float) -> float:
    """The rate a year at which something happens that has this chance within a year: exponential (convention 15)."""
    return -math.log1p(-chance)


def _plain(kind: type[Plain], term: Term) -> Plain:
    """A term as the plain dataclass whose fields are called alike."""
    known: Any = kind
    return cast(Plain, known(**{field.name: getattr(term, field.name) for field in fields(known)}))


def _belief(term: Effect | LevelBelief) -> Belief:
    deal = _plain(_DISTRIBUTIONS[term.distribution], term)
    return Belief(deal, getattr(term, "between_cohorts", 0.0), getattr(term, "learning", 0.0))


def _metric(
    scenario: Scenario, metric: Metric, dates: Dates, place: Mapping[str, int], tested: Set[str]
) -> MetricModel:
    beliefs = scenario.beliefs
    timetable = scenario.timetable
    known = timetable.results(metric.name)
    share = _shares(scenario, metric, known, dates)
    persons = _persons(scenario, metric, share)
    if metric.interim_of is not None:
        persons = np.maximum(np.rint(persons * metric.enrolled), 1.0)
    believed = beliefs.effects.get(metric.same_as or metric.name) or beliefs.levels.get(metric.name)
    measured = timetable.measured_by(metric.name)
    compared = timetable.believed_as(metric.name) in beliefs.comparison
    evaluated = _evaluated(scenario, measured)
    drift = beliefs.drift.get(timetable.believed_as(metric.name))
    level, figures = _level(scenario, metric)
    base = np.ones(len(known)) * level
    if metric.persons_with is not None and compared:
        base = _none_and_some(scenario, metric.persons_with)
    figures = replace(
        figures,
        mean=float(base.max()) if compared or believed is None else _belief(believed).deal.mean,
        most=np.inf if metric.most is None else metric.most,
        correlation=0.0 if evaluated is None else evaluated.correlation,
        intra_cluster_correlation=0.0 if evaluated is None else evaluated.intra_cluster_correlation,
    )
    times, window = exposed(scenario, measured)
    design = None
    if compared and measured.compare is not None:
        setting = Setting(tuple(result.name for result in known), persons, base, times, window)
        design = counterfactual(measured.compare, setting, None if evaluated is None else evaluated.effective_persons)
        if metric.enrolled < 1:  # of a group of so many persons those count who came as early
            early = [replace(group, persons=group.persons * metric.enrolled) for group in design.groups]
            design = replace(
                design, groups=tuple(g if g.per_person else e for g, e in zip(design.groups, early, strict=True))
            )
    return MetricModel(
        name=metric.name,
        origin=_origin(scenario, metric, share, dates, place, compared=design is not None),
        law=LAWS[_kind(metric, compared=design is not None)].of(figures),
        sign=1.0 if metric.better == "higher" else -1.0,
        results=tuple(result.name for result in known),
        by_period=timetable.reporting(metric.name).by_period,
        cumulative=timetable.reporting(metric.name).cumulative,
        persons=persons,
        base=base,
        belief=None if believed is None else _belief(believed),
        design=design,
        times=times,
        moments=moments(times, design),
        drift=None if drift is None else _plain(Drift, drift),
        evaluation=Evaluation() if evaluated is None else _plain(Evaluation, evaluated),
        tested=metric.name in tested,
        pace_sd=_pace_sd(scenario, metric),
    )


def _pace_sd(scenario: Scenario, metric: Metric) -> float:
    """How unsure the months are that persons take."""
    timing = scenario.beliefs.timing.get(metric.name)
    return 0.0 if timing is None else timing.pace_sd


def _origin(
    scenario: Scenario, metric: Metric, share: Floats, dates: Dates, place: Mapping[str, int], *, compared: bool
) -> Origin:
    """How a metric comes about."""
    if metric.parts:
        return Index(tuple((place[p.metric], p.reads, p.weight / (p.target or 1.0)) for p in metric.parts))
    if metric.persons_with is not None:
        none_of, any_of = metric.persons_with.none_of, metric.persons_with.any_of
        return Composite(tuple(place[name] for name in none_of), tuple(place[name] for name in any_of))
    count = metric.with_any or metric.interim_of
    if count is not None:
        _, figures = _level(scenario, scenario.timetable.metrics[count])
        if metric.with_any is not None:
            return ShareWithAny(place[count], figures.shape)
        return EarlyResult(place[count], figures.shape, metric.enrolled, scenario.beliefs.maturity[metric.name])
    if metric.once and scenario.timetable.reporting(metric.name).by_period:
        return dates.reached(metric)
    if metric.among is not None:
        funnel = ReachedAfter if metric.once else ShareOfReached
        return funnel(place[metric.among])
    return Compared() if compared else Verified(share)


def _kind(metric: Metric, *, compared: bool) -> str:
    """Under which name the table has a metric's law."""
    if metric.kind == "total" and metric.once:
        return "milestone"
    return "compared total" if metric.kind == "total" and compared else metric.kind


def _level(scenario: Scenario, metric: Metric) -> tuple[float | Floats, Figures]:
    """The level without the programme, and how persons differ in it; ones where there is no comparison.

    What is worked out from a count follows from its mean and negative binomial shape. Events that fall within an early
    window are Poisson given a person's rate, like all of them, so the shape stays.
    """
    beliefs = scenario.beliefs
    above = metric.with_any or metric.interim_of
    if above is not None:
        mean, known = _level(scenario, scenario.timetable.metrics[above])
        if metric.interim_of is not None:
            return mean * beliefs.maturity[metric.name], known
        shape = known.shape
        return (-np.expm1(-mean) if np.isinf(shape) else -np.expm1(-shape * np.log1p(mean / shape))), Figures()
    comparison = beliefs.comparison.get(metric.same_as or metric.name)
    if comparison is None:
        return 1.0, Figures(sd=getattr(beliefs.levels.get(metric.name), "person_sd", 0.0))
    if isinstance(comparison, CountComparison):
        return comparison.mean, Figures(shape=_shape(comparison))
    if isinstance(comparison, ShareComparison):
        return comparison.share, Figures()
    if isinstance(comparison, MeanComparison):
        return comparison.mean, Figures(sd=comparison.sd)
    return np.array(comparison.path or comparison.units), Figures(sd=comparison.sd)


def _tested(scenario: Scenario) -> Set[str]:
    """The metrics of which the contract asks how sure a result is."""
    asks = {"confidence", "interval"}
    found = [(payment.metric, payment.reads) for payment in scenario.payments]
    found += [(one.metric, one.bound.measure) for one in scenario.timetable.demands]
    found += [(part.metric, part.reads) for metric in scenario.metrics for part in metric.parts]
    return {metric for metric, reads in found if metric is not None and reads in asks}


def exposed(scenario: Scenario, metric: Metric) -> tuple[Floats, float]:
    """Years from the start to the middle of the time over which each result is measured, and the window in years.

    Of a cohort, half the window after the middle of its enrolment; of a period, the middle since the one before.
    """
    window = (metric.window_months or 12) / 12.0
    if scenario.timetable.reporting(metric.name).by_period:
        dates = [result.date for result in scenario.timetable.results(metric.name)]
        ends = np.array([(date - scenario.start).days / DAYS_A_YEAR for date in dates])
        return (ends + np.concatenate([[0.0], ends[:-1]])) / 2.0, window
    middles = [
        ((c.enrol.starts - scenario.start).days + (c.enrol.last_day - scenario.start).days) / 2.0 / DAYS_A_YEAR
        for c in scenario.timetable.served
    ]
    return np.array(middles) + window / 2.0, window


def _none_and_some(scenario: Scenario, of: CompositeTerm) -> Floats:
    """The share with none of some outcomes and any of others, without the programme, falling independently."""
    comparison, believed_as = scenario.beliefs.comparison, scenario.timetable.believed_as
    none, some = (
        [getattr(comparison[believed_as(name)], "share", 0.0) for name in part] for part in (of.none_of, of.any_of)
    )
    any_of = 1.0 - np.prod([1.0 - p for p in some]) if some else 1.0
    return np.full(len(scenario.timetable.served), float(np.prod([1.0 - p for p in none]) * any_of))


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
    if metric.once:  # when they reach it is chance: as many as there are could, in proportion
        return everybody * (share / share.sum() if share.sum() > 0 else np.full(len(share), 1.0 / len(share)))
    whole = np.round(np.cumsum(share) * everybody)
    return np.maximum(np.diff(whole, prepend=0.0), 1.0)


def _shares(scenario: Scenario, metric: Metric, known: tuple[Result, ...], dates: Dates) -> Floats:
    """The share of units or persons that falls in each result: as the beliefs have it, or evenly."""
    while metric.derived:
        metric = scenario.timetable.metrics[scenario.timetable.depends_on(metric.name)[0]]
    timing = scenario.beliefs.timing.get(metric.same_as or metric.name)
    cohorts = scenario.timetable.served
    if not scenario.timetable.reporting(metric.name).by_period:
        sizes = np.array([float(cohort.size) for cohort in cohorts])
        by_size: Floats = sizes / sizes.sum()
        return by_size
    if timing is None and not metric.once:
        return np.full(len(known), 1.0 / len(known))
    return np.array(timing.shares) if timing is not None and timing.shares is not None else dates.shares(metric)
