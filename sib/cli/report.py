"""`sib report`: a simulation as one page, to read on any screen and to print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import sib
from sib.cli.app import app
from sib.cli.options import LONG, PathsOption, ScenarioArgument, SeedOption, seed_of
from sib.cli.terminal import say


@app.command()
def report(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="The file to write; replaced where it exists.")],
    title: Annotated[str | None, typer.Option(help="By default the name of the scenario.")] = None,
    hurdle: Annotated[float | None, typer.Option(help="A rate of return a year to be reached, as in 0.05.")] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Write what investors risk, what payers pay, what drives it and where the figures come from as one page."""
    simulation = sib.simulate(sib.load(scenario), paths, rng=seed_of(seed), progress=paths >= LONG)
    sib.report(simulation, out, title=title, hurdle=hurdle)
    say(f"Written to {out}: {simulation!r}")
