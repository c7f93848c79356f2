"""What is believed about the programme itself: who comes and takes part, when outcomes arise, what may go wrong.

Frozen, validated, no arithmetic; `sib/model/prior.py` draws from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, Months, NoSpeck, Share, Term, Unit, span


def _points(value: Any) -> Any:
    """Points of a curve, where it can be told what is wrong with them."""
    points = value if isinstance(value, list | tuple) else ()
    pairs = [point for point in points if isinstance(point, list | tuple) and len(point) == 2]
    numbers = len(pairs) == len(points) and all(isinstance(one, int | float) for pair in pairs for one in pair)
    if not pairs or not numbers:
        return value
    if all(share > 1 >= months for months, share in pairs):
        raise Refusal((), value, "a point is months, then the share who have by then", "exchange the two in each point")
    if pairs[0][0] == 0:
        rule = "points after enrolment, or after the milestone before: there nobody has yet"
        raise Refusal((0,), value[0], rule, "leave this point out: the curve begins with nobody")
    return value


class Timing(Term):
    """When what is verified arises: in which shares over the periods, or so many months after enrolment.

    In a funnel the months count from the day on which the same person reached the milestone before. A pair of months is
    a range, each month as likely; `mean_months` an exponential law, with a share who `never` do; `reached_by` a curve
    of cumulative shares, as studies publish them, straight between its points.
    """

    shares: Annotated[tuple[Share, ...], LAX, Unit("share")] | None = Field(
        None, description="the share of each period, adding up to 1", examples=[[0.5, 0.3, 0.2]]
    )
    months: Annotated[Months | Annotated[tuple[Months, Months], LAX] | None, span(240)] = Field(
        None, description="months from enrolment, or from the milestone before: a number, or a range", examples=[6]
    )

    mean_months: Annotated[float, Field(gt=0, le=240), NoSpeck, Unit("months")] | None = Field(
        None,
        description="mean months of an exponential law: each month as likely as the one before",
        examples=[9],
    )
    never: Annotated[float, Field(ge=0, lt=1), NoSpeck, Unit("share of persons")] = Field(
        0.0,
        description="with `mean_months`: of the share in `levels`, who never do",
        examples=[0.2],
    )
    reached_by: (
        Annotated[
            tuple[
                Annotated[
                    tuple[Annotated[float, Field(gt=0, le=240), Unit("months")], Annotated[Share, Unit("share")]], LAX
                ],
                ...,
            ],
            LAX,
            Field(min_length=1, max_length=240),
            BeforeValidator(_points),
        ]
        | None
    ) = Field(
        None,
        description="a curve: after so many months, which share has reached it; who has not by its end never does",
        examples=[[[3, 0.2], [6, 0.5], [12, 1.0]]],
    )
    pace_sd: Annotated[float, Field(ge=0, le=1), Unit("share of the months")] = Field(
        0.0,
        description="how unsure the pace is: all these months are multiplied by one factor, lognormal with mean one and"
        " this standard deviation",
        examples=[0.25],
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("shares", "months", "mean_months", "reached_by")
        given = [key for key in ways if getattr(self, key) is not None]
        if len(given) != 1:
            raise Refusal(
                (),
                given or MISSING,
                "timing is by `shares`, `months`, `mean_months` or `reached_by`: one of them",
                f"keep `{given[0]}` or `{given[1]}`" if len(given) > 1 else "write `months = 6`",
            )
        if self.never > 0 and self.mean_months is None:
            raise Refusal(
                ("never",),
                self.never,
                "who never do is said with `mean_months`",
                "lower the level in its place",
            )
        if self.pace_sd > 0 and self.shares is not None:
            raise Refusal(("pace_sd",), self.pace_sd, "a pace is of months, not of shares", "write `months`")
        points = self.reached_by or ()
        for i, (before, point) in enumerate(zip(((0.0, 0.0), *points), points, strict=False)):
            if not (point[0] > before[0] and point[1] >= before[1]):
                raise Refusal(
                    ("reached_by", i),
                    list(point),
                    f"later than {before[0]:g} months, and no smaller a share than the {before[1]:g} by then",
                    "give cumulative shares, in the order of the months",
                )
        if self.shares is not None and abs(sum(self.shares) - 1) > 1e-9:
            raise Refusal(
                ("shares",), f"{sum(self.shares):g} in all", "the shares of the periods add up to 1", "correct them"
            )
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


class RampUp(Term):
    """A slow beginning: how many come in the first periods of enrolment, relative to the plan's even pace."""

    shares: Annotated[
        tuple[Annotated[float, Field(ge=0, le=3), Unit("share of the planned pace")], ...],
        LAX,
        Field(min_length=1, max_length=120),
    ] = Field(description="one for each period from the first; later ones are as planned", examples=[[0.25, 0.5, 0.75]])
    every_months: Annotated[Months, Field(ge=1, le=12)] = Field(3, description="months of a period", examples=[3])


class Referrals(Term):
    """How many of the planned persons come to each cohort, a share of its size, and when.

    Who does not come in a slow beginning (`ramp_up`) does not come later; all who come may come `late`, by so many
    months, or by any number in a range, each as likely; `pace_sd` says how unsure the months are over which they come.
    """

    mean: Annotated[float, Field(gt=0, le=3), NoSpeck, Unit("share of plan")] = Field(
        1.0, description="the share of the planned persons who come", examples=[0.9]
    )
    sd: Annotated[float, Field(ge=0, le=1), Unit("share of plan")] = Field(
        0.0, description="how unsure that is, cohort by cohort", examples=[0.1]
    )
    ramp_up: RampUp | None = Field(None, description="a slow beginning", examples=["{ shares = [0.25, 0.5, 0.75] }"])
    months_late: Annotated[Months | Annotated[tuple[Months, Months], LAX], span(60)] = Field(
        0,
        description="by how many months enrolment begins late, cohort by cohort: a number, or a range",
        examples=[[0, 6]],
    )
    pace_sd: Annotated[float, Field(ge=0, le=1), Unit("share of the months")] = Field(
        0.0,
        description="how unsure the pace is: the months over which persons enrol are multiplied by one factor,"
        " lognormal with mean one and this standard deviation",
        examples=[0.2],
    )

    @property
    def about_time(self) -> bool:
        """Whether it says anything of when persons come."""
        return self.ramp_up is not None or self.late != (0, 0) or self.pace_sd > 0

    @property
    def late(self) -> tuple[int, int]:
        """The least and the most months by which enrolment begins late."""
        return self.months_late if isinstance(self.months_late, tuple) else (self.months_late, self.months_late)


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
