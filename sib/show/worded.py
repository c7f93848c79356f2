"""`Worded`: a table as people read it, rounded, with units in words: printed by a terminal, or shown on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sib.scenario.layout import table


@dataclass(frozen=True)
class Worded:
    """A table of words.

    Parameters
    ----------
    caption : str
        What it is about.
    heads : sequence of str
        The heading of each column.
    rows : sequence of sequence of str
        A cell a column.
    left : tuple of int
        The columns that hold words, from nought; all others hold figures.
    notes : sequence of str
        Sentences below it.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: tuple[int, ...] = (0,)
    notes: Sequence[str] = field(default_factory=tuple)

    def text(self) -> str:
        """As a terminal prints it, the caption in the place of the first heading.

        Examples
        --------
        >>> print(Worded("Each tranche", ["tranche", "loses money"], [["senior", "2.0%"]]).text())
        Each tranche  loses money
        ------------  -----------
        senior               2.0%
        """
        return table([list(row) for row in self.rows], [self.caption, *self.heads[1:]], self.left)
