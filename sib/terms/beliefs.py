"""Beliefs: what an analyst assumes. How things would have gone, how well the programme works, how it is measured.

Frozen, validated, no arithmetic; `sib/model/prior.py` draws worlds from them.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, Frozen, FrozenDict, Name, NoSpeck, Rate, Share, Term, Unit
from sib.terms.correlation import Correlation, as_table
from sib.terms.distributions import Effect, LevelBelief
from sib.terms.evaluation import Evaluation
from sib.terms.programme import Delay, Drift, Engagement, Overrun, Referrals, Timing

Hazard = Annotated[
    float, Field(ge=0, lt=1, description="the chance that it happens within a year", examples=[0.05]), Unit("a year")
]

Deadweight = Annotated[
    float,
    Field(ge=0, lt=1, description="the share of what is verified that would have come anyway", examples=[0.35]),
    NoSpeck,
    Unit("share of what is verified"),
]


class CountComparison(Term):
    """Events a person without the programme, and how unevenly they fall on persons.

    The spread over persons is negative binomial. It is given by `share_with_any`, the share of persons with at
    least one event that reports publish, or by its shape; or `spread = "poisson"` says that there is none.
    """

    mean: Annotated[float, Field(gt=0, le=1e6), NoSpeck, Unit("events a person")] = Field(
        description="mean events a person in the window", examples=[1.55]
    )
    share_with_any: Annotated[float, Field(ge=1e-9, lt=1), Unit("share of persons")] | None = Field(
        None, description="the share of persons with at least one event", examples=[0.557]
    )
    shape: Annotated[float, Field(gt=0, le=1e9), NoSpeck, Unit("negative binomial shape")] | None = Field(
        None, description="the negative binomial shape: small is uneven", examples=[0.69]
    )
    spread: Literal["negative binomial", "poisson"] = Field(
        "negative binomial", description="how events fall on persons"
    )

    @model_validator(mode="after")
    def _spread_once(self) -> Self:
        given = [key for key in ("share_with_any", "shape") if getattr(self, key) is not None]
        if len(given) != (self.spread == "negative binomial"):
            raise Refusal(
                (),
                given or "neither",
                "a negative binomial needs `share_with_any` or `shape`, one of the two; a poisson neither",
                "add `share_with_any`, the share of persons with any event, from the report that gives the mean; or"
                ' write `spread = "poisson"` where events fall on persons by chance alone',
            )
        most = -math.expm1(-self.mean)
        if self.share_with_any is not None and self.share_with_any >= most:
            raise Refusal(
                ("share_with_any",),
                self.share_with_any,
                f"with a mean of {self.mean:g} the share with any event is below {most:.4f}, where persons are alike",
                'correct one of the two figures, or write `spread = "poisson"` in place of the share',
            )
        return self


class ShareComparison(Term):
    """The share of persons with the outcome, without the programme."""

    share: Annotated[float, Field(gt=0, lt=1), NoSpeck, Unit("share of persons")] = Field(
        description="the share of persons with the outcome", examples=[0.58]
    )


class MeanComparison(Term):
    """A quantity a person without the programme, and how it is spread over persons."""

    mean: Annotated[float, Field(gt=0, le=1e12), NoSpeck, Unit("a person")] = Field(
        description="the mean a person", examples=[77.0]
    )
    sd: Annotated[float, Field(ge=0, le=1e12), NoSpeck, Unit("a person")] = Field(
        description="its standard deviation over persons", examples=[120.0]
    )


class TotalComparison(Term):
    """Units in each result without the programme, and how they vary by chance."""

    units: Annotated[float, Field(gt=0, le=1e12), NoSpeck, Unit("units a result")] | None = Field(
        None, description="units expected in each result", examples=[400]
    )
    path: Annotated[tuple[Annotated[float, Field(gt=0, le=1e12), NoSpeck], ...], LAX, Unit("units a result")] | None = (
        Field(None, description="units expected in one result after another", examples=[[147, 150, 152]])
    )
    sd: Annotated[float, Field(ge=0, le=1), Unit("share of the units")] = Field(
        description="standard deviation of a result about what is expected, relative to it", examples=[0.08]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.units is None) == (self.path is None):
            raise Refusal(
                (),
                MISSING if self.units is None else "both",
                "units are expected alike in each result (`units`), or one after another (`path`): one of the two",
                "write `units = 400`",
            )
        return self


def _which_comparison(value: Any) -> str:
    """Which kind of comparison a table is meant to be, by its keys."""
    has = value.__contains__ if isinstance(value, dict) else lambda key: hasattr(value, key)
    if has("share"):
        return "ShareComparison"
    if has("units") or has("path"):
        return "TotalComparison"
    return "MeanComparison" if has("sd") else "CountComparison"


ComparisonBelief = Annotated[
    Annotated[CountComparison, Tag("CountComparison")]
    | Annotated[ShareComparison, Tag("ShareComparison")]
    | Annotated[MeanComparison, Tag("MeanComparison")]
    | Annotated[TotalComparison, Tag("TotalComparison")],
    Discriminator(_which_comparison),
]
COMPARISONS: Final = {  # by kind of metric: what is believed of it, and the keys that say so, in words
    "count": (CountComparison, "mean and share_with_any"),
    "proportion": (ShareComparison, "share"),
    "mean": (MeanComparison, "mean and sd"),
    "total": (TotalComparison, "units and sd"),
}


class Beliefs(Term):
    """All that is assumed rather than written in the contract."""

    comparison: Annotated[dict[Name, ComparisonBelief], Frozen] = Field(
        default_factory=FrozenDict,
        description="how things would go without the programme, for each metric that is compared",
        examples=["{ reconvictions = { mean = 1.55, share_with_any = 0.557 } }"],
    )
    effects: Annotated[dict[Name, Effect], Frozen] = Field(
        default_factory=FrozenDict,
        description="how well the programme works, for each metric that is compared: a number, or a distribution",
        examples=["{ reconvictions = 0.10 }"],
    )
    levels: Annotated[dict[Name, LevelBelief], Frozen] = Field(
        default_factory=FrozenDict,
        description="what will be measured, for each metric that is compared with nothing: a share of persons, a mean,"
        " units in all; in a funnel a share of those who reached the milestone before",
        examples=["{ restoration = 0.60 }"],
    )
    deadweight: Annotated[dict[Name, Deadweight], Frozen] = Field(
        default_factory=FrozenDict,
        description="the share of what is verified that would have come anyway, for metrics that are compared with"
        " nothing; in a funnel of those who reached that milestone; it draws nothing and moves no cash",
        examples=['{ "enters work" = 0.35 }'],
    )
    timing: Annotated[dict[Name, Timing], Frozen] = Field(
        default_factory=FrozenDict,
        description="when it arises, for metrics by period; by default evenly, and milestones as people enrol",
    )
    evaluation: Annotated[dict[Name, Evaluation], Frozen] = Field(
        default_factory=FrozenDict, description="how the evaluator's figures err, for each metric; by chance alone"
    )
    drift: Annotated[dict[Name, Drift], Frozen] = Field(
        default_factory=FrozenDict,
        description="how the level without the programme moves from year to year, for metrics that are compared",
        examples=["{ reconvictions = { trend = -0.02, sd = 0.03 } }"],
    )
    maturity: Annotated[dict[Name, Share], Frozen] = Field(
        default_factory=FrozenDict,
        description="for each interim result: the share of the whole window's events that fall within its own",
        examples=["{ interim = 0.53 }"],
    )
    engagement: Engagement | None = Field(
        None, description="how many of those served take part; by default the effects are those on the whole cohort"
    )
    referrals: Referrals | None = Field(
        None, description="how many of the planned persons come; all of them by default"
    )
    overruns: Annotated[dict[Name, Overrun], Frozen] = Field(
        default_factory=FrozenDict, description="how far costs may exceed their plan, by cost; not at all by default"
    )
    delays: Annotated[dict[Name, Delay], Frozen] = Field(
        default_factory=FrozenDict,
        description="how late what is paid on a metric's results may come, by metric; on time by default",
    )
    hazards: Annotated[dict[Name, Hazard], Frozen] = Field(
        default_factory=FrozenDict,
        description="for each event that may happen on any day: the chance that it does within a year",
        examples=['{ "policy change" = 0.05 }'],
    )
    correlation: Annotated[dict[Name, Correlation], Frozen, BeforeValidator(as_table)] = Field(
        default_factory=FrozenDict,
        description="which beliefs move together: none by default; a number is that of all effects and levels",
        examples=["0.5"],
    )
    discount_rates: Annotated[dict[Name, Rate], Frozen] = Field(
        default_factory=FrozenDict,
        description="what a year's wait costs each tranche's investors, 0.035 for 3.5 per cent",
        examples=["{ investors = 0.035 }"],
    )
