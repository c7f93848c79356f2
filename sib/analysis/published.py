"""Turns published results, as people write them, into what contracts read. What is missing raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from sib.arrays import Floats
from sib.errors import InputError, Problem, expected, nearest
from sib.model.milestones import moves
from sib.model.model import MetricModel, Model
from sib.model.results import Noise, Readable, Results
from sib.run.recipe import Deal
from sib.terms.metric import Measure

LEVELS = ("treated", "comparison", "n", "standard_error")
WAYS: tuple[Measure, ...] = ("improvement", "points", "units", "level")  # in which a result can be given
_TOLERANCE = 1e-9
_MOST = 1e15


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
    return assembled(model, given)


def _named(model: Model, measured: Mapping[str, Any]) -> None:
    """Results go by the names of metrics that are measured by themselves."""
    metrics = {metric.name: metric for metric in model.metrics}
    expected(measured, Mapping, "measured", f"name the metric: {{{next(iter(metrics))!r}: ...}}")
    for name, given in measured.items():
        where = f"measured[{name!r}]"
        if name not in metrics:
            raise InputError(Problem(where, given, "a metric of the deal", nearest(str(name), metrics)))
        origin = metrics[name].origin
        if not origin.published:
            remedy = f"give the results of {', '.join(model.metrics[i].name for i in origin.parents)}"
            raise InputError(Problem(where, given, "an index is worked out from its parts", remedy))


def assembled(model: Model, given: Mapping[int, Results]) -> list[Readable | None]:
    """Results of all metrics in their order, indices worked out from the others.

    Raises
    ------
    InputError
        Where a ceiling a person needs to know more than totals say.
    """
    found: dict[int, Readable] = dict(_under_ceilings(model, dict(given)))
    for i in model.order:
        follows = model.metrics[i].origin.from_published(found)
        if follows is not None:
            found[i] = follows
    return [found.get(i) for i in range(len(model.metrics))]


def needed_by(deal: Deal) -> set[int]:
    """The metrics that something in the contract reads, by position."""
    read = {claim.metric for step in deal.contract.steps for claim in step.claims if claim.metric is not None}
    read |= {test[0] for step in deal.contract.steps for claim in step.claims for test in claim.others}
    read |= {trigger.metric for trigger in deal.contract.triggers if trigger.metric is not None}
    for i in reversed(deal.model.order):
        origin = deal.model.metrics[i].origin
        if i in read and not origin.published:
            read |= set(origin.parents)
    return read


def _results(model: Model, index: int, given: Any, above: Mapping[int, Results]) -> Results:
    """Published results of one metric, as one path."""
    metric = model.metrics[index]
    persons_above = _could_reach(model, metric, above)
    rows = [
        _levels(
            metric,
            i,
            result,
            f"measured[{metric.name!r}], {metric.each} {metric.results[i]}",
            None if persons_above is None else float(persons_above[i]),
        )
        for i, result in enumerate(_by_result(model, index, given, above))
    ]
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
            np.zeros(1)
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


def _by_result(model: Model, index: int, given: Any, above: Mapping[int, Results]) -> list[Any]:
    """One result for each cohort or period."""
    metric = model.metrics[index]
    where, names = f"measured[{metric.name!r}]", metric.results
    series = hasattr(given, "to_dict") and hasattr(given, "tolist")  # pandas': its labels say which cohort is which
    given = given.to_dict() if series else given
    if isinstance(given, Mapping) and not set(given) <= {*LEVELS, *WAYS}:
        keys = {known_name(name): value for name, value in given.items()}
        for name in keys:
            if name not in names:
                raise InputError(Problem(where, name, f"results by {metric.each} name", nearest(str(name), names)))
        missing = [name for name in names if name not in keys]
        if missing:
            raise InputError(
                Problem(where, list(given), f"a result for each {metric.each}", f"add {', '.join(missing)}")
            )
        return [keys[name] for name in names]
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
        return list(given)
    if isinstance(given, Mapping) and set(given) <= {"units", "level"} and len(given) == 1 and not metric.compared:
        given = next(iter(given.values())) if metric.law.additive else given
    if metric.law.additive and not metric.compared and not isinstance(given, Mapping):  # units in all: spread
        shares = metric.origin.arising(index, model, above)
        total = _number(given, where, "not negative")
        return list(total * metric.to_date(shares))
    return [given] * len(names)


def known_name(key: Any) -> Any:
    """The name of a result: a period's may be given as a date."""
    return key.isoformat()[:10] if hasattr(key, "isoformat") else key


def _levels(
    metric: MetricModel, i: int, result: Any, where: str, reached: float | None
) -> tuple[float, float, float, float]:
    """Persons, treated and comparison level of one result, and the standard error of their difference, if published.

    `reached` are those who could reach it, in a funnel.
    """
    error = float("nan")
    if isinstance(result, Mapping) and "standard_error" in result:
        error = _number(result["standard_error"], f"{where}, standard_error", "positive")
        result = {key: value for key, value in result.items() if key != "standard_error"}
    return *arms(metric, i, result, where, reached), error


def arms(
    metric: MetricModel, i: int, result: Any, where: str, reached: float | None = None
) -> tuple[float, float, float]:
    """Persons, treated and comparison level of one result as it is published; `where` names it in an error.

    Raises
    ------
    InputError
        Where it is given in no way, or in several, or is impossible.
    """
    persons = reached if reached is not None else float(metric.published_weights[i])
    comparison = float(metric.base[i] if metric.written is None else metric.written[i])
    reads: Measure = metric.publishes
    value = result
    if isinstance(result, Mapping):
        for key in result:
            if key not in (*LEVELS, *WAYS):
                allowed = (*LEVELS, *WAYS)
                raise InputError(Problem(where, key, f"keys {', '.join(allowed)}", nearest(str(key), allowed)))
        if "n" in result and not metric.law.additive:
            persons = _number(result["n"], f"{where}, n", "positive")
        named = [key for key in WAYS if key in result]
        if "treated" in result or "comparison" in result or not named:
            for key in ("treated", "comparison") if metric.compared else ("treated",):
                if key not in result:
                    rule = "both levels, treated and comparison" if metric.compared else "the level, as treated"
                    raise InputError(Problem(where, dict(result), rule, f"add {key!r}"))
            if named:
                raise InputError(
                    Problem(where, dict(result), "a result is given in one way", f"leave out {', '.join(named)}")
                )
            treated = _number(result["treated"], f"{where}, treated", "not negative")
            other = _number(result["comparison"], f"{where}, comparison", "not negative") if metric.compared else 0.0
            return persons, _possible(metric, treated, result, where), other
        if len(named) > 1:
            raise InputError(Problem(where, dict(result), "a result is given in one way", f"keep {named[0]!r} alone"))
        reads, value = named[0], result[named[0]]
        if reads in ("improvement", "points") and not metric.compared:
            raise InputError(
                Problem(where, dict(result), "what is compared with nothing has a level, or units", "write its level")
            )
    number = _number(value, where, "any")
    change = {
        "improvement": comparison * number,
        "points": number,
        "units": number / persons if persons else 0.0,
        "level": number,
    }[reads]
    if not metric.compared or reads == "level":
        return persons, _possible(metric, change, result, where), comparison
    return persons, _possible(metric, comparison + metric.sign * change, result, where), comparison


def _possible(metric: MetricModel, treated: float, result: Any, where: str) -> float:
    if treated < 0 and not metric.compared:
        raise InputError(Problem(where, result, "a level or a number of units, not negative", "correct the figure"))
    if treated < 0:
        raise InputError(
            Problem(
                where,
                result,
                "an improvement that leaves no fewer than zero events a person",
                "write 0.084 for 8.4 per cent",
            )
        )
    if treated > metric.law.highest_result * (1 + _TOLERANCE):
        what = (
            "a share of persons, at most 1"
            if metric.law.is_share
            else f"at most {metric.law.highest_result:g} a person"
        )
        raise InputError(Problem(where, result, what, "write 0.60 for 60 per cent"))
    return min(treated, metric.law.highest_result)


def _funnels(model: Model, given: Mapping[int, Results]) -> None:
    """Nobody reaches what only those can reach who have reached something else, and nobody reaches it twice."""
    for i, found in given.items():
        metric = model.metrics[i]
        for count, most, of in _counts(model, metric, found, given) if metric.law.counts_persons else ():
            if count > most * (1 + _TOLERANCE) + _TOLERANCE:
                raise InputError(
                    Problem(
                        f"measured[{metric.name!r}]",
                        count,
                        f"at most the {most:g} {of}: each counts once",
                        "correct one of the two figures",
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


def _under_ceilings(model: Model, given: dict[int, Results]) -> dict[int, Results]:
    """Which milestones those had reached who reach the next: known where each can be reached only after another."""
    tracked = model.tracked
    if not tracked or not set(tracked) <= set(given):
        return given
    if len({len(profile) for profile in model.profiles}) < len(model.profiles):
        names = ", ".join(model.metrics[i].name for i in tracked)
        raise InputError(
            Problem(
                "measured",
                names,
                "under a ceiling a person it must be known which milestones each person reached; totals do not say",
                "make each milestone one that only those reach who reached the one before (`among`), or simulate",
            )
        )
    found = moves(model.metrics, {i: given[i].treated for i in tracked}, model.profiles, None)
    return given | {i: replace(given[i], moves=by_profile) for i, by_profile in found.items()}


def _number(value: Any, where: str, sign: Literal["any", "positive", "not negative"]) -> float:
    try:
        number = float("nan") if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    fits = {"any": True, "positive": number > 0, "not negative": number >= 0}[sign]
    if not (abs(number) <= _MOST and fits):
        rule = "a finite number" if sign == "any" else f"a finite number, {sign}"
        raise InputError(Problem(where, value, rule, "give the published figure as a decimal, as 0.084"))
    return number


def nothing(metric: MetricModel, paths: int) -> Results:
    """The results of a metric on which nothing is gained, so many paths."""
    shape = (len(metric.results), paths)
    base = metric.base if metric.written is None else metric.written
    level: Floats = np.broadcast_to(base[:, None] if metric.compared else np.zeros((shape[0], 1)), shape)
    persons = metric.published_weights[:, None]
    return Results(metric.sign, persons, level, level if metric.compared else None, metric.law.additive)
