"""`Payment`: who owes what for a result: a schedule on a metric, the conditions that open it, and shared limits.

Frozen, validated, no arithmetic. How an amount is worked out from results is in `settlement/claims.py`; rules that need
more than one noun are in `scenario/rules`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sib.errors import MISSING, Refusal
from sib.terms.base import LONGEST, Day, Frozen, FrozenDict, Money, Months, Name, Rate, Share, Term, Unit
from sib.terms.levels import Elsewhere, Levels
from sib.terms.metric import Days, Measure, Names
from sib.terms.schedule import Schedule


class Condition(Levels):
    """What must hold before a payment is made: levels of its own metric, of others, and other payments."""

    unpaid: Name | None = Field(
        None,
        description="count, in what is paid, only the cohorts for which this other payment has not fallen due",
        examples=["early"],
    )
    others: Annotated[dict[Name, Elsewhere], Frozen] = Field(
        default_factory=FrozenDict,
        description="levels that other metrics must reach: on the same cohort or period, or on all known by then; or"
        " on a period later or before, where the metric itself may be named too",
        examples=["{ attendance = { level = 0.9 } }"],
    )
    made: Names | None = Field(
        None,
        description="payments on which something must have been paid, here or, for one that is pooled, at all",
        examples=[["a"]],
    )
    not_made: Names | None = Field(
        None, description="payments on which nothing may have been paid, likewise", examples=[["early"]]
    )
    repaid: Names | None = Field(
        None,
        description="tranches that have got back, by the start of that day, what they put in, with interest",
        examples=[["lender"]],
    )
    not_repaid: Names | None = Field(
        None, description="tranches that have not got it back by then", examples=[["lender"]]
    )


class Base(Term):
    """What the values of a schedule are shares or rates of."""

    principal: Name | None = Field(
        None, description="the capital that a tranche has out on that day", examples=["notes"]
    )
    cost: Name | None = Field(
        None, description="each instalment of a cost, on the day it falls due", examples=["service"]
    )
    due_to: Name | None = Field(
        None,
        description="the interest and capital due to a tranche, on each day on which they fall due",
        examples=["bank"],
    )
    cut_from: Name | None = Field(
        None,
        description="what limits have cut from another payment, on the same results",
        examples=["savings"],
    )
    years: Annotated[float, Field(gt=0, le=100), Unit("years")] | None = Field(
        None, description="the value is a rate a year for so many years; by default it is paid once", examples=[5]
    )
    compounds: bool = Field(False, description="whether interest over those years earns interest")

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        named = [name for name in (self.principal, self.cost, self.due_to, self.cut_from) if name is not None]
        if len(named) != 1:
            raise Refusal(
                (),
                named or MISSING,
                "a value is a share of a tranche's principal, of what falls due to one, of a cost, or of what limits"
                " cut from another payment: one of the four",
                'write `of = { principal = "notes" }`',
            )
        if self.principal is None and self.years is not None:
            raise Refusal(("years",), self.years, "only principal earns a rate a year", "remove `years`")
        if self.compounds and self.years is None:
            raise Refusal(("compounds",), True, "interest compounds over years", "add `years`")
        return self


class Due(Term):
    """When a payment that depends on no metric falls due: on given dates, or on so many from a first one."""

    dates: Days | None = Field(None, description="the dates", examples=[[dt.date(2014, 8, 7)]])
    starts: Day | None = Field(None, description="the first of them", examples=[dt.date(2014, 1, 1)])
    times: Annotated[int, Field(ge=1, le=1200), Unit("payments")] | None = Field(
        None, description="how many there are", examples=[4]
    )
    every_months: Annotated[Months, Field(ge=1)] | None = Field(
        None, description="months from one to the next", examples=[3]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        series = (self.starts, self.times, self.every_months)
        if (self.dates is None) != all(x is not None for x in series) or (self.dates is not None and any(series)):
            raise Refusal(
                (),
                MISSING,
                "payments fall due on given `dates`, or from `starts` on, so many `times`, `every_months`",
                "write either `dates = [2014-08-07]` or all of the three others",
            )
        if ((self.times or 1) - 1) * (self.every_months or 0) > LONGEST:
            raise Refusal(
                ("times",),
                f"{self.times}, {self.every_months} months apart",
                f"the last falls due within {LONGEST} months of the first",
                "lower `times` or `every_months`",
            )
        return self


class Payment(Term):
    """Who owes what for a result: a schedule on a metric, and the conditions that open it.

    *cohort*: tested and made for each cohort by itself. *period*: for each period. *pooled*: once, over all of them
    together, when the last result is known. *to date*: at each result, over all results so far. Without a metric it is
    fixed, and falls due when `due` says, with each instalment of the cost that it reimburses, or whenever something
    falls due to the tranche that it serves.

    It goes to the vehicle, and from there to those whose money is at risk; or straight to the party that `to` names.
    Where it comes to less than nothing, `owed_by` owes the difference; without it nothing is owed.
    """

    name: Name = Field(description="what the payment is called", examples=["early"])
    metric: Name | None = Field(None, description="the metric that it reads", examples=["reconvictions"])
    scope: Literal["cohort", "period", "pooled", "to date"] | None = Field(
        None, description="tested for each cohort or period, over all of them, or over all so far", examples=["cohort"]
    )
    cohorts: Names | None = Field(None, description="only these cohorts; all by default", examples=[["1", "2"]])
    published_from: Day | None = Field(
        None, description="only results published on this day or later", examples=[dt.date(2016, 7, 1)]
    )
    published_until: Day | None = Field(
        None, description="only results published on this day or earlier", examples=[dt.date(2016, 6, 30)]
    )
    when: Condition = Field(Condition(), description="what must hold before it is made")
    fallback_for: Name | None = Field(
        None,
        description="it is tested only where what another payment asks for does not hold, on the same results: the"
        " first of that one, else this",
        examples=["trial"],
    )
    reads: Measure | None = Field(
        None,
        description="what the schedule is a function of; by default units for per_unit and verified units, improvement"
        " where the metric is compared, else its level",
        examples=["improvement"],
    )
    pays: Schedule = Field(description="how much it pays", examples=["{ per_unit = 14_700 }"])
    of: Base | None = Field(
        None, description="what the schedule's values are shares or rates of; by default they are money"
    )
    less: Names | None = Field(
        None,
        description="what these payments have paid so far, on the same results, comes off; it may name itself",
        examples=[["on account"]],
    )
    months_after_result: Months = Field(0, description="months from the published result to the payment", examples=[1])
    end_of_month: bool = Field(False, description="it is paid on the last day of the month that this leads to")
    due: Due | None = Field(None, description="for a payment without a metric: when it falls due")
    payer: Name | None = Field(None, description="who pays it; by default the outcome payer", examples=["City"])
    payers: Annotated[dict[Name, Share], Frozen] = Field(
        default_factory=FrozenDict,
        description="who pays it, where several do: each one's share",
        examples=["{ City = 0.6, Fund = 0.4 }"],
    )
    to: Name | None = Field(None, description="who is paid; by default the vehicle", examples=["notes"])
    repays: bool = Field(False, description="for a payment to a tranche: it repays capital, no more than is out")
    owed_by: Name | None = Field(None, description="who owes what is below zero, to the payer", examples=["provider"])

    @model_validator(mode="after")
    def _a_price_is_for_units(self) -> Self:
        if self.pays.per_unit is not None and self.reads not in (None, "units"):
            raise Refusal(
                ("reads",),
                self.reads,
                "`per_unit` is a price for each unit, so it reads units",
                "leave `reads` out, or write the schedule as nodes",
            )
        if self.pays.per_unit is not None and self.of is not None:
            raise Refusal(("of",), "given", "`per_unit` is money a unit", "leave `of` out, or write nodes")
        return self

    @model_validator(mode="after")
    def _on_a_metric_or_fixed(self) -> Self:
        if (self.metric is None) != (self.scope is None):
            key = "scope" if self.scope is None else "metric"
            raise Refusal(
                (key,),
                MISSING,
                "a payment on a metric says on which results it is tested; a fixed one has neither",
                'add `scope = "cohort"`' if key == "scope" else "add `metric`, or remove `scope`",
            )
        own = self.of is not None and (self.of.cost or self.of.due_to)  # it says itself when it falls due
        timed = self.due is not None or bool(own)
        if (self.metric is None) != timed:
            raise Refusal(
                ("due",),
                "nothing" if self.due is None else "given",
                "a payment falls due with its metric's results; without a metric when `due` says, with a cost, or with"
                " what is due to a tranche",
                "add `metric` and `scope`, or `due`; one of the two",
            )
        if self.metric is None and self.pays.amount is None:
            raise Refusal(
                ("pays",),
                "a schedule of results",
                "a payment without a metric is of one amount, or one share of a cost or of principal",
                "write `pays = { amount = ... }`, or name the metric",
            )
        if self.due is not None and own:
            rule = "what reimburses a cost falls due with its instalments, what serves a tranche when that is due"
            raise Refusal(("due",), "given", rule, "remove `due`")
        fixed: dict[str, object] = {"reads": self.reads, "cohorts": self.cohorts, "published_from": self.published_from}
        fixed |= {"published_until": self.published_until, "when.unpaid": self.when.unpaid}
        fixed |= {"fallback_for": self.fallback_for, "end_of_month": True if self.end_of_month and self.due else None}
        if self.months_after_result and (self.due is not None or (self.of is not None and self.of.due_to)):
            fixed["months_after_result"] = self.months_after_result
        for key, value in fixed.items():
            if self.metric is None and value is not None:
                raise Refusal(tuple(key.split(".")), value, "it is about results", "remove it, or name the metric")
        if self.metric is None and self.when.bounds():
            raise Refusal(("when",), "levels", "levels are of a metric", "name them under `others`, by metric")
        return self

    @model_validator(mode="after")
    def _shares_do_not_rise(self) -> Self:
        if self.pays.rises is not None and self.of is not None and self.of.years is None:
            raise Refusal(
                ("pays", "rises"),
                "given",
                "what rises is money or a rate a year; a share of something does not",
                "remove it",
            )
        return self

    @model_validator(mode="after")
    def _between_parties(self) -> Self:
        if self.payer is not None and self.payers:
            raise Refusal(("payer",), self.payer, "one payer, or shares of several", "keep one of the two")
        total = sum(self.payers.values())
        if self.payers and abs(total - 1) > 1e-9:
            raise Refusal(("payers",), f"{total:g} in all", "the payers' shares add up to 1", "correct the shares")
        if self.repays and self.to is None:
            raise Refusal(
                ("repays",),
                True,
                "what goes to the vehicle is shared out by the waterfall, which repays capital first",
                "name the tranche under `to`, or remove `repays`",
            )
        lowest = min(self.pays.knots().y)
        if lowest < 0 and self.owed_by is None:
            raise Refusal(
                ("owed_by",),
                MISSING,
                f"a schedule that falls below nothing ({lowest:g}) says who owes that",
                "name the party under `owed_by`, or end the schedule at 0",
            )
        return self


class Limit(Term):
    """A cap that payments share: on all outcome payments, unless `on` names some or `except` takes some out.

    What is over it when it falls due is not paid, then or later. `return_on_costs` caps what may have been paid by any
    date at what was spent on the programme until then, each cost compounded at this rate to that date, less what was
    paid before, compounded likewise: no investor whose money paid those costs can have earned more. It is no cap on
    a tranche's own rate of return, which also counts money that waits (`return_cap`). Scope "cohort" gives each a
    limit of its own; a pooled payment may use what the cohorts that it counts have left between them. `per_person`
    caps what is paid for any one person, for milestones that count each person once, `items_per_person` for how many of
    them, those reached first; `payer` says whose part of the payments is capped.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    name: Name = Field(description="what the limit is called", examples=["payer cap"])
    on: Names | None = Field(
        None,
        description="the payments that share it; by default all outcome payments: all on a metric",
        examples=[["early", "pooled"]],
    )
    except_: Names | None = Field(
        None,
        alias="except",
        description="of all outcome payments, those that it is not on",
        examples=[["bonus"]],
    )
    scope: Literal["cohort", "pooled"] = Field("pooled", description="one limit over all cohorts, or one for each")
    amount: Money | None = Field(None, description="the most that is paid in all", examples=[8_000_000])
    return_on_costs: Rate | None = Field(
        None, description="the most that the money spent on the programme may earn a year", examples=[0.13]
    )
    per_person: Annotated[Money, Unit("money a person")] | None = Field(
        None, description="the most that is paid for one person", examples=[11_700]
    )
    items_per_person: Annotated[int, Field(ge=1), Unit("items a person")] | None = Field(
        None, description="for how many milestones of one person is paid at most: those reached first", examples=[3]
    )
    until_repaid: Names | None = Field(
        None,
        description="no more is paid than these tranches are owed at the start of the day, capital and interest",
        examples=[["lender"]],
    )
    payer: Name | None = Field(None, description="whose part is capped; by default everybody's", examples=["City"])

    @property
    def in_money(self) -> bool:
        """Whether it is on what is paid in all, and not on what is paid for any one person alone."""
        return self.amount is not None or self.return_on_costs is not None or self.until_repaid is not None

    @property
    def a_person(self) -> bool:
        """Whether it is on what is paid for any one person."""
        return self.per_person is not None or self.items_per_person is not None

    @model_validator(mode="before")
    @classmethod
    def _called_for_what_it_is(cls, data: Any) -> Any:
        if isinstance(data, dict) and "annual_return" in data:
            raise Refusal(
                ("annual_return",),
                data["annual_return"],
                "a limit caps what is paid at what the money spent on costs has earned by then (`return_on_costs`);"
                " what an investor earns on all that was paid in, also while it waits to be spent, is the tranche's",
                "write `return_cap = { annual_return = ... }` in the tranche for a cap on the investors' rate of"
                " return, or `return_on_costs` here",
            )
        return data

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.on is not None and self.except_ is not None:
            raise Refusal(
                ("except",),
                list(self.except_),
                "a limit is on the payments that `on` names, or on all outcome payments but those under `except`",
                "keep one of the two",
            )
        if not self.in_money and not self.a_person:
            raise Refusal(
                (),
                "neither",
                "a limit has an amount, a return on costs, an amount or so many items a person, tranches until whose"
                " repayment it is paid, or several of these",
                "add `amount = 8_000_000` or `return_on_costs = 0.13`, or remove the limit",
            )
        if self.a_person and (self.scope == "cohort" or self.payer is not None):
            key = "items_per_person" if self.per_person is None else "per_person"
            raise Refusal(
                (key,),
                getattr(self, key),
                "what is paid for a person is capped over all cohorts and payers",
                "give it a limit of its own",
            )
        if self.until_repaid is not None and (self.scope == "cohort" or self.payer is not None):
            raise Refusal(
                ("until_repaid",),
                list(self.until_repaid),
                "what a tranche is still owed is one amount, over all cohorts and payers",
                "give it a limit of its own",
            )
        if self.payer is not None and (self.scope == "cohort" or self.return_on_costs is not None):
            raise Refusal(
                ("payer",), self.payer, "one payer's part is capped at an amount over the whole deal", "remove `scope`"
            )
        return self
