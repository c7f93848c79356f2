"""How text is set out on a page: lines that wrap with their figures whole, and tables. Knows nothing of a contract."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Final

WIDTH: Final = 100  # characters of a line
_TABLE: Final = "    "  # what a table's lines begin with
_LEAST: Final = 12  # characters that a column of text is left with
# between a figure and its unit, and in a date
_FIGURE: Final = re.compile(r"(?<=\b[A-Z]{3}) (?=\d)|(?<=\d) (?=[A-Za-z])|(?<=[a-z]) (?=\d{4}\b)")


def item(text: str) -> str:
    r"""One item of a list: its sentences wrapped under a dash, the lines of its tables as they are.

    Examples
    --------
    >>> print(item("`early`: it pays by the level:\n    level  pays\nNothing is owed."))
    - `early`: it pays by the level:
        level  pays
      Nothing is owed.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(_TABLE):
            lines.append(line)
        else:
            lines += _wrapped(line, "- " if not lines else "  ")
    return "\n".join(lines)


def paragraph(text: str) -> str:
    """Sentences wrapped from the margin."""
    return "\n".join(_wrapped(text, ""))


def within(rows: list[list[str]], heads: list[str], left: Iterable[int] = (0,)) -> str:
    """A table as a part of an item: on lines of its own, no wider than the page."""
    return "\n" + textwrap.indent(table(rows, heads, tuple(left), WIDTH - len(_TABLE)), _TABLE) + "\n"


def table(rows: list[list[str]], heads: list[str], left: tuple[int, ...] = (0,), width: int | None = None) -> str:
    """Columns of text, numbers to the right; the columns in `left` to the left, wrapped where it is wider than `width`.

    Examples
    --------
    >>> print(table([["moves in", "GBP 500"]], ["item", "price"]))
    item        price
    --------  -------
    moves in  GBP 500
    """
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    while width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        widest = max(left, key=lambda i: widths[i])
        if widths[widest] <= _LEAST:
            break
        widths[widest] -= 1

    def lines(cells: list[str]) -> list[str]:
        folded = [_folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
        found = []
        for number in range(max(map(len, folded))):
            parts = [cell[number] if number < len(cell) else "" for cell in folded]
            parts = [
                p.ljust(w) if i in left else p.rjust(w) for i, (p, w) in enumerate(zip(parts, widths, strict=True))
            ]
            found.append("  ".join(parts).rstrip())
        return found

    body = [line for row in rows for line in lines(row)]
    return "\n".join([*lines(heads), "  ".join("-" * width for width in widths), *body])


def _folded(cell: str, width: int) -> list[str]:
    return [cell] if len(cell) <= width else textwrap.wrap(cell, width, break_on_hyphens=False)


def _wrapped(text: str, first: str) -> list[str]:
    """Lines of a paragraph, none of which ends between a figure and its unit."""
    whole = _FIGURE.sub("\u00a0", text)
    lines = textwrap.wrap(
        whole,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\u00a0", " ") for line in lines]
