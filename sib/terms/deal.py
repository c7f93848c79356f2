"""The deal: what is written in the contract. Who is served, what is measured, what is paid for what, whose money.

Frozen, validated, no arithmetic. A new kind of metric, payment or tranche widens the nouns here; checks that need
more than one noun are in `checks.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sib.terms.base import LAX, Day, Money, Months, Name, Number, Persons, Rate, Term, Unit
from sib.terms.calendar import add_months
from sib.terms.errors import Refusal
from sib.terms.schedule import Schedule

Names = Annotated[tuple[Name, ...], LAX, Field(min_length=1)]
Days = Annotated[tuple[Day, ...], LAX, Field(min_length=1), Unit("date")]
LONGEST = 1200  # months
Measure = Literal["improvement", "points", "units"]


class Enrolment(Term):
    """When a cohort enrols: a first day, and either a last day or a number of months."""

    starts: Day = Field(description="the first day of enrolment", examples=[dt.date(2010, 9, 9)])
    ends: Day | None = Field(None, description="the day on which enrolment ends", examples=[dt.date(2012, 7, 9)])
    months: Annotated[Months, Field(ge=1)] | None = Field(
        None, description="how many months enrolment lasts", examples=[22]
    )

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if (self.ends is None) == (self.months is None):
            raise Refusal(
                (),
                {"ends": self.ends, "months": self.months},
                "enrolment has a last day or a number of months: one of the two",
                "write either `ends = 2012-07-09` or `months = 22`",
            )
        if self.ends is not None and self.ends < self.starts:
            raise Refusal(
                ("ends",),
                self.ends,
                f"enrolment cannot end before it starts ({self.starts})",
                "exchange the two dates, or correct the wrong one",
            )
        return self

    @property
    def last_day(self) -> dt.date:
        """The day on which enrolment ends."""
        return self.ends if self.ends is not None else add_months(self.starts, self.months or 0)


class Cohort(Term):
    """People served together."""

    name: Name = Field(description="what the cohort is called", examples=["1"])
    size: Persons = Field(description="the number of persons", examples=[1000])
    enrol: Enrolment = Field(description="when they enrol", examples=["{ starts = 2010-09-09, months = 22 }"])


class Comparison(Term):
    """What a cohort's result is compared with."""

    design: Literal["matched"] = Field(
        description="matched: each person served has several matched controls", examples=["matched"]
    )
    controls: Annotated[int, Field(ge=1, le=1000), Unit("controls a person")] = Field(
        description="matched controls for each person served", examples=[10]
    )


class Reporting(Term):
    """When a cohort's result is published: a lag after its enrolment ends, or one date for each cohort."""

    months_after_enrolment: Months | None = Field(
        None, description="months from the end of enrolment to the published result", examples=[25]
    )
    dates: Days | None = Field(
        None, description="the date of publication of each cohort's result", examples=[[dt.date(2014, 8, 7)]]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.months_after_enrolment is None) == (self.dates is None):
            raise Refusal(
                (),
                {"months_after_enrolment": self.months_after_enrolment, "dates": self.dates},
                "results are published some months after enrolment, or on given dates: one of the two",
                "write either `months_after_enrolment = 25` or `dates = [...]`, one date a cohort",
            )
        return self


class Metric(Term):
    """What is measured, on whom, compared with what, and when the result is known."""

    name: Name = Field(description="what the metric is called", examples=["reconvictions"])
    kind: Literal["count"] = Field(description="count: events a person", examples=["count"])
    better: Literal["lower", "higher"] = Field(
        description="whether fewer or more events are better", examples=["lower"]
    )
    window_months: Annotated[Months, Field(ge=1)] = Field(
        description="months over which each person's events are counted", examples=[12]
    )
    compare: Comparison = Field(
        description="what it is compared with", examples=['{ design = "matched", controls = 10 }']
    )
    reported: Reporting = Field(description="when results are published", examples=["{ months_after_enrolment = 25 }"])


class Condition(Term):
    """What must hold before a payment is made. A level is reached at equality (convention 3)."""

    improvement: Annotated[Number, Unit("relative improvement")] | None = Field(
        None, description="the least relative improvement, 0.10 = ten per cent", examples=[0.10]
    )
    points: Annotated[Number, Unit("events a person")] | None = Field(
        None, description="the least absolute improvement a person, in events", examples=[0.15]
    )
    units: Annotated[Number, Unit("events")] | None = Field(
        None, description="the least number of events avoided or gained", examples=[100]
    )
    unpaid: Name | None = Field(
        None,
        description="count, in what is paid, only the cohorts for which this other payment has not fallen due",
        examples=["early"],
    )

    def levels(self) -> dict[Measure, float]:
        """The levels that must be reached, by what they are read from."""
        written: dict[Measure, float | None] = {
            "improvement": self.improvement,
            "points": self.points,
            "units": self.units,
        }
        return {measure: level for measure, level in written.items() if level is not None}


class Payment(Term):
    """What the outcome payer owes for a result: a schedule on a metric, and the conditions that open it.

    A payment of scope "cohort" is tested and made for each cohort by itself; one of scope "pooled" once, over all
    cohorts' persons together, when the last result is known. What it comes to is never less than nothing.
    """

    name: Name = Field(description="what the payment is called", examples=["early"])
    metric: Name = Field(description="the metric that it reads", examples=["reconvictions"])
    scope: Literal["cohort", "pooled"] = Field(
        description="tested for each cohort, or once over all of them", examples=["cohort"]
    )
    when: Condition = Field(Condition(), description="what must hold before it is made")
    reads: Measure | None = Field(
        None,
        description="what the schedule is a function of; by default units for per_unit, else improvement",
        examples=["improvement"],
    )
    pays: Schedule = Field(description="how much it pays", examples=["{ per_unit = 14_700 }"])
    months_after_result: Months = Field(0, description="months from the published result to the payment", examples=[1])

    @model_validator(mode="after")
    def _a_price_is_for_units(self) -> Self:
        if self.pays.per_unit is not None and self.reads not in (None, "units"):
            raise Refusal(
                ("reads",),
                self.reads,
                "`per_unit` is a price for each unit, so it reads units",
                "leave `reads` out, or write the schedule as nodes",
            )
        return self

    @property
    def reading(self) -> Measure:
        """What the schedule is a function of."""
        return self.reads or ("units" if self.pays.per_unit is not None else "improvement")


class Limit(Term):
    """A cap that one or several payments share. What is over it when it falls due is not paid, then or later.

    `annual_return` caps what may have been paid by any date at what was spent on the programme until then, each cost
    compounded at this rate to that date, less what was paid before, compounded likewise: no investor whose money
    paid those costs can have earned more. Scope "cohort" gives each cohort a limit of its own; a pooled payment may use
    what the cohorts that it counts have left between them.
    """

    name: Name = Field(description="what the limit is called", examples=["payer cap"])
    on: Names = Field(description="the payments that share it", examples=[["early", "pooled"]])
    scope: Literal["cohort", "pooled"] = Field("pooled", description="one limit over all cohorts, or one for each")
    amount: Money | None = Field(None, description="the most that is paid in all", examples=[8_000_000])
    annual_return: Rate | None = Field(
        None, description="the most that the money spent may earn a year", examples=[0.13]
    )

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.amount is None and self.annual_return is None:
            raise Refusal(
                (),
                "neither",
                "a limit has an amount, an annual return, or both",
                "add `amount = 8_000_000` or `annual_return = 0.13`, or remove the limit",
            )
        return self


class Tranche(Term):
    """Somebody's money. The party is known by the tranche's name."""

    name: Name = Field(description="whose money it is", examples=["investors"])
    amount: Annotated[Money, Field(gt=0)] = Field(description="the capital committed", examples=[5_000_000])
    draws: Literal["as needed", "at start"] = Field(
        "as needed", description="paid in as costs fall due, or all on the scenario's first day"
    )


class Cost(Term):
    """What the vehicle pays for the programme, and when: equal instalments in advance.

    `per = "cohort"` is an amount for each cohort, `per = "person"` for each person of each cohort, both counted from
    the cohort's first day of enrolment; `per = "deal"` is one amount, counted from `starts`.
    """

    name: Name = Field(description="what the cost is for", examples=["service"])
    to: Name = Field(description="who is paid", examples=["providers"])
    amount: Money = Field(description="the amount for the deal, each cohort or each person", examples=[1_600_000])
    per: Literal["deal", "cohort", "person"] = Field(description="what the amount is for", examples=["cohort"])
    starts: Day | None = Field(
        None, description="the first instalment, for a cost of the whole deal", examples=[dt.date(2010, 9, 9)]
    )
    instalments: Annotated[int, Field(ge=1, le=1200), Unit("instalments")] = Field(
        1, description="how many equal instalments", examples=[12]
    )
    every_months: Annotated[Months, Field(ge=1)] = Field(
        3, description="months from one instalment to the next", examples=[3]
    )

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if (self.instalments - 1) * self.every_months > LONGEST:
            raise Refusal(
                ("instalments",),
                f"{self.instalments}, {self.every_months} months apart",
                f"the last instalment falls due within {LONGEST} months of the first",
                "lower `instalments` or `every_months`",
            )
        return self

    @model_validator(mode="after")
    def _starts_once(self) -> Self:
        if (self.per == "deal") != (self.starts is not None):
            raise Refusal(
                ("starts",),
                self.starts if self.starts is not None else "nothing",
                "a cost of the whole deal has a first day; one a cohort or a person starts with enrolment",
                "add `starts = 2010-09-09`" if self.per == "deal" else "remove `starts`",
            )
        return self


class Cancellation(Term):
    """Named cohorts are given up before they are measured: from the date on costs stop, nothing is paid for them."""

    name: Name = Field(description="what happened", examples=["policy change"])
    kind: Literal["cancellation"] = Field(description="what kind of event", examples=["cancellation"])
    date: Day = Field(description="when", examples=[dt.date(2014, 4, 24)])
    cohorts: Names = Field(description="the cohorts that are given up", examples=[["3"]])
