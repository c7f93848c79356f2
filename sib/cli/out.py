"""Tables and pictures in a folder, for the commands that have `--out`; what is in them the command says."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sib.errors import InputError, Problem
from sib.run.archive import write_whole
from sib.show.export import csv_of

if TYPE_CHECKING:
    import pandas as pd


def make_folder(folder: Path) -> None:
    """Make the folder before any work is done, so that none is lost where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = f"choose another ({error.strerror})"
        raise InputError(Problem("--out", str(folder), "a folder that can be written to", remedy)) from None


def write(tables: Mapping[str, pd.DataFrame], pictures: Mapping[str, Callable[..., object]], folder: Path) -> list[str]:
    """Write files by their names; returns these."""
    from matplotlib.figure import Figure

    for name, table in tables.items():
        write_whole(folder / name, csv_of(table).encode())
    for name, draw in pictures.items():
        figure, memory = Figure(figsize=(8, 4.8), layout="constrained"), io.BytesIO()
        draw(ax=figure.subplots())
        figure.savefig(memory, format="png", dpi=150)
        write_whole(folder / name, memory.getvalue())
    return [*tables, *pictures]


def file_names(what: str, metrics: Sequence[str]) -> dict[str, str]:
    """Metrics by the name of the picture of each, in letters that every file system takes."""
    names: dict[str, str] = {}
    for number, metric in enumerate(metrics):
        name = re.sub(r"[^A-Za-z0-9]+", "_", metric).strip("_") or str(number)
        while f"{what}_{name}.png" in names:
            name += f"_{number}"
        names[f"{what}_{name}.png"] = metric
    return names
