"""The programme: who is served, what it costs, and what may happen to it on the way.

Frozen, validated, no arithmetic. What is measured is in `metric.py`, what is paid for it in `payment.py`, whose money
it is in `capital.py`; rules that need more than one noun are in `scenario/rules`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, LONGEST, Day, Frozen, FrozenDict, Money, Months, Name, Persons, Share, Term, Unit
from sib.terms.calendar import add_months
from sib.terms.levels import Levels

Rank = Annotated[int, Field(ge=1, le=100), Unit("rank")]
Some = Annotated[tuple[Name, ...], LAX]


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
    def over_months(self) -> int:
        """Over how many months persons enrol: those that begin before enrolment ends, one at least."""
        if self.months is not None:
            return max(self.months, 1)
        number = 1
        while add_months(self.starts, number) < self.last_day:
            number += 1
        return number

    @property
    def until(self) -> dt.date:
        """The last day on which anybody enrols, as people say it: of so many months the day before they are over."""
        over = self.last_day if self.ends is not None else self.last_day - dt.timedelta(days=1)
        return max(over, self.starts)

    @property
    def last_day(self) -> dt.date:
        """The day on which enrolment ends."""
        return self.ends if self.ends is not None else add_months(self.starts, self.months or 0)


class Cohort(Term):
    """People served together."""

    name: Name = Field(description="what the cohort is called", examples=["1"])
    size: Persons = Field(description="the number of persons", examples=[1000])
    enrol: Enrolment = Field(description="when they enrol", examples=["{ starts = 2010-09-09, months = 22 }"])


class Cost(Term):
    """What the vehicle pays for the programme, and when: equal instalments in advance.

    `per = "cohort"` is an amount for each cohort, `per = "person"` for each person of each cohort, both counted from
    the cohort's first day of enrolment; `per = "person enrolled"` is for each person who comes, counted from the month
    in which that person enrols; `per = "deal"` is one amount, counted from `starts`. A cost with a `rank` is deferred:
    it is owed from its date on, and paid out of what outcomes bring in, in that rank of the waterfall.
    """

    name: Name = Field(description="what the cost is for", examples=["service"])
    to: Name = Field(description="who is paid", examples=["providers"])
    amount: Money = Field(description="the amount for the deal, each cohort or each person", examples=[1_600_000])
    per: Literal["deal", "cohort", "person", "person enrolled"] = Field(
        description="what the amount is for", examples=["cohort"]
    )
    starts: Day | None = Field(
        None, description="the first instalment, for a cost of the whole deal", examples=[dt.date(2010, 9, 9)]
    )
    instalments: Annotated[int, Field(ge=1, le=1200), Unit("instalments")] = Field(
        1, description="how many equal instalments", examples=[12]
    )
    every_months: Annotated[Months, Field(ge=1)] = Field(
        3, description="months from one instalment to the next", examples=[3]
    )
    rank: Rank | None = Field(None, description="for a deferred cost: where it stands in the waterfall", examples=[2])

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


class Event(Term):
    """What may end a deal, or a part of it, on a date: for certain, or as a result known by then has it; or on any day.

    Cohorts that it ends are given up before they are measured: their costs stop and nothing is paid for them. Costs
    and payments that it ends do not fall due from that date on. Tranches that it redeems get that share of the capital
    they have out, from unspent capital first and then from `paid_by`, and their claim ends.
    """

    name: Name = Field(description="what happens", examples=["policy change"])
    date: Day = Field(description="when, or from when on it may happen", examples=[dt.date(2014, 4, 24)])
    until: Day | None = Field(
        None,
        description="it may happen on any day until then, with the chance a year of `beliefs.hazards`, or not at all",
        examples=[dt.date(2018, 3, 31)],
    )
    metric: Name | None = Field(None, description="the metric that decides whether it happens", examples=["bed days"])
    when: Levels | None = Field(
        None, description="it happens where the results known by then reach this", examples=["{ improvement = 0.2 }"]
    )
    unless: Levels | None = Field(
        None,
        description="it happens unless the results known by then reach this",
        examples=["{ improvement = 0.05 }"],
    )
    latest: bool = Field(
        False, description="it is decided on the latest result known by then alone, and not on all results so far"
    )
    fallback_for: Name | None = Field(
        None,
        description="it happens only where this other event has not: the first of that one, else this",
        examples=["the lender stops"],
    )
    cohorts: Some = Field((), description="the cohorts that are given up", examples=[["3"]])
    costs: Some = Field((), description="the costs that stop", examples=[["year four"]])
    payments: Some = Field((), description="the payments that stop", examples=[["coupon"]])
    redeems: Annotated[dict[Name, Share], Frozen] = Field(
        default_factory=FrozenDict,
        description="tranches that are redeemed early, each at a share of the capital it has out",
        examples=["{ notes = 0.75 }"],
    )
    paid_by: Name | None = Field(
        None, description="who pays for a redemption; by default the outcome payer", examples=["New South Wales"]
    )

    @model_validator(mode="after")
    def _decided_and_ends_something(self) -> Self:
        decided = (self.when is not None) + (self.unless is not None)
        if decided != (self.metric is not None):
            raise Refusal(
                ("metric",),
                self.metric or MISSING,
                "an event that depends on a result names the metric and `when` or `unless`, one of the two",
                "write all of it, or none for an event that is certain",
            )
        decided_by = "metric" if self.metric is not None else "fallback_for" if self.fallback_for is not None else ""
        if self.latest and self.metric is None:
            raise Refusal(("latest",), True, "it is about results", "remove it, or name the metric")
        if self.until is not None and (decided_by or self.until < self.date):
            raise Refusal(
                ("until",),
                self.until,
                f"what may happen on any day does so whatever the results, from {self.date} on",
                f"remove `until` or `{decided_by}`" if decided_by else "exchange the two dates",
            )
        if not (self.cohorts or self.costs or self.payments or self.redeems):
            raise Refusal(
                (),
                MISSING,
                "an event ends cohorts, costs or payments, or redeems tranches",
                'add, for example, `cohorts = ["3"]`',
            )
        if self.paid_by is not None and not self.redeems:
            raise Refusal(("paid_by",), self.paid_by, "only a redemption is paid for", "remove it, or add `redeems`")
        return self

    @property
    def certain(self) -> bool:
        """Whether it happens whatever the results, and on its date."""
        return self.metric is None and self.until is None and self.fallback_for is None
