"""What every term is made of: a frozen, validated model, and the kinds of figure that may stand in it.

Each kind of figure (money, persons, a share, a rate) carries its unit and its bounds here, once, so that the terms
read as a contract does, errors quote one rule, and `Scenario.assumptions()` can print the unit of every figure.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Never, TypeVar, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

from sib.characters import called, doing
from sib.errors import Refusal

K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")

LAX: Final = Strict(strict=False)  # TOML has lists only: a tuple may come as one
EARLIEST: Final = dt.date(1900, 1, 1)
LATEST: Final = dt.date(2200, 1, 1)
LONGEST: Final = 1200  # months that a series lasts at most
TIE: Final = 1e-12  # convention 3: numbers this close are the same; floats cannot tell them apart
_MACHINERY: Final = frozenset(name for name in dir(BaseModel) if not name.startswith("_"))  # callable, not offered


class Term(BaseModel):
    """A frozen, strictly validated piece of a scenario; unknown keys are errors, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _MACHINERY]


class FrozenDict(dict[K, V]):
    """A dictionary that cannot be changed, so that a frozen term is frozen all the way down."""

    def _refuse(self, *_: object, **__: object) -> Never:
        message = "terms are frozen: make a changed copy with Scenario.replace({...})"
        raise TypeError(message)

    # every way in is shut, whatever its signature
    __setitem__ = __delitem__ = clear = pop = popitem = _refuse
    setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]  # dict has none because it can change; this cannot
        return hash(frozenset(self.items()))

    def __reduce__(self) -> Any:
        return type(self), (dict(self),)


@dataclass(frozen=True)
class Unit:
    """The unit of a figure, carried in its annotation. "money" stands for the scenario's currency."""

    text: str


def spelt(text: T) -> T:
    """A text in one spelling (NFC): an accented letter is one character, however it was typed. Anything else as it is.

    Examples
    --------
    >>> spelt("de\u0301lits") == "d\u00e9lits"
    True
    """
    return cast(T, unicodedata.normalize("NFC", text)) if isinstance(text, str) else text


def _within_calendar(day: dt.date) -> dt.date:
    if not EARLIEST <= day < LATEST:
        rule = f"a date from {EARLIEST} to {LATEST}"
        raise ValueError(rule)
    return day


def _printable(text: str) -> str:
    if not text.isprintable():
        other = next(one for one in text if not one.isprintable())
        rule = f"text on one line, of characters that can be printed, which {called(other)} is not"
        raise ValueError(rule)
    return text


def _on_one_line(text: str) -> str:
    return _without_doers(text, "", "text on one line")


def _on_lines(text: str) -> str:
    return _without_doers(text, "\n\t", "text")


def _without_doers(text: str, but: str, what: str) -> str:
    other = doing(text, but)
    if other is not None:
        rule = f"{what}, without characters that act on how it is shown, as {called(other)} does"
        raise ValueError(rule)
    return text


def _no_speck(value: float) -> float:
    """What is next to nothing is refused: it would be lost where it is a share, and has no bound where it divides."""
    if 0.0 < abs(value) < TIE:
        rule = f"no nearer to zero than {TIE:g}: what is closer is rounding"
        raise Refusal((), value, rule, "write the figure that is meant, or 0 where there is none")
    return value


NoSpeck: Final = AfterValidator(_no_speck)
Name = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(_printable)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_on_one_line)]
Prose = Annotated[str, AfterValidator(_on_lines)]  # of any length, on several lines where it has them
Day = Annotated[dt.date, AfterValidator(_within_calendar), Unit("date")]
Money = Annotated[float, Field(ge=0, le=1e15), NoSpeck, Unit("money")]
Persons = Annotated[int, Field(ge=1, le=100_000_000), Unit("persons")]
Months = Annotated[int, Field(ge=0, le=1200), Unit("months")]
Share = Annotated[float, Field(ge=0, le=1), NoSpeck, Unit("share")]
Rate = Annotated[float, Field(ge=-0.5, le=1), Unit("a year")]  # 13 for 0.13 is a slip, not a rate
Number = Annotated[float, Field(ge=-1e15, le=1e15)]


def span(most: int) -> BeforeValidator:
    """A validator of a whole number of months up to `most`, or of two of them: a range that rises."""

    def check(value: Any) -> Any:
        if value is None:
            return value
        ends = value if isinstance(value, list | tuple) else (value,)
        whole = all(isinstance(end, int) and not isinstance(end, bool) and 0 <= end <= most for end in ends)
        if not whole or (ends is value and len(ends) != 2):
            rule = f"whole months from 0 to {most}, or two of them, for a range"
            raise Refusal((), value, rule, "write 3, or [1, 6]")
        if ends is value and ends[0] > ends[1]:
            raise Refusal((), value, "a range rises", "exchange the two")
        return value

    return BeforeValidator(check)


def _frozen(value: Mapping[K, V]) -> FrozenDict[K, V]:
    return FrozenDict(value)


Frozen = AfterValidator(_frozen)
