"""Milestones by period: persons who reach one, by and by, each on a date of its own; at first, or after another one.

How many reach it in each period is multinomial, drawn as binomials of who has not gone elsewhere. Persons of one month
are alike, so what matters of a person's date is its month: those of a period are split over its months, likewise, where
another milestone counts from there. In aggregate that is the law of persons followed one by one.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.chance.special import gammaln, xlogy
from sib.model.delays import Delay, Intake, later
from sib.model.flows import Where, divided, leniently, log_likelihood_of_flows, shared_out
from sib.model.model import Drawing, MetricModel, Model, shares_of
from sib.model.observed import Observed
from sib.model.origins.measured import Measured
from sib.model.publishing import publish
from sib.model.results import Drawn, Results
from sib.model.worlds import Believed, World

Places = NDArray[np.intp]
_NONE = 1e-300


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

    def together(self, parts: Places) -> dict[int, Floats]:
        """Of those who reach it, the share who do in each part, (1,) or (paths,)."""
        part = parts[self.places]
        return {int(one): self.chances[part == one].sum(axis=0) for one in np.unique(part)}


@dataclass(frozen=True)
class Reached(Measured):
    """A milestone by period.

    Parameters
    ----------
    months : Months
        When it can be reached.
    expected : array, (months,)
        How many are expected to reach it in each month, were all who can to reach it.
    split : bool
        Whether another milestone counts from its months.
    """

    months: Months
    expected: Floats
    split: bool
    weighed: ClassVar[bool] = True

    def arising(self, index: int, model: Model, given: Mapping[int, Results]) -> Floats:
        """As believed."""
        return shares_of(by_result(self.months.result, self.expected, len(model.metrics[index].results)))

    def in_hand(self, index: int, found: Results, observed: Observed) -> Results:
        """What is in hand is measured already: the rest depends on it."""
        return found

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Who goes where, one after another: those of a cohort, or of a month of the milestone before."""
        metric, effect = drawing.model.metrics[index], drawing.world.metrics[index].effect
        level, results = np.clip(effect, 0.0, metric.law.highest), len(metric.results)
        treated = np.zeros((results, drawing.chance.paths))
        months = np.zeros((len(self.months.names), drawing.chance.paths))
        parts = self.months.parts(results, drawing.observed, index)
        sources = list(self.coming(index, drawing))
        held = self.held(index, drawing, sources, parts)
        for source in sources:
            known = held.get(source.name, {})
            shares = {part: level[part % results] * share for part, share in source.together(parts).items()}
            left = np.maximum(source.count - sum(known.values()), 0.0) if known else source.count
            rest = np.maximum(1.0 - sum(shares.get(part, 0.0) for part in known), _NONE) if known else np.ones(1)
            open_to = [part for part in shares if part not in known and shares[part].any()]
            names = [(metric.name, _called(metric, part), source.name, "treated") for part in open_to]
            moves = divided(left, [shares[part] / rest for part in open_to], _at(drawing, names))
            drawn = zip(open_to, moves, strict=True)
            for part, moved in (*known.items(), *drawn):
                treated[part % results] += moved
                if self.split:
                    self._within(part, moved, source, parts, (metric.name, source.name), drawing, months)
        for row, seen in () if drawing.observed is None else drawing.observed.seen.get(index, {}).items():
            treated[row] += seen.treated - sum((each.get(row, 0.0) for each in held.values()), np.zeros(1))
        if self.split:
            drawing.months[index] = months
        return Drawn(effect, publish(metric, np.ones((results, 1)), treated))

    @abstractmethod
    def held(self, index: int, drawing: Drawing, sources: list[Source], parts: Places) -> dict[str, dict[int, Floats]]:
        """Of each source, by its name, how many are known to have gone to which parts; drawn are the others."""

    @abstractmethod
    def spread(self, index: int, model: Model, world: World, last: str) -> Floats:
        """How many are expected in each month up to a last one, were all who can to reach it, (months, 1 or paths)."""

    def last_of(self, parts: Places, known: Collection[int]) -> str:
        """The last month of some parts; nothing, which is before all months, where they have none."""
        months = np.flatnonzero(np.isin(parts, [*known]))
        return self.months.names[months[-1]] if len(months) else ""

    def up_to(self, last: str) -> int:
        """How many months there are up to a last one."""
        return bisect_right(self.months.names, last)

    @abstractmethod
    def coming(self, index: int, drawing: Drawing) -> Iterator[Source]:
        """Who could reach it."""

    def in_months(self, index: int, drawing: Drawing) -> Floats:
        """How many reach it in each month, (months, paths): as drawn, or those of given results, spread over months."""
        if index not in drawing.months:
            counts, found = drawing.each[index].counts, np.zeros((len(self.months.names), drawing.chance.paths))
            everywhere = np.arange(len(self.months.names))
            source = Source("given", np.zeros(1), everywhere, np.maximum(self.expected, _NONE)[:, None])
            name = drawing.model.metrics[index].name
            for row in np.unique(self.months.result):
                self._within(row, counts[row], source, self.months.result, (name, source.name), drawing, found)
            drawing.months[index] = found
        return drawing.months[index]

    def _within(
        self,
        part: int,
        moved: Floats,
        source: Source,
        parts: Places,
        names: tuple[str, ...],
        drawing: Drawing,
        months: Floats,
    ) -> None:
        """Spread those of a source who reach it in a part over the months of that part."""
        inside = parts[source.places] == part
        if source.chances[inside].any():
            inside &= source.chances.any(axis=1)
        places, chances = source.places[inside], source.chances[inside]
        even = np.where(chances.sum(axis=0) > 0, chances, 1.0)  # where it is not believed to lead to that part
        at = _at(drawing, [(*names, "month", self.months.names[place]) for place in places])
        shares = [*(even / even.sum(axis=0))]
        for place, here in zip(places, divided(moved, shares, at, all_of_them=True), strict=True):
            months[place] += here


@dataclass(frozen=True)
class First(Reached):
    """A milestone that persons reach first: so many months after they enrol, or in shares that are believed.

    Parameters
    ----------
    intakes : tuple of Intake
        Who enrols when, cohort by cohort.
    places : tuple of array of int, (months of a cohort,)
        For each month from the first of a cohort, its place among the months; -1 after the last.
    delay : Delay or None
        How long they take from there; None where `shares` say when it is reached.
    shares : array, (months,)
        Of those who reach it, the share who do in each month.
    """

    intakes: tuple[Intake, ...]
    places: tuple[Places, ...]
    delay: Delay | None
    shares: Floats

    def coming(self, index: int, drawing: Drawing) -> Iterator[Source]:
        """Those of each cohort."""
        return self._cohorts(index, drawing.world)

    def _cohorts(self, index: int, world: World) -> Iterator[Source]:
        for intake, places in zip(self.intakes, self.places, strict=True):
            count = intake.come(world.coming.get(intake.cohort, np.ones(1)))
            if self.delay is None:
                yield Source(intake.cohort, count, np.arange(len(self.shares)), self.shares[:, None])
                continue
            enrolled = intake.chances(len(places) - 1, world.late.get(intake.cohort), world.slower.get(intake.cohort))
            takes = self.delay.chances(len(places) - 1, world.metrics[index].stretch)
            inside = places >= 0
            yield Source(intake.cohort, count, places[inside], later(enrolled, takes)[inside])

    def held(self, index: int, drawing: Drawing, sources: list[Source], parts: Places) -> dict[str, dict[int, Floats]]:
        """Results in hand: of each cohort as many as it makes likely."""
        found: dict[str, dict[int, Floats]] = {source.name: {} for source in sources}
        metric = drawing.model.metrics[index]
        for part, seen in () if drawing.observed is None else drawing.observed.seen.get(index, {}).items():
            expected = [source.count * source.together(parts).get(part, np.zeros(1)) for source in sources]
            whole = np.maximum(sum(expected, np.zeros(1)), _NONE)
            at = _at(drawing, [(metric.name, metric.results[part], source.name, "observed") for source in sources])
            count = np.full(drawing.chance.paths, seen.treated)
            shares = [share / whole for share in expected]
            for source, here in zip(sources, divided(count, shares, at, all_of_them=True), strict=True):
                found[source.name][part] = here
        return found

    def spread(self, index: int, model: Model, world: World, last: str) -> Floats:
        """All cohorts together."""
        sources = list(self._cohorts(index, world))
        paths = max(max(source.count.size, source.chances.shape[1]) for source in sources)
        found = np.zeros((len(self.months.names), paths))
        for source in sources:
            found[source.places] += source.count * source.chances
        return found[: self.up_to(last)]

    def log_likelihood(self, index: int, observed: Observed, model: Model, world: World) -> Floats:
        """Multinomial of all who come; of several cohorts, as if each of their persons could be of any."""
        metric, level = model.metrics[index], world.metrics[index].effect
        parts = self.months.parts(len(metric.results), observed, index)
        sources = [(source.count, source.together(parts)) for source in self._cohorts(index, world)]
        persons = sum((count for count, _ in sources), np.zeros(1))
        total, rest, left = gammaln(persons + 1.0), np.ones(1), persons
        for row, seen in observed.seen[index].items():
            here = sum((count * together.get(row, 0.0) for count, together in sources), np.zeros(1))
            share = np.clip(level[row], 0.0, metric.law.highest) * here / np.maximum(persons, 1.0)
            total = total + xlogy(seen.treated, share) - gammaln(seen.treated + 1.0)
            rest, left = rest - share, left - seen.treated
        enough = np.maximum(left, 0.0)
        total = total + xlogy(enough, np.maximum(rest, 0.0)) - gammaln(enough + 1.0)
        return np.where(left > -0.5, total, -np.inf)


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
        above, results = _milestone(model, self.above), len(model.metrics[self.above].results)
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
        above = _milestone(drawing.model, self.above)
        came = above.in_months(self.above, drawing)
        takes = self._takes(drawing.world.metrics[index])
        some = takes.any(axis=1) if drawing.observed is None else np.ones(len(takes), dtype=bool)
        for count, places, name in zip(came, self.places, above.months.names, strict=True):
            inside = (places >= 0) & some
            yield Source(name, count, places[inside], takes[inside])

    def _takes(self, believed: Believed) -> Floats:
        """The chance of each number of months, (months, 1) or (months, paths)."""
        return self.delay.chances(self.places.shape[1] - 1, believed.stretch)

    def held(self, index: int, drawing: Drawing, sources: list[Source], parts: Places) -> dict[str, dict[int, Floats]]:
        """Results in hand: who of those who had reached the one before did, month by month of these."""
        known = {} if drawing.observed is None else drawing.observed.seen.get(index, {})
        if not known:
            return {}
        metric, believed = drawing.model.metrics[index], drawing.world.metrics[index]
        early = sources[: _milestone(drawing.model, self.above).up_to(self.last_of(parts, known))]
        each = [replace(one, chances=leniently(one.chances)).together(parts) for one in early]
        found: dict[str, dict[int, Floats]] = {source.name: {} for source in early}
        left = np.array([np.broadcast_to(one.count, (drawing.chance.paths,)) for one in early])
        gone = np.zeros((len(early), 1))
        for part, seen in known.items():
            level = np.clip(believed.effect[part], 0.0, metric.law.highest)
            share = level * np.array(np.broadcast_arrays(*(one.get(part, np.zeros(1)) for one in each)))
            chance = np.minimum(share / np.maximum(1.0 - gone, _NONE), 1.0)
            names = [(metric.name, metric.results[part], one.name, "observed") for one in early]
            moved = shared_out(np.full(drawing.chance.paths, seen.treated), left, chance, _at(drawing, names))
            for source, here in zip(early, moved, strict=True):
                found[source.name][part] = here
            left, gone = left - moved, gone + share
        return found

    def spread(self, index: int, model: Model, world: World, last: str) -> Floats:
        """From the months of the milestone above."""
        came = _milestone(model, self.above).spread(self.above, model, world, last)
        takes, months = self._takes(world.metrics[index]), self.up_to(last)
        found = np.zeros((months, max(came.shape[1], takes.shape[1])))
        for number in np.flatnonzero(takes.any(axis=1)):
            places = self.places[: len(came), number]
            inside = (places >= 0) & (places < months)
            np.add.at(found, places[inside], came[inside] * takes[number])
        return found

    def log_likelihood(self, index: int, observed: Observed, model: Model, world: World) -> Floats:
        """Result by result, of those who had reached the milestone above, and not yet this one (`flows.py`)."""
        metric, above = model.metrics[index], _milestone(model, self.above)
        theirs = above.months.parts(len(model.metrics[self.above].results), observed, self.above)
        mine = self.months.parts(len(metric.results), observed, index)
        known, came = list(observed.seen[index]), observed.seen[self.above]
        expected = above.spread(self.above, model, world, self.last_of(mine, known))
        takes = leniently(self._takes(world.metrics[index]))
        flow = np.zeros((len(came), len(known), max(expected.shape[1], takes.shape[1])))
        for i, part in enumerate(came):
            months = np.flatnonzero(theirs[: len(expected)] == part)
            whole = np.maximum(expected[months].sum(axis=0), _NONE)
            for month in months:
                inside = self.places[month] >= 0
                to = mine[self.places[month][inside]]
                for j, row in enumerate(known):
                    some = takes[inside][to == row]
                    if len(some):
                        flow[i, j] += expected[month] / whole * some.sum(axis=0)
        level = np.clip(world.metrics[index].effect[known], 0.0, metric.law.highest)
        counts = np.array([seen.treated for seen in observed.seen[index].values()])
        return log_likelihood_of_flows(np.array([seen.treated for seen in came.values()]), flow, level, counts)


def by_result(result: Places, persons: Floats, results: int) -> Floats:
    """How many persons there are in each result, given in which result each of some numbers of them is."""
    found = np.zeros(results)
    np.add.at(found, result, persons)
    return found


def _milestone(model: Model, index: int) -> Reached:
    """The milestone by period at a position: what is reached after one is by period as well."""
    return cast(Reached, model.metrics[index].origin)


def _called(metric: MetricModel, part: int) -> str:
    """The name of a result, or of the part of it that is not known yet."""
    results = metric.results
    return results[part] if part < len(results) else f"{results[part - len(results)]}, the rest"


def _at(drawing: Drawing, components: Sequence[tuple[str, ...]]) -> Where:
    """The coordinates of the chance of places, by their components."""
    return lambda place: drawing.chance.of_layer("people", *components[place])
