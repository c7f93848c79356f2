"""Which milestones a contract follows person by person, under limits a person. Derived from the terms, by names.

A limit a person (`per_person`, `items_per_person`) cuts what comes last for that person. So it must be known who has
reached what, and in which order: by the dates of the results; on one day each after the one that it follows on, else
as the payments stand in the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sib.scenario.timetable import Timetable
from sib.terms.payment import Limit, Payment

FEW = 256  # sets of milestones that are counted set by set; persons are followed one by one where there are more


@dataclass(frozen=True)
class Followed:
    """The milestones under limits a person.

    Parameters
    ----------
    timetable : Timetable
        What follows from the terms. They agree with each other, but for what `rules/limits.py` checks.
    """

    timetable: Timetable

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits a person, in the order of the file."""
        return tuple(limit for limit in self.timetable.terms.limits if limit.a_person)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {limit.name: i for i, limit in enumerate(self.limits)}

    def limits_on(self, payment: str) -> tuple[int, ...]:
        """The limits a person that a payment is under, by position among them."""
        return tuple(self._positions[one.name] for one in self.timetable.limits_on(payment) if one.a_person)

    @cached_property
    def payments(self) -> tuple[Payment, ...]:
        """The payments that are under a limit a person, in the order of the file."""
        return tuple(payment for payment in self.timetable.terms.payments if self.limits_on(payment.name))

    @cached_property
    def milestones(self) -> tuple[str, ...]:
        """The milestones that these payments are on, and those above several of them, in the order of the file."""
        paid = {payment.metric for payment in self.payments if payment.metric is not None}
        times = Counter(above for name in paid for above in self.above(name))
        followed = paid | {name for name, several in times.items() if several > 1}
        return tuple(metric.name for metric in self.timetable.terms.metrics if metric.name in followed)

    def after(self, name: str) -> str | None:
        """The followed milestone, reported alike, that a person must have reached first."""
        return self._after[name]

    @cached_property
    def _after(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        by_period = {name: self.timetable.reporting(name).by_period for name in self.milestones}
        for name in self.milestones:
            alike = (other for other in self.above(name) if by_period.get(other) == by_period[name])
            found[name] = next(alike, None)
        return found

    def above(self, name: str) -> Iterator[str]:
        """What a person must have reached before a milestone, from the nearest up."""
        above = self.timetable.metrics[name].among
        while above is not None:
            yield above
            above = self.timetable.metrics[above].among

    @cached_property
    def occasions(self) -> tuple[tuple[str, int], ...]:
        """The results of the milestones, by position, in the order in which a person reaches them."""
        place = {payment.metric: i for i, payment in reversed(list(enumerate(self.timetable.terms.payments)))}

        def order(occasion: tuple[str, int]) -> tuple[object, ...]:
            name, result = occasion
            chain, before = [name], self.after(name)
            while before is not None:
                chain.append(before)
                before = self.after(before)
            by_period = self.timetable.reporting(name).by_period
            dates = [self.timetable.results(one)[result].date for one in (chain[:1] if by_period else chain)]
            places = [place.get(one, 0) for one in chain]
            return max(dates), max(places), len(chain), places[0], name, result

        found = [(name, result) for name in self.milestones for result in range(len(self.timetable.results(name)))]
        return tuple(sorted(found, key=order))

    @cached_property
    def profiles(self) -> tuple[frozenset[str], ...]:
        """The sets of milestones that one person can have reached, fewest first; empty where they do not say enough.

        They do where they are few, and what is left for a person follows from the set: a payment is under one limit,
        and a milestone's price is the same in all results in which one person can have reached it.
        """
        reporting = {self.timetable.reporting(name).by_period for name in self.milestones}
        if self._sets > FEW:
            return ()
        once = all(len(self.limits_on(payment.name)) == 1 for payment in self.payments)
        if len(reporting) > 1 or not once or (reporting == {True} and not all(map(self._steady, self.payments))):
            return ()
        found, newly = {frozenset[str]()}, {frozenset[str]()}
        while newly:  # one milestone more, which those can reach who have reached the one before
            newly = {
                before | {name}
                for before in newly
                for name in set(self.milestones) - before
                if self.after(name) is None or self.after(name) in before
            }
            found |= newly
        return tuple(sorted(found, key=lambda profile: (len(profile), sorted(profile))))  # whatever the file's order

    @property
    def _sets(self) -> int:
        """How many sets of milestones one person can have reached, each with what comes before it; or more than a few.

        Below each milestone: it is not reached, or it is, with any set below each of those that come next.
        """
        with_it, in_all, followed = dict.fromkeys(self.milestones, 1), 1, set(self.milestones)
        for name in reversed(self.timetable.ordered):
            if name in followed:
                below, above = min(1 + with_it[name], FEW + 1), self.after(name)
                if above is None:
                    in_all = min(in_all * below, FEW + 1)
                else:
                    with_it[above] = min(with_it[above] * below, FEW + 1)
        return in_all

    @cached_property
    def dated(self) -> dict[str, tuple[str, ...]]:
        """Milestones by period, each with those through which a person comes to it from the followed one before.

        The dates of those who reach one matter to who reaches the next. Where each milestone is reached after the one
        before alone, and sets of them say enough, they do not; nor where none is reached after another. Then: empty.
        """
        by_period = [name for name in self.milestones if self.timetable.reporting(name).by_period]
        row = len({self.after(name) for name in self.milestones}) == len(self.milestones)
        if not any(True for name in by_period for _ in self.above(name)) or (row and self.profiles):
            return {}
        found = {}
        for name in by_period:
            through = [name]
            for above in self.above(name):
                if above == self.after(name):
                    break
                through.insert(0, above)
            found[name] = tuple(through)
        return found

    def _steady(self, payment: Payment) -> bool:
        """Whether a payment has one price, and is made on all results of its metric."""
        return payment.pays.rises is None and len(self.timetable.occasions(payment.name)) == len(
            self.timetable.results(payment.metric or "")
        )
