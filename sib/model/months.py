"""The months in which milestones by period can be reached, and the persons who could reach them. Arrays only."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from sib.arrays import Floats, Places
from sib.model.flows import leniently
from sib.model.observed import Observed


@dataclass(frozen=True)
class Months:
    """The months in which a milestone can be reached.

    Parameters
    ----------
    names : tuple of str
        Their first days.
    result : array of int, (months,)
        The result in which who reaches it in each is counted.
    """

    names: tuple[str, ...]
    result: Places

    def parts(self, results: int, observed: Observed | None, index: int) -> Places:
        """The result of each month; of a result that is known up to a day, the months after it are a part of their own.

        Such a part has the number of the result and that of all `results` besides.
        """
        if observed is None or observed.through is None:
            return self.result
        open_to = np.array([name > observed.through for name in self.names], dtype=bool)
        partial = open_to & np.isin(self.result, [*observed.seen.get(index, {})])
        return np.where(partial, self.result + results, self.result)

    def last_of(self, parts: Places, known: Collection[int]) -> str:
        """The last month of some parts; nothing, which is before all months, where they have none."""
        months = np.flatnonzero(np.isin(parts, [*known]))
        return self.names[months[-1]] if len(months) else ""

    def up_to(self, last: str) -> int:
        """How many months there are up to a last one."""
        return bisect_right(self.names, last)


@dataclass(frozen=True)
class Source:
    """Persons who could reach a milestone: a cohort, or those of one month of the milestone before.

    Parameters
    ----------
    name : str
        The cohort, or the month.
    count : array, (1,) or (paths,)
        How many they are.
    places : array of int, (places,)
        The months in which they can reach it, by position.
    chances : array, (places, 1) or (places, paths)
        Of those who reach it, the share who do in each; what is missing to one come too late.
    """

    name: str
    count: Floats
    places: Places
    chances: Floats

    def leniently(self, months: int) -> Source:
        """The same persons, a few of whom take any number of so many months (`flows.py`)."""
        return replace(self, chances=leniently(self.chances, months))

    def together(self, parts: Places) -> dict[int, Floats]:
        """Of those who reach it, the share who do in each part, (1,) or (paths,)."""
        part = parts[self.places]
        return {int(one): self.chances[part == one].sum(axis=0) for one in np.unique(part)}


def by_result(result: Places, persons: Floats, results: int) -> Floats:
    """How many persons there are in each result, given in which result each of some numbers of them is."""
    found = np.zeros(results)
    np.add.at(found, result, persons)
    return found
