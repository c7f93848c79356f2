"""`Levels`: what a result must be for something to happen: at least so much, more than, less than, or between.

Frozen, validated, no arithmetic. When a level counts as reached is decided in `settlement/schedules.py`; which levels
a result can reach at all, in `scenario/rules/levels.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import Number, Term, Unit
from sib.terms.metric import Measure

End = Literal["at_least", "above", "up_to", "below"]
LOWER: Final[tuple[End, End]] = ("at_least", "above")
UPPER: Final[tuple[End, End]] = ("up_to", "below")
WORDS: Final[Mapping[str, End]] = {  # other words that contracts have for the same four
    "more_than": "above",
    "at_most": "up_to",
    "no_more_than": "up_to",
    "less_than": "below",
    "fewer_than": "below",
}


class Bound(NamedTuple):
    """One end of what a result must be: what is read, the level, which end it is, and the keys under which it stands.

    `later` is on which result: so many periods after the one that is paid for, below zero before it.
    """

    measure: Measure
    level: float
    end: End
    keys: tuple[str, ...]
    later: int = 0


def with_their_words(schema: dict[str, Any]) -> None:
    """Let the schema of a range have the other words for its ends as well, for editors and messages."""
    own = schema["properties"]
    schema["properties"] = own | {
        word: {**own[kept], "description": f"the same as `{kept}`", "title": word} for word, kept in WORDS.items()
    }


def in_our_words(value: Any) -> Any:
    """A table with the ends of a range under the names that are kept, whichever word the contract has for them."""
    if not isinstance(value, Mapping):
        return value
    found: dict[Any, Any] = {}
    said: dict[Any, Any] = {}
    for key, item in value.items():
        kept = WORDS.get(key, key)
        if kept in found:
            rule = f"`{key}` and `{said[kept]}` are the same end of a range"
            raise Refusal((key,), item, rule, "keep one of the two")
        found[kept], said[kept] = item, key
    return found


class Range(Term):
    """From one level to another: each end closed or open, or none.

    `more_than`, `at_most`, `less_than` and `fewer_than` are read as `above`, `up_to` and `below`.

    Examples
    --------
    >>> Range.model_validate({"less_than": 0.186})
    Range(at_least=None, above=None, up_to=None, below=0.186)
    """

    model_config = ConfigDict(json_schema_extra=with_their_words)

    at_least: Annotated[Number, Unit("as measured")] | None = Field(
        None, description="no less than this, equality included", examples=[0.2]
    )
    above: Annotated[Number, Unit("as measured")] | None = Field(None, description="more than this", examples=[0.2])
    up_to: Annotated[Number, Unit("as measured")] | None = Field(
        None, description="no more than this, equality included", examples=[0.3]
    )
    below: Annotated[Number, Unit("as measured")] | None = Field(None, description="less than this", examples=[0.186])

    @model_validator(mode="before")
    @classmethod
    def _words(cls, data: Any) -> Any:
        return in_our_words(data)

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        ends = self.ends()
        if not ends:
            raise Refusal((), MISSING, "a range has an end", "write, say, `{ less_than = 0.186 }`")
        for pair, words in ((LOWER, "begins once: `at_least`, or `more_than`"), (UPPER, "ends once: `less_than`, ...")):
            twice = [end for end in pair if end in ends]
            if len(twice) == 2:
                raise Refusal((twice[1],), ends[twice[1]], f"a range {words}", "keep the one that is meant")
        lower = next((ends[end] for end in LOWER if end in ends), None)
        upper = next((ends[end] for end in UPPER if end in ends), None)
        closed = "at_least" in ends and "up_to" in ends
        if lower is not None and upper is not None and (upper < lower or (upper == lower and not closed)):
            raise Refusal(
                (),
                f"from {lower:g} to {upper:g}",
                "some result lies in a range: it ends above the level at which it begins",
                "exchange or correct the two",
            )
        return self

    def ends(self) -> dict[End, float]:
        """The levels that are written, by the end that they are."""
        written: dict[End, float | None] = {
            "at_least": self.at_least,
            "above": self.above,
            "up_to": self.up_to,
            "below": self.below,
        }
        return {end: level for end, level in written.items() if level is not None}


def _in_one_form(value: Any) -> Any:
    """A range that only has a least level is that level alone."""
    if isinstance(value, Mapping) and set(value) == {"at_least"}:
        return value["at_least"]
    return value


def _which(value: Any) -> str:
    return "Range" if isinstance(value, Mapping | BaseModel) else "number"


Level = Annotated[
    Annotated[Annotated[Number, Tag("number")] | Annotated[Range, Tag("Range")], Discriminator(_which)],
    BeforeValidator(_in_one_form),
]


class Levels(Term):
    """What results must be, all of it. A number is the least (equality is enough, convention 3); else write a range."""

    improvement: Annotated[Level, Unit("relative improvement")] | None = Field(
        None, description="the least relative improvement, 0.10 = ten per cent, or a range of it", examples=[0.10]
    )
    points: Annotated[Level, Unit("events a person")] | None = Field(
        None, description="the least absolute improvement a person, in events, or a range of it", examples=[0.15]
    )
    units: Annotated[Level, Unit("events")] | None = Field(
        None,
        description="the least number of events avoided or gained, or of verified units, or a range of it",
        examples=[100],
    )
    level: Annotated[Level, Unit("as measured")] | None = Field(
        None,
        description="the least level, whichever direction is better, or a range of it",
        examples=[0.6, "{ less_than = 0.186 }"],
    )
    confidence: Annotated[float, Field(gt=0, lt=1), Unit("probability")] | None = Field(
        None,
        description="the least confidence, one-sided, that there is any improvement: 0.95 is a p-value of 0.05",
        examples=[0.95],
    )
    interval: Annotated[float, Field(gt=0, lt=1), Unit("probability")] | None = Field(
        None,
        description="the interval about no effect, two-sided, outside which the result must lie, better or worse",
        examples=[0.95],
    )

    def bounds(self) -> tuple[Bound, ...]:
        """All that must hold, a bound each."""
        return tuple(self._bounds())

    def _bounds(self, later: int = 0) -> Iterator[Bound]:
        written: dict[Measure, float | Range | None] = {
            "improvement": self.improvement,
            "points": self.points,
            "units": self.units,
            "level": self.level,
            "confidence": self.confidence,
            "interval": self.interval,
        }
        for measure, level in written.items():
            if isinstance(level, Range):
                yield from (Bound(measure, x, end, (measure, end), later) for end, x in level.ends().items())
            elif level is not None:
                yield Bound(measure, level, "at_least", (measure,), later)


class Elsewhere(Levels):
    """What results of another metric must be, or of the same one at another time.

    On the same cohort or period, else on all that are known by then; with `periods_later` or `periods_before` on the
    result so many periods away from the one that is paid for, which is then paid once both are known.
    """

    periods_later: Annotated[int, Field(ge=1, le=1200), Unit("periods")] | None = Field(
        None, description="on the result so many periods after the one that is paid for", examples=[2]
    )
    periods_before: Annotated[int, Field(ge=1, le=1200), Unit("periods")] | None = Field(
        None, description="on the result so many periods before the one that is paid for", examples=[1]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.periods_later is not None and self.periods_before is not None:
            raise Refusal(
                ("periods_before",),
                self.periods_before,
                "a condition looks at one period: so many later, or so many before",
                "keep one of the two",
            )
        return self

    @property
    def away(self) -> int:
        """How many periods it looks ahead; below zero back; 0 at the same one."""
        return (self.periods_later or 0) - (self.periods_before or 0)

    def bounds(self) -> tuple[Bound, ...]:
        """All that must hold, a bound each."""
        return tuple(self._bounds(self.away))
