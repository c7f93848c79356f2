"""`Metric`: what is measured, on whom, compared with what, and when each result is known.

A metric has one result a cohort, or one a period. What a contract reads from a result (`Measure`) is the same for all
kinds. Frozen, validated, no arithmetic; rules that need more than one metric are in `sib/scenario/rules/metrics.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LAX, LONGEST, Day, Months, Name, NoSpeck, Number, Term, Unit, Words
from sib.terms.design import Comparison

Names = Annotated[tuple[Name, ...], LAX, Field(min_length=1)]
Days = Annotated[tuple[Day, ...], LAX, Field(min_length=1, max_length=1200), Unit("date")]
Measure = Literal["improvement", "points", "units", "level", "confidence", "interval"]
MEASURES: Final[tuple[Measure, ...]] = ("improvement", "points", "units", "level", "confidence", "interval")


class Reporting(Term):
    """When results are published: for each cohort by itself, or for everybody served in a period.

    For cohorts: a lag after enrolment ends, or one date each. For periods: their dates, or the `first` of so many.
    """

    months_after_enrolment: Months | None = Field(
        None, description="months from the end of enrolment to the published result", examples=[25]
    )
    dates: Days | None = Field(
        None, description="the date of publication of each cohort's result", examples=[[dt.date(2014, 8, 7)]]
    )
    periods: Days | None = Field(
        None, description="the date of publication of each period's result", examples=[[dt.date(2014, 8, 7)]]
    )
    first: Day | None = Field(
        None, description="the date of publication of the first period's result", examples=[dt.date(2014, 9, 30)]
    )
    every_months: Annotated[Months, Field(ge=1)] | None = Field(
        None, description="months from one period's result to the next", examples=[12]
    )
    times: Annotated[int, Field(ge=1, le=1200), Unit("results")] | None = Field(
        None, description="how many periods", examples=[7]
    )
    cumulative: bool = Field(False, description="each period's result is over everybody so far, as it is published")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        series = {"first": self.first, "every_months": self.every_months, "times": self.times}
        ways = {
            "months_after_enrolment": self.months_after_enrolment,
            "dates": self.dates,
            "periods": self.periods,
            "first": self.first,
        }
        given = [key for key, value in ways.items() if value is not None]
        if len(given) != 1:
            raise Refusal(
                (),
                given or MISSING,
                "results are published some months after enrolment, or on given dates, or by period: one of the four",
                "write either `months_after_enrolment = 25`, or `dates = [...]`, one date a cohort; or for periods"
                " `periods = [...]`, or `first` with `every_months` and `times`",
            )
        missing = [key for key, value in series.items() if value is None]
        if 0 < len(missing) < 3:
            raise Refusal(
                (missing[0],),
                MISSING,
                "a series of periods has `first`, `every_months` and `times`",
                f"add `{missing[0]}`, or list the dates as `periods`",
            )
        if ((self.times or 1) - 1) * (self.every_months or 0) > LONGEST:
            raise Refusal(
                ("times",),
                f"{self.times}, {self.every_months} months apart",
                f"the last period is published within {LONGEST} months of the first",
                "lower `times` or `every_months`",
            )
        if self.cumulative and not self.by_period:
            raise Refusal(
                ("cumulative",),
                True,
                "only periods follow one another; cohorts stand side by side",
                "leave it out, or give `periods`",
            )
        for before, after in zip(self.periods or (), (self.periods or ())[1:], strict=False):
            if after <= before:
                raise Refusal(("periods",), f"{after} after {before}", "periods rise", "put the dates in order")
        return self

    @property
    def by_period(self) -> bool:
        """Whether there is one result a period, rather than one a cohort."""
        return self.periods is not None or self.first is not None


class Part(Term):
    """One part of an index: what is read from another metric, its weight, and what counts as one."""

    metric: Name = Field(description="the metric that it reads", examples=["learning"])
    reads: Measure = Field(description="what is read from it", examples=["improvement"])
    weight: Annotated[Number, Unit("weight")] = Field(description="its weight in the sum", examples=[0.8])
    target: Annotated[Number, NoSpeck, Unit("as measured")] | None = Field(
        None, description="the result that counts as one; by default results count as they are", examples=[0.05]
    )

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.target == 0:
            raise Refusal(("target",), 0, "a result is counted in targets, which are not zero", "leave `target` out")
        return self


class Composite(Term):
    """Persons with none of some outcomes and at least one of others, counted person by person."""

    none_of: Annotated[tuple[Name, ...], LAX] = Field((), description="a person has none of these", examples=[["jail"]])
    any_of: Annotated[tuple[Name, ...], LAX] = Field((), description="and one or more of these", examples=[["job"]])

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        both = set(self.none_of) & set(self.any_of)
        if both or not (self.none_of or self.any_of):
            raise Refusal(
                (),
                sorted(both) or MISSING,
                "a composite names outcomes under `none_of` or `any_of`, each of them once",
                "name each outcome under one of the two",
            )
        return self


class Metric(Term):
    """What is measured, on whom, compared with what, and when the result is known.

    *count*: events a person. *proportion*: the share of persons with an outcome. *mean*: a quantity a person.
    *total*: verified units in all. *index*: a weighted sum of what is read from other metrics, so it is not measured
    by itself. Its `unit` says in words what one unit is; no figure depends on it.
    """

    name: Name = Field(description="what the metric is called", examples=["reconvictions"])
    kind: Literal["count", "proportion", "mean", "total", "index"] = Field(
        description="count: events a person; proportion: persons with the outcome; mean: a quantity a person;"
        " total: verified units; index: a weighted sum of other metrics",
        examples=["count"],
    )
    better: Literal["lower", "higher"] = Field(
        description="whether fewer or more events are better", examples=["lower"]
    )
    unit: Words | None = Field(
        None,
        description="what one unit is, in the plural; without it texts say units",
        examples=["acres"],
    )
    window_months: Annotated[Months, Field(ge=1)] | None = Field(
        None, description="months over which each person's events are counted", examples=[12]
    )
    compare: Comparison | None = Field(
        None, description="what it is compared with", examples=['{ design = "matched", controls = 10 }']
    )
    reported: Reporting | None = Field(
        None, description="when results are published", examples=["{ months_after_enrolment = 25 }"]
    )
    most: Annotated[Number, Field(gt=0), NoSpeck, Unit("a person")] | None = Field(
        None, description="the most that one person can have, as days of a year", examples=[365]
    )
    once: bool = Field(False, description="a total that counts each person at most once, as a milestone does")
    among: Name | None = Field(
        None, description="only those who reached this other metric can reach it: a funnel", examples=["enters work"]
    )
    persons_with: Composite | None = Field(
        None,
        description="a proportion counted from other proportions, person by person",
        examples=['{ none_of = ["jail"], any_of = ["job", "training"] }'],
    )
    parts: Annotated[tuple[Part, ...], LAX] = Field((), description="what an index is made of")
    with_any: Name | None = Field(
        None,
        description="a proportion: the persons with at least one event of this count, the same persons",
        examples=["reconvictions"],
    )
    interim_of: Name | None = Field(
        None,
        description="an early result of this other count: on the same persons, within a shorter window",
        examples=["reconvictions"],
    )
    enrolled: Annotated[float, Field(gt=0, le=1), NoSpeck, Unit("share of persons")] = Field(
        1.0, description="of an interim result: the share of the persons, first come, whom it counts", examples=[0.5]
    )

    same_as: Name | None = Field(
        None,
        description="it estimates the same thing as this other metric, of the same persons, by another comparison",
        examples=["arrests, trial"],
    )
    own_group: bool = Field(
        False,
        description="of a metric that is the same as another: its comparison group is another one, also where both are"
        " measured at the same time on as many persons",
    )

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        derived = self.derived
        only = {
            "parts": (bool(self.parts), self.kind == "index", "an index is made of parts"),
            "persons_with": (self.persons_with is not None, self.kind == "proportion", "a composite is a proportion"),
            "with_any": (
                self.with_any is not None,
                self.kind == "proportion" and self.persons_with is None,
                "the persons with any event are a proportion",
            ),
            "interim_of": (self.interim_of is not None, self.kind == "count", "an interim result is of a count"),
            "enrolled": (self.enrolled != 1, self.interim_of is not None, "only an interim result leaves persons out"),
            "same_as": (
                self.same_as is not None,
                self.compared and not derived,
                "two estimates of one effect are two comparisons of what is measured on the same persons",
            ),
            "own_group": (
                self.own_group,
                self.same_as is not None,
                "only a metric that is the same as another could have that one's group",
            ),
            "once": (self.once, self.kind == "total", "only a total counts persons once"),
            "unit": (
                self.unit is not None,
                self.kind in ("count", "mean", "total") or self._counts_units,
                "a proportion is a share of persons, and an index has a unit only as a sum of its parts' units, without"
                " targets",
            ),
            "most": (
                self.most is not None,
                self.a_person,
                "only a count or a mean has a most a person",
            ),
            "among": (
                self.among is not None,
                self.once or (self.kind == "proportion" and not derived),
                "a funnel is of persons: a proportion, or a total that counts each person once",
            ),
        }
        for key, (given, fits, rule) in only.items():
            if given and not fits:
                remedy = {"same_as": "or compare it with something", "own_group": "or add `same_as`"}
                raise Refusal(
                    (key,), getattr(self, key), rule, f"remove `{key}`, {remedy.get(key, 'or change `kind`')}"
                )
        if self.kind == "index" and not self.parts:
            raise Refusal(("parts",), MISSING, "an index is made of parts", "add `parts = [{ metric = ... }]`")
        for key in ("compare",) if self.interim_of is not None else ("compare", "reported", "window_months"):
            if derived and getattr(self, key) is not None:
                raise Refusal(
                    (key,), "given", "a metric that is worked out from others has what they have", f"remove `{key}`"
                )
        if (not derived or self.interim_of) and self.reported is None and self.among is None:
            raise Refusal(
                ("reported",),
                MISSING,
                "`reported` is required: when results are published",
                "add, for example, `reported = { months_after_enrolment = 25 }`",
            )
        if not derived and self.compare is None and self.kind != "total":
            raise Refusal(
                ("compare",),
                MISSING,
                "`compare` is required: what it is compared with",
                'add, for example, `compare = { design = "matched", controls = 10 }`, or `{ design = "none" }`',
            )
        if self.kind == "count" and self.window_months is None:
            raise Refusal(
                ("window_months",),
                MISSING,
                "`window_months` is required: months over which each person's events are counted",
                "add, for example, `window_months = 12`",
            )
        if (self.once or self.among is not None) and self.compared:
            raise Refusal(
                ("compare",),
                self.compare.design if self.compare else "",
                "milestones and funnels are verified, not compared",
                'write `compare = { design = "none" }`',
            )
        if self.kind == "total" and self.compare is not None and self.compare.design not in ("historical", "none"):
            raise Refusal(
                ("compare", "design"),
                self.compare.design,
                "units in all are verified, or compared with a historical level; a group is measured a person",
                "use kind count, proportion or mean, or a historical level",
            )
        return self

    @property
    def a_person(self) -> bool:
        """Whether its level is so much a person."""
        return self.kind in ("count", "mean")

    @property
    def _counts_units(self) -> bool:
        """Whether an index adds up units of other metrics, and so is in units."""
        return self.kind == "index" and all(part.reads == "units" and part.target is None for part in self.parts)

    @property
    def compared(self) -> bool:
        """Whether its own comparison is with something."""
        return self.compare is not None and self.compare.design != "none"

    @property
    def derived(self) -> bool:
        """Whether it is worked out from others: an index, a composite, a share with any event, an early result."""
        return self.kind == "index" or any((self.persons_with, self.with_any, self.interim_of))
