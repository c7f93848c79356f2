"""What `sib.solve` found, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sib.scenario import layout
from sib.show import text

if TYPE_CHECKING:
    import pandas as pd

DECIMALS: Final = {"probability": "% of paths", "a year": "% a year", "share of capital drawn": "% of capital drawn"}


def figure(value: float, unit: str) -> str:
    """A measure as text, to a digit more than in a summary: a target is exact.

    Examples
    --------
    >>> figure(0.0315, "a year"), figure(0.45, "probability"), figure(6_930_578.5, "GBP")
    ('3.15%', '45%', 'GBP 6,930,578')
    """
    if unit in DECIMALS:
        return f"{round(100 * value, 2) + 0.0:g}%"
    return f"{value:.4g}" if unit == "times capital drawn" else f"{unit} {text.figure(value, unit)}"


def number(value: float, digits: int = 6) -> str:
    """A value of an input, to six digits and to whole units at least.

    Examples
    --------
    >>> number(13719.9137), number(0.0843127), number(9_465_290.3), number(float("inf"))
    ('13,719.9', '0.0843127', '9,465,290', '-')
    """
    if not math.isfinite(value):
        return "-"
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0) if value else 0
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def place(row: Mapping[Any, Any]) -> str:
    """Where a root is, in few words."""
    if row["direction"] in ("flat", "gap"):
        what = "at the target" if row["direction"] == "flat" else "no figure between its sides"
        return f"{what}: {number(row['low'])} to {number(row['high'])}"
    return f"{'jumps over it at' if row['jump'] else 'met at'} {number(row['value'])}"


def page(table: pd.DataFrame) -> str:
    """All roots with their errors, and what the measure does at each."""
    about = table.attrs
    unit = about["measure_unit"]
    rows = [
        [
            number(row["value"]),
            number(row["mcse"], 2),
            number(row["low"]),
            number(row["high"]),
            _what(row, unit),
        ]
        for row in table.to_dict("records")
    ]
    said = f"{about['measure']} is {figure(about['target'], unit)} where {about['vary']} ({about['unit']}) is"
    heads = ["value", "std error", "from", "to", "what the measure does there"]
    parts = [
        about["name"],
        layout.paragraph(f"{said}:"),
        layout.table(rows, heads, (4,)),
        layout.paragraph(_scanned(table)),
    ]
    return "\n\n".join(parts)


def _what(row: Mapping[Any, Any], unit: str) -> str:
    """What the measure does at a root."""
    sides = f"from {figure(row['left'], unit)} to {figure(row['right'], unit)}"
    if row["direction"] == "flat":
        return "stays at the target"
    if row["direction"] == "gap":
        return f"has no figure; its sides go {sides}"
    if row["jump"]:
        return f"jumps {sides}; no value meets the target"
    return f"{'rises' if row['direction'] == 'rising' else 'falls'} through the target"


def _scanned(table: pd.DataFrame) -> str:
    """Which values were looked at, and at which of them the measure is not given."""
    scan = table.attrs["scan"]
    points = list(zip(scan["value"], scan["estimate"], scan["given"], strict=True))
    said = f"Scanned: {len(points)} values from {number(points[0][0])} to {number(points[-1][0])}."
    missing = [(value, given) for value, estimate, given in points if math.isnan(estimate)]
    if missing:
        values = ", ".join(number(value) for value, _ in missing)
        said += f" No figure at {values} ({missing[0][1]})."
    return said
