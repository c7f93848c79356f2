"""`sib tornado`: how far each input moves a figure."""

from __future__ import annotations

from typing import Annotated

import typer

import sib
from sib.cli.app import app
from sib.cli.options import LONG, MeasureOption, PathsOption, ScenarioArgument, SeedOption, seed_of
from sib.cli.terminal import say
from sib.errors import InputError, Problem
from sib.scenario.paths import apart
from sib.show import tornado as tornado_page


@app.command()
def tornado(
    scenario: ScenarioArgument,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="PATH=LOW,HIGH",
            help="An input and its range; PATH alone for the file's own range, or 10% either way. Give it once for each"
            " input. * stands for a step of a path or a part of one, and several paths with a comma between them move"
            " together: by a factor. A name that holds a comma or = stands in quotes. Without it, every figure to which"
            " the file gives a range.",
        ),
    ] = None,
    measure: MeasureOption = "loss_probability",
    tranche: Annotated[str | None, typer.Option(help="Of one tranche; of all by default.")] = None,
    payer: Annotated[str | None, typer.Option(help="Of what one payer pays; of all by default.")] = None,
    points: Annotated[int, typer.Option(help="At how many points of its range each input is looked at.")] = 5,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """How far each input by itself moves a figure, over its range."""
    seed = seed_of(seed)
    table = sib.tornado(
        sib.load(scenario),
        dict(map(_range, ranges)) if ranges else None,
        measure=measure,
        tranche=tranche,
        payer=payer,
        points=points,
        paths=paths,
        rng=seed,
        progress=paths >= LONG,
    )
    say(tornado_page.page(table, paths, seed))


def _range(words: str) -> tuple[str | tuple[str, ...], tuple[float, float] | None]:
    """An input and its range, as they are written on the command line."""
    *before, ends = apart(words, "=")
    names = "=".join(before) if before else ends
    paths = tuple(name.strip() for name in apart(names, ","))
    try:
        pair = tuple(float(end.replace("_", "")) for end in ends.split(",")) if before else None
    except ValueError:
        pair = ()
    if pair is not None and len(pair) != 2:
        rule = "PATH=LOW,HIGH, two numbers without thousands commas"
        raise InputError(Problem("--range", words, rule, 'write, for example, --range "tranches.*.interest=0.9,1.1"'))
    return paths[0] if len(paths) == 1 else paths, pair
