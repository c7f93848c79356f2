"""Milestones by period: persons who reach one, by and by, each on a date of its own. Here those reached first.

How many reach it in each period is multinomial, drawn as binomials of who has not gone elsewhere. Persons of one month
are alike, so what matters of a person's date is its month: those of a period are split over its months, likewise, where
another milestone counts from there. In aggregate that is the law of persons followed one by one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, cast

import numpy as np

from sib.arrays import Floats, Places
from sib.model.dated import Flow
from sib.model.delays import Delay, Intake, later
from sib.model.flows import Where, divided, log_likelihood_of_flows, shared_out
from sib.model.model import Drawing, MetricModel, Model, shares_of
from sib.model.months import Months, Source, by_result
from sib.model.observed import Observed
from sib.model.origins.measured import Measured
from sib.model.publishing import publish
from sib.model.results import Drawn, Results
from sib.model.worlds import World

NONE = 1e-300


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
        dated, flows = index in drawing.model.followed.dated, list[tuple[int, int, Floats]]()
        told = self._told(index, drawing)
        for number, source in enumerate(sources):
            known = held.get(source.name, {})
            together = source.together(parts).items()
            shares = {part: level[part % results] * share for part, share in together if share.any()}
            left = np.maximum(source.count - sum(known.values()), 0.0) if known else source.count
            rest = np.maximum(1.0 - sum(shares.get(part, 0.0) for part in known), NONE) if known else np.ones(1)
            open_to = [part for part in shares if part not in known]
            names = [(metric.name, _called(metric, part), source.name, "treated") for part in open_to]
            moves = divided(left, [shares[part] / rest for part in open_to], at_of(drawing, names))
            drawn = zip(open_to, moves, strict=True)
            for part, moved in (*known.items(), *drawn):
                treated[part % results] += moved
                likelier = told if part in known else None
                for month, here in self._within(
                    part, moved, source, parts, (metric.name, source.name), drawing, likelier
                ):
                    months[month] += here
                    if dated:
                        flows.append((0 if self.after is None else number, month, here))
        for row, seen in () if drawing.observed is None else drawing.observed.seen.get(index, {}).items():
            treated[row] += seen.treated - sum((each.get(row, 0.0) for each in held.values()), np.zeros(1))
        if self.split:
            drawing.months[index] = months
        if dated:
            drawing.flows[index] = Flow.of(flows, self.months.result, drawing.chance.paths)
        return Drawn(effect, publish(metric, np.ones((results, 1)), treated))

    def _told(self, index: int, drawing: Drawing) -> Floats | None:
        """How much likelier each month of known results is for what is known of the milestones after it."""
        observed = drawing.observed
        if observed is None or index not in observed.seen:
            return None
        found = None
        for after in sorted(observed.seen, key=lambda one: drawing.model.metrics[one].name):  # whatever their order
            if drawing.model.metrics[after].origin.after == index:
                one = milestone_of(drawing.model, after).tells(after, drawing, observed)
                found = one if found is None else found * one
        return found

    def tells(self, index: int, drawing: Drawing, observed: Observed) -> Floats:
        """What its counts in hand tell of the months of the milestone above: of one that is reached first, nothing."""
        return np.ones((1, 1))

    def held(self, index: int, drawing: Drawing, sources: list[Source], parts: Places) -> dict[str, dict[int, Floats]]:
        """Of each source, by its name, how many are known to have gone to which parts; drawn are the others.

        From which sources those come who are in a result in hand is drawn, of who could still reach it.
        """
        known = {} if drawing.observed is None else drawing.observed.seen.get(index, {})
        if not known:
            return {}
        metric, effect = drawing.model.metrics[index], drawing.world.metrics[index].effect
        early = sources[: self.early(drawing.model, self.months.last_of(parts, known), len(sources))]
        each = [source.leniently(len(source.places)).together(parts) for source in early]
        found: dict[str, dict[int, Floats]] = {source.name: {} for source in early}
        left = np.array([np.broadcast_to(source.count, (drawing.chance.paths,)) for source in early])
        gone, none = np.zeros((len(early), 1)), np.broadcast_to(0.0, (drawing.chance.paths,))
        for part, seen in known.items():
            level = np.clip(effect[part], 0.0, metric.law.highest)
            share = level * np.array(np.broadcast_arrays(*(one.get(part, np.zeros(1)) for one in each)))
            chance = np.minimum(share / np.maximum(1.0 - gone, NONE), 1.0)
            names = [(metric.name, metric.results[part], source.name, "observed") for source in early]
            moved = shared_out(np.full(drawing.chance.paths, seen.treated), left, chance, at_of(drawing, names))
            for source, here in zip(early, moved, strict=True):
                found[source.name][part] = here.copy() if here.any() else none  # not all of `moved`, most of it nothing
            left, gone = left - moved, gone + share
        return found

    @abstractmethod
    def early(self, model: Model, last: str, sources: int) -> int:
        """How many of the sources are those of who could have reached it by a last month."""

    @abstractmethod
    def spread(self, index: int, model: Model, world: World, last: str) -> Floats:
        """How many are expected in each month up to a last one, were all who can to reach it, (months, 1 or paths)."""

    @abstractmethod
    def coming(self, index: int, drawing: Drawing) -> Iterator[Source]:
        """Who could reach it."""

    def in_months(self, index: int, drawing: Drawing) -> Floats:
        """How many reach it in each month, (months, paths): as drawn, or those of given results, spread over months."""
        if index not in drawing.months:
            counts, found = drawing.each[index].counts, np.zeros((len(self.months.names), drawing.chance.paths))
            everywhere = np.arange(len(self.months.names))
            source = Source("given", np.zeros(1), everywhere, np.maximum(self.expected, NONE)[:, None])
            name = drawing.model.metrics[index].name
            for row in np.unique(self.months.result):
                names = (name, source.name)
                for place, here in self._within(row, counts[row], source, self.months.result, names, drawing):
                    found[place] += here
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
        likelier: Floats | None = None,
    ) -> Iterator[tuple[int, Floats]]:
        """Those of a source who reach it in a part, month by month of that part; in any where no other counts from."""
        inside = parts[source.places] == part
        if not self.split:
            yield from ((month, moved) for month in source.places[inside][:1].tolist())
            return
        if source.chances[inside].any():
            inside &= source.chances.any(axis=1)
        places, chances = source.places[inside], source.chances[inside]
        if likelier is not None:
            chances = chances * likelier[places]
        even = np.where(chances.sum(axis=0) > 0, chances, 1.0)  # where it is not believed to lead to that part
        at = at_of(drawing, [(*names, "month", self.months.names[place]) for place in places])
        shares = [*(even / even.sum(axis=0))]
        yield from zip(places.tolist(), divided(moved, shares, at, all_of_them=True), strict=True)


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
        return self._cohorts(index, drawing.world, len(self.months.names))

    def early(self, model: Model, last: str, sources: int) -> int:
        """All cohorts."""
        return sources

    @cached_property
    def begins(self) -> Places:
        """The result of the first month of each cohort: before it none of them can have reached it."""
        if self.delay is None:
            return np.zeros(len(self.intakes), dtype=np.intp)
        first = [places[0] for places in self.places]
        late = len(self.months.result) and int(self.months.result[-1]) + 1  # after the last result
        return np.array([self.months.result[one] if one >= 0 else late for one in first], dtype=np.intp)

    def possible(self, row: int) -> float:
        """Planned persons of the cohorts that have begun."""
        return sum(one.persons for one, first in zip(self.intakes, self.begins, strict=True) if first <= row)

    def _cohorts(self, index: int, world: World, months: int) -> Iterator[Source]:
        """Those of each cohort, who reach it in the first of so many months."""
        for intake, places in zip(self.intakes, self.places, strict=True):
            count = intake.come(world.coming.get(intake.cohort, np.ones(1)))
            if self.delay is None:
                yield Source(intake.cohort, count, np.arange(months), self.shares[:months, None])
                continue
            inside = np.flatnonzero((places >= 0) & (places < months))
            most = int(inside.max(initial=0))
            enrolled = intake.chances(most, world.late.get(intake.cohort), world.slower.get(intake.cohort))
            takes = self.delay.chances(most, world.metrics[index].stretch)
            yield Source(intake.cohort, count, places[inside], later(enrolled, takes)[inside])

    def spread(self, index: int, model: Model, world: World, last: str) -> Floats:
        """All cohorts together."""
        months = self.months.up_to(last)
        sources = list(self._cohorts(index, world, months))
        paths = max(max(source.count.size, source.chances.shape[1]) for source in sources)
        found = np.zeros((months, paths))
        for source in sources:
            found[source.places] += source.count * source.chances
        return found

    def log_likelihood(self, index: int, observed: Observed, model: Model, world: World) -> Floats:
        """Result by result, of those of each cohort who had not reached it yet; more than came are impossible."""
        metric = model.metrics[index]
        known, parts = observed.seen[index], self.months.parts(len(metric.results), observed, index)
        months = self.months.up_to(self.months.last_of(parts, known))
        sources = [one.leniently(len(self.months.names)) for one in self._cohorts(index, world, months)]
        together = [one.together(parts) for one in sources]
        rows = [np.broadcast_arrays(*(one.get(row, np.zeros(1)) for row in known)) for one in together]
        flow = np.array(np.broadcast_arrays(*(share for row in rows for share in row)))
        flow = flow.reshape(len(sources), len(known), -1)
        came = np.array(np.broadcast_arrays(*(one.count for one in sources)))
        level = np.clip(world.metrics[index].effect[[*known]], 0.0, metric.law.highest)
        counts = np.array([seen.treated for seen in known.values()])
        possible = np.ones(1, dtype=bool)
        for row, so_far in zip(known, np.cumsum(counts), strict=True):
            possible = possible & (so_far <= came[self.begins <= row].sum(axis=0) + 0.5)
        return np.where(possible, log_likelihood_of_flows(came, flow, level, counts), -np.inf)


def milestone_of(model: Model, index: int) -> Reached:
    """The milestone by period at a position: what is reached after one is by period as well."""
    return cast(Reached, model.metrics[index].origin)


def _called(metric: MetricModel, part: int) -> str:
    """The name of a result, or of the part of it that is not known yet."""
    results = metric.results
    return results[part] if part < len(results) else f"{results[part - len(results)]}, the rest"


def at_of(drawing: Drawing, components: Sequence[tuple[str, ...]]) -> Where:
    """The coordinates of the chance of places, by their components."""
    return lambda place: drawing.chance.of_layer("people", *components[place])
