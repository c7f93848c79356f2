"""`sib settle`: who pays whom on measured results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import sib
from sib.analysis import written
from sib.cli.app import app
from sib.cli.options import ScenarioArgument
from sib.errors import InputError, Problem
from sib.run.recipe import Deal
from sib.show import statement, text


@app.command()
def settle(
    scenario: ScenarioArgument,
    result: Annotated[
        list[str] | None,
        typer.Option(
            help="METRIC=VALUE, or METRIC=[VALUE, VALUE] with one a cohort or period; METRIC.points=VALUE says what"
            " the value is (improvement, points, units or level). METRIC may stand in quotes. No comma stands in a"
            " value. Give it once for each metric. One value is the result over all; units in all are spread over the"
            " periods as the file's beliefs expect."
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A CSV file with a row a result: columns metric and value, and any of cohort or period (empty for the"
            " result over all), n, standard_error, reads.",
        ),
    ] = None,
) -> None:
    """Settle a scenario on measured results: each claim, who pays whom, and what each tranche makes of it."""
    loaded = sib.load(scenario)
    model = Deal.of(loaded).model
    measured = written.of_words(result or [], model)
    for name, given in (written.of_file(model, results) if results is not None else {}).items():
        if name in measured:
            rule = "the results of a metric in one place"
            raise InputError(Problem("--result", name, rule, f"leave it out, or out of {results}"))
        measured[name] = given
    ledger = sib.settle(loaded, measured)
    if measured:
        print(f"{statement.read(loaded, model, measured)}\n")
    print(f"{statement.statement(loaded, ledger)}\n")
    print(text.settlement(loaded, ledger))
