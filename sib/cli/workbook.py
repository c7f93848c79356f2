"""`sib workbook`: a settlement as a spreadsheet with live formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import sib
from sib.cli.app import app
from sib.cli.options import LONG, ScenarioArgument, SeedOption, checked_seed
from sib.cli.results import ResultOption, ResultsOption, measured_of
from sib.cli.terminal import say


@app.command()
def workbook(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(metavar="FILE.xlsx", help="The file to write; replaced where it exists.")],
    result: ResultOption = None,
    results: ResultsOption = None,
    paths: Annotated[int, typer.Option(help="Futures to simulate for two sheets of risk; none by default.")] = 0,
    seed: SeedOption = None,
) -> None:
    """Write a settlement as a workbook: change a result, and the cash moves. Without results, as all is believed."""
    checked_seed(seed)
    loaded = sib.load(scenario)
    measured = measured_of(loaded, result, results) if result or results is not None else None
    simulation = sib.simulate(loaded, paths, rng=seed, progress=paths >= LONG) if paths else None
    sib.workbook(loaded, out, measured=measured, simulation=simulation)
    said = "on the results given" if measured else "with all results as they are believed"
    say(f"Written to {out}: {loaded.name}, {said}. What is blue on the sheet Results may be changed.")
