"""Evaluates a schedule over arrays. Where a level counts as reached is decided here, for thresholds and jumps alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.terms.base import TIE
from sib.terms.levels import End
from sib.terms.schedule import Schedule

_FEW = 16  # edges that are sooner compared with one by one than searched


def tie(level: float) -> float:
    """How close to a level a result counts as equal to it."""
    return TIE * max(1.0, abs(level))


def reached(value: Floats, level: float, end: End = "at_least") -> NDArray[np.bool_]:
    """Whether values lie on the right side of an end of a range; what is at a level is at it up to rounding."""
    match end:
        case "at_least":
            return value >= level - tie(level)
        case "above":
            return value > level + tie(level)
        case "up_to":
            return value <= level + tie(level)
        case "below":
            return value < level - tie(level)


@dataclass(frozen=True)
class Curve:
    """A schedule compiled for arrays: piece i is ``y[i] + slope[i] * (x - x[i])`` from ``edge[i]`` on.

    The first piece holds below all edges too. How far ``x - x[i]`` can be is from `least` to `most`: nowhere on a flat
    piece, of which infinity is a part, and not below zero on any but the first.
    """

    edge: Floats
    x: Floats
    y: Floats
    slope: Floats
    least: Floats
    most: Floats
    straight: bool  # one line and no jump, as a price for each unit is

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        """Compile a schedule."""
        knots = schedule.knots()
        x, y = np.array(knots.x), np.array(knots.y)
        width, rise = np.diff(x), np.diff(y)
        slope = np.divide(rise, width, out=np.zeros_like(rise), where=width > 0)
        ties = np.array([tie(level) for level in knots.x])
        jump = np.zeros(len(x), dtype=bool)
        jump[1:] |= width == 0
        jump[:-1] |= width == 0
        edge = np.where(np.array(knots.strict), x + ties, np.where(jump, x - ties, x))
        last = slope[-1:] if knots.extended else np.zeros(1)
        first = slope[:1] if knots.extended else np.zeros(1)
        slopes = np.concatenate((first, slope, last))
        most = np.where(slopes == 0, 0.0, np.inf)
        return cls(
            edge=np.maximum.accumulate(np.concatenate(([-np.inf], edge))),
            x=np.concatenate((x[:1], x)),
            y=np.concatenate((y[:1], y)),
            slope=slopes,
            least=np.where(np.arange(len(slopes)) == 0, -most, 0.0),
            most=most,
            straight=knots.extended and len(x) == 2,
        )

    def __call__(self, x: Floats) -> Floats:
        """Money at each x; any shape."""
        if self.straight and self.slope[0] != 0:
            line: Floats = self.y[0] + self.slope[0] * (x - self.x[0])
            return line
        edges = self.edge[1:]
        if edges.size > _FEW:
            piece = np.searchsorted(edges, x, side="right")
        else:
            piece = np.zeros(x.shape, dtype=np.intp)
            for edge in edges:
                piece += x >= edge
        within = np.clip(x - self.x[piece], self.least[piece], self.most[piece])
        return self.y[piece] + self.slope[piece] * within
