"""Capital: whose money is at risk, in which order it comes back, and what protects it.

Frozen, validated, no arithmetic. Who gets what remains is in `remainder.py`, the waterfall itself in
`settlement/waterfall.py`; rules that need more than one noun are in `scenario/rules`: `money.py` and `loans.py`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, LONGEST, Day, Months, Name, NoSpeck, Rate, Share, Term, Unit
from sib.terms.calendar import add_months
from sib.terms.day_count import DayCount
from sib.terms.deal import Rank
from sib.terms.metric import Days, Names
from sib.terms.schedule import Schedule

Repayment = Annotated[tuple[Day, Share], LAX]
ROUNDING = 1e-9  # of a whole: shares and amounts that differ by less are the same


class Guarantee(Term):
    """A party outside the deal makes good, at its end, what a tranche has not got back of its capital.

    A redemption ends it with the tranche's claim: what was not redeemed is then lost.
    """

    by: Name = Field(description="who guarantees", examples=["Bloomberg Philanthropies"])
    covers: Schedule = Field(
        description="the most that is made good, as a function of the capital drawn; per_unit 1 is all of it",
        examples=["{ nodes = [[7_200_000, 6_000_000], [9_600_000, 7_200_000]] }"],
    )
    tops_up: bool = Field(
        False, description="what the tranche has received counts towards it: the guarantor pays only what is missing"
    )

    @model_validator(mode="after")
    def _covers_something(self) -> Self:
        lowest = min(self.covers.knots().y)
        if lowest < 0:
            raise Refusal(("covers",), lowest, "a guarantee covers nothing or more", "end the schedule at 0")
        return self


class ReturnLevel(Term):
    """A return that a tranche may come to, on everything that it has paid in and received: a multiple, or a rate."""

    _called: ClassVar[str] = "a return"

    multiple: Annotated[float, Field(ge=1, le=1000), Unit("times capital drawn")] | None = Field(
        None, description="in all, times what it has paid in", examples=[1.45]
    )
    annual_return: Rate | None = Field(None, description="earned a year", examples=[0.13])

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.multiple is None) == (self.annual_return is None):
            raise Refusal(
                (), MISSING, f"{self._called} is a multiple or an annual return", "write `multiple = 1.45`, say"
            )
        return self


class ReturnCap(ReturnLevel):
    """The most that a tranche gets out of what remains once all are repaid."""

    _called = "a cap on return"


class Series(Term):
    """Days that follow one another: given ones, or so many from a first one on."""

    dates: Days | None = Field(None, description="the dates", examples=[[dt.date(2021, 6, 30), dt.date(2021, 12, 31)]])
    first: Day | None = Field(None, description="the first of them", examples=[dt.date(2021, 6, 30)])
    every_months: Annotated[Months, Field(ge=1)] | None = Field(
        None, description="months from one to the next", examples=[6]
    )
    times: Annotated[int, Field(ge=1, le=1200), Unit("times")] | None = Field(
        None, description="how many there are", examples=[6]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        series = (self.first, self.every_months, self.times)
        if (self.dates is None) != all(x is not None for x in series) or (self.dates is not None and any(series)):
            raise Refusal(
                (),
                MISSING,
                "these are given `dates`, or they go on from a `first` one, `every_months`, so many `times`",
                "write `{ first = 2021-06-30, every_months = 6, times = 6 }` or `{ dates = [2021-06-30] }`",
            )
        if ((self.times or 1) - 1) * (self.every_months or 0) > LONGEST:
            raise Refusal(
                ("times",),
                f"{self.times}, {self.every_months} months apart",
                f"the last is within {LONGEST} months of the first",
                "lower `times` or `every_months`",
            )
        if self.dates is not None and list(self.dates) != sorted(set(self.dates)):
            raise Refusal(("dates",), list(self.dates), "the dates follow one another", "put them in order, each once")
        return self

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The days, in order."""
        if self.dates is not None or self.first is None:
            return self.dates or ()
        return tuple(add_months(self.first, number * (self.every_months or 0)) for number in range(self.times or 0))


def _as_written(schema: dict[str, Any]) -> None:
    """Let the schema of a tranche have repayments as they may be written: in shares, in money, or in equal parts."""
    repaid = schema["properties"]["repaid_on"]
    pairs, *others = repaid["anyOf"]
    day, part = pairs["items"]["prefixItems"]
    part = {key: value for key, value in part.items() if key != "maximum"}
    pairs = {**pairs, "items": {**pairs["items"], "prefixItems": [day, part]}}
    series, *_ = schema["properties"]["interest_on"]["anyOf"]
    repaid["anyOf"] = [pairs, series, *others]


class Tranche(Term):
    """Somebody's money. The party is known by the tranche's name.

    Loans, notes and recyclable grants are repaid by rank, with interest: first interest, then capital, as money comes
    in or as `repaid_on` has it. Equity gets its share of what remains. A grant is not repaid.

    Interest is effective annual and is owed whenever money comes in. With `interest_on` it is simple from one of these
    dates to the next, and falls due on them.
    """

    model_config = ConfigDict(json_schema_extra=_as_written)

    name: Name = Field(description="whose money it is", examples=["investors"])
    amount: Annotated[float, Field(gt=0, le=1e15), NoSpeck, Unit("money")] = Field(
        description="the capital committed", examples=[5_000_000]
    )
    kind: Literal["loan", "note", "equity", "grant", "recyclable grant"] = Field(
        "loan", description="loans, notes and recyclable grants are repaid by rank, equity from what remains"
    )
    draws: Literal["as needed", "at start"] = Field(
        "as needed", description="paid in as costs fall due, or all on the scenario's first day"
    )
    revolving: bool = Field(
        False, description="capital that has been repaid can be drawn again: the amount bounds what is out at any time"
    )
    draw_rank: Rank = Field(1, description="which capital is drawn first: low before high, equal ones together")
    rank: Rank = Field(1, description="which capital is repaid first: low before high, equal ones together")
    interest: Annotated[Rate, Field(ge=0)] = Field(
        0.0, description="interest a year on the capital that is out", examples=[0.05]
    )
    compounds: bool = Field(
        True,
        description="whether interest that is not paid earns interest: once a year, or from its date in interest_on",
    )
    day_count: DayCount = Field("actual/365", description="which days interest counts, over how many in a year")
    interest_on: Series | None = Field(
        None,
        description="when interest falls due; by default it is owed whenever money comes in",
        examples=["{ first = 2021-06-30, every_months = 6, times = 6 }"],
    )
    repaid_from: Names | None = Field(
        None, description="the payments that it is repaid from; all by default", examples=[["housing days"]]
    )
    repaid_on: Annotated[tuple[Repayment, ...], LAX, Field(min_length=1)] | None = Field(
        None,
        description="[date, share or amount of capital] of each scheduled repayment, or a series of equal ones; by"
        " default it is repaid as money comes in",
        examples=[[[dt.date(2020, 7, 1), 1.0]]],
    )
    return_cap: ReturnCap | None = Field(None, description="the most that it gets out of what remains")
    guarantee: Guarantee | None = Field(None, description="who makes good what it does not get back")

    @model_validator(mode="before")
    @classmethod
    def _repaid_in_shares(cls, data: Any) -> Any:
        """Scheduled repayments in one form, as shares, whether they came so, as money or as a series of equal ones."""
        repaid = data.get("repaid_on") if isinstance(data, Mapping) else None
        if isinstance(repaid, Mapping):
            days = _series(repaid)
            return {**data, "repaid_on": [(day, 1.0 / len(days)) for day in days]}
        pairs = repaid if isinstance(repaid, list | tuple) else ()
        parts = [pair[1] for pair in pairs if isinstance(pair, list | tuple) and len(pair) == 2 and _is_number(pair[1])]
        if not pairs or len(parts) < len(pairs) or not _is_number(data.get("amount")):
            return data
        amount, total = float(data["amount"]), math.fsum(parts)
        adds_up = abs(total - amount) <= ROUNDING * amount
        if abs(total - 1.0) <= ROUNDING or not (adds_up or max(parts) > 1):
            return data
        if not adds_up:
            raise Refusal(
                ("repaid_on",),
                f"{total:,.2f} in all",
                f"scheduled repayments come to the tranche's amount, {amount:,.2f}; these are"
                f" {abs(total - amount):,.2f} {'above' if total > amount else 'below'} it",
                "correct the amounts, or write shares of it that add up to 1",
            )
        return {**data, "repaid_on": [(pair[0], pair[1] / total) for pair in pairs]}

    @model_validator(mode="after")
    def _as_its_kind(self) -> Self:
        if not self.ranked:
            for key in ("interest", "repaid_on", "rank", "guarantee" if self.kind == "grant" else "rank", *_OF_LOANS):
                value = getattr(self, key)
                if key in self.model_fields_set and value:
                    raise Refusal(
                        (key,),
                        "given" if isinstance(value, Term) else value,
                        f"{'equity is paid from what remains' if self.kind == 'equity' else 'a grant is not repaid'}",
                        f"remove `{key}`, or make it a loan",
                    )
        if self.repaid_on is not None:
            total = sum(share for _, share in self.repaid_on)
            dates = [day for day, _ in self.repaid_on]
            if abs(total - 1) > ROUNDING or dates != sorted(set(dates)):
                raise Refusal(
                    ("repaid_on",),
                    f"{total:g} in all" if dates == sorted(set(dates)) else dates,
                    "scheduled repayments follow one another and add up to 1",
                    "put the dates in order and correct the shares",
                )
        return self

    @model_validator(mode="after")
    def _drawn_again(self) -> Self:
        for key in ("draws", "repaid_on") if self.revolving else ():
            if getattr(self, key) not in ("as needed", None):
                raise Refusal(
                    (key,),
                    getattr(self, key),
                    "capital that can be drawn again is drawn as costs fall due and repaid as money comes in",
                    f"remove `{key}`, or `revolving`",
                )
        return self

    @model_validator(mode="after")
    def _interest_by_its_dates(self) -> Self:
        if self.interest_on is None and self.day_count == "30/360":
            raise Refusal(
                ("day_count",),
                self.day_count,
                "30/360 counts the days from one date of interest to the next",
                "say when it falls due: `interest_on = { first = 2021-06-30, every_months = 6, times = 6 }`",
            )
        if self.interest_on is not None and self.repaid_on is not None:
            last, repaid = self.interest_on.days[-1], self.repaid_on[-1][0]
            if last < repaid:
                raise Refusal(
                    ("interest_on",),
                    f"until {last}",
                    f"interest falls due until the capital has been repaid, on {repaid}",
                    "add dates of interest, or correct the last repayment",
                )
        return self

    @property
    def ranked(self) -> bool:
        """Whether it has a place in the waterfall."""
        return self.kind in ("loan", "note", "recyclable grant")

    @property
    def falls_due(self) -> tuple[dt.date, ...]:
        """The days on which interest or capital falls due to it, in order; none where both do as money comes in."""
        interest = () if self.interest_on is None else self.interest_on.days
        return tuple(sorted({*interest, *(day for day, _ in self.repaid_on or ())}))


_OF_LOANS = ("interest_on", "day_count", "revolving")


def _series(given: Mapping[str, Any]) -> tuple[dt.date, ...]:
    """The days of equal repayments."""
    try:
        return Series.model_validate(given).days
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, Refusal):
            raise Refusal(("repaid_on", *cause.path), cause.came, cause.rule, cause.remedy) from None
        raise Refusal(
            ("repaid_on", *first["loc"]),
            MISSING if first["type"] == "missing" else first["input"],
            "equal repayments go on from a first day, every so many months, so many times",
            "write `repaid_on = { first = 2021-06-30, every_months = 3, times = 8 }`",
        ) from None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 and value == value
