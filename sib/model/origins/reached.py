"""Milestones by period: persons who reach one, by and by, each on a date of its own; at first, or after another one.

How many reach it in each period is multinomial, drawn as binomials of who has not gone elsewhere. Persons of one month
are alike, so what matters of a person's date is its month: those of a period are split over its months, likewise, where
another milestone counts from there. In aggregate that is the law of persons followed one by one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.chance.counts import binomial
from sib.chance.sources import Coordinates
from sib.chance.special import gammaln, xlogy
from sib.model.delays import Delay, Intake, later
from sib.model.model import Drawing, Model, shares_of
from sib.model.observed import Seen
from sib.model.origins.measured import Measured
from sib.model.publishing import publish
from sib.model.results import Drawn, Results
from sib.model.worlds import World

Places = NDArray[np.intp]
_NONE = 1e-300
Where = Callable[[int], Coordinates | None]  # the coordinates of the chance of each place


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

    def together(self, months: Months) -> dict[int, Floats]:
        """Of those who reach it, the share who do in each result, (1,) or (paths,)."""
        result = months.result[self.places]
        return {int(row): self.chances[result == row].sum(axis=0) for row in np.unique(result)}


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

    def arising(self, index: int, model: Model, given: Mapping[int, Results]) -> Floats:
        """As believed."""
        return shares_of(by_result(self.months.result, self.expected, len(model.metrics[index].results)))

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Who goes where, one after another: those of a cohort, or of a month of the milestone before."""
        metric = drawing.model.metrics[index]
        effect = drawing.world.metrics[index].effect
        level = np.clip(effect, 0.0, metric.law.highest)
        treated = np.zeros((len(metric.results), drawing.chance.paths))
        months = np.zeros((len(self.months.names), drawing.chance.paths))
        sources = list(self.coming(index, drawing))
        held = self.held(index, drawing, sources)
        for source in sources:
            known = held.get(source.name, {})
            shares = {row: level[row] * share for row, share in source.together(self.months).items()}
            left = np.maximum(source.count - sum(known.values()), 0.0) if known else source.count
            rest = np.maximum(1.0 - sum(shares[row] for row in known), _NONE) if known else np.ones(1)
            open_to = [row for row in shares if row not in known]
            at = _at(drawing, [(metric.name, metric.results[row], source.name, "treated") for row in open_to])
            drawn = zip(open_to, divided(left, [shares[row] / rest for row in open_to], at), strict=True)
            for row, moved in (*known.items(), *drawn):
                treated[row] += moved
                if self.split:
                    self._within(row, moved, source, (metric.name, source.name), drawing, months)
        if self.split:
            drawing.months[index] = months
        return Drawn(effect, publish(metric, np.ones((len(metric.results), 1)), treated))

    def held(self, index: int, drawing: Drawing, sources: list[Source]) -> dict[str, dict[int, Floats]]:
        """Of each source, by its name, how many are known to have gone to which results; drawn are the others."""
        return {}

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
                self._within(row, counts[row], source, (name, source.name), drawing, found)
            drawing.months[index] = found
        return drawing.months[index]

    def _within(
        self, row: int, moved: Floats, source: Source, names: tuple[str, ...], drawing: Drawing, months: Floats
    ) -> None:
        """Spread those of a source who reach it in a period over the months of that period."""
        inside = self.months.result[source.places] == row
        places, chances = source.places[inside], source.chances[inside]
        whole = np.maximum(chances.sum(axis=0), _NONE)
        at = _at(drawing, [(*names, "month", self.months.names[place]) for place in places])
        shares = [chance / whole for chance in chances]
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
            count = came(intake, world)
            if self.delay is None:
                yield Source(intake.cohort, count, np.arange(len(self.shares)), self.shares[:, None])
                continue
            enrolled = intake.chances(len(places) - 1, world.late.get(intake.cohort), world.slower.get(intake.cohort))
            takes = self.delay.chances(len(places) - 1, world.metrics[index].stretch)
            inside = places >= 0
            yield Source(intake.cohort, count, places[inside], later(enrolled, takes)[inside])

    def held(self, index: int, drawing: Drawing, sources: list[Source]) -> dict[str, dict[int, Floats]]:
        """Results in hand: of each cohort as many as it makes likely."""
        metric, known = drawing.model.metrics[index], drawing.observed.seen.get(index, {}) if drawing.observed else {}
        found: dict[str, dict[int, Floats]] = {source.name: {} for source in sources}
        for row, seen in known.items():
            expected = [source.count * source.together(self.months).get(row, np.zeros(1)) for source in sources]
            whole = np.maximum(sum(expected, np.zeros(1)), _NONE)
            at = _at(drawing, [(metric.name, metric.results[row], source.name, "observed") for source in sources])
            count = np.full(drawing.chance.paths, seen.treated)
            shares = [share / whole for share in expected]
            for source, here in zip(sources, divided(count, shares, at, all_of_them=True), strict=True):
                found[source.name][row] = here
        return found

    def log_likelihood(self, index: int, known: Mapping[int, Seen], model: Model, world: World) -> Floats:
        """Multinomial of all who come; of several cohorts, as if each of their persons could be of any."""
        metric, level = model.metrics[index], world.metrics[index].effect
        sources = list(self._cohorts(index, world))
        persons = sum((source.count for source in sources), np.zeros(1))
        total, rest, left = gammaln(persons + 1.0), np.ones(1), persons
        for row, seen in known.items():
            here = sum((source.count * source.together(self.months).get(row, 0.0) for source in sources), np.zeros(1))
            share = np.clip(level[row], 0.0, metric.law.highest) * here / np.maximum(persons, 1.0)
            total = total + xlogy(seen.treated, share) - gammaln(seen.treated + 1.0)
            rest, left = rest - share, left - seen.treated
        possible = left > -0.5
        total = total + xlogy(np.maximum(left, 0.0), np.maximum(rest, 0.0)) - gammaln(np.maximum(left, 0.0) + 1.0)
        return np.where(possible, total, -np.inf)


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
        above = _milestone(model, self.above)
        together = by_result(above.months.result, above.expected, len(model.metrics[self.above].results))
        share = (given[self.above].treated[:, 0] / np.maximum(together, _NONE))[above.months.result]
        takes = self.delay.chances(self.places.shape[1] - 1)[:, 0]
        came, inside = above.expected * share, self.places >= 0
        result = self.months.result[self.places[inside]]
        found = by_result(result, np.outer(came, takes)[inside], len(model.metrics[index].results))
        return shares_of(found) if found.sum() > 0 else super().arising(index, model, given)

    def coming(self, index: int, drawing: Drawing) -> Iterator[Source]:
        """Those of each month of the milestone above."""
        above = _milestone(drawing.model, self.above)
        came = above.in_months(self.above, drawing)
        takes = self.delay.chances(self.places.shape[1] - 1, drawing.world.metrics[index].stretch)
        some = takes.any(axis=1)
        for count, places, name in zip(came, self.places, above.months.names, strict=True):
            inside = (places >= 0) & some
            yield Source(name, count, places[inside], takes[inside])


def by_result(result: Places, persons: Floats, results: int) -> Floats:
    """How many persons there are in each result, given in which result each of some numbers of them is."""
    found = np.zeros(results)
    np.add.at(found, result, persons)
    return found


def _milestone(model: Model, index: int) -> Reached:
    """The milestone by period at a position: what is reached after one is by period as well."""
    return cast(Reached, model.metrics[index].origin)


def came(intake: Intake, world: World) -> Floats:
    """How many persons of a cohort come, in whole numbers, (1,) or (paths,)."""
    share = world.coming.get(intake.cohort, np.ones(1))
    found: Floats = np.rint(intake.persons * share)
    return found


def _at(drawing: Drawing, components: list[tuple[str, ...]]) -> Where:
    """The coordinates of the chance of places, by their components."""
    return lambda place: drawing.chance.of_layer("people", *components[place])


def divided(count: Floats, chances: list[Floats], at: Where, *, all_of_them: bool = False) -> Iterator[Floats]:
    """How many of so many persons go to each of some places.

    Parameters
    ----------
    count : array, (paths,)
        How many persons.
    chances : list of array, each (1,) or (paths,)
        The chance of each place; together one at most.
    at : callable
        The coordinates of each place; None where as many go as are expected.
    all_of_them : bool
        Whether all persons go somewhere.

    Yields
    ------
    array, (paths,)
        How many go to each place: multinomial, as binomials of who has gone nowhere before.
    """
    left, rest = count, np.ones(1)
    for place, chance in enumerate(chances):
        if all_of_them and place == len(chances) - 1:
            yield left
            return
        share = np.minimum(chance / rest, 1.0)
        coordinates = at(place)
        moved = left * share if coordinates is None else binomial(coordinates(), np.rint(left), share)
        yield moved
        left, rest = left - moved, np.maximum(rest - chance, _NONE)
