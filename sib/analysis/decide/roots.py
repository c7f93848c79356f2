"""Roots: where a measure, as a function of one input, meets a target. Knows points and numbers, and nothing of a deal.

Measures are step functions of the input on a fixed set of futures: flat, with jumps, turning round, not given
everywhere. So points are scanned first, and each crossing between two of them is then closed in on by bisection. On one
set of futures an error of the measure is an error of the root: the measure's over the slope.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final, NamedTuple

RESOLUTION: Final = 1e-6  # a share of the range within which places are one
_STEP: Final = 1e-4  # the least share of the range over which a slope is taken
_MOVES: Final = 4.0  # standard errors by which a step moves the measure, so that the slope is not noise
_HALVINGS: Final = 4  # before: over a bracket 16 times as wide what is no jump changes far more


class Point(NamedTuple):
    """A measure at one value of the input: its estimate, NaN where there is none, its error and 95% interval."""

    at: float
    estimate: float
    mcse: float
    low: float
    high: float
    given: str = ""

    @property
    def known(self) -> bool:
        """Whether there is an estimate."""
        return not math.isnan(self.estimate)


class Root(NamedTuple):
    """Where a measure meets a target: a row of the table of `solve`, which says what each is."""

    value: float
    mcse: float
    low: float
    high: float
    slope: float
    direction: str
    jump: float
    left: float
    right: float


@dataclass(frozen=True)
class Line:
    """The values of an input between two bounds: evenly spread, or by equal ratios; whole numbers alone, or all."""

    low: float
    high: float
    whole: bool = False

    @property
    def geometric(self) -> bool:
        """Whether steps are ratios: where both bounds are above zero and their ratio is above ten."""
        return self.low > 0 and self.high > 10 * self.low

    def spread(self, points: int) -> list[float]:
        """So many values from one bound to the other."""
        inner = [self._back(self._to(self.low) + self._length * i / (points - 1)) for i in range(1, points - 1)]
        return list(dict.fromkeys([self.low, *inner, self.high]))

    def middle(self, one: float, other: float) -> float:
        """The value between two."""
        return self._back((self._to(one) + self._to(other)) / 2)

    def share(self, one: float, other: float) -> float:
        """How much of the range lies between two values."""
        return abs(self._to(other) - self._to(one)) / self._length

    def around(self, value: float, share: float) -> list[float]:
        """The values on either side that are a share of the range away, or the bounds."""
        ends = (self._to(value) - share * self._length, self._to(value) + share * self._length)
        return [self.within(self._back(end)) for end in ends]

    def within(self, value: float) -> float:
        """The value, or the bound that it is beyond."""
        return min(max(self.rounded(value), self.low), self.high)

    def rounded(self, value: float) -> float:
        """The value, or the whole number next to it where only these are."""
        return float(round(value)) if self.whole else value

    @property
    def _length(self) -> float:
        return self._to(self.high) - self._to(self.low)

    def _to(self, value: float) -> float:
        return math.log(value) if self.geometric else value

    def _back(self, value: float) -> float:
        return self.rounded(math.exp(value) if self.geometric else value)


@dataclass(frozen=True)
class Curve:
    """A measure along a line, looked at where it is asked for; each place once."""

    line: Line
    look: Callable[[Sequence[float]], Sequence[Point]]
    target: float
    seen: dict[float, Point] = field(default_factory=dict)

    def at(self, places: Sequence[float]) -> list[Point]:
        """The measure at some places, all looked at together."""
        new = [place for place in dict.fromkeys(places) if place not in self.seen]
        self.seen.update(zip(new, self.look(new) if new else (), strict=True))
        return [self.seen[place] for place in places]

    def middle(self, one: Point, other: Point) -> Point | None:
        """The measure between two points; None where they are as near as makes no difference."""
        place = self.line.middle(one.at, other.at)
        apart = self.line.share(one.at, other.at) > RESOLUTION and place not in (one.at, other.at)
        return self.at([place])[0] if apart else None

    def side(self, point: Point) -> int:
        """On which side of the target a point lies: -1 below, 0 at it (within 1e-12, as in convention 3), 1 above."""
        if math.isclose(point.estimate, self.target, rel_tol=1e-12, abs_tol=1e-12):
            return 0
        return 1 if point.estimate > self.target else -1

    def near(self, one: Point, other: Point) -> bool:
        """Whether two points differ by less than a quarter of the measure's error: so little moves no root."""
        return abs(other.estimate - one.estimate) <= max(one.mcse, other.mcse) / 4


def roots_of(curve: Curve, scan: Sequence[Point]) -> list[Root]:
    """Every root between two points of a scan that lie on either side of the target, or at it.

    Where the measure is not given there is a gap, whose ends are found first. A gap with the target between its two
    sides is a root without a value. Two roots between neighbours of the scan are not seen.
    """
    runs = [list(run) for known, run in groupby(_with_edges(curve, scan), key=lambda point: point.known) if known]
    found = [root for run in runs for root in _in_run(curve, run)]
    for before, after in pairwise(runs):
        one, other = before[-1], after[0]
        if curve.side(one) * curve.side(other) < 0:
            change = other.estimate - one.estimate
            sides = one.estimate, other.estimate
            found.append(Root(math.nan, math.nan, one.at, other.at, math.nan, "gap", change, *sides))
    return sorted(found, key=lambda root: root.low)


def shortest(low: float, high: float) -> float:
    """The number of the fewest digits from one to another: a jump at 0.1 is at 0.1, and not at 0.0999997.

    Examples
    --------
    >>> shortest(0.0999997, 0.1000003), shortest(13_999.96, 14_000.02)
    (0.1, 14000.0)
    """
    if low <= 0.0 <= high:
        return 0.0
    rounded = (float(f"{(low + high) / 2:.{digits}g}") for digits in range(1, 18))
    return next((value for value in rounded if low <= value <= high), low)


def _with_edges(curve: Curve, scan: Sequence[Point]) -> Iterator[Point]:
    """The points of a scan; where the measure ceases or begins to be given, also those on either side of that place."""
    for one, other in pairwise(scan):
        yield one
        if one.known != other.known:
            yield from _closed_in(curve, one, other, _is_known if other.known else _is_missing)
    yield scan[-1]


def _in_run(curve: Curve, run: Sequence[Point]) -> Iterator[Root]:
    """The roots among neighbours of which all have an estimate."""
    groups = [list(group) for _, group in groupby(run, key=curve.side)]
    for i, group in enumerate(groups):
        side, before = curve.side(group[0]), groups[i - 1][-1] if i else None
        if side == 0:
            after = groups[i + 1][0] if i + 1 < len(groups) else None
            yield _stretch(curve, before, group[0], group[-1], after)
        elif before is not None and curve.side(before) == -side:
            yield from _crossing(curve, before, group[0])


def _crossing(curve: Curve, one: Point, other: Point) -> list[Root]:
    """The roots between two points on either side of the target."""
    brackets = [(one, other)]
    while not curve.near(one, other) and (middle := curve.middle(one, other)) is not None:
        if not middle.known:
            return roots_of(curve, [one, middle, other])
        if curve.side(middle) == 0:
            return [_stretch(curve, one, middle, middle, other)]
        one, other = (middle, other) if curve.side(middle) == curve.side(one) else (one, middle)
        brackets.append((one, other))
    if _leaps(curve, brackets):
        return [_jump(curve, one, other)]
    share = (curve.target - one.estimate) / (other.estimate - one.estimate)
    return [_plain(curve, one.at + share * (other.at - one.at), one, other)]


def _closed_in(
    curve: Curve,
    one: Point,
    other: Point,
    holds: Callable[[Point], bool],
    enough: Callable[[Point, Point], bool] = lambda one, other: False,
) -> tuple[Point, Point]:
    """A point at which something does not hold and the next at which it does, as near as makes no difference.

    Of two points of which it holds at the second alone; or so near that it is enough.
    """
    while not enough(one, other) and (middle := curve.middle(one, other)) is not None:
        one, other = (one, middle) if holds(middle) else (middle, other)
    return one, other


def _leaps(curve: Curve, brackets: Sequence[tuple[Point, Point]]) -> bool:
    """Whether the measure jumps over the target: it changes, where a bracket cannot be halved, as it did before."""
    one, other = brackets[-1]
    if curve.near(one, other):
        return False
    first, last = brackets[max(len(brackets) - 1 - _HALVINGS, 0)]
    return curve.line.whole or abs(other.estimate - one.estimate) > abs(last.estimate - first.estimate) / 2


def _jump(curve: Curve, one: Point, other: Point) -> Root:
    """The place at which a measure jumps over the target: the contract's, and no matter of chance."""
    change = other.estimate - one.estimate
    value = curve.line.rounded(shortest(one.at, other.at))
    sides = one.estimate, other.estimate
    return Root(value, 0.0, one.at, other.at, math.copysign(math.inf, change), _way(change), change, *sides)


def _plain(curve: Curve, value: float, one: Point, other: Point) -> Root:
    """A root between two points: its error is the measure's over the slope, and so are the ends of its interval."""
    value = curve.line.within(value)
    point = min(one, other, key=lambda point: abs(point.estimate - curve.target))
    slope = _slope(curve, value, point.mcse)
    error = point.mcse / abs(slope) if slope else math.inf
    low, high = sorted(value - (end - point.estimate) / slope if slope else math.nan for end in (point.low, point.high))
    change = other.estimate - one.estimate
    return Root(value, error, low, high, slope, _way(change), 0.0, one.estimate, other.estimate)


def _stretch(curve: Curve, before: Point | None, first: Point, last: Point, after: Point | None) -> Root:
    """Where points are at the target: a stretch on which the measure is flat, or a root that happens to be a point.

    It is a root where the stretch is so short that no error tells it from one: shorter than an eighth of that over
    which the measure comes from four standard errors on one side to four on the other.
    """
    at_target = _is_at(curve)
    left, first = _closed_in(curve, before or first, first, at_target, curve.near)
    right, last = _closed_in(curve, after or last, last, at_target, curve.near)
    known = [point for point in curve.seen.values() if point.known]
    far = [point.at for point in known if abs(point.estimate - curve.target) > _MOVES * _error(first)]
    begins = max((place for place in far if place < first.at), default=curve.line.low)
    stops = min((place for place in far if place > last.at), default=curve.line.high)
    crosses = curve.side(left) * curve.side(right) <= 0 and left.estimate != right.estimate
    if crosses and curve.line.share(first.at, last.at) < curve.line.share(begins, stops) / 8:
        return _plain(curve, (first.at + last.at) / 2, left, right)
    left, first = _closed_in(curve, left, first, at_target)
    right, last = _closed_in(curve, right, last, at_target)
    value, sides = curve.line.rounded((first.at + last.at) / 2), (left.estimate, right.estimate)
    return Root(value, math.inf, first.at, last.at, 0.0, "flat", 0.0, *sides)


def _slope(curve: Curve, value: float, mcse: float) -> float:
    """How the measure changes with the input: a centred difference over a step that moves it by four standard errors.

    Both ends are on the same futures, so that the difference has a much smaller error than its parts.
    """
    enough = _MOVES * (mcse if mcse > 0 else 0.0)

    def moved(one: Point, other: Point) -> float:
        """How far it moves from one to the other; NaN where that is too little to tell."""
        change = other.estimate - one.estimate
        return change if abs(change) >= enough and change != 0 else math.nan

    known = sorted(point for point in curve.seen.values() if point.known)
    pairs = [(one, other) for one in known if one.at <= value for other in known if other.at >= value]
    moving = [pair for pair in pairs if not math.isnan(moved(*pair))]
    one, other = min(moving, key=lambda pair: pair[1].at - pair[0].at, default=(known[0], known[-1]))
    half = max(0.6 * curve.line.share(one.at, other.at), _STEP)  # a little wider, as it lies elsewhere
    for wide in (half, 2 * half):
        left, right = curve.at(curve.line.around(value, wide))
        if not math.isnan(moved(left, right)):
            one, other = left, right
            break
    return (other.estimate - one.estimate) / (other.at - one.at)


def _is_known(point: Point) -> bool:
    return point.known


def _is_missing(point: Point) -> bool:
    return not point.known


def _is_at(curve: Curve) -> Callable[[Point], bool]:
    return lambda point: curve.side(point) == 0


def _error(point: Point) -> float:
    return point.mcse if point.mcse > 0 else 0.0


def _way(change: float) -> str:
    return "rising" if change > 0 else "falling"
