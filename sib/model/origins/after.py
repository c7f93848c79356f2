"""Milestones by period that only those reach who have reached another one by period: so many months after it.

Who comes from which month of the other is drawn, and weighed where counts are in hand, as in `reached.py`, of which
this is a part; counts in hand also say in which months the other was reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats, Places
from sib.model.delays import Delay
from sib.model.flows import leniently, log_likelihood_of_flows, shared_out
from sib.model.model import Drawing, Model, shares_of
from sib.model.months import Source, by_result
from sib.model.observed import Observed
from sib.model.origins.reached import NONE, Reached, at_of, milestone_of
from sib.model.results import Results
from sib.model.worlds import Believed, World


@dataclass(frozen=True)
class After(Reached):
    """A milestone that some of those reach who have reached another one by period: so many months after it.

    Parameters
    ----------
    above : int
        The other milestone, by position.
    delay : Delay
        How long they take from there.
    places : array of int, (months of the other, months of delay)
        The place among the months to which so many months lead from each; -1 after the last.
    """

    above: int
    delay: Delay
    places: Places

    @property
    def parents(self) -> tuple[int, ...]:
        """The milestone above."""
        return (self.above,)

    @property
    def after(self) -> int:
        """The milestone above."""
        return self.above

    def arising(self, index: int, model: Model, given: Mapping[int, Results]) -> Floats:
        """As those flow who reached the milestone above: as many as published, else as expected."""
        if self.above not in given:
            return super().arising(index, model, given)
        above, results = milestone_of(model, self.above), len(model.metrics[self.above].results)
        together = by_result(above.months.result, above.expected, results)[above.months.result]
        months = np.where(together > 0, above.expected, 1.0)  # evenly, where nobody was expected
        share = months / by_result(above.months.result, months, results)[above.months.result]
        takes = self.delay.chances(self.places.shape[1] - 1)[:, 0]
        came, inside = given[self.above].treated[:, 0][above.months.result] * share, self.places >= 0
        result = self.months.result[self.places[inside]]
        found = by_result(result, np.outer(came, takes)[inside], len(model.metrics[index].results))
        return shares_of(found) if found.sum() > 0 else super().arising(index, model, given)

    def coming(self, index: int, drawing: Drawing) -> Iterator[Source]:
        """Those of each month of the milestone above."""
        above = milestone_of(drawing.model, self.above)
        came = above.in_months(self.above, drawing)
        takes = self._takes(drawing.world.metrics[index], len(self.months.names))
        some = takes.any(axis=1) if drawing.observed is None else np.ones(len(takes), dtype=bool)
        for count, places, name in zip(came, self.places[:, : len(takes)], above.months.names, strict=True):
            inside = (places >= 0) & some
            yield Source(name, count, places[inside], takes[inside])

    def early(self, model: Model, last: str, sources: int) -> int:
        """Those of the months of the milestone above up to the last one."""
        return min(milestone_of(model, self.above).months.up_to(last), sources)

    def _takes(self, believed: Believed, months: int) -> Floats:
        """The chance of each number of months, (months, 1) or (months, paths), as far as it leads to the first ones."""
        inside = (self.places >= 0) & (self.places < months)
        return self.delay.chances(int(np.flatnonzero(inside.any(axis=0)).max(initial=0)), believed.stretch)

    def spread(self, index: int, model: Model, world: World, last: str) -> Floats:
        """From the months of the milestone above."""
        came, months = milestone_of(model, self.above).spread(self.above, model, world, last), self.months.up_to(last)
        takes = self._takes(world.metrics[index], months)
        found = np.zeros((months, max(came.shape[1], takes.shape[1])))
        for number in np.flatnonzero(takes.any(axis=1)):
            places = self.places[: len(came), number]
            inside = (places >= 0) & (places < months)
            np.add.at(found, places[inside], came[inside] * takes[number])
        return found

    def log_likelihood(self, index: int, observed: Observed, model: Model, world: World) -> Floats:
        """Result by result, of those who had reached the milestone above, and not yet this one (`flows.py`)."""
        metric, above = model.metrics[index], milestone_of(model, self.above)
        theirs = above.months.parts(len(model.metrics[self.above].results), observed, self.above)
        mine = self.months.parts(len(metric.results), observed, index)
        known, came = list(observed.seen[index]), list(observed.seen[self.above])
        last = self.months.last_of(mine, known)
        expected = above.spread(self.above, model, world, last)
        takes = leniently(self._takes(world.metrics[index], self.months.up_to(last)), self.places.shape[1])
        flow = np.zeros((len(came), len(known), max(expected.shape[1], takes.shape[1])))
        for i, part in enumerate(came):
            months = np.flatnonzero(theirs[: len(expected)] == part)
            shares = dict(zip(months.tolist(), _each_share(expected[months]), strict=True))
            for month, j, chance in self._leads(takes, mine, known, shares):
                flow[i, j] += shares[month] * chance
        level = np.clip(world.metrics[index].effect[known], 0.0, metric.law.highest)
        counts, reached = (np.array([seen.treated for seen in observed.seen[i].values()]) for i in (index, self.above))
        return log_likelihood_of_flows(reached[:, None], flow, level, counts)

    def _leads(
        self, takes: Floats, parts: Places, known: Sequence[int], months: Iterable[int]
    ) -> Iterator[tuple[int, int, Floats]]:
        """From which months of the milestone above to which known results, by position, and with which chance."""
        by_then = np.concatenate([np.zeros_like(takes[:1]), np.cumsum(takes, axis=0)])
        for month in months:
            places = self.places[month, : len(takes)]
            to = np.where(places >= 0, parts[places], -1)
            for j, row in enumerate(known):
                numbers = np.flatnonzero(to == row)
                if numbers.size:  # months in a row
                    yield month, j, by_then[numbers[-1] + 1] - by_then[numbers[0]]

    def tells(self, index: int, drawing: Drawing, observed: Observed) -> Floats:
        """What counts in hand tell of the months in which persons reached the milestone above, (months, paths).

        How much likelier each month is for who reached it in a known result, given how many of those went on to which
        result and how many have not: persons of one result are alike, so by Bayes' theorem for each of them.
        """
        model, world, paths = drawing.model, drawing.world, drawing.chance.paths
        metric, above = model.metrics[index], milestone_of(model, self.above)
        theirs = above.months.parts(len(model.metrics[self.above].results), observed, self.above)
        mine = self.months.parts(len(metric.results), observed, index)
        known, came = observed.seen[index], observed.seen[self.above]
        expected = above.spread(self.above, model, world, above.months.last_of(theirs, came))
        takes = leniently(self._takes(world.metrics[index], len(self.months.names)), self.places.shape[1])
        level = np.clip(world.metrics[index].effect, 0.0, metric.law.highest)
        rows, results = [*known], model.metrics[self.above].results
        leads: list[dict[int, Floats]] = [{} for _ in known]  # from a month of the one above, to which result
        for month, j, chance in self._leads(takes, mine, rows, range(len(expected))):
            leads[j][month] = chance

        def going(j: int, months: Places) -> Floats:
            """Who reaches the one above in some months, to a result. For all results at once these fill memory."""
            goes = np.zeros((len(months), paths))
            for i, month in enumerate(months.tolist()):
                if month in leads[j]:
                    goes[i] = level[rows[j]] * leads[j][month]
            return goes

        found = np.ones((len(above.months.names), paths))
        parts = [np.flatnonzero(theirs[: len(expected)] == part) for part in came]
        shares = [_each_share(expected[months]) for months in parts]
        gone_on = np.array(
            [
                [(share * going(j, months)).sum(axis=0) for months, share in zip(parts, shares, strict=True)]
                for j in range(len(known))
            ]
        )
        left = np.array([np.full(paths, seen.treated) for seen in came.values()])
        likelier = [np.zeros((len(months), paths)) for months in parts]
        leaves = [np.zeros((len(months), paths)) for months in parts]
        gone = np.zeros_like(left)
        for j, (row, seen) in enumerate(known.items()):
            chance = np.minimum(gone_on[j] / np.maximum(1.0 - gone, NONE), 1.0)
            names = [(metric.name, metric.results[row], results[part], "told") for part in came]
            moved = shared_out(np.full(paths, seen.treated), left, chance, at_of(drawing, names))
            for i, months in enumerate(parts):
                goes = going(j, months)
                likelier[i] += moved[i] * goes / np.maximum(gone_on[j, i], NONE)
                leaves[i] += goes
            left, gone = left - moved, gone + gone_on[j]
        for i, (months, seen) in enumerate(zip(parts, came.values(), strict=True)):
            stays = np.maximum(1.0 - leaves[i], 0.0)
            likelier[i] += left[i] * stays / np.maximum(1.0 - gone[i], NONE)
            if seen.treated > 0:
                found[months] = likelier[i] / seen.treated
        return found


def _each_share(expected: Floats) -> Floats:
    """The share of each month in some of them; alike, where nobody is expected in any."""
    whole = expected.sum(axis=0)
    return np.where(whole > 0, expected / np.maximum(whole, NONE), 1.0 / max(len(expected), 1))
