"""What is believed about the programme itself: who comes and takes part, when outcomes arise, what may go wrong.

Frozen, validated, no arithmetic; `sib/model/prior.py` draws from them.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, Months, Share, Term, Unit


class Timing(Term):
    """When what is verified arises: in which shares over the periods, or so many months after enrolment.

    In a funnel the months count from the milestone before. A pair of months is a range, each month as likely.
    """

    shares: Annotated[tuple[Share, ...], LAX, Unit("share")] | None = Field(
        None, description="the share of each period, adding up to 1", examples=[[0.5, 0.3, 0.2]]
    )
    months: Annotated[Months, Field(le=240)] | Annotated[tuple[Months, Months], LAX] | None = Field(
        None, description="months from enrolment, or from the milestone before", examples=[6]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.shares is None) == (self.months is None):
            raise Refusal((), MISSING, "timing is by shares or by months: one of the two", "write `months = 6`")
        if self.shares is not None and abs(sum(self.shares) - 1) > 1e-9:
            raise Refusal(
                ("shares",), f"{sum(self.shares):g} in all", "the shares of the periods add up to 1", "correct them"
            )
        if self.range[0] > self.range[1]:
            raise Refusal(("months",), self.months, "a range rises", "exchange the two")
        return self

    @property
    def range(self) -> tuple[int, int]:
        """The first and the last month."""
        return self.months if isinstance(self.months, tuple) else (self.months or 0, self.months or 0)


class Drift(Term):
    """How the level without the programme moves, for those served and their comparison alike.

    A trend compounds yearly; about it the level wanders, by so much a year (a random walk of its logarithm). A group
    that is measured at the same time moves with those served; a historical baseline stays behind.
    """

    trend: Annotated[float, Field(ge=-0.5, le=0.5), Unit("a year")] = Field(
        0.0, description="relative change a year", examples=[-0.02]
    )
    sd: Annotated[float, Field(ge=0, le=0.5), Unit("a year")] = Field(
        0.0, description="standard deviation of a year's change about it", examples=[0.03]
    )


class Engagement(Term):
    """How many of those served take part. The whole cohort is measured, so that the rest dilutes the effect.

    With it, the effects of compared metrics are those on persons who take part to the end. Who drops out keeps a part
    of the effect; who never takes part has none.
    """

    share: Annotated[Share, Unit("share of persons")] = Field(
        description="the share of persons who take part", examples=[0.74]
    )
    sd: Annotated[float, Field(ge=0, le=0.5), Unit("share of persons")] = Field(
        0.0, description="how unsure that is: the standard deviation of that share, which is beta", examples=[0.05]
    )
    drop_out: Annotated[Share, Unit("share of those")] = Field(
        0.0, description="of those, the share who drop out", examples=[0.3]
    )
    kept: Annotated[Share, Unit("share of the effect")] = Field(
        0.0, description="the share of the effect that remains for who drops out", examples=[0.5]
    )

    @model_validator(mode="after")
    def _between_none_and_all(self) -> Self:
        most = self.share * (1.0 - self.share)
        if self.sd > 0 and self.sd**2 >= most:
            raise Refusal(
                ("sd",),
                self.sd,
                f"a share of {self.share:g} has a standard deviation below {most**0.5:.4g}, where it is none or all",
                "lower it, or leave it out",
            )
        return self


class Referrals(Term):
    """How many of the planned persons come to each cohort: a share of its size."""

    mean: Annotated[float, Field(gt=0, le=3), Unit("share of plan")] = Field(
        description="the share of the planned persons who come", examples=[0.9]
    )
    sd: Annotated[float, Field(ge=0, le=1), Unit("share of plan")] = Field(
        0.0, description="how unsure that is, cohort by cohort", examples=[0.1]
    )


class Overrun(Term):
    """How far a cost may exceed its plan. What the capital cannot pay is borne by who is owed it."""

    mean: Annotated[float, Field(ge=-0.9, le=5), Unit("share of the cost")] = Field(
        0.0, description="by how much it is exceeded on average", examples=[0.05]
    )
    sd: Annotated[float, Field(ge=0, le=2), Unit("share of the cost")] = Field(
        0.0, description="how unsure that is", examples=[0.1]
    )


class Delay(Term):
    """How late what is paid on a metric's results may come: so many months, each with its chance."""

    months: Annotated[tuple[Annotated[Months, Field(le=120)], ...], LAX, Field(min_length=1, max_length=12)] = Field(
        description="the months of delay that there may be", examples=[[0, 6, 12]]
    )
    chances: Annotated[tuple[Share, ...], LAX, Unit("probability")] = Field(
        description="the chance of each", examples=[[0.7, 0.2, 0.1]]
    )

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if len(self.months) != len(self.chances):
            raise Refusal(
                ("chances",), f"{len(self.chances)} chances", f"one for each delay: {len(self.months)}", "give one each"
            )
        if abs(sum(self.chances) - 1) > 1e-9:
            raise Refusal(
                ("chances",), f"{sum(self.chances):g} in all", "the chances of the delays add up to 1", "correct them"
            )
        if len(set(self.months)) < len(self.months):
            raise Refusal(("months",), list(self.months), "each delay is named once", "add up the chances of the two")
        return self
