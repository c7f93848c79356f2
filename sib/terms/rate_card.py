"""`RateCard`: a table of prices, a line an item, with what all lines have in common written once.

A way of writing: a card stands for a metric and a payment an item, and a limit for its ceilings. What it resolves to is
made in `scenario/rate_cards.py`, and is all that the library knows of from then on. Frozen, validated, no arithmetic.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, Day, Frozen, FrozenDict, Money, Months, Name, Share, Term, Unit
from sib.terms.distributions import LevelBelief
from sib.terms.metric import Names, Reporting
from sib.terms.schedule import Rise


class Phase(Term):
    """A time in which prices hold, by the day on which a result is published."""

    starts: Day | None = Field(None, alias="from", description="results published on this day or later")
    until: Day | None = Field(None, description="results published on this day or earlier")

    @model_validator(mode="after")
    def _is_a_time(self) -> Self:
        if self.starts is None and self.until is None:
            raise Refusal((), MISSING, "a phase begins or ends on a day", "write `until = 2022-03-31`, say")
        if self.starts is not None and self.until is not None and self.until < self.starts:
            raise Refusal(("until",), self.until, f"a phase ends after it begins ({self.starts})", "exchange the two")
        return self


class Item(Term):
    """A line of a rate card: what is reached, and the price for each person who does, or each unit of it."""

    metric: Name = Field(description="what is paid for: a milestone, unless `repeats`", examples=["enters work"])
    price: Money = Field(description="the price for each", examples=[3_500])
    among: Name | None = Field(
        None, description="only those who reached this other item can reach it", examples=["enters work"]
    )
    repeats: bool = Field(False, description="a person may count again and again; by default once")
    phase: Name | None = Field(None, description="the phase in which the price holds", examples=["first"])
    payer: Name | None = Field(None, description="who pays for it, where it is not who pays for the card")
    rises: Rise | None = Field(None, description="how its price rises, where not as the card says")
    believed: LevelBelief | None = Field(
        None,
        description="not part of the contract: the share of persons who reach it, of those who can (`beliefs.levels`)",
        examples=[0.4],
    )


class RateCard(Term):
    """A rate card: its items, and what holds for all of them."""

    name: Name = Field(description="what the card is called", examples=["outcomes"])
    reported: Reporting | None = Field(
        None,
        description="when results are published, of the items that are not written under `metrics`",
        examples=["{ first = 2021-06-30, every_months = 3, times = 12 }"],
    )
    items: Annotated[tuple[Item, ...], LAX, Field(min_length=1, max_length=1000)] = Field(
        description="the lines of the card", examples=['[{ metric = "enters work", price = 3_500 }]']
    )
    phases: Annotated[dict[Name, Phase], Frozen] = Field(
        default_factory=FrozenDict,
        description="times in which prices hold, by name",
        examples=["{ first = { until = 2022-03-31 }, second = { from = 2022-04-01 } }"],
    )
    cohorts: Names | None = Field(None, description="only these cohorts; all by default", examples=[["1", "2"]])
    months_after_result: Months = Field(0, description="months from the published result to the payment", examples=[1])
    end_of_month: bool = Field(False, description="it is paid on the last day of the month that this leads to")
    payer: Name | None = Field(None, description="who pays; by default the outcome payer", examples=["City"])
    payers: Annotated[dict[Name, Share], Frozen] = Field(
        default_factory=FrozenDict,
        description="who pays, where several do: each one's share",
        examples=["{ City = 0.6, Fund = 0.4 }"],
    )
    to: Name | None = Field(None, description="who is paid; by default the vehicle", examples=["provider"])
    rises: Rise | None = Field(None, description="how all prices rise from year to year")
    amount: Money | None = Field(None, description="the most that is paid in all", examples=[2_000_000])
    per_person: Annotated[Money, Unit("money a person")] | None = Field(
        None, description="the most that is paid for one person", examples=[11_700]
    )
    items_per_person: Annotated[int, Field(ge=1), Unit("items a person")] | None = Field(
        None, description="for how many items of one person is paid at most: those reached first", examples=[3]
    )

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        seen: dict[str, dict[str | None, int]] = {}  # by item and phase, the line
        for i, item in enumerate(self.items):
            if item.phase is not None and item.phase not in self.phases:
                raise Refusal(
                    ("items", i, "phase"),
                    item.phase,
                    "a phase is one of the card's `phases`",
                    f"name one of: {', '.join(self.phases)}"
                    if self.phases
                    else f"add it to the card: `phases = {{ {item.phase} = {{ until = 2022-03-31 }} }}`, say",
                )
            before = seen.setdefault(item.metric, {})
            if item.phase in before or (before and None in {*before, item.phase}):
                raise Refusal(
                    ("items", i, "metric"),
                    item.metric,
                    "an item stands once in a card, or once in each of its phases",
                    "remove a line, name the phase of each, or write `repeats = true` where a person may count again",
                )
            self._agrees(i, item, [self.items[j] for j in before.values()])
            before[item.phase] = i
            if item.repeats and item.among is not None:
                raise Refusal(
                    ("items", i, "repeats"), True, "a funnel counts each person once", "remove `among` or `repeats`"
                )
        return self

    def _agrees(self, i: int, item: Item, lines: list[Item]) -> None:
        """The lines of one item say the same of what it is, and their phases do not overlap."""
        for before in lines:
            for key in ("among", "repeats", "believed"):
                if key in item.model_fields_set and getattr(item, key) != getattr(before, key):
                    raise Refusal(
                        ("items", i, key),
                        getattr(item, key),
                        f"what is said of an item stands in its first line; there it is {getattr(before, key)}",
                        "leave it out here, or give the other item another name",
                    )
            one, other = (self.phases[name] for name in (before.phase or "", item.phase or ""))
            latest = max(one.starts or dt.date.min, other.starts or dt.date.min)
            if latest <= min(one.until or dt.date.max, other.until or dt.date.max):
                raise Refusal(
                    ("items", i, "phase"),
                    item.phase,
                    f"phases of one item do not overlap; results of {latest} would be paid for in `{before.phase}` too",
                    "end one phase on the day before the other begins",
                )

    @model_validator(mode="after")
    def _phases_are_used(self) -> Self:
        for name in self.phases:
            if all(item.phase != name for item in self.items):
                raise Refusal(
                    ("phases", name), name, "a phase is that of some item", "name it in an item, or leave it out"
                )
        return self

    @model_validator(mode="after")
    def _one_rise(self) -> Self:
        if self.rises is not None and self.rises.to is not None:
            raise Refusal(
                ("rises", "to"),
                list(self.rises.to),
                "a table of years is of one price",
                "write it in each item, or `a_year` here",
            )
        return self
