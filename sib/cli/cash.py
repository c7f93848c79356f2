"""`sib cash` and `sib budget`: cash by period, of any party and of those who pay for outcomes."""

from __future__ import annotations

from typing import Annotated, cast

import typer

import sib
from sib.analysis.cash import By
from sib.cli.app import app
from sib.cli.options import (
    LONG,
    PathsOption,
    ScenarioArgument,
    SeedOption,
    YearStartsOption,
    checked_seed,
    day_of,
    year_of,
)
from sib.cli.terminal import say
from sib.show import cash_text


@app.command()
def cash(
    scenario: ScenarioArgument,
    party: Annotated[
        str | None,
        typer.Argument(metavar="PARTY", help='Whose: a payer, a tranche, ... After "--" where it begins with a dash.'),
    ] = None,
    freq: Annotated[
        str, typer.Option(help="ME, QE, YE, ..., or MM-DD for financial years that begin on that day.")
    ] = "QE",
    by: Annotated[str | None, typer.Option(help="Split by kind (of movement) or party (on the other side).")] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Print a party's cash by period: quantiles and mean."""
    checked_seed(seed)
    simulation = sib.simulate(sib.load(scenario), paths, rng=seed, progress=paths >= LONG)
    found = simulation.cash(party or "", freq=day_of(freq) or freq, by=cast(By | None, by))  # checked there
    say(cash_text.cash(simulation, str(party), found))


@app.command()
def budget(
    scenario: ScenarioArgument,
    payer: Annotated[str | None, typer.Option(help="Whose bill; by default each payer's by itself.")] = None,
    year_starts: YearStartsOption = "04-01",
    above: Annotated[float | None, typer.Option(help="A budget for each year: how likely it is exceeded.")] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Print what each outcome payer's bill comes to in each financial year, and in all."""
    checked_seed(seed)
    day = year_of(year_starts)
    simulation = sib.simulate(sib.load(scenario), paths, rng=seed, progress=paths >= LONG)
    say(cash_text.budget(simulation, simulation.budget(year_starts=day, payer=payer, above=above)))
