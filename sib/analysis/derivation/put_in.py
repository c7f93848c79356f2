"""Results that are put in one by one, as derived numbers, and what is read from them: as a contract reads any.

How sure a result is, and what is worked out for persons one by one, follow from them by no formula: they are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, cast

import numpy as np

from sib.analysis.derivation.number import Derived, fixed, given
from sib.arrays import Floats, by_path
from sib.model.results import Readable, Results
from sib.run.recipe import Deal
from sib.settlement.book import Amount
from sib.terms.metric import Measure

_SURE: Final = ("confidence", "interval")
_BY_PERSON: Final = "limits a person are worked out person by person"
_BY_DESIGN: Final = "how sure a result is follows from the evaluator's design"


class Measured(NamedTuple):
    """One result as it is put in.

    `persons` is None where units are counted in all, `comparison` and `improvement` where nothing is compared; `level`
    is what was measured, which follows from the two where something is. Where there is nothing to compare with, what
    was measured is put in.
    """

    metric: int
    result: int
    persons: Derived | None
    comparison: Derived | None
    improvement: Derived | None
    level: Derived


class Reading(NamedTuple):
    """What is read from a metric over some results; of those that count, where not all always do."""

    metric: int
    measure: Measure
    members: tuple[int, ...]
    some: bool
    value: Amount


def now(one: Any) -> Floats:
    """What a number comes to on the results given, (paths,)."""
    return np.full(1, one.value) if isinstance(one, Derived) else np.broadcast_to(one, 1)


class Remembers(Protocol):
    """Results that know what was read from them."""

    def readings(self) -> Iterator[Reading]:
        """What was read, in the order in which it was asked for."""


@dataclass(frozen=True)
class _Asked:
    """What was read from a metric: what is asked twice is one number."""

    metric: int
    known: dict[tuple[Measure, tuple[int, ...], tuple[int, ...]], tuple[Any, Any]] = field(default_factory=dict)

    def once(self, read: Callable[..., Any], measure: Measure, members: tuple[int, ...], counted: Any) -> Any:
        """A reading, worked out where it is asked for first."""
        key = (measure, members, () if counted is None else tuple(map(id, counted)))
        if key not in self.known:
            self.known[key] = read(measure, members, counted), counted  # kept, so that nothing else has its id
        return self.known[key][0]

    def readings(self) -> Iterator[Reading]:
        """What was read."""
        for (measure, members, _), (value, counted) in self.known.items():
            yield Reading(self.metric, measure, members, counted is not None, value)


@dataclass(frozen=True)
class _OnCells(Results):
    """Results of which each is put in by itself. `plain` are the same as numbers."""

    plain: Results = by_path(default=None)
    asked: _Asked = by_path(default=None)

    @property
    def paths(self) -> int:
        """One."""
        return 1

    @property
    def counts(self) -> Floats:
        """What limits a person ask for: they work person by person, on numbers."""
        return self.plain.counts

    def read(self, measure: Measure, members: tuple[int, ...], counted: Sequence[Floats] | None = None) -> Floats:
        """As of any results. How sure they are is no formula."""
        if measure in _SURE:
            return cast(Floats, self.asked.once(self._sure_of, measure, members, counted))
        found: Floats = self.asked.once(super().read, measure, members, counted)
        return found

    def of_persons(self, amount: Floats) -> Floats:
        """What was worked out person by person: no formula."""
        return cast(Floats, fixed(float(amount[0]), _BY_PERSON))

    def _sure_of(self, measure: Measure, members: tuple[int, ...], counted: Sequence[Floats] | None) -> Derived:
        """How sure they are: no formula."""
        some = None if counted is None else [now(one) for one in counted]
        return fixed(float(self.plain.read(measure, members, some)[0]), _BY_DESIGN)

    def readings(self) -> Iterator[Reading]:
        """What was read from them."""
        return self.asked.readings()


@dataclass(frozen=True)
class _FromOthers:
    """Results that are worked out from others."""

    results: Readable
    asked: _Asked

    @property
    def paths(self) -> int:
        """One."""
        return 1

    def read(self, measure: Measure, members: tuple[int, ...], counted: Sequence[Floats] | None = None) -> Floats:
        """As of any results."""
        found: Floats = self.asked.once(self.results.read, measure, members, counted)
        return found

    def readings(self) -> Iterator[Reading]:
        """What was read from them."""
        return self.asked.readings()


def on_cells(deal: Deal, plain: Sequence[Readable | None]) -> tuple[list[Readable | None], list[Measured]]:
    """Results of all metrics, put in one by one; what is worked out from others is worked out from those."""
    found: dict[int, Readable] = {}
    put_in: list[Measured] = []
    for i in deal.model.order:
        one = plain[i]
        if one is None:
            continue
        follows = deal.model.metrics[i].origin.from_published(found)
        if follows is not None:
            found[i] = _FromOthers(follows, _Asked(i))
        elif isinstance(one, Results):
            rows = [_put_in(i, row, one) for row in range(len(one.treated))]
            put_in += rows
            compared = None if one.comparison is None else cast(Floats, [row.comparison for row in rows])
            found[i] = _OnCells(
                one.sign,
                cast(Floats, [np.ones(1) if row.persons is None else row.persons for row in rows]),
                cast(Floats, [row.level for row in rows]),
                compared,
                one.additive,
                one.moves,
                one.luck,
                plain=one,
                asked=_Asked(i),
            )
    return [found.get(i) for i in range(len(plain))], put_in


def _put_in(metric: int, row: int, one: Results) -> Measured:
    persons = None if one.additive else given(float(one.persons[row, 0]))
    level = float(one.treated[row, 0])
    if one.comparison is None:
        return Measured(metric, row, persons, None, None, given(level))
    base = float(one.comparison[row, 0])
    compared = given(base)
    if base == 0:
        return Measured(metric, row, persons, compared, None, given(level))
    improvement = given(float(f"{one.sign * (level - base) / base:.13g}"))  # without the last digits: floating point's
    return Measured(metric, row, persons, compared, improvement, compared * (1.0 + one.sign * improvement))
