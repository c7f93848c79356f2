"""Tables as files that open in a spreadsheet, in which nothing that a scenario names can become a formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet may take for the start of one


def to_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table; text that a spreadsheet could take for a formula gets an apostrophe in front, and stays text."""
    safe = table.map(_text)
    for axis in [axis for axis in (0, 1) if len(table.axes[axis])]:  # of none there is no text
        names = safe.axes[axis].map(lambda key: tuple(map(_text, key)) if isinstance(key, tuple) else _text(key))
        safe = safe.set_axis(names.set_names([_text(name) for name in safe.axes[axis].names]), axis=axis)
    safe.to_csv(file)


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    one_line = value.replace("\r", " ")  # which some programs take for the end of a row
    return f"'{one_line}" if value.startswith(_FORMULA) else one_line
