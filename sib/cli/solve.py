"""`sib solve`: the value of an input at which a measure meets a target."""

from __future__ import annotations

from typing import Annotated

import typer

import sib
from sib.analysis import written
from sib.cli.app import app
from sib.cli.options import LONG, MeasureOption, PathsOption, ScenarioArgument, SeedOption, seed_of
from sib.cli.terminal import say
from sib.run.recipe import Deal
from sib.show import solved


@app.command()
def solve(
    scenario: ScenarioArgument,
    vary: Annotated[
        list[str],
        typer.Option(help="The path of a figure, or a pattern with *; several move together by one factor."),
    ],
    target: Annotated[float, typer.Option(help="What the measure is to be: a decimal (0.05 for 5%), or money.")],
    measure: MeasureOption = "expected_cash_irr",
    within: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="Between which values to look; by default the file's own range."),
    ] = None,
    tranche: Annotated[str | None, typer.Option(help="Of one tranche; by default of all.")] = None,
    payer: Annotated[str | None, typer.Option(help="Of what one payer pays; by default of all.")] = None,
    points: Annotated[int, typer.Option(help="How many values are scanned for roots.")] = 9,
    result: Annotated[
        list[str] | None,
        typer.Option(help="METRIC=VALUE, as for `sib settle`: settles measured results and simulates nothing."),
    ] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Find the value of an input at which a measure meets a target."""
    seed = seed_of(seed)
    loaded = sib.load(scenario)
    measured = written.of_words(result, Deal.of(loaded).model) if result else None
    found = sib.solve(
        loaded,
        vary,
        target,
        measure=measure,
        within=within,
        tranche=tranche,
        payer=payer,
        points=points,
        results=measured,
        paths=paths,
        rng=seed,
        progress=paths >= LONG,
    )
    say(solved.page(found))
    if measured is None:
        say(f"{paths:,} futures; the same again: --seed {seed}.")
