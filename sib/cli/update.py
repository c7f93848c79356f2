"""`sib update`: a deal in mid-contract, and the tables and pictures of its forecast."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import sib
from sib.analysis.evidence.claims import claims_in_file
from sib.cli.app import app
from sib.cli.options import (
    LONG,
    OutOption,
    PathsOption,
    ScenarioArgument,
    SeedOption,
    YearStartsOption,
    checked_seed,
    year_of,
)
from sib.cli.out import file_names, make_folder, write
from sib.cli.terminal import say
from sib.errors import InputError, Problem
from sib.run.recipe import Deal
from sib.show import updated


@app.command()
def update(
    scenario: ScenarioArgument,
    results: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="A CSV file of the results so far, as for `sib settle --results`, or a table of metrics by periods.",
        ),
    ],
    through: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The last day that is counted, where the last period is not over."),
    ] = None,
    year_starts: YearStartsOption = "04-01",
    out: OutOption = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Update a deal in mid-contract: what to believe now, what to expect, what is at stake, and each payer's bill."""
    checked_seed(seed)
    loaded = sib.load(scenario)
    starts = year_of(year_starts)
    claims = claims_in_file(Deal.of(loaded).model, results)
    if out is not None:
        make_folder(out)
    found = sib.update(
        loaded, claims, through=_date("--through", through), paths=paths, rng=seed, progress=paths >= LONG
    )
    forecast = found.forecast(year_starts=starts)
    say(updated.page(found, forecast))
    if out is not None:
        names = file_names("forecast", list(updated.counted(forecast)))
        pictures = {file: partial(sib.plot.forecast, found, metric) for file, metric in names.items()}
        say(f"\nWritten to {out}: {', '.join(write(updated.tables(found, forecast), pictures, out))}")


def _date(option: str, words: str | None) -> dt.date | None:
    """A date as it is written on the command line."""
    try:
        return None if words is None else dt.date.fromisoformat(words)
    except ValueError:
        raise InputError(Problem(option, words, "a date as YYYY-MM-DD", "write, for example, 2027-08-15")) from None
