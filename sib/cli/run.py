"""`sib run`: what investors risk, and the tables and pictures of a simulation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sib
from sib.analysis.payoff import readable
from sib.cli.app import app
from sib.cli.options import LONG, OutOption, PathsOption, ScenarioArgument, SeedOption, checked_seed
from sib.cli.out import file_names, make_folder, write
from sib.cli.terminal import say, say_of_errors
from sib.show import text

if TYPE_CHECKING:
    import pandas as pd


@app.command()
def run(
    scenario: ScenarioArgument,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
    out: OutOption = None,
    resume: Annotated[
        Path | None, typer.Option(help="A folder that keeps what is finished, so that a run can be stopped and go on.")
    ] = None,
) -> None:
    """Simulate a scenario and print what investors risk."""
    checked_seed(seed)
    loaded = sib.load(scenario)
    if out is not None:
        make_folder(out)
    try:
        simulation = sib.simulate(loaded, paths, rng=seed, progress=paths >= LONG, resume=resume)
    except sib.Interrupted as stopped:
        say_of_errors(f"\n{stopped}")
        raise typer.Exit(130) from None
    say(text.report(simulation))
    if out is not None:
        say(f"\nWritten to {out}: {', '.join(_files(simulation, out))}")


def _files(simulation: sib.Simulation, folder: Path) -> list[str]:
    """Write tables and pictures into a folder; returns the files' names."""
    tables: dict[str, pd.DataFrame] = {
        "summary.csv": simulation.summary(),
        "ledger_mean.csv": simulation.ledger().to_frame().set_index("date"),
        "assumptions.csv": simulation.scenario.assumptions(),
    }
    capital = bool(simulation.scenario.tranches)
    if capital:
        tables["position.csv"] = simulation.position()
    if len(simulation.scenario.tranches) > 1:
        tables["tranches.csv"] = simulation.tranches()
    pictures: dict[str, Callable[..., object]] = {
        **_payoffs(simulation),
        **{f"returns_{of}.png": partial(sib.plot.returns, simulation, of) for of in ("multiple", "irr") if capital},
    }
    if capital:
        pictures["cash.png"] = partial(sib.plot.cash, simulation)
    return write(tables, pictures, folder)


def _payoffs(simulation: sib.Simulation) -> dict[str, Callable[..., object]]:
    """A payoff picture for each metric that the contract reads, by the name of its file."""
    read = readable(simulation.futures.deal)
    if len(read) == 1:
        return {"payoff.png": partial(sib.plot.payoff, simulation)}
    files = file_names("payoff", read)
    return {file: partial(sib.plot.payoff, simulation, metric) for file, metric in files.items()}
