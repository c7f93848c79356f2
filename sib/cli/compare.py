"""`sib compare`: scenarios, or the cases of one, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sib
from sib.analysis.figures import FIGURES
from sib.analysis.summary import unit_of
from sib.cli.app import app
from sib.cli.options import LONG, PathsOption, SeedOption, seed_of
from sib.cli.terminal import say
from sib.errors import InputError, Problem
from sib.scenario import layout
from sib.show import text

if TYPE_CHECKING:
    import pandas as pd


@app.command()
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="NAME_OR_FILE...", help="Two or more scenarios; one with --cases.")
    ],
    cases: Annotated[bool, typer.Option("--cases", help="One scenario in each of its cases.")] = False,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Put scenarios side by side on the same simulated futures; differences are from the first."""
    seed = seed_of(seed)
    loaded = _cases_of(scenarios) if cases else _each_of(scenarios)
    table = sib.compare(loaded, paths, rng=seed, progress=paths >= LONG)
    first = next(iter(loaded))
    say(_side_by_side(table, loaded[first].currency))
    say(f"\nDifferences are from {first}; the standard error is the difference's own.")
    say("Rows on the multiple and on losses are over paths on which capital was drawn, rows on the IRR, but for that")
    say(f"of the expected cash, over those that have one. {paths:,} futures; the same again: --seed {seed}.")


def _each_of(scenarios: list[str]) -> dict[str, sib.Scenario]:
    """Scenarios by what they are called in a table: a file by its name, where no other has it."""
    names = [Path(name).stem if name.endswith(".toml") else name for name in scenarios]
    labels = [name if names.count(name) == 1 else full for name, full in zip(names, scenarios, strict=True)]
    if len(set(labels)) < len(labels) or len(labels) < 2:
        raise InputError(
            Problem("scenarios", " ".join(scenarios), "two or more different scenarios", "name each of them once")
        )
    return {label: sib.load(name) for label, name in zip(labels, scenarios, strict=True)}


def _cases_of(scenarios: list[str]) -> dict[str, sib.Scenario]:
    """One scenario in each of its cases."""
    if len(scenarios) > 1:
        rule = "one scenario, whose cases are compared"
        raise InputError(Problem("--cases", " ".join(scenarios), rule, "name one, or leave --cases out"))
    found = sib.load(scenarios[0]).by_case()
    if len(found) < 2:
        remedy = "add [[cases]] to the file, each with a name and changes by path"
        raise InputError(Problem("--cases", scenarios[0], "a scenario that has cases", remedy))
    return found


def _side_by_side(table: pd.DataFrame, currency: str) -> str:
    names = list(dict.fromkeys(table.columns.get_level_values(0)))
    heads = ["", *[names[0], *[head for name in names[1:] for head in (name, "difference", "std error")]], "unit"]
    body = []
    for measure, row in table.iterrows():
        unit = unit_of(str(measure), currency)
        cells = [FIGURES[str(measure)].label, text.figure(row[names[0], "estimate"], unit)]
        for name in names[1:]:
            cells += [text.figure(row[name, key], unit) for key in ("estimate", "difference")]
            cells.append(text.error_of_difference(row[name], unit))
        body.append([*cells, text.UNITS.get(unit, unit)])
    return layout.table(body, heads, (0, len(heads) - 1))
