"""Turns published results, as people write them, into what contracts read. What is missing raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sib.analysis.one_result import (
    LEVELS,
    TOLERANCE,
    WAYS,
    arms,
    known_name,
    number,
    of_somebody,
    persons_assessed,
    units_possible,
    way_of,
    whole_persons,
)
from sib.arrays import Floats
from sib.errors import InputError, Problem, nearest, shown
from sib.model.followed import Luck
from sib.model.milestones import moves
from sib.model.model import MetricModel, Model
from sib.model.origins.composite import Composite
from sib.model.results import Noise, Readable, Results
from sib.run.recipe import Deal

_AMOUNTS = ("units", "points", "level", "treated", "comparison")  # of what is given in all, each of them is in all
_CHANGES = ("units", "points")  # against the comparison, where there is one; so they may be below zero


def results_of(deal: Deal, measured: Mapping[str, Any]) -> list[Readable | None]:
    """Published results as contracts read them, one path; None for a metric that nothing reads.

    Raises
    ------
    InputError
        Where a metric is unknown or missing, there are too few or too many results, or one is impossible.
    """
    _named(deal.model, measured)
    needed = needed_by(deal)
    wanted = [m.name for i, m in enumerate(deal.model.metrics) if i in needed and m.origin.published]
    for name in wanted:
        if name not in measured:
            raise InputError(
                Problem("measured", dict(measured), f"a result for each metric: {', '.join(wanted)}", f"add {name!r}")
            )
    return partly(deal.model, measured)


def partly(model: Model, measured: Mapping[str, Any]) -> list[Readable | None]:
    """As `results_of`, for results of some metrics; None for the others."""
    _named(model, measured)
    given: dict[int, Results] = {}
    for i in model.order:
        if model.metrics[i].name in measured:
            given[i] = _results(model, i, measured[model.metrics[i].name], given)
    _funnels(model, given)
    _composites(model, given)
    return assembled(model, given)


def _meant(name: object, metrics: Iterable[str]) -> str:
    """What a name that is no metric most likely stands for; also where the reading is written into it."""
    metric, _, reading = name.rpartition(".") if isinstance(name, str) else ("", "", "")
    if metric in metrics and reading in (*WAYS, *LEVELS):
        one = f"{{{reading!r}: ...}}"
        return f"write {{{metric!r}: [{one}, ...]}}, one for each result, or {{{metric!r}: {one}}} over all"
    return nearest(name, metrics)


def _named(model: Model, measured: Mapping[str, Any]) -> None:
    """Results go by the names of metrics that are measured by themselves."""
    metrics = {metric.name: metric for metric in model.metrics}
    for name, given in measured.items():
        where = f"measured[{shown(name)}]"
        if name not in metrics:
            raise InputError(Problem(where, given, "a metric of the deal", _meant(name, metrics)))
        origin = metrics[name].origin
        if not origin.published:
            remedy = f"give the results of {', '.join(model.metrics[i].name for i in origin.parents)}"
            raise InputError(Problem(where, given, "an index is worked out from its parts", remedy))


def assembled(model: Model, given: Mapping[int, Results]) -> list[Readable | None]:
    """Results of all metrics in their order, indices worked out from the others."""
    found: dict[int, Readable] = dict(_followed(model, dict(given)))
    for i in model.order:
        follows = model.metrics[i].origin.from_published(found)
        if follows is not None:
            found[i] = follows
    return [found.get(i) for i in range(len(model.metrics))]


def needed_by(deal: Deal) -> set[int]:
    """The metrics that something in the contract reads, by position."""
    read = {claim.metric for step in deal.contract.steps for claim in step.claims if claim.metric is not None}
    read |= {test.metric for step in deal.contract.steps for claim in step.claims for test in claim.others}
    read |= {test.metric for trigger in deal.contract.triggers for test in trigger.tests}
    for i in reversed(deal.model.order):
        origin = deal.model.metrics[i].origin
        if i in read and not origin.published:
            read |= set(origin.parents)
    return read


def _results(model: Model, index: int, given: Any, above: Mapping[int, Results]) -> Results:
    """Published results of one metric, as one path."""
    metric = model.metrics[index]
    reached = _could_reach(model, metric, above)
    rows = []
    for i, result in enumerate(_by_result(model, index, given, above, reached)):
        where = f"measured[{metric.name!r}], {metric.each} {metric.results[i]}"
        error = np.nan
        if isinstance(result, Mapping) and "standard_error" in result:
            error = number(result["standard_error"], where, "positive", "standard_error")
            result = {key: value for key, value in result.items() if key != "standard_error"}
        rows.append((*arms(metric, i, result, where, None if reached is None else float(reached[i])), error))
    persons, treated, comparison, error = np.array(rows).T[:, :, None]
    found = Results(metric.sign, persons, treated, comparison if metric.compared else None, metric.law.additive)
    return precise(metric, found, error)


def precise(metric: MetricModel, found: Results, error: Floats) -> Results:
    """Published results with how precise they are, where the contract asks.

    By the standard error of each result, (results, paths); where that is NaN, as the design has it at the published
    levels.
    """
    if not metric.tested or metric.design is None or found.comparison is None:
        return found
    served = metric.law.variance(found.treated, found.persons, metric.design.clusters)
    groups = np.array(
        [
            np.zeros(found.treated.shape[1])
            if group.written or np.isfinite(error[group.result]).all()
            else metric.law.variance(
                found.comparison[group.result],
                group.per_person * found.persons[group.result] if group.per_person else np.array([group.persons]),
                group.clusters,
            )
            for group in metric.groups
        ]
    )
    published = np.isfinite(error)
    noise = Noise(metric.design, np.where(published, np.square(error), served), groups, metric.law.correlation)
    return replace(found, noise=noise)


def _could_reach(model: Model, metric: MetricModel, above: Mapping[int, Results]) -> Floats | None:
    """How many could reach what is a share of those who reached something else; None for what is not."""
    before = metric.origin.after
    if before is None or metric.law.counts_persons:
        return None
    if before not in above:
        name = model.metrics[before].name
        raise InputError(
            Problem("measured", metric.name, f"it is a share of those who reached {name}", f"add {name!r}")
        )
    return above[before].counts[:, 0]


def _by_result(model: Model, index: int, given: Any, above: Mapping[int, Results], reached: Floats | None) -> list[Any]:
    """One result for each cohort or period."""
    metric = model.metrics[index]
    where, names = f"measured[{metric.name!r}]", metric.results
    series = hasattr(given, "to_dict") and hasattr(given, "tolist")  # pandas': its labels say which cohort is which
    given = given.to_dict() if series else given
    if isinstance(given, Mapping) and not set(given) <= {*LEVELS, *WAYS}:
        keys = {known_name(name): value for name, value in given.items()}
        for name in keys:
            if name not in names:
                way = nearest(name, (*WAYS, *LEVELS))
                if not set(keys) & set(names) and way.startswith("did"):
                    raise InputError(Problem(where, name, f"keys {', '.join((*LEVELS, *WAYS))}", way))
                raise InputError(Problem(where, name, f"results by {metric.each} name", nearest(name, names)))
        missing = [name for name in names if name not in keys]
        if missing:
            raise InputError(
                Problem(where, list(given), f"a result for each {metric.each}", f"add {', '.join(missing)}")
            )
        return _whole([keys[name] for name in names], metric, model, above)
    given = given.tolist() if hasattr(given, "tolist") else given
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != len(names):
            some = ", ".join(names) if len(names) <= 12 else f"{names[0]} to {names[-1]}"
            raise InputError(
                Problem(
                    where,
                    f"{len(given)} results",
                    f"one result for all {metric.each}s, or one for each of {len(names)}: {some}",
                    f"give {len(names)} results in that order",
                )
            )
        return _whole(list(given), metric, model, above)
    return _over_all(model, index, given, above, reached)


def _over_all(model: Model, index: int, given: Any, above: Mapping[int, Results], reached: Floats | None) -> list[Any]:
    """One result over all as one for each cohort or period, so that it is the result over all of them (convention 12).

    Rates are the same in each. What is in all is spread: where it is compared, in proportion to what there would be at
    the comparison's level, so that the improvement is the same in each; else units as they are expected to arise, and
    what is measured a person in proportion to persons. `reached` are those who could reach each result, in a funnel.
    """
    metric, where = model.metrics[index], f"measured[{model.metrics[index].name!r}]"
    results = len(metric.results)
    reads, _ = way_of(metric, given, f"{where}, {metric.each} {metric.results[0]}")
    whole_persons(metric, given, _who_could(metric, model, above), where)
    result = given if isinstance(given, Mapping) else {str(reads): given}
    _one_level(metric, result, where)
    in_all = [key for key in result if key == "units" or (metric.law.additive and key in _AMOUNTS)]
    assessed = [key for key in result if key in ("n", "standard_error")]
    if not in_all and not assessed:
        return [given] * results
    persons = metric.published_weights if reached is None else reached
    if metric.compared:
        amounts = persons * metric.published_comparison
    else:
        amounts = metric.to_date(metric.origin.arising(index, model, above)) if metric.law.additive else persons
    rows = [dict(result) for _ in range(results)]
    for key in in_all:
        changes = metric.compared and key in _CHANGES
        said = key if isinstance(given, Mapping) else None
        figure = number(result[key], where, "any" if changes else "not negative", said)
        if key == "units":
            of_somebody(figure, _all(metric, persons), given, where)
        if changes:
            over = 1.0 if metric.law.additive else _all(metric, persons)
            units_possible(metric, figure, _all(metric, amounts) / over if over else 0.0, over, given, where)
        for row, share in zip(rows, _shares(metric, amounts), strict=True):
            row[key] = figure * share
    for row, share, part in zip(rows, _shares(metric, persons), _shares(metric, amounts), strict=True):
        if "n" in result:
            row["n"] = persons_assessed(metric, result["n"], where) * share
        if "standard_error" in result and share > 0 and part > 0:
            error = number(result["standard_error"], where, "positive", "standard_error")
            row["standard_error"] = error * np.sqrt(part) if metric.law.additive else error / np.sqrt(share)
    return rows


def _one_level(metric: MetricModel, result: Mapping[str, Any], where: str) -> None:
    """Refuse one level over all where the baselines differ: the same level in each is not that level's improvement."""
    base = metric.published_comparison if metric.compared and not metric.law.additive else np.zeros(1)
    if "level" in result and "comparison" not in result and np.ptp(base) > TOLERANCE * np.max(base):
        raise InputError(
            Problem(
                where,
                result["level"],
                f"one level over all {metric.each}s where all are measured against the same baseline; these differ",
                f"give one for each {metric.each}, or the improvement or units over all",
            )
        )


def _all(metric: MetricModel, each: Floats) -> float:
    """What there is over all results, given what there is in each as it is published."""
    return float(metric.so_far(each)[-1])


def _shares(metric: MetricModel, each: Floats) -> list[float]:
    """Of what there is over all results, the share in each as it is published; alike where there is nothing."""
    total = _all(metric, each)
    if total <= 0:
        each, total = metric.to_date(np.ones(len(each))), float(len(each))
    shares: list[float] = (each / total).tolist()
    return shares


def _whole(results: list[Any], metric: MetricModel, model: Model, above: Mapping[int, Results]) -> list[Any]:
    """The results, of each of which a milestone's is a whole number of persons."""
    for name, result, persons in zip(metric.results, results, metric.persons, strict=True):
        most = _who_could(metric, model, above) if metric.by_period else float(persons)
        whole_persons(metric, result, most, f"measured[{metric.name!r}], {metric.each} {name}")
    return results


def _who_could(metric: MetricModel, model: Model, above: Mapping[int, Results]) -> float:
    """How many persons could reach a milestone: all, or those who reached the one before."""
    before = metric.origin.after
    if before is None or before not in above:
        return float(metric.persons.sum())
    return _all(model.metrics[before], above[before].counts[:, 0])


def _funnels(model: Model, given: Mapping[int, Results]) -> None:
    """Nobody reaches what only those can reach who have reached something else, and nobody reaches it twice."""
    for i, found in given.items():
        metric = model.metrics[i]
        for count, most, of in _counts(model, metric, found, given) if metric.law.counts_persons else ():
            if count > most * (1 + TOLERANCE) + TOLERANCE:
                raise InputError(
                    Problem(
                        f"measured[{metric.name!r}]",
                        count,
                        f"at most the {most:g} {of}: each counts once",
                        "correct one of the two figures"
                        + (", or drop `among`, if others can reach it too" if of.startswith("who") else ""),
                    )
                )
        if metric.cumulative and metric.law.counts_persons and (np.diff(found.counts[:, 0]) < 0).any():
            raise InputError(
                Problem(
                    f"measured[{metric.name!r}]",
                    found.counts[:, 0].tolist(),
                    "who has reached something has reached it later too: results to date never fall",
                    "give what has been reached so far, for each date",
                )
            )


def _composites(model: Model, given: Mapping[int, Results]) -> None:
    """The persons with none of some outcomes and any of others are as many as these outcomes allow."""
    for i, found in given.items():
        metric, origin = model.metrics[i], model.metrics[i].origin
        if not isinstance(origin, Composite) or not set(origin.parents) <= set(given):
            continue
        without = np.array([given[part].treated for part in origin.none_of] or [np.zeros_like(found.treated)])
        some = np.array([given[part].treated for part in origin.any_of] or [np.ones_like(found.treated)])
        most = np.minimum(1.0 - without.max(axis=0), some.sum(axis=0))
        least = np.maximum(some.max(axis=0) - without.sum(axis=0), 0.0)
        for name, share, low, high in zip(metric.results, found.treated, least, most, strict=True):
            if not (low - TOLERANCE <= share).all() or not (share <= high + TOLERANCE).all():
                raise InputError(
                    Problem(
                        f"measured[{metric.name!r}]",
                        float(share[0]),
                        f"of {metric.each} {name} a share from {float(low[0]):.6g} to {float(high[0]):.6g}, as its"
                        " parts have it",
                        "correct it, or the results of " + ", ".join(model.metrics[p].name for p in origin.parents),
                    )
                )


def _counts(
    model: Model, metric: MetricModel, found: Results, given: Mapping[int, Results]
) -> Iterator[tuple[float, float, str]]:
    """How many reached a milestone, how many could have, and who these are: in all, by cohort, by each period."""
    mine, persons = found.counts[:, 0], metric.persons
    yield float(metric.so_far(mine)[-1]), float(persons.sum()), "persons"
    if not metric.by_period:
        for name, count, most in zip(metric.results, mine, persons, strict=True):
            yield float(count), float(most), f"persons of cohort {name}"
    before = metric.origin.after
    if before is None or before not in given:
        return
    other, theirs = model.metrics[before], given[before].counts[:, 0]
    yield float(metric.so_far(mine)[-1]), float(other.so_far(theirs)[-1]), f"who reached {other.name}"
    if other.results == metric.results:
        pairs = (mine, theirs) if not metric.by_period else (metric.so_far(mine), other.so_far(theirs))
        for name, count, most in zip(metric.results, *pairs, strict=True):
            yield float(count), float(most), f"who reached {other.name} by {metric.each} {name}"


def _followed(model: Model, given: dict[int, Results]) -> dict[int, Results]:
    """Who reached which milestones: known where each can be reached only after another, else left open."""
    followed, milestones = model.followed, model.followed.milestones
    if not milestones or not set(milestones) <= set(given) or not followed.funnel:
        return given
    served = np.array([group.served({}, 1) for group in followed.groups])
    if followed.profiles:
        found = moves(model.metrics, {i: given[i].treated for i in milestones}, followed, [*served], None)
        return given | {i: replace(given[i], moves=by_profile) for i, by_profile in found.items()}
    if any(model.metrics[i].by_period for i in milestones):
        return given  # when those reached a milestone who reach the next is not known, and its price may differ
    return given | {i: replace(given[i], luck=Luck(followed, served)) for i in milestones}


def nothing(metric: MetricModel, paths: int) -> Results:
    """The results of a metric on which nothing is gained, so many paths."""
    shape = (len(metric.results), paths)
    base = metric.published_comparison if metric.compared else np.zeros(shape[0])
    level: Floats = np.broadcast_to(base[:, None], shape)
    persons = metric.published_weights[:, None]
    return Results(metric.sign, persons, level, level if metric.compared else None, metric.law.additive)
