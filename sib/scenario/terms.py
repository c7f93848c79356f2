"""`Terms`: the nouns of a whole scenario, as fields and nothing else. First file of the package: all others read it.

The terms of one noun are in `sib/terms`. What follows from all of them together is in `timetable.py`, what must hold
between them in `rules`; `scenario.py` puts the three together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from sib.errors import Refusal
from sib.scenario.paths import path_of, steps_of
from sib.terms.base import LAX, Day, Frozen, FrozenDict, Name, Term, Text
from sib.terms.beliefs import Beliefs
from sib.terms.capital import Tranche
from sib.terms.case import Case
from sib.terms.deal import Cohort, Cost, Event
from sib.terms.metric import Metric
from sib.terms.payment import Limit, Payment
from sib.terms.rate_card import RateCard
from sib.terms.remainder import Remainder
from sib.terms.sources import Cited, Source

_many = Field(max_length=1000)


def _three_capitals(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isupper() and code.isalpha()):
        rule = "a code of three capital letters"
        raise ValueError(rule)
    return code


def _in_one_spelling(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Sources by paths that have quotes where they need them, and nowhere else."""
    found: dict[str, Source] = {}
    for path, source in sources.items():
        key = path_of(steps_of(path))
        if key in found:
            rule = "a key has one source; two of these are one path, its quotes written in two ways"
            raise Refusal((path,), path, rule, "remove one of the two")
        found[key] = source
    return found


class Terms(Term):
    """All terms of a scenario: the contract, the beliefs about it, the sources. Each is valid by itself."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["payments"]}, {"required": ["rate_cards"]}]}  # something is paid
    )

    name: Text = Field(description="what the scenario is called", examples=["HMP Peterborough: the plan of 2010"])
    summary: Text = Field(description="one line that says what it is", examples=["Three cohorts of 1,000 men"])
    currency: Annotated[str, AfterValidator(_three_capitals)] = Field(
        description="the currency of every amount", examples=["GBP"]
    )
    start: Day = Field(description="the first day of the scenario", examples=[dt.date(2010, 9, 9)])
    outcome_payer: Name = Field(description="who pays for outcomes", examples=["Ministry of Justice"])
    vehicle: Name = Field("vehicle", description="the vehicle that holds the money between the parties")
    parties: Annotated[tuple[Name, ...], LAX, Field(max_length=1000)] = Field(
        (),
        description="every other party that the contract names: further payers, guarantors, who shares in what remains",
        examples=[["ministry", "guarantor"]],
    )
    cohorts: Annotated[tuple[Cohort, ...], LAX, _many] = Field(
        (), description="who is served; none where nothing counts persons"
    )
    metrics: Annotated[tuple[Metric, ...], LAX, _many] = Field(
        (), description="what is measured; nothing where nothing is paid for results"
    )
    payments: Annotated[tuple[Payment, ...], LAX, _many] = Field(
        (), description="what is paid for what; here, or in rate cards"
    )
    rate_cards: Annotated[tuple[RateCard, ...], LAX, Field(max_length=100)] = Field(
        (), description="tables of prices, a line an item: each stands for metrics, payments and a limit"
    )
    limits: Annotated[tuple[Limit, ...], LAX, Field(max_length=1000)] = Field(
        (), description="caps that payments share"
    )
    tranches: Annotated[tuple[Tranche, ...], LAX, Field(max_length=100)] = Field(
        (), description="whose money is at risk; nobody's where what is delivered is paid for and no more"
    )
    remainders: Annotated[tuple[Remainder, ...], LAX, Field(max_length=100)] = Field(
        (), description="who gets what remains once all who are repaid have been"
    )
    costs: Annotated[tuple[Cost, ...], LAX, Field(max_length=1000)] = Field((), description="what the programme costs")
    receipts_pay_costs_until: Day | None = Field(
        None,
        description="until this day what outcomes bring in stays in the vehicle and pays costs; by default it goes on"
        " at once",
        examples=[dt.date(2015, 12, 31)],
    )
    events: Annotated[tuple[Event, ...], LAX, Field(max_length=1000)] = Field(
        (), description="what may end the deal, or a part of it, on the way"
    )
    beliefs: Beliefs = Field(default_factory=Beliefs, description="what is assumed; nothing where nothing is measured")
    cases: Annotated[tuple[Case, ...], LAX, Field(max_length=100)] = Field(
        (), description="the scenario with some figures otherwise, under a name; no part of the contract"
    )
    sources: Annotated[dict[str, Cited], AfterValidator(_in_one_spelling), Frozen] = Field(
        default_factory=FrozenDict, description="where figures come from, by dotted path"
    )
