"""Beliefs: what an analyst assumes. How things would have gone, how well the programme works, how it is measured.

Frozen, validated, no arithmetic; `engine/outcomes.py` draws from them.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Discriminator, Field, model_serializer, model_validator

from sib.terms.base import Frozen, FrozenDict, Name, Rate, Share, Term, Unit
from sib.terms.errors import Refusal

Improvement = Annotated[float, Field(ge=-1, le=10), Unit("relative improvement")]
Spread = Annotated[float, Field(ge=0, le=1), Unit("relative improvement")]
Shift = Annotated[float, Field(ge=-1, le=1), Unit("relative improvement")]


class CountComparison(Term):
    """Events a person without the programme, and how unevenly they fall on persons.

    The spread over persons is negative binomial. It is given by `share_with_any`, the share of persons with at
    least one event that reports publish, or by its shape; or `spread = "poisson"` says that there is none.
    """

    mean: Annotated[float, Field(gt=0, le=1e6), Unit("events a person")] = Field(
        description="mean events a person in the window", examples=[1.55]
    )
    share_with_any: Annotated[Share, Field(ge=1e-9, lt=1), Unit("share of persons")] | None = Field(
        None, description="the share of persons with at least one event", examples=[0.557]
    )
    shape: Annotated[float, Field(gt=0, le=1e9), Unit("negative binomial shape")] | None = Field(
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


class Certain(Term):
    """The same effect in every cohort, for sure."""

    distribution: Literal["certain"]
    value: Improvement = Field(description="the improvement", examples=[0.10])

    @model_serializer
    def _as_number(self) -> float:
        return self.value


class _Varying(Term):
    between_cohorts: Spread = Field(
        0.0, description="standard deviation of cohorts' effects about the deal's own", examples=[0.02]
    )
    learning: Shift = Field(0.0, description="improvement added from each cohort to the next", examples=[0.01])


class Normal(_Varying):
    """A normal belief about the improvement."""

    distribution: Literal["normal"]
    mean: Improvement = Field(description="the mean improvement", examples=[0.09])
    sd: Spread = Field(description="its standard deviation", examples=[0.05])


class Uniform(_Varying):
    """Any improvement between two, each as likely."""

    distribution: Literal["uniform"]
    low: Improvement = Field(description="the least", examples=[0.0])
    high: Improvement = Field(description="the most", examples=[0.2])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.high:
            raise Refusal(("low",), self.low, f"low is not above high ({self.high:g})", "exchange the two")
        return self


class Triangular(_Varying):
    """A least, a most likely and a greatest improvement."""

    distribution: Literal["triangular"]
    low: Improvement = Field(description="the least", examples=[0.0])
    mode: Improvement = Field(description="the most likely", examples=[0.1])
    high: Improvement = Field(description="the greatest", examples=[0.2])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise Refusal(
                (),
                [self.low, self.mode, self.high],
                "low, mode and high do not fall",
                "put the three in rising order",
            )
        return self


def _number_is_certain(value: Any) -> Any:
    if isinstance(value, dict | BaseModel):
        return value
    return {"distribution": "certain", "value": value}


Effect = Annotated[
    Annotated[Certain | Normal | Uniform | Triangular, Discriminator("distribution")],
    BeforeValidator(_number_is_certain),
]


class Evaluation(Term):
    """How far the evaluator's comparison is off: shared by all cohorts, in units of improvement.

    A bias of 0.02 means that a programme without any effect would be reported, but for chance, as a two per cent
    improvement, because the comparison group would have done that much worse anyway. Beyond 0.9 it counts as 0.9.
    """

    bias: Annotated[float, Field(ge=-0.5, le=0.5), Unit("relative improvement")] = Field(
        0.0, description="how much the comparison flatters", examples=[0.02]
    )
    bias_sd: Annotated[float, Field(ge=0, le=0.2), Unit("relative improvement")] = Field(
        0.0, description="how unsure that is", examples=[0.03]
    )


class Beliefs(Term):
    """All that is assumed rather than written in the contract."""

    comparison: Annotated[dict[Name, CountComparison], Frozen] = Field(
        description="events without the programme, for each metric",
        examples=["{ reconvictions = { mean = 1.55, share_with_any = 0.557 } }"],
    )
    effects: Annotated[dict[Name, Effect], Frozen] = Field(
        description="how well the programme works, for each metric: a number, or a distribution",
        examples=["{ reconvictions = 0.10 }"],
    )
    evaluation: Annotated[dict[Name, Evaluation], Frozen] = Field(
        default_factory=FrozenDict, description="bias of the comparison, for each metric; none by default"
    )
    discount_rates: Annotated[dict[Name, Rate], Frozen] = Field(
        description="what a year's wait costs each tranche's investors, 0.035 for 3.5 per cent",
        examples=["{ investors = 0.035 }"],
    )
