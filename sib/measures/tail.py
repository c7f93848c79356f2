"""What parts of a whole contribute to its expected shortfall, and how far each path moves that. Arrays in, arrays out.

Losses are positive. The whole's worst paths are the same for all parts, so that what the parts lose on these adds up to
what the whole loses (Tasche 1999; Acerbi & Tasche 2002).
"""

from __future__ import annotations

import math

import numpy as np

from sib.arrays import Floats
from sib.measures import risk

_ROUNDING = 1e-12  # of the largest loss: sums of the same parts in another order are the same loss


class Tail:
    """The worst ``1 - level`` share of paths of a whole.

    Parameters
    ----------
    whole : array, (paths,)
        What is lost in all, positive = lost.
    level : float
        Above 0 and below 1.
    """

    def __init__(self, whole: Floats, level: float) -> None:
        self._share = 1.0 - level
        at, least = risk.quantile(whole, level).estimate, _ROUNDING * float(np.abs(whole).max())
        above, atom = whole > at + least, np.abs(whole - at) <= least
        rest = whole.size * self._share - np.count_nonzero(above)
        self._weights: Floats = above + atom * (rest / np.count_nonzero(atom))  # an atom only as far as it reaches in
        low, high = risk.quantile_bounds(whole, level)
        self._near = (whole >= low - least) & (whole <= high + least)  # nowhere where the paths are too few to bound it

    def contribution(self, part: Floats) -> float:
        """What a part loses on the mean of the worst paths; those of all parts add up to the expected shortfall."""
        return float((part * self._weights).sum() / self._weights.sum())

    def moves(self, part: Floats) -> Floats:
        """How far each path moves a part's contribution, (paths,): they add up to nothing.

        To first order that is what the part loses there more than where the whole is at its value at risk, if it is one
        of the worst paths: for one path more among these, one at the value at risk leaves. NaN where paths are too few
        to say what it loses there.
        """
        if not self._near.any():
            return np.full(part.size, math.nan)
        moved = self._weights * (part - part[self._near].mean()) / self._share
        found: Floats = (moved - moved.mean()) / part.size
        return found


def correlation(one: Floats, other: Floats) -> tuple[float, Floats]:
    """The correlation of two samples, and how far each path moves it, (paths,); NaN where one of them does not vary."""
    scores = []
    for values in (one, other):
        sd = values.std()
        varies = sd > _ROUNDING * np.abs(values).max()
        scores.append((values - values.mean()) / sd if varies else np.full(values.size, math.nan))
    x, y = scores
    found = float((x * y).mean())
    return found, (x * y - found * (x**2 + y**2) / 2) / one.size


def deviation(values: Floats) -> tuple[float, Floats]:
    """The standard deviation of a sample, and how far each path moves it, (paths,)."""
    sd = float(values.std())
    away = np.square(values - values.mean())
    return sd, (away - sd**2) / (2 * sd * values.size) if sd > 0 else np.zeros(values.size)
