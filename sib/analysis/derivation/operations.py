"""What each operation of a derived number comes to. Plain functions of numbers, by the operation's name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from sib.settlement.book import LEAST


def _over(part: float, whole: float) -> float:
    return part / whole if whole != 0 else math.nan


def _ratio_or_nought(gained: float, base: float) -> float:
    return gained / base if base != 0 else 0.0


def _ratio(gained: float, base: float) -> float:
    if base == 0:
        return math.copysign(math.inf, gained) if gained else 0.0
    return gained / base


VALUES: Final[Mapping[str, Callable[..., float]]] = {
    "add": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
    "over": _over,
    "fraction": lambda part, whole: part / whole if whole > LEAST else 0.0,
    "ratio": _ratio,
    "over or nought": _ratio_or_nought,
    "power": lambda a, b: a**b,
    "less": lambda a: -a,
    "abs": abs,
    "min": min,
    "max": max,
    "at least": lambda a, b: a >= b,
    "above": lambda a, b: a > b,
    "equal": lambda a, b: a == b,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
    "not": lambda a: not a,
    "if": lambda holds, then, other: then if holds else other,
    "number": float,
    "sign at infinity": lambda a: math.copysign(math.inf, a),
}
TRUTHS: Final = frozenset({"at least", "above", "equal", "and", "or", "not"})
