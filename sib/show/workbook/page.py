"""`Page`: what stands on a sheet, cell by cell, before it is written. Knows places and styles, and no deal."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from sib.analysis.derivation.number import Derived
from sib.settlement.book import Amount
from sib.show.workbook.formulas import Cell, span

_Words = Literal["title", "note", "head", "head of figures", "text", "fine", "wrapped", "plan", "date", "verdict"]
_Figures = Literal["money", "number", "share", "put in", "put in share", "put in part", "multiple", "fixed"]
Style = _Words | _Figures


class Formula(NamedTuple):
    """A formula as it is written, and what it comes to now."""

    text: str
    value: float | str | bool

    def less(self, other: Formula) -> Formula:
        """It less another; both are numbers."""
        return Formula(f"{self.text}-{other.text[1:]}", float(self.value) - float(other.value))


Content = str | float | dt.date | Derived | Formula | None


def plain(amount: Amount | None) -> Content:
    """An amount as a cell can hold it: a formula to be, or a number."""
    if amount is None or isinstance(amount, Derived):
        return amount
    value = float(np.asarray(amount).item())
    return value if math.isfinite(value) else ""


def value_of(amount: Amount | None) -> float:
    """What an amount comes to on the results given."""
    if amount is None:
        return 0.0
    return amount.value if isinstance(amount, Derived) else float(np.asarray(amount).item())


class Placed(NamedTuple):
    """What stands in a cell."""

    row: int
    column: int
    content: Content
    style: Style


@dataclass
class Page:
    """A sheet.

    Parameters
    ----------
    name : str
        In one word, which needs no quotes in a formula.
    about : str
        What it is for, in a sentence: stands on top.
    heads : sequence of (str, float, Style)
        Of each column the heading, the width in characters and the style of what stands in it.
    named_by : int
        The column that says what a row is about.
    printed : int, optional
        How many columns are printed; all by default.
    protected : bool
        Whether only what is put in may be changed, until the protection is taken off: there is no password.
    first : int
        The first row below the headings, from nought.
    """

    name: str
    about: str
    heads: Sequence[tuple[str, float, Style]]
    named_by: int = 0
    printed: int | None = None
    protected: bool = False
    placed: list[Placed] = field(default_factory=list)
    first: int = 4
    rows: int = 0

    def put(self, row: int, column: int, content: Content, style: Style | None = None) -> Cell:
        """Put something into a cell; returns which."""
        self.placed.append(Placed(row, column, content, self.heads[column][2] if style is None else style))
        self.rows = max(self.rows, row - self.first + 1)
        return Cell(self.name, row, column)

    def add(self, contents: Iterable[Content], styles: Mapping[int, Style] | None = None) -> int:
        """Put something into each cell of the next row; returns its number."""
        row, styles = self.first + self.rows, styles or {}
        self.rows += 1
        for column, content in enumerate(contents):
            if isinstance(content, Derived) or content not in (None, ""):
                self.put(row, column, content, styles.get(column))
        return row

    @property
    def last(self) -> int:
        """The last row; the first where there is none, so that a range is never empty."""
        return self.first + max(self.rows, 1) - 1

    def column(self, column: int) -> str:
        """A column, from the first row to the last, as a range."""
        return span(self.name, column, self.first, self.last)

    def derived(self) -> Iterator[tuple[Cell, Derived]]:
        """Where numbers stand that are derived."""
        for one in self.placed:
            if isinstance(one.content, Derived):
                yield Cell(self.name, one.row, one.column), one.content
