"""`sib describe`, `schema`, `new`, `list` and `check`: scenarios themselves, of which nothing is simulated."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

import sib
from sib.cli.app import app
from sib.cli.options import ScenarioArgument
from sib.cli.terminal import say
from sib.errors import InputError, Problem, nearest
from sib.run.archive import write_first
from sib.scenario.scenario import json_schema
from sib.scenario.starters import STARTERS
from sib.show import checked, text


@app.command()
def describe(scenario: ScenarioArgument) -> None:
    """Print a scenario's contract as a term sheet in plain English."""
    say(sib.load(scenario).describe(), end="")


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that complete and check as you type."""
    say(json.dumps(json_schema(), indent=2))


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The TOML file to make; it must not exist yet.")],
    kind: Annotated[
        str, typer.Option(help="What is paid for: results of cohorts (cohort), items (rate-card), or a loan (loan).")
    ] = "cohort",
) -> None:
    """Make a commented starting scenario that runs as it stands."""
    if kind not in STARTERS:
        raise InputError(Problem("--kind", kind, f"one of: {', '.join(STARTERS)}", nearest(kind, STARTERS)))
    if os.path.lexists(file) or not write_first(file, STARTERS[kind].encode()):
        rule = "a file that does not exist yet: nothing is overwritten"
        raise InputError(Problem("FILE", str(file), rule, "give another name, or remove the old file"))
    say(f"Made {file}. Change it, then: sib check {file}, sib describe {file}, sib run {file}")


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios that ship with the library."""
    found = sib.scenarios()
    width = max(len(name) for name in found.index)
    for name, row in found.iterrows():
        say(f"{name!s:<{width}}  {row['title']}\n{'':<{width}}  {row['summary']}")


@app.command()
def check(
    scenario: ScenarioArgument,
    each: Annotated[bool, typer.Option("--all", help="Print each figure by itself, however many there are.")] = False,
) -> None:
    """Check a scenario: what is odd in it, and which figures have no source, by table."""
    loaded = sib.load(scenario)
    believed = ""
    if loaded.receipts_pay_costs_until is not None or loaded.beliefs.overruns:
        believed = text.as_believed(loaded, sib.expected_case(loaded))
    say(checked.page(scenario, loaded, believed, each=each))
