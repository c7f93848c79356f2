"""`narrowed`: ranges of the file as far as the rules of scenarios allow its figures to move together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sib.analysis.decide.inputs import Input
from sib.analysis.decide.space import Space
from sib.arrays import Floats
from sib.errors import Problem

_HALVINGS = 10  # so an end is known to a thousandth of its way from the base


@dataclass(frozen=True)
class Moved:
    """An input and the range over which it moves.

    Parameters
    ----------
    of : Input
        What moves.
    low, high : float
        From where to where.
    refused : str
        Which rule refuses the rest of the file's range, and what that is; empty where it is all of it.
    """

    of: Input
    low: float
    high: float
    refused: str = ""

    @property
    def moves(self) -> bool:
        """Whether there is more than one value left."""
        return math.ceil(self.low) < math.floor(self.high) if self.of.whole else self.low < self.high

    def at(self, share: Floats) -> Floats:
        """The input where it has gone a share of the way from the low end of its range to the high one."""
        if not self.of.whole:
            return self.low + share * (self.high - self.low)
        first, last = math.ceil(self.low), math.floor(self.high)
        found: Floats = first + (share * (last - first + 1)) // 1
        return found


def narrowed(space: Space, moved: Sequence[Moved], point: Sequence[float], problem: Problem) -> list[Moved]:
    """The ranges without a point that is refused.

    Of the point as many figures go back to the base case as can while it is still refused. The ends towards which the
    others lie are those that break the rule together: all are drawn in by the same share of their way from the base,
    by as little as a rule allows where they meet.

    Raises
    ------
    InputError
        Where the base case is not within the ranges, and they cannot be drawn in towards it.
    """
    base = [one.of.base for one in moved]
    together = list(point)
    for number, value in enumerate(base):
        without = [*together[:number], value, *together[number + 1 :]]
        together = together if space.valid(without) else without
    breaking = {number: together[number] > value for number, value in enumerate(base) if together[number] != value}
    ends = {number: moved[number].high if up else moved[number].low for number, up in breaking.items()}
    far = ends if not space.valid(_at(base, ends, moved, 1.0)) else {number: together[number] for number in ends}
    share, refused = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (share + refused) / 2
        share, refused = (middle, refused) if space.valid(_at(base, far, moved, middle)) else (share, middle)
    ends = dict(enumerate(_at(base, ends, moved, share)))
    found = list(moved)
    for number, up in breaking.items():
        one, end = moved[number], ends[number]
        said = one.refused or f"narrowed from {one.low:.10g} to {one.high:.10g}: {problem.where}: {problem.rule}"
        found[number] = replace(one, high=end, refused=said) if up else replace(one, low=end, refused=said)
    return found


def _at(base: Sequence[float], ends: dict[int, float], moved: Sequence[Moved], share: float) -> list[float]:
    """The base case with some inputs gone a share of their way to an end; one that counts, by whole steps."""
    found = list(base)
    for number, end in ends.items():
        step = share * (end - base[number])
        found[number] += math.trunc(step) if moved[number].of.whole else step
    return found
