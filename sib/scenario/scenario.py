"""`Scenario`: a deal, the beliefs about it, and where each figure comes from. What every entry point takes.

Frozen. A changed scenario is a validated copy (`replace`); a written one reads back equal (`to_toml`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Self

import tomli_w
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from sib.errors import InputError, Refusal, ScenarioError, expected
from sib.scenario import assumptions as provenance
from sib.scenario.paths import assign, by_name, lookup, resolved, spoken
from sib.scenario.refusals import problems
from sib.scenario.rules.whole import check
from sib.scenario.term_sheet import term_sheet
from sib.terms.base import LAX, Day, Frozen, FrozenDict, Name, Term
from sib.terms.beliefs import Beliefs
from sib.terms.capital import Remainder, Tranche
from sib.terms.deal import Cohort, Cost, Event
from sib.terms.metric import Metric
from sib.terms.payment import Limit, Payment
from sib.terms.sources import Cited

if TYPE_CHECKING:
    import pandas as pd

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
_few = Field(min_length=1, max_length=1000)


def _three_capitals(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isupper() and code.isalpha()):
        rule = "a code of three capital letters"
        raise ValueError(rule)
    return code


class Scenario(Term):
    """A social impact bond as an analyst sees it: the contract, the beliefs about it, the sources.

    Made by `sib.load`, or from plain data with `Scenario.from_data`.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> plan.tranches[0].amount
    5000000.0
    >>> plan.replace({"tranches.investors.amount": 6_000_000}).tranches[0].amount
    6000000.0
    """

    name: Text = Field(description="what the scenario is called", examples=["HMP Peterborough: the plan of 2010"])
    summary: Text = Field(description="one line that says what it is", examples=["Three cohorts of 1,000 men"])
    currency: Annotated[str, AfterValidator(_three_capitals)] = Field(
        description="the currency of every amount", examples=["GBP"]
    )
    start: Day = Field(description="the first day of the scenario", examples=[dt.date(2010, 9, 9)])
    outcome_payer: Name = Field(description="who pays for outcomes", examples=["Ministry of Justice"])
    vehicle: Name = Field("vehicle", description="the vehicle that holds the money between the parties")
    cohorts: Annotated[tuple[Cohort, ...], LAX, _few] = Field(description="who is served")
    metrics: Annotated[tuple[Metric, ...], LAX, _few] = Field(description="what is measured")
    payments: Annotated[tuple[Payment, ...], LAX, _few] = Field(description="what is paid for what")
    limits: Annotated[tuple[Limit, ...], LAX, Field(max_length=1000)] = Field(
        (), description="caps that payments share"
    )
    tranches: Annotated[tuple[Tranche, ...], LAX, Field(min_length=1, max_length=100)] = Field(
        description="whose money is at risk"
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
    beliefs: Beliefs = Field(description="what is assumed")
    sources: Annotated[dict[str, Cited], Frozen] = Field(
        default_factory=FrozenDict, description="where figures come from, by dotted path"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check(self)
        data = self.data()
        for path in self.sources:
            try:
                lookup(data, path)
            except (KeyError, TypeError):
                raise Refusal(
                    ("sources", path),
                    path,
                    "a source is given for a key that the scenario writes out",
                    "correct the path, or remove the source",
                ) from None
            if path != by_name(data, path):
                raise Refusal(
                    ("sources", path),
                    path,
                    "a source names items of lists by their names, so that it stays with its figure",
                    f'write "{by_name(data, path)}"',
                )
        return self

    @classmethod
    def from_data(cls, data: Mapping[str, Any], file: str | None = None) -> Scenario:
        """Make a scenario from plain data, as `tomllib` reads it.

        Parameters
        ----------
        data : mapping
            Tables, lists, numbers, dates and text.
        file : str, optional
            What to call the data in an error.

        Raises
        ------
        ScenarioError
            Where the data are not a valid scenario; names every key that is wrong.
        """
        expected(data, Mapping, "data", "pass the tables of a scenario, as tomllib.loads returns them")
        try:
            return cls.model_validate(dict(data))
        except ValidationError as error:
            raise ScenarioError(*problems(error, data, _schema()), file=file) from None

    def data(self) -> dict[str, Any]:
        """The scenario as plain data: what its TOML file holds. A fresh copy, free to change."""
        plain: dict[str, Any] = _plain(self.model_dump(exclude_unset=True, exclude_none=True))
        return plain

    def to_toml(self) -> str:
        """The scenario as the text of a TOML file; `load` reads it back equal."""
        return tomli_w.dumps(self.data())

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """A validated copy with some values changed.

        Parameters
        ----------
        changes : mapping of str to object
            Values by dotted path, as in `{"payments.early.when.improvement": 0.08}`. Items of lists are named, or
            numbered from 0; a name wins. None removes a key or an item. A value that is changed loses its source:
            `assumptions()` shows it as set by the analyst.

        Raises
        ------
        ScenarioError
            Where a path leads nowhere or the result is not a valid scenario.
        InputError
            Where `changes` is not a mapping of paths.

        Examples
        --------
        >>> import sib
        >>> plan = sib.load("peterborough").replace({"beliefs.effects.reconvictions": 0.10})
        >>> plan.beliefs.effects["reconvictions"].value
        0.1
        """
        expected(changes, Mapping, "changes", 'pass values by path: {"tranches.investors.amount": 6_000_000}')
        data = self.data()
        for path, value in sorted(changes.items(), key=lambda change: str(change[0]).partition(".")[0] == "sources"):
            expected(path, str, "changes", "name the key by its dotted path")
            new, steps = _plain(value), resolved(data, path)
            before = deepcopy(data)
            named = spoken(before, steps)
            try:
                old = lookup(data, path)
            except (KeyError, TypeError):
                old = None
            try:
                assign(data, path, new)
            except InputError as error:
                raise ScenarioError(*error.problems, file=self.name) from None
            if steps[-1] == "name" and len(steps) > 1:
                provenance.rename(data, spoken(before, steps[:-1]), spoken(data, steps[:-1]))
            if old != new and steps[0] != "sources":
                provenance.forget(data, named)
                if new is not None:  # under its new name, where the value has one
                    provenance.mark_replaced(data, spoken(data, steps), old)
        return Scenario.from_data(data, file=self.name)

    def describe(self) -> str:
        """The term sheet in plain English, from the terms alone: every figure that a payment depends on.

        Returns
        -------
        str
            Sentences under headings, a line each. Beliefs are no part of a contract and are left out.

        Examples
        --------
        >>> import sib
        >>> "GBP 13,720" in sib.load("peterborough").describe()
        True
        """
        return term_sheet(self)

    def assumptions(self) -> pd.DataFrame:
        """Every figure of the scenario with its unit and where it comes from.

        Returns
        -------
        DataFrame
            Indexed by dotted path; columns `value`, `unit`, `status`, `source`, `note`, `low` and `high`. The status is
            source, assumption, analyst (set with `replace`), default (not written out), or none.

        Examples
        --------
        >>> import sib
        >>> figures = sib.load("peterborough").assumptions()
        >>> figures.loc["tranches.investors.amount", "unit"]
        'GBP'
        """
        return provenance.table(self)


def _plain(value: Any) -> Any:
    """Plain data: lists for tuples, Python numbers for NumPy's, whole numbers where a float is one."""
    if isinstance(value, Term):
        return _plain(value.model_dump(exclude_unset=True, exclude_none=True))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "sib scenario", **_schema()}


@cache
def _schema() -> dict[str, Any]:
    return Scenario.model_json_schema()
