"""Capital: whose money is at risk, in which order it comes back, and who gets what remains.

Frozen, validated, no arithmetic. The waterfall itself is in `settlement/waterfall.py`; rules that need more than one
noun are in `scenario/rules/money.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, Day, Frozen, Money, Name, Rate, Share, Term, Unit
from sib.terms.deal import Rank
from sib.terms.metric import Names
from sib.terms.schedule import Schedule

Repayment = Annotated[tuple[Day, Share], LAX]


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


class ReturnCap(Term):
    """The most that a tranche gets out of what remains once all are repaid."""

    multiple: Annotated[float, Field(ge=1, le=1000), Unit("times capital drawn")] | None = Field(
        None, description="in all, times what it has paid in", examples=[1.45]
    )
    annual_return: Rate | None = Field(None, description="earned a year", examples=[0.13])

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.multiple is None) == (self.annual_return is None):
            raise Refusal(
                (), MISSING, "a cap on return is a multiple or an annual return", "write `multiple = 1.45`, say"
            )
        return self


class Tranche(Term):
    """Somebody's money. The party is known by the tranche's name.

    Loans, notes and recyclable grants are repaid by rank, with interest: first interest, then capital, as money comes
    in or as `repaid_on` has it. Equity gets its share of what remains. A grant is not repaid.
    """

    name: Name = Field(description="whose money it is", examples=["investors"])
    amount: Annotated[Money, Field(gt=0)] = Field(description="the capital committed", examples=[5_000_000])
    kind: Literal["loan", "note", "equity", "grant", "recyclable grant"] = Field(
        "loan", description="loans, notes and recyclable grants are repaid by rank, equity from what remains"
    )
    draws: Literal["as needed", "at start"] = Field(
        "as needed", description="paid in as costs fall due, or all on the scenario's first day"
    )
    draw_rank: Rank = Field(1, description="which capital is drawn first: low before high, equal ones together")
    rank: Rank = Field(1, description="which capital is repaid first: low before high, equal ones together")
    interest: Annotated[Rate, Field(ge=0)] = Field(
        0.0, description="interest a year on the capital that is out", examples=[0.05]
    )
    compounds: bool = Field(True, description="whether interest that is not paid earns interest, once a year")
    repaid_from: Names | None = Field(
        None, description="the payments that it is repaid from; all by default", examples=[["housing days"]]
    )
    repaid_on: Annotated[tuple[Repayment, ...], LAX, Field(min_length=1)] | None = Field(
        None,
        description="[date, share of capital] of each scheduled repayment; by default it is repaid as money comes in",
        examples=[[[dt.date(2020, 7, 1), 1.0]]],
    )
    return_cap: ReturnCap | None = Field(None, description="the most that it gets out of what remains")
    guarantee: Guarantee | None = Field(None, description="who makes good what it does not get back")

    @model_validator(mode="after")
    def _as_its_kind(self) -> Self:
        if not self.ranked:
            for key in ("interest", "repaid_on", "rank", "guarantee" if self.kind == "grant" else "rank"):
                if key in self.model_fields_set and getattr(self, key):
                    raise Refusal(
                        (key,),
                        getattr(self, key),
                        f"{'equity is paid from what remains' if self.kind == 'equity' else 'a grant is not repaid'}",
                        f"remove `{key}`, or make it a loan",
                    )
        if self.repaid_on is not None:
            total = sum(share for _, share in self.repaid_on)
            dates = [day for day, _ in self.repaid_on]
            if abs(total - 1) > 1e-9 or dates != sorted(set(dates)):
                raise Refusal(
                    ("repaid_on",),
                    f"{total:g} in all" if dates == sorted(set(dates)) else dates,
                    "scheduled repayments follow one another and add up to 1",
                    "put the dates in order and correct the shares",
                )
        return self

    @property
    def ranked(self) -> bool:
        """Whether it has a place in the waterfall."""
        return self.kind in ("loan", "note", "recyclable grant")


class Remainder(Term):
    """Who gets what remains of some payments once everybody who is repaid from them has been: shares that sum to 1."""

    name: Name = Field(description="what it is called", examples=["return"])
    on: Names | None = Field(None, description="the payments that it is about; all others by default", examples=[["a"]])
    shares: Annotated[dict[Name, Share], Frozen, Field(min_length=1)] = Field(
        description="each party's share", examples=["{ investors = 0.7, provider = 0.3 }"]
    )

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum(self.shares.values())
        if abs(total - 1) > 1e-9:
            raise Refusal(
                ("shares",), f"{total:g} in all", "the shares of what remains add up to 1", "correct the shares"
            )
        return self
