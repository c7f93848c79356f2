"""Rules about levels and shares: none is above what can be, and no amount of money stands where a share belongs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from sib.errors import Refusal
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.levels import LOWER, UPPER, End
from sib.terms.metric import Measure, Metric
from sib.terms.schedule import Schedule

_ROUNDING = 1e-9


class Read(NamedTuple):
    """A level that a contract asks of a metric: where it stands, and which end of a range it is."""

    path: Path
    level: float
    metric: str
    measure: Measure
    end: End = "at_least"


def check(terms: Terms, timetable: Timetable) -> None:
    """Refuse levels that no result reaches, and what cannot be meant as a share of something."""
    for i, metric in enumerate(terms.metrics):
        _written(i, metric)
        _weights(timetable, i, metric)
    for read in levels_read(terms, timetable):
        most, rule, remedy = reach(timetable, read.metric, read.measure)
        top = most * (1.1 if read.end == "below" and "bands" in read.path else 1.0)  # 101% is the end of a table
        if read.level > top + _ROUNDING or (read.end == "above" and read.level >= top and "pays" not in read.path):
            raise Refusal(read.path, read.level, rule, remedy)
    for i, payment in enumerate(terms.payments):
        if payment.of is not None:
            of, years = (
                payment.of.principal or payment.of.cost or payment.of.due_to or payment.of.cut_from,
                payment.of.years,
            )
            for path, value in values(payment.pays):
                if abs(value) > 1:
                    raise Refusal(
                        ("payments", i, "pays", *path),
                        value,
                        f"the values are shares of `{of}`, which `of` names, at most 1: all of it"
                        if years is None
                        else f"the values are rates a year on `{of}`, which `of` names, at most 1: 100% a year",
                        "leave `of` out where they are money; write 0.013 for 1.3 per cent; where capital comes back"
                        " and a return besides, write two payments, of which one `repays`",
                    )
    for i, tranche in enumerate(terms.tranches):
        covers = None if tranche.guarantee is None else tranche.guarantee.covers.per_unit
        if covers is not None and covers > 1:
            raise Refusal(
                ("tranches", i, "guarantee", "covers", "per_unit"),
                covers,
                "a guarantee covers at most the capital drawn: 1 is all of it",
                "write 0.75 for 75 per cent, or `amount` for an amount of money",
            )


def reach(timetable: Timetable, name: str, measure: Measure) -> tuple[float, str, str]:
    """The most that can be read from a metric, the rule that says so, and what to do about more."""
    metric, compared = timetable.metrics[name], timetable.measured_by(name)
    share = metric.kind == "proportion"
    if measure in ("confidence", "interval"):
        return 1.0, "at most 1, which is certain", "write 0.95 for 95 per cent"
    if measure == "improvement" and metric.better == "lower":
        return 1.0, "at most 1, which is no event at all", "write 0.10 for ten per cent"
    if measure == "points" and share:
        written = None if compared.compare is None else compared.compare.written
        most = 1.0
        if written is not None:
            most = max(written) if metric.better == "lower" else 1.0 - min(written)
        rule = f"`{name}` is a share of persons, of which no more than {most:g} can change"
        return most, rule, "write 0.05 for five percentage points"
    if measure == "level" and share:
        return 1.0, f"`{name}` is a share of persons, at most 1", "write 0.60 for 60 per cent"
    if measure == "level" and metric.most is not None:
        return metric.most, f"`{name}` is {metric.most:g} a person at most", "lower it, or correct `most`"
    return math.inf, "", ""


def levels_read(terms: Terms, timetable: Timetable) -> Iterator[Read]:
    """All levels that payments, conditions, events and indices read."""
    for i, payment in enumerate(terms.payments):
        at: Path = ("payments", i)
        if payment.metric is not None:
            reads = timetable.reads(payment.name)
            for path, level, end in _of_schedule(payment.pays):
                yield Read((*at, "pays", *path), level, payment.metric, reads, end)
    for path, name, bound in timetable.demands:
        yield Read(path, bound.level, name, bound.measure, bound.end)
    for i, metric in enumerate(terms.metrics):
        for j, part in enumerate(metric.parts):
            if part.target is not None:
                yield Read(("metrics", i, "parts", j, "target"), part.target, part.metric, part.reads)


def values(pays: Schedule) -> Iterator[tuple[Path, float]]:
    """The values of a schedule, each with where it stands in it."""
    if pays.amount is not None:
        yield ("amount",), pays.amount
    for key in ("steps", "nodes"):
        yield from (((key, j, 1), y) for j, (_, y) in enumerate(getattr(pays, key) or ()))
    for j, band in enumerate(pays.bands or ()):
        yield ("bands", j, "pays"), band.pays
        if band.rises_to is not None:
            yield ("bands", j, "rises_to"), band.rises_to


def _of_schedule(pays: Schedule) -> Iterator[tuple[Path, float, End]]:
    """The levels of a schedule, each with where it stands in it, and which end of a range it is."""
    for key in ("steps", "nodes"):
        yield from (((key, j, 0), x, "at_least") for j, (x, _) in enumerate(getattr(pays, key) or ()))
    for j, band in enumerate(pays.bands or ()):
        for end in (*LOWER, *UPPER):
            level = getattr(band, end)
            if level is not None:
                yield ("bands", j, end), level, end


def _written(i: int, metric: Metric) -> None:
    """A baseline that the contract writes down is one that can be measured."""
    most = 1.0 if metric.kind == "proportion" else metric.most or math.inf
    for one in () if metric.compare is None else metric.compare.each:
        for level in one.written or ():
            if level > most:
                raise Refusal(
                    ("metrics", i, "compare"),
                    level,
                    f"a baseline of `{metric.name}` is at most {most:g}"
                    + (
                        ": a share of persons"
                        if metric.kind == "proportion"
                        else " a person, the `most` that one can have"
                    ),
                    "write 0.58 for 58 per cent" if metric.kind == "proportion" else "lower it, or correct `most`",
                )


def relative(timetable: Timetable, metric: Metric) -> bool:
    """Whether all parts of an index are of one kind, in shares or in targets, so that its weights are weights."""
    kinds = {
        "targets"
        if part.target is not None
        else "shares"
        if part.reads == "improvement"
        or (timetable.metrics[part.metric].kind == "proportion" and part.reads != "units")
        else part.metric
        for part in metric.parts
    }
    return len(kinds) == 1 and kinds <= {"targets", "shares"} and all(part.weight > 0 for part in metric.parts)


def _weights(timetable: Timetable, i: int, metric: Metric) -> None:
    """The weights of an index of one kind are shares; one that just adds up its parts has weights of 1."""
    total = math.fsum(part.weight for part in metric.parts)
    plain = all(part.weight == 1 for part in metric.parts)
    if metric.parts and relative(timetable, metric) and not plain and abs(total - 1) > 1e-6:
        raise Refusal(
            ("metrics", i, "parts"),
            f"{total:g} in all",
            "the weights of an index of shares, improvements or multiples of targets add up to 1",
            "correct the weights: 0.8 for 80 per cent; write 1 for each where the index is the plain sum",
        )
