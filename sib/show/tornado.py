"""What `sib tornado` prints: how far each input by itself moves a figure, and what could not be looked at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from sib.analysis.decide.measure import label_of
from sib.scenario import layout
from sib.show.text import UNITS, error_of_difference, figure, number

if TYPE_CHECKING:
    import pandas as pd

_TAKEN: Final = {"given": "given", "file": "the file's", "ten per cent": "10% either way"}


def page(table: pd.DataFrame, paths: int, seed: int) -> str:
    """A tornado as a table, the longest bar first; what has none stands below, with the reason."""
    first, bars = table.iloc[0], table[table["difference"].notna()]
    unit = str(first["measure_unit"])
    measured = label_of(str(first["measure"]))
    base, error = (figure(first[key], unit) for key in ("at_base", "at_base_mcse"))
    heads = ["input", "from", "to", "range", "least", "where", "most", "where", "difference", "std error"]
    body = [
        [
            f"{path} ({row['unit']})" if row["unit"] else str(path),
            *(number(row[end]) for end in ("low", "high")),
            _TAKEN[row["range"]],
            *(cell for name in ("least", "most") for cell in (figure(row[name], unit), _where(row, name))),
            figure(row["difference"], unit),
            error_of_difference(row.to_dict(), unit),
        ]
        for path, row in bars.iterrows()
    ]
    parts = [f"{measured}. Base case: {base} {UNITS.get(unit, unit)} (standard error {error})"]
    parts += [layout.table(body, heads, (0, 3))] if body else []
    parts += _refused(table)
    parts.append(
        "Each input moves by itself, the others as in the file. The standard error is the difference's own.\n"
        f"(Brackets: not at an end of the range.) {paths:,} futures; the same again: --seed {seed}."
    )
    return "\n\n".join(parts)


def taken_from(range_: str) -> str:
    """Where the range of an input comes from, in words."""
    return _TAKEN[range_]


def _where(row: pd.Series[Any], name: str) -> str:
    place = float(row[f"{name}_at"])
    if math.isnan(place):
        return "-"
    return number(place) if place in (row["low"], row["high"]) else f"({number(place)})"


def _refused(table: pd.DataFrame) -> list[str]:
    rows = table.loc[table["refused"] != "", "refused"]
    lines = [layout.item(f"{path}: {why}") for path, why in rows.items()]
    return ["\n".join(["NOT LOOKED AT", *lines])] if lines else []
