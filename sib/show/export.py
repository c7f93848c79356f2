"""Tables as files that open in a spreadsheet, in which nothing that a scenario names can become a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sib.analysis.cells import as_cell

if TYPE_CHECKING:
    import pandas as pd


def csv_of(table: pd.DataFrame) -> str:
    """A table as the text of a CSV file: what a spreadsheet could take for a formula stays text, as `as_cell` says."""
    safe = table.map(_cell)
    for axis in [axis for axis in (0, 1) if len(table.axes[axis])]:  # of none there is no text
        names = safe.axes[axis].map(lambda key: tuple(map(_cell, key)) if isinstance(key, tuple) else _cell(key))
        safe = safe.set_axis(names.set_names([_cell(name) for name in safe.axes[axis].names]), axis=axis)
    return safe.to_csv(lineterminator="\n")


def _cell(value: Any) -> Any:
    return as_cell(value) if isinstance(value, str) else value
