"""Runs all rules between the terms of a scenario. Their order matters: the first refusal is what a person sees.

A rule may rely on those before it: names are looked up once all of them are known to exist, results are asked for once
no metric depends on itself, occasions once every metric has its results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sib.scenario.rules import (
    beliefs,
    conditions,
    correlation,
    deadweight,
    evidence,
    levels,
    limits,
    loans,
    metrics,
    money,
    names,
    order,
    same,
    size,
)
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable

RULES: Final[tuple[Callable[[Terms, Timetable], None], ...]] = (
    names.unique,
    names.parties,
    names.introductions,
    names.references,
    metrics.dependencies,
    size.results,
    size.fallbacks,
    size.cases,
    order.dates,
    same.check,
    metrics.check,
    beliefs.check,
    deadweight.check,
    levels.check,
    evidence.check,
    correlation.check,
    loans.dated,
    size.occasions,
    order.conditions,
    order.occasions,
    conditions.check,
    names.labels,
    order.unpaid,
    order.dependencies,
    order.cancellations,
    limits.check,
    money.check,
)


def check(terms: Terms, timetable: Timetable) -> None:
    """Check the terms of a scenario against each other.

    Raises
    ------
    Refusal
        For the first rule that is broken.
    """
    for rule in RULES:
        rule(terms, timetable)
