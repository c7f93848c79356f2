"""What several commands ask for: arguments and options as types, and what is made of the words given for them."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Annotated

import typer

from sib.errors import InputError, Problem

LONG = 500_000  # paths from which a progress bar is shown

ScenarioArgument = Annotated[str, typer.Argument(metavar="NAME_OR_FILE", help="A shipped scenario, or a TOML file.")]
PathsOption = Annotated[int, typer.Option(help="How many futures to simulate.")]
SeedOption = Annotated[int | None, typer.Option(help="A whole number: the same one gives the same futures.")]
OutOption = Annotated[Path | None, typer.Option(help="A folder for the tables (CSV) and pictures (PNG).")]
MeasureOption = Annotated[str, typer.Option(help="A figure of the summary.")]
YearStartsOption = Annotated[str, typer.Option(metavar="MM-DD", help="On which day financial years begin.")]


def checked_seed(seed: int | None) -> int | None:
    """A seed, or none, as it was given."""
    if seed is not None and seed < 0:
        raise InputError(Problem("--seed", seed, "a whole number from 0 up", "write, for example, --seed 2010"))
    return seed


def seed_of(seed: int | None) -> int:
    """A seed that can be printed: the one given, or a new one."""
    given = checked_seed(seed)
    return secrets.randbits(32) if given is None else given


def day_of(text: str) -> tuple[int, int] | None:
    """A month and a day, where a text is one."""
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text)
    return None if found is None else (int(found[1]), int(found[2]))


def year_of(starts: str) -> tuple[int, int]:
    """The day on which financial years begin, as it is written on the command line."""
    day = day_of(starts)
    if day is None:
        raise InputError(Problem("--year-starts", starts, "a month and a day", "write, for example, 04-01"))
    return day
