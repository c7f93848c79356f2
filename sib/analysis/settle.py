"""`settle`: turns measured results into every movement of cash. Where published outcomes enter the flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from sib.analysis.ledger import Ledger, Movement
from sib.engine import capital
from sib.engine.evaluation import Results
from sib.engine.ledger import Book
from sib.engine.plan import MetricPlan, Plan, compile_plan
from sib.terms.errors import InputError, Problem, expected, nearest
from sib.terms.scenario import Scenario

LEVELS = ("treated", "comparison", "n")


def settle(scenario: Scenario, measured: Mapping[str, Any]) -> Ledger:
    """Settle a scenario on measured results: who pays whom, what, when.

    Parameters
    ----------
    scenario : Scenario
        The deal. Its beliefs serve only to turn a bare improvement into events: they give the comparison's level.
    measured : mapping
        For each metric what its evaluator would publish: one result for all cohorts, a sequence with one a cohort, or
        a mapping by cohort. A result is an improvement (0.084, positive when better), or a mapping with `treated` and
        `comparison`, events a person, and optionally `n`, the persons assessed (by default the cohort's size).

    Returns
    -------
    Ledger

    Raises
    ------
    InputError
        Where a metric is unknown or missing, there are too few or too many results, or one is impossible.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> sib.settle(plan, {"reconvictions": 0.05}).received("investors")
    0.0
    >>> nearly = {"treated": 1.42, "comparison": 1.55, "n": 936}
    >>> sib.settle(plan, {"reconvictions": [nearly, 0.05, 0.05]}).received("investors")
    0.0
    """
    plan = compile_plan(expected(scenario, Scenario, "scenario", 'load it first: sib.load("peterborough")'))
    names = [metric.name for metric in plan.metrics]
    expected(measured, Mapping, "measured", f"name the metric: {{{names[0]!r}: ...}}")
    for name in measured:
        if name not in names:
            raise InputError(
                Problem(f"measured[{name!r}]", measured[name], "a metric of the deal", nearest(name, names))
            )
    for name in names:
        if name not in measured:
            raise InputError(
                Problem("measured", dict(measured), f"a result for each metric: {', '.join(names)}", f"add {name!r}")
            )
    book = capital.settle(plan, [_results(metric, measured[metric.name]) for metric in plan.metrics])
    return ledger_of(plan, book, scenario.currency, 0)


def ledger_of(plan: Plan, book: Book, currency: str, path: int) -> Ledger:
    """One path's ledger."""
    return Ledger.of(
        (
            Movement(plan.dates[e.step], e.payer, e.payee, e.label, float(np.broadcast_to(e.amount, book.paths)[path]))
            for e in book.entries
        ),
        plan.parties,
        currency,
    )


def _results(metric: MetricPlan, given: Any) -> Results:
    """Published results of one metric, as one path."""
    rows = [
        _levels(metric, i, result, f"measured[{metric.name!r}], cohort {metric.cohorts[i]}")
        for i, result in enumerate(_by_cohort(metric, given))
    ]
    persons, treated, comparison = np.array(rows).T[:, :, None]
    return Results(metric.sign, persons, treated, comparison)


def _by_cohort(metric: MetricPlan, given: Any) -> list[Any]:
    """One result for each cohort."""
    where, cohorts = f"measured[{metric.name!r}]", metric.cohorts
    given = given.to_dict() if isinstance(given, pd.Series) else given  # its labels say which cohort is which
    if isinstance(given, Mapping) and not set(given) <= set(LEVELS):
        for name in given:
            if name not in cohorts:
                raise InputError(Problem(where, name, "results by cohort name", nearest(str(name), cohorts)))
        missing = [name for name in cohorts if name not in given]
        if missing:
            raise InputError(Problem(where, list(given), "a result for each cohort", f"add {', '.join(missing)}"))
        return [given[name] for name in cohorts]
    given = given.tolist() if hasattr(given, "tolist") else given
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != len(cohorts):
            raise InputError(
                Problem(
                    where,
                    f"{len(given)} results",
                    f"one result for all cohorts, or one for each of {len(cohorts)}: {', '.join(cohorts)}",
                    f"give {len(cohorts)} results in that order",
                )
            )
        return list(given)
    return [given] * len(cohorts)


def _levels(metric: MetricPlan, cohort: int, result: Any, where: str) -> tuple[float, float, float]:
    """Persons, treated and comparison level of one cohort's result."""
    if isinstance(result, Mapping):
        for key in result:
            if key not in LEVELS:
                raise InputError(Problem(where, key, f"keys {', '.join(LEVELS)}", nearest(str(key), LEVELS)))
        for key in ("treated", "comparison"):
            if key not in result:
                raise InputError(Problem(where, dict(result), "both levels, treated and comparison", f"add {key!r}"))
        return (
            _number(result.get("n", metric.persons[cohort]), f"{where}, n", "positive"),
            _number(result["treated"], f"{where}, treated", "not negative"),
            _number(result["comparison"], f"{where}, comparison", "not negative"),
        )
    improvement = _number(result, where, "any")
    treated = metric.mean * (1.0 + metric.sign * improvement)
    if treated < 0:
        raise InputError(
            Problem(
                where,
                result,
                "an improvement that leaves no fewer than zero events a person",
                "write 0.084 for 8.4 per cent",
            )
        )
    return float(metric.persons[cohort]), treated, metric.mean


def _number(value: Any, where: str, sign: Literal["any", "positive", "not negative"]) -> float:
    try:
        number = float("nan") if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    fits = {"any": True, "positive": number > 0, "not negative": number >= 0}[sign]
    if not (np.isfinite(number) and fits):
        rule = "a finite number" if sign == "any" else f"a finite number, {sign}"
        raise InputError(Problem(where, value, rule, "give the published figure as a decimal, as 0.084"))
    return number
