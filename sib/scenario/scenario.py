"""`Scenario`: a deal, the beliefs about it, and where each figure comes from. What every entry point takes.

`Terms` has the nouns; this is what can be done with them: check, read, write, change, describe. Frozen. A changed
scenario is a validated copy (`replace`); a written one reads back equal (`to_toml`).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy, deepcopy
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError, model_validator

from sib.errors import InputError, Problem, Refusal, ScenarioError, expected
from sib.scenario import assumptions as provenance
from sib.scenario import rate_cards, slips
from sib.scenario.changes import BASE, changed, check_case, in_case, refused
from sib.scenario.paths import Reader, as_key, spoken, with_quotes
from sib.scenario.plain import plain
from sib.scenario.refusals import problems
from sib.scenario.rules.check import check
from sib.scenario.suspicions import suspicions
from sib.scenario.term_sheet import term_sheet
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.toml import to_toml

if TYPE_CHECKING:
    import pandas as pd


class Scenario(Terms):
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

    @model_validator(mode="before")
    @classmethod
    def _check_slips(cls, data: Any) -> Any:
        slips.check(data)
        return rate_cards.resolved(data) if isinstance(data, Mapping) and "rate_cards" in data else data

    @model_validator(mode="after")
    def _check(self) -> Self:
        check(self, self.timetable)
        self._check_sources()
        self._check_cases()
        return self

    def _check_sources(self) -> None:
        """A source is given for a key that is written out, and names items by their names."""
        data = self.data()
        reader = Reader(data)
        for path in self.sources:
            try:
                reader.lookup(path)
            except (KeyError, TypeError):
                meant = with_quotes(data, path)
                raise Refusal(
                    ("sources", path),
                    path,
                    "a source is given for a key that the scenario writes out"
                    + ("; a name that holds full stops stands in quotes in its path" if meant else ""),
                    f"write {as_key(meant)}" if meant else "correct the path, or remove the source",
                ) from None
            if path != reader.by_name(path):
                raise Refusal(
                    ("sources", path),
                    path,
                    "a source names items of lists by their names, so that it stays with its figure",
                    f"write {as_key(reader.by_name(path))}",
                )

    def _check_cases(self) -> None:
        """Each case is a valid scenario."""
        data = self.data() if self.cases else {}
        for index, case in enumerate(self.cases):
            check_case(data, index, case)
            own = {**data, "cases": [data["cases"][index]]}  # of the others nothing is asked
            try:
                Scenario.from_data(in_case(deepcopy(own), case.name), file=self.name)
            except InputError as error:
                raise refused(index, case, error) from None

    @cached_property
    def timetable(self) -> Timetable:
        """What follows from the terms alone: what falls due when, on what, and between whom."""
        return Timetable(self)

    # The timetable is worked out from the terms. A copy, here or in another process, works out its own.

    def __getstate__(self) -> dict[Any, Any]:
        return Terms.__getstate__(copy(self))

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.__dict__.pop("timetable", None)
        return copied

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return Terms.__deepcopy__(copy(self), memo)

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
            given = slips.normalised(data)
        except Refusal as slip:
            problem = Problem(spoken(data, slip.path), slip.came, slip.rule, slip.remedy)
            raise ScenarioError(problem, file=file) from None
        except RecursionError:  # the terms say so
            given = dict(data)
        try:
            data = rate_cards.resolved(given)
        except Refusal as slip:
            problem = Problem(spoken(given, slip.path), slip.came, slip.rule, slip.remedy)
            raise ScenarioError(problem, file=file) from None
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            found = [rate_cards.located(problem, given) for problem in problems(error, data, _schema())]
            raise ScenarioError(*(p for i, p in enumerate(found) if p not in found[:i]), file=file) from None

    def data(self) -> dict[str, Any]:
        """The scenario as plain data: what its TOML file holds. A fresh copy, free to change."""
        found: dict[str, Any] = plain(self)
        return found

    def to_toml(self) -> str:
        """The scenario as the text of a TOML file; `load` reads it back equal. Prices that make one are a rate card."""
        return to_toml(self.data())

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """A validated copy with some values changed.

        Parameters
        ----------
        changes : mapping of str to object
            Values by dotted path, as in `{"payments.early.when.improvement": 0.08}`. Items of lists are named, or
            numbered from 0; a name wins. A name that holds a full stop stands in quotes, as in
            `payments."tier 1.2".pays.per_unit`. None removes a key or an item. A value that is changed loses its
            source: `assumptions()` shows it as set by the analyst.

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
        return Scenario.from_data(changed(self.data(), changes, self.name), file=self.name)

    def case(self, name: str) -> Scenario:
        """The scenario in one of its cases, without the others.

        Parameters
        ----------
        name : str
            The name of a case; "base" is the scenario as it is written.

        Returns
        -------
        Scenario
            With the changes of the case, as `replace` makes them, called after it. A change keeps the source that is
            given for it in the case.

        Raises
        ------
        InputError
            Where there is no such case.

        Examples
        --------
        >>> import sib
        >>> mean = "beliefs.effects.reconvictions.mean"
        >>> plan = sib.load("peterborough").replace({"cases": [{"name": "downside", "changes": {mean: 0.05}}]})
        >>> plan.case("downside").beliefs.effects["reconvictions"].mean
        0.05
        """
        return Scenario.from_data(in_case(self.data(), name), file=self.name)

    def by_case(self) -> dict[str, Scenario]:
        """The scenario in each of its cases, by name, the base case first: what `sib.compare` takes.

        Returns
        -------
        dict of str to Scenario

        Examples
        --------
        >>> import sib
        >>> mean = "beliefs.effects.reconvictions.mean"
        >>> plan = sib.load("peterborough").replace({"cases": [{"name": "downside", "changes": {mean: 0.05}}]})
        >>> table = sib.compare(plan.by_case(), paths=1_000, rng=1)
        >>> bool(table.loc["loss_probability", ("downside", "difference")] > 0)
        True
        """
        return {name: self.case(name) for name in (BASE, *(case.name for case in self.cases))}

    def describe(self) -> str:
        """The term sheet in plain English, from the terms alone: every figure that a payment depends on.

        Returns
        -------
        str
            Sentences under headings, a line each. Beliefs are no part of a contract and are left out, but for which
            move together and what would have come anyway.

        Examples
        --------
        >>> import sib
        >>> "GBP 13,720" in sib.load("peterborough").describe()
        True
        """
        return term_sheet(self, self.timetable)

    def suspicions(self) -> list[Problem]:
        """Figures that can be but seldom are, such as a share written as a percentage. None of them is an error.

        Returns
        -------
        list of Problem
            Each says which key (`where`), what came (`came`), what is odd (`rule`) and what was meant (`remedy`).

        Examples
        --------
        >>> import sib
        >>> plan = sib.load("peterborough")
        >>> plan.suspicions()
        []
        >>> plan.replace({"beliefs.discount_rates.investors": 0.35}).suspicions()[0].where
        'beliefs.discount_rates.investors'
        """
        return suspicions(self, self.timetable)

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
        return provenance.table(self, self.timetable, self.data())


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_writable(_schema()), "title": "sib scenario"}


def _writable(node: Any) -> Any:
    """A schema without defaults that no TOML file can write, which an editor would offer: null, and tables with it."""
    if isinstance(node, dict):
        return {
            key: _writable(value)
            for key, value in node.items()
            if key != "default" or not isinstance(value, dict | None)
        }
    return [_writable(item) for item in node] if isinstance(node, list) else node


@cache
def _schema() -> dict[str, Any]:
    return Scenario.model_json_schema()
