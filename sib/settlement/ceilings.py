"""What is due under ceilings a person: for each who reaches a milestone, what is left for that person.

Who reached what is part of the results, whatever the prices. It comes in one of two ways: as numbers of persons by what
they had reached before, or person by person. Persons are looked at in lots of paths, so that memory is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.errors import InputError, Problem
from sib.model.followed import Group, Luck, lots, reached
from sib.model.results import Readable, Results
from sib.settlement.contract import Ceiling, Claim, Contract, Price

Due = dict[tuple[int, int], Floats]  # by payment and result, (paths,)


class UnderCeilings:
    """What is due on the claims that are under ceilings; worked out for all of them when the first is asked for."""

    def __init__(self, contract: Contract, results: Sequence[Readable | None]) -> None:
        self.contract = contract
        self._results = {i: found for i, found in enumerate(results) if isinstance(found, Results)}
        self._due: Due | None = None

    def due(self, claim: Claim) -> Floats:
        """What is due on a claim, (paths,).

        Raises
        ------
        InputError
            Where it is not known who reached what.
        """
        if self._due is None:
            self._due = self._worked_out()
        (member,) = claim.members
        due = self._due[claim.payment, member]
        return due if claim.metric is None else self._results[claim.metric].of_persons(due)

    def _worked_out(self) -> Due:
        asked = [self._results[metric] for metric, _ in self.contract.prices]
        if all(found.moves for found in asked):
            return self._by_profile()
        followed_by = [found.luck for found in asked if found.luck is not None]
        if len(followed_by) < len(asked):
            if not self._cut_nothing():
                raise self._unknown()
            return {
                (price.payment, result): price.amount * self._results[metric].counts[result]
                for (metric, result), prices in self.contract.prices.items()
                for price in prices
            }
        due: Due = {}
        luck = followed_by[0]
        for group, served in zip(luck.followed.groups, luck.served, strict=True):
            due |= self._by_person(luck, group, served)
        return due

    def _cut_nothing(self) -> bool:
        """Whether the milestones that anybody reached come to no more than each ceiling, whoever reached them."""
        most: list[dict[int, float]] = [{} for _ in self.contract.ceilings]
        for (metric, result), prices in self.contract.prices.items():
            if not self._results[metric].counts[result].any():
                continue
            for price in prices:
                for ceiling in price.ceilings if price.amount > 0 else ():
                    most[ceiling][metric] = max(most[ceiling].get(metric, 0.0), price.amount)
        return all(
            sum(each.values()) <= ceiling.amount * (1 + 1e-12) and len(each) <= ceiling.items
            for each, ceiling in zip(most, self.contract.ceilings, strict=True)
        )

    def _unknown(self) -> InputError:
        names = dict.fromkeys(self.contract.metrics[metric].name for metric, _ in self.contract.prices)
        return InputError(
            Problem(
                "measured",
                ", ".join(names),
                "under a ceiling a person it must be known which milestones each person reached, and totals do not say:"
                " they do where each milestone is reached only by those who reached the one before (`among`), or where"
                " all milestones that anybody reached come to no more than the ceiling",
                "settle what each person is due elsewhere and give the milestones that were paid for without the"
                " ceiling, or simulate, which draws who reached what",
            )
        )

    # By what they had reached before

    def _by_profile(self) -> Due:
        """The sum over all sets of milestones that a person can have reached before.

        What was paid for these follows from the set: the persons of a cohort have all results in it, and by period
        there is one price.
        """
        due: Due = {}
        left = cache(self._left)
        for (metric, result), prices in self.contract.prices.items():
            found, row = self._results[metric], None if self.contract.metrics[metric].by_period else result
            for price in prices:
                total = np.zeros(found.paths)
                for profile, came in found.moves.items():
                    total += left(price, row, profile) * came[result]
                due[price.payment, result] = total
        return due

    def _left(self, price: Price, row: int | None, before: frozenset[int]) -> float:
        """What is due for one more person who had reached these milestones before: of a cohort, or in any period."""
        (ceiling,) = (self.contract.ceilings[i] for i in price.ceilings)
        paid = [
            other.amount
            for metric in before
            for other in (self._steady.get(metric, ()) if row is None else self._at((metric, row)))
            if other.ceilings == price.ceilings and other.amount > 0
        ]
        if len(paid) >= ceiling.items:
            return 0.0
        return max(min(sum(paid) + price.amount, ceiling.amount) - min(sum(paid), ceiling.amount), 0.0)

    @cached_property
    def _steady(self) -> dict[int, tuple[Price, ...]]:
        """The prices of each milestone in any of its results."""
        return {metric: prices for (metric, _), prices in self.contract.prices.items()}

    # Person by person

    def _by_person(self, luck: Luck, group: Group, served: Floats) -> Due:
        """One occasion after the other: what is left for each who reaches the milestone then."""
        counts = {(metric, result): self._results[metric].counts[result] for metric, result in group.occasions}
        seeds = {metric: self._seeds(metric, result) for metric, result in group.occasions}
        lucks = {metric: self._results[metric].luck for metric in seeds}
        dated = {metric: one.flows for metric, one in lucks.items() if one is not None and one.flows}
        prices = [(place, price) for place, one in enumerate(group.occasions) for price in self._at(one)]
        due = {(price.payment, group.occasions[place][1]): np.empty(len(served)) for place, price in prices}
        for lot in lots(served, group, typical=luck.seeds is None) if prices else ():
            came = {occasion: count[lot] for occasion, count in counts.items()}
            keys = {i: None if seed is None else seed[lot] for i, seed in seeds.items()}
            flows = {i: [flow.taken(lot) for flow in each] for i, each in dated.items()}
            when = reached(luck.followed, group, served[lot], came, keys, flows)
            shape = next(iter(when.values())).shape
            accounts = [_Account(self.contract.ceilings[i], shape) for i in range(len(self.contract.ceilings))]
            for place, price in prices:
                metric, result = group.occasions[place]
                who = np.flatnonzero(when[metric] == place)
                each = np.full(len(who), price.amount)
                for i in price.ceilings:
                    each = accounts[i].left(who, each)
                for i in price.ceilings:
                    accounts[i].use(who, each)
                due[price.payment, result][lot] = _of_all(each, who // shape[1], came[metric, result], price.amount)
        return due

    def _at(self, occasion: tuple[int, int]) -> tuple[Price, ...]:
        return self.contract.prices.get(occasion, ())

    def _seeds(self, metric: int, result: int) -> NDArray[np.uint64] | None:
        """What the numbers follow from of the persons who are in a result: of its cohort, or of all."""
        luck = self._results[metric].luck
        seeds = None if luck is None else luck.seeds
        return None if seeds is None else seeds[min(result, len(seeds) - 1)]


class _Account:
    """What one ceiling still leaves for each person, (paths times persons,)."""

    def __init__(self, ceiling: Ceiling, shape: tuple[int, ...]) -> None:
        persons = int(np.prod(shape))
        self.amount = np.full(persons, ceiling.amount) if np.isfinite(ceiling.amount) else None
        self.items = np.full(persons, ceiling.items) if np.isfinite(ceiling.items) else None

    def left(self, who: NDArray[np.intp], amount: Floats) -> Floats:
        """An amount for each of some persons, cut to what is left."""
        if self.amount is not None:
            amount = np.minimum(amount, self.amount[who])
        return amount if self.items is None else amount * (self.items[who] > 0)

    def use(self, who: NDArray[np.intp], amount: Floats) -> None:
        """Take what is due for each from what is left; an item is one for which anything is."""
        if self.amount is not None:
            self.amount[who] -= amount
        if self.items is not None:
            self.items[who] -= amount > 0


def _of_all(each: Floats, paths: NDArray[np.intp], count: Floats, price: float) -> Floats:
    """What is due for so many on each path, given what is due for each who was looked at there; the price for none."""
    total, seen = np.bincount(paths, each, len(count)), np.bincount(paths, minlength=len(count))
    found: Floats = np.where(seen > 0, total * (count / np.maximum(seen, 1)), price * count)
    return found
