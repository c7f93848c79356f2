"""Who gets what remains once all who are repaid have been: by shares, in tiers, from when somebody has been repaid.

Frozen, validated, no arithmetic. How money is split is in `settlement/waterfall.py`; rules that need more than one noun
are in `scenario/rules/remainders.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, Frozen, FrozenDict, Name, Share, Term
from sib.terms.capital import ROUNDING, ReturnLevel
from sib.terms.metric import Names


class Hurdle(ReturnLevel):
    """The return of a tranche at which one tier of what remains ends and the next begins."""

    _called = "a hurdle"

    tranche: Name = Field(description="whose return it is", examples=["LP"])


class Tier(Term):
    """Shares of what remains, until a tranche has come to a return; the last tier goes on for ever."""

    shares: Annotated[dict[Name, Share], Frozen, Field(min_length=1)] = Field(
        description="each party's share", examples=["{ LP = 0.9, GP = 0.1 }"]
    )
    until: Hurdle | None = Field(
        None,
        description="the return at which the next tier begins; none in the last",
        examples=['{ tranche = "LP", annual_return = 0.12 }'],
    )

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _add_up(self.shares)
        if self.until is not None and not self.shares.get(self.until.tranche):
            raise Refusal(
                ("until", "tranche"),
                self.until.tranche,
                f"a tier ends where its own payments have brought a tranche to a return; `{self.until.tranche}` has no"
                " share in it",
                f"give `{self.until.tranche}` a share, or name a tranche that has one",
            )
        return self


class Remainder(Term):
    """Who gets what remains of some payments once everybody who is repaid from them has been: shares that sum to 1.

    The shares may change with what a tranche has earned (`tiers`), and once tranches have been repaid (`once_repaid`).
    """

    name: Name = Field(description="what it is called", examples=["return"])
    on: Names | None = Field(None, description="the payments that it is about; all others by default", examples=[["a"]])
    once_repaid: Names | None = Field(
        None,
        description="it holds once these tranches have their capital and interest back; until then the remainder of the"
        " same payments without it does",
        examples=[["junior"]],
    )
    shares: Annotated[dict[Name, Share], Frozen] = Field(
        default_factory=FrozenDict,
        description="each party's share",
        examples=["{ investors = 0.7, provider = 0.3 }"],
    )
    tiers: Annotated[tuple[Tier, ...], LAX, Field(max_length=100)] = Field(
        (), description="in place of shares: one tier after the other, each until a tranche has come to a return"
    )

    @model_validator(mode="after")
    def _shared_out(self) -> Self:
        if bool(self.shares) == bool(self.tiers):
            raise Refusal(
                ("shares",),
                dict(self.shares) or MISSING,
                "what remains is shared by `shares`, or by `tiers` of them: one of the two",
                "write, for example, `shares = { investors = 0.7, provider = 0.3 }`",
            )
        if self.shares:
            _add_up(self.shares)
        return self

    @model_validator(mode="after")
    def _tiers_follow(self) -> Self:
        for i, tier in enumerate(self.tiers):
            last = i == len(self.tiers) - 1
            if (tier.until is None) != last:
                raise Refusal(
                    ("tiers", i, "until"),
                    MISSING if tier.until is None else "given",
                    "every tier but the last ends at a return: `until` says at which",
                    "add a tier that comes after it" if last else "say when it ends, or leave out the tiers below it",
                )
        hurdles = [tier.until for tier in self.tiers if tier.until is not None]
        highest: dict[tuple[str, bool], float] = {}  # so far, of each tranche: as a multiple, and as a rate
        for i, hurdle in enumerate(hurdles):
            kind, level = (hurdle.tranche, hurdle.multiple is None), hurdle.multiple or hurdle.annual_return or 0.0
            before, highest[kind] = highest.get(kind, -math.inf), level
            if level <= before:
                key = "annual_return" if hurdle.multiple is None else "multiple"
                raise Refusal(
                    ("tiers", i, "until", key),
                    getattr(hurdle, key),
                    f"the hurdles of one tranche rise; an earlier one is {before:g}, so that this tier would be empty",
                    "put the tiers in order, or correct the return",
                )
        return self

    @property
    def in_tiers(self) -> tuple[Tier, ...]:
        """Its tiers; one without an end where it has shares alone."""
        return self.tiers or (Tier(shares=self.shares),)

    @property
    def takers(self) -> tuple[str, ...]:
        """Everybody who has a share, each once."""
        return tuple(dict.fromkeys(name for tier in self.in_tiers for name in tier.shares))


def _add_up(shares: Mapping[str, float]) -> None:
    total = sum(shares.values())
    if abs(total - 1) > ROUNDING:
        raise Refusal(("shares",), f"{total:g} in all", "the shares of what remains add up to 1", "correct the shares")
