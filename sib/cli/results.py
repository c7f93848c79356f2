"""Measured results on the command line: the options that take them, for all commands that settle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import sib
from sib.analysis import written
from sib.errors import InputError, Problem
from sib.run.recipe import Deal

ResultOption = Annotated[
    list[str] | None,
    typer.Option(
        help="METRIC=VALUE, or METRIC=[VALUE, VALUE] with one a cohort or period; METRIC.points=VALUE says what"
        " the value is (improvement, points, units or level). METRIC may stand in quotes. No comma stands in a"
        " value. Give it once for each metric. One value is the result over all; units in all are spread over the"
        " periods as the file's beliefs expect."
    ),
]
ResultsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A CSV file with a row a result: columns metric and value, and any of cohort or period (empty for the"
        " result over all), n, standard_error, reads.",
    ),
]


def measured_of(scenario: sib.Scenario, result: Sequence[str] | None, results: Path | None) -> dict[str, Any]:
    """What was measured, as `settle` takes it.

    Raises
    ------
    InputError
        Where it cannot be read, or a metric has results in both.
    """
    model = Deal.of(scenario).model
    measured = written.of_words(result or [], model)
    for name, given in (written.of_file(model, results) if results is not None else {}).items():
        if name in measured:
            rule = "the results of a metric in one place"
            raise InputError(Problem("--result", name, rule, f"leave it out, or out of {results}"))
        measured[name] = given
    return measured
