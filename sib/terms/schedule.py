"""`Schedule`: money as a function of one measured number. The only thing in the library that maps outcomes to money.

A schedule is piecewise linear with jumps. It is written in one of a few ways (`per_unit`, `amount`, `steps`, `bands`,
`nodes`), and all of them resolve to the same nodes: `knots()` is what `settlement/schedules.py` evaluates.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import ConfigDict, Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, TIE, Day, Money, NoSpeck, Number, Rate, Term, Unit
from sib.terms.calendar import add_months, years_since
from sib.terms.levels import in_our_words, with_their_words

Node = Annotated[tuple[Number, Number], LAX]
Nodes = Annotated[
    tuple[Node, ...],
    LAX,
    Field(min_length=1, max_length=10_000),
    Unit("level as read; money, or share of what `of` names"),
]
Read = Annotated[Number, Unit("level as read")]
Value = Annotated[Number, NoSpeck, Unit("money, or share of what `of` names")]


class Knots(NamedTuple):
    """A schedule resolved to nodes: x in the units of what it reads, y in money.

    A repeated x is a jump. `strict[i]` says that node i lies just above its x: the jump there needs *more than* x.
    `extended` says that the first and last pieces go on outside the nodes; otherwise the ends are flat.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    strict: tuple[bool, ...]
    extended: bool


class Band(Term):
    """One line of a contract's table: between two levels, an amount, or a straight line from one to another."""

    model_config = ConfigDict(json_schema_extra=with_their_words)

    at_least: Read | None = Field(
        None,
        description="the band begins at this level, equality included; the first may have no beginning",
        examples=[0.2],
    )
    above: Read | None = Field(None, description="the band begins above this level", examples=[0.0])
    up_to: Read | None = Field(None, description="the band ends at this level, equality included", examples=[0.02])
    below: Read | None = Field(None, description="the band ends below this level", examples=[0.30])
    pays: Value = Field(description="what is paid at the lower level", examples=[3_200_000])
    rises_to: Value | None = Field(
        None, description="what is paid at the upper level, where it is not the same", examples=[4_800_000]
    )

    @model_validator(mode="before")
    @classmethod
    def _words(cls, data: Any) -> Any:
        return in_our_words(data)

    @model_validator(mode="after")
    def _has_ends(self) -> Self:
        if self.at_least is not None and self.above is not None:
            raise Refusal(("above",), self.above, "a band begins once: `at_least` or `above`", "keep one of the two")
        if self.lower is None and self.upper is None:
            raise Refusal((), MISSING, "a band begins or ends somewhere", "write, say, `at_least = 0.20`")
        if self.up_to is not None and self.below is not None:
            raise Refusal(("below",), self.below, "a band ends once: `up_to` or `below`", "keep the one that is meant")
        if self.upper is not None and self.lower is not None and self.upper <= self.lower:
            came = f"{self.lower:g} to {self.upper:g}"
            raise Refusal((), came, "a band ends above the level at which it begins", "exchange or correct the two")
        if self.upper is not None and self.lower is not None:
            _told_apart((), self.lower, self.upper)
        if self.rises_to is not None and self.upper is None:
            raise Refusal(("rises_to",), self.rises_to, "a line needs an upper level", "add `up_to` or `below`")
        if self.rises_to is not None and self.lower is None:
            raise Refusal(("rises_to",), self.rises_to, "a line needs a lower level", "add `at_least` or `above`")
        return self

    @property
    def lower(self) -> float | None:
        """The level at which the band begins; None where it has no beginning."""
        return self.at_least if self.at_least is not None else self.above

    @property
    def upper(self) -> float | None:
        """The level at which it ends; None where it has no end."""
        return self.up_to if self.up_to is not None else self.below

    def times(self, factor: float) -> Band:
        """The band with its amounts multiplied."""
        line = {} if self.rises_to is None else {"rises_to": self.rises_to * factor}
        return self.model_copy(update={"pays": self.pays * factor, **line})

    @property
    def last(self) -> float:
        """What is paid at the upper level."""
        return self.pays if self.rises_to is None else self.rises_to


class Rise(Term):
    """How amounts rise from one year to the next: by a rate, or to what the contract writes down for each year.

    Years are counted from `from`, the first day of the year in which the amounts hold as they stand.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Day = Field(
        alias="from",
        description="the first day of the first year, in which amounts are as they stand",
        examples=[dt.date(2020, 4, 1)],
    )
    a_year: Rate | None = Field(None, description="by this rate a year, compounded", examples=[0.01])
    to: Annotated[tuple[Money, ...], LAX, Field(min_length=1, max_length=100), Unit("money")] | None = Field(
        None,
        description="to these, one for each later year; no result is later than the last",
        examples=[[1_020, 1_050]],
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.a_year is None) == (self.to is None):
            raise Refusal(
                (),
                MISSING if self.to is None else "both",
                "amounts rise by a rate a year, or to written ones: one of the two",
                "write `a_year = 0.01`, or `to = [1_020, 1_050]`",
            )
        return self

    @property
    def ends(self) -> dt.date | None:
        """The first day after the last year of a table; None for a rate, which goes on."""
        return None if self.to is None else add_months(self.from_, 12 * (len(self.to) + 1))


class Schedule(Term):
    """Money as a function of one measured number. Write exactly one of the five ways.

    Levels are in the units of what is read: 0.10 is an improvement of ten per cent. Amounts are money; where a payment
    says `of`, they are shares or rates of that.

    Examples
    --------
    >>> Schedule(per_unit=14_700.0).knots().y
    (0.0, 14700.0)
    >>> Schedule(steps=((0.10, 9_600_000.0), (0.20, 11_712_000.0))).knots().x
    (0.1, 0.1, 0.2, 0.2)
    """

    per_unit: Annotated[Money, Unit("money a unit")] | None = Field(
        None, description="a price for each unit of outcome", examples=[14_700]
    )
    amount: Money | None = Field(None, description="one fixed amount, whatever the result", examples=[500_000])
    steps: Nodes | None = Field(
        None,
        description="[from, amount] pairs: nothing below the first, then each amount from its level up to the next",
        examples=[[[0.10, 9_600_000], [0.20, 11_712_000]]],
    )
    nodes: Nodes | None = Field(
        None,
        description="[level, amount] pairs joined by straight lines; a repeated level is a jump",
        examples=[[[0.20, 0], [0.20, 3_200_000], [0.30, 4_800_000]]],
    )
    bands: Annotated[tuple[Band, ...], LAX, Field(min_length=1, max_length=10_000)] | None = Field(
        None,
        description="the lines of a contract's table, rising; each ends where the next begins; nothing outside them",
        examples=["[{ at_least = 0.10, pays = 9_600_000 }]"],
    )
    more_than: Annotated[tuple[Number, ...], LAX, Unit("level as read")] = Field(
        (),
        description="the levels whose jump needs more than the level; elsewhere reaching it is enough",
        examples=[[0.04]],
    )
    beyond: Literal["flat", "extended"] = Field(
        "flat", description="outside the nodes: the end values stay, or the end lines go on"
    )
    rises: Rise | None = Field(
        None,
        description="how the amounts rise from year to year, by the day on which a result is published",
        examples=["{ from = 2020-04-01, a_year = 0.01 }"],
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("per_unit", "amount", "steps", "bands", "nodes")
        written = [way for way in ways if getattr(self, way) is not None]
        if len(written) != 1:
            raise Refusal(
                (),
                written or "none of them",
                f"a schedule is written in exactly one way: {', '.join(ways)}",
                "keep the one that says what the contract says",
            )
        if self.rises is not None and self.rises.to is not None and self.per_unit is None and self.amount is None:
            raise Refusal(
                ("rises", "to"),
                list(self.rises.to),
                "a table of years is of one price or one amount",
                "write `a_year`, or a payment for each year",
            )
        if self.beyond == "extended" and not self.nodes:
            raise Refusal(
                ("beyond",),
                self.beyond,
                "only `nodes` can be extended; per_unit always is",
                "write the schedule as nodes, or leave `beyond` out",
            )
        self._bands_meet()
        for way in ("steps", "nodes"):
            levels = [x for x, _ in getattr(self, way) or ()]
            for before, after in pairwise(levels):
                if after < before or (way == "steps" and after == before):
                    raise Refusal(
                        (way,),
                        f"{after:g} after {before:g}",
                        "the levels of a schedule rise from the first to the last",
                        f"put the levels of `{way}` in rising order",
                    )
                _told_apart((way,), before, after)
            if any(first == third for first, third in zip(levels, levels[2:], strict=False)):  # they rise
                raise Refusal(
                    (way,),
                    levels,
                    "a level stands at most twice in a schedule: the value before and after a jump",
                    "remove the middle one of the three values",
                )
            line = len(levels) > 1 and levels[0] < levels[1] and levels[-2] < levels[-1]
            if way == "nodes" and self.beyond == "extended" and not line:
                raise Refusal(
                    ("beyond",),
                    self.beyond,
                    "a line goes on at each end: two nodes at different levels, not a single node or a jump",
                    'add a node at each end that gives the line its slope, or write `beyond = "flat"`',
                )
        jumps = {x for x, _ in self.steps or ()}
        levels = [x for x, _ in self.nodes or ()]
        jumps |= {x for x in levels if levels.count(x) == 2}
        for level in self.more_than:
            if level not in jumps:
                raise Refusal(
                    ("more_than",),
                    level,
                    "`more_than` names levels at which the schedule jumps",
                    f"name one of: {', '.join(f'{x:g}' for x in sorted(jumps)) or 'none here, leave it out'}",
                )
        return self

    def _bands_meet(self) -> None:
        """Each band ends where the next begins, and the level between them belongs to one of the two."""
        for number, (band, after) in enumerate(pairwise(self.bands or ()), start=1):
            if after.lower is None:
                raise Refusal(
                    ("bands", number),
                    "no beginning",
                    "a band without a beginning is the first one",
                    "add the level at which it begins, or put it first",
                )
            if band.lower is not None and after.lower <= band.lower:
                raise Refusal(
                    ("bands", number),
                    f"{after.lower:g} after {band.lower:g}",
                    "the bands of a schedule rise from the first to the last, better results below",
                    "put the bands in rising order",
                )
            if band.upper is None:
                raise Refusal(
                    ("bands", number - 1),
                    f"no end, and then from {after.lower:g}",
                    "a band without an end is the last one",
                    f"add `below = {after.lower:g}` to it"
                    if after.at_least is not None
                    else f"add `up_to = {after.lower:g}`",
                )
            came = f"up to {band.upper}, then from {after.lower}"
            if band.upper != after.lower:
                raise Refusal(
                    ("bands", number),
                    came,
                    "bands neither overlap nor leave a gap: each ends at the level at which the next begins",
                    "correct the level at which the two meet; write a band that pays 0 where nothing is paid",
                )
            if (band.up_to is not None) == (after.at_least is not None):
                both = "both bands claim" if band.up_to is not None else "neither band has"
                raise Refusal(
                    ("bands", number),
                    came,
                    f"{both} the level {after.lower:g}: it belongs to one of the two",
                    "write `up_to` and then `above`, or `below` and then `at_least`",
                )

    def on(self, day: dt.date) -> Schedule:
        """The schedule as it is for a result that is published on a day: amounts have risen by then.

        Examples
        --------
        >>> rises = {"from": dt.date(2020, 4, 1), "a_year": 0.01}
        >>> Schedule.model_validate({"per_unit": 100.0, "rises": rises}).on(dt.date(2022, 3, 31)).per_unit
        101.0
        """
        rises = self.rises
        if rises is None:
            return self
        years = years_since(rises.from_, day)
        if rises.to is not None:
            price = rises.to[min(years, len(rises.to)) - 1]
            risen = {"per_unit" if self.per_unit is not None else "amount": price} if years > 0 else {}
            return self.model_copy(update={"rises": None, **risen})
        factor = (1.0 + (rises.a_year or 0.0)) ** max(years, 0)
        changed: dict[str, Any] = {
            key: getattr(self, key) * factor for key in ("per_unit", "amount") if getattr(self, key) is not None
        }
        for key in ("steps", "nodes"):
            if getattr(self, key) is not None:
                changed[key] = tuple((x, y * factor) for x, y in getattr(self, key))
        if self.bands is not None:
            changed["bands"] = tuple(band.times(factor) for band in self.bands)
        return self.model_copy(update={"rises": None, **changed})

    def knots(self) -> Knots:
        """The nodes that this schedule resolves to, whichever way it is written."""
        if self.bands is not None:
            return _of_bands(self.bands)
        if self.per_unit is not None:
            return Knots((0.0, 1.0), (0.0, self.per_unit), (False, False), extended=True)
        if self.amount is not None:
            return Knots((0.0,), (self.amount,), (False,), extended=False)
        if self.steps is not None:
            levels = [0.0, *(y for _, y in self.steps)]
            nodes = [
                (x, y)
                for (x, _), before, after in zip(self.steps, levels, levels[1:], strict=False)
                for y in (before, after)
            ]
        else:
            nodes = list(self.nodes or ())
        x = tuple(x for x, _ in nodes)
        return Knots(
            x,
            tuple(y for _, y in nodes),
            tuple(level in self.more_than for level in x),
            extended=self.beyond == "extended",
        )


def _told_apart(path: tuple[str, ...], low: float, high: float) -> None:
    """Two levels are one, or floats can tell them apart: a line between others would be of any slope."""
    if low < high <= low + TIE * max(1.0, abs(high)):
        rule = "two levels are the same, or further apart than rounding"
        raise Refusal(path, f"{low!r} and {high!r}", rule, "correct one of the two, or make one level of them")


def _of_bands(bands: tuple[Band, ...]) -> Knots:
    """Bands as nodes: a jump where each begins, and one to nothing where the last one ends."""
    nodes: list[tuple[float, float, bool]] = []
    before = 0.0
    for band in bands:
        strict = band.at_least is None
        if band.lower is not None:
            nodes += [(band.lower, before, strict), (band.lower, band.pays, strict)]
        if band.upper is not None:
            nodes.append((band.upper, band.last, False))
        before = band.last
    last = bands[-1]
    if last.upper is not None:
        strict = last.up_to is not None
        nodes[-1] = (last.upper, last.last, strict)
        nodes.append((last.upper, 0.0, strict))
    joined = [node for i, node in enumerate(nodes) if node[:2] not in {n[:2] for n in nodes[i + 1 : i + 2]}]
    return Knots(tuple(n[0] for n in joined), tuple(n[1] for n in joined), tuple(n[2] for n in joined), extended=False)
