"""`Followed`: the milestones that are followed person by person, and who of the persons reaches them.

How many reach a milestone in each result is drawn with the results. Who they are is chance: of those who can still
reach it, any are as likely. So each person has a number, drawn anew for each milestone, and those with the least
numbers reach it first. These numbers are many; they are not kept. What is kept is one seed a path and milestone, of
which they are a function, so that whoever asks later, for however many paths, finds the same persons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats, by_path
from sib.model.dated import Flow, reached_in

Keys = NDArray[np.uint64]
Labels = NDArray[Any]  # whole numbers, of the least type that holds them

TYPICAL = 16127  # persons who stand for all where nothing is left to chance; a prime
_GENERATOR = 331  # its powers spread them so evenly that what is due comes out to about two parts in a thousand
_LAST = np.uint64(2**64 - 1)
_HELD = 1 << 21  # persons times milestones that are looked at together


@dataclass(frozen=True)
class Group:
    """Persons among whom milestones are reached: a cohort, or all of them where results are by period.

    Parameters
    ----------
    persons : int
        How many there are, as planned.
    occasions : tuple of (int, int)
        Milestones and results, by position, in the order in which a person reaches them.
    cohorts : mapping of str to int, optional
        How many of each cohort, as planned.
    """

    persons: int
    occasions: tuple[tuple[int, int], ...]
    cohorts: Mapping[str, int] = field(default_factory=dict)

    @property
    def never(self) -> int:
        """The place in the order that stands for no occasion."""
        return len(self.occasions)

    def served(self, coming: Mapping[str, Floats], paths: int) -> Floats:
        """How many come, (paths,), given of each cohort the share of the plan that does; as planned where none is."""
        if not coming:
            return np.full(paths, float(self.persons))
        return sum((np.maximum(np.rint(size * coming[c]), 1.0) for c, size in self.cohorts.items()), np.zeros(paths))

    @property
    def label(self) -> np.dtype[Any]:
        """A type of number that holds all places in the order."""
        return np.min_scalar_type(self.never)

    def of(self, metric: int) -> list[int]:
        """The places in the order at which a milestone is reached."""
        return [place for place, (one, _) in enumerate(self.occasions) if one == metric]


@dataclass(frozen=True)
class Followed:
    """The milestones that a contract follows person by person.

    Parameters
    ----------
    groups : tuple of Group
        Who can reach them, and in which order.
    after : mapping of int to int
        Of a milestone, the followed one that a person must have reached first.
    profiles : tuple of frozenset
        The sets of them that one person can have reached, where it is enough to count persons set by set; else empty.
    through : mapping of int to tuple of int
        Of a milestone that persons reach on dates of their own: the milestones through which they come to it from the
        followed one before, itself the last. Where a person's dates do not matter: empty.
    """

    groups: tuple[Group, ...] = ()
    after: Mapping[int, int] = field(default_factory=dict)
    profiles: tuple[frozenset[int], ...] = ()
    through: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def dated(self) -> frozenset[int]:
        """The milestones of which it matters who reaches them in which month."""
        return frozenset(metric for metrics in self.through.values() for metric in metrics)

    @property
    def milestones(self) -> tuple[int, ...]:
        """The milestones, each once."""
        return tuple(dict.fromkeys(metric for group in self.groups for metric, _ in group.occasions))

    def in_order(self, group: Group) -> tuple[int, ...]:
        """The milestones of a group, each after the one that it follows on."""
        found: dict[int, None] = {}

        def put(metric: int) -> None:
            if metric in self.after:
                put(self.after[metric])
            found.setdefault(metric)

        for metric, _ in group.occasions:
            put(metric)
        return tuple(found)

    @property
    def funnel(self) -> bool:
        """Whether each milestone follows on another, so that who has reached one has reached all before it."""
        first = [metric for metric in self.milestones if metric not in self.after]
        return len(first) <= 1 and len(set(self.after.values())) == len(self.after)


@dataclass(frozen=True)
class Luck:
    """Who of those who could reach a milestone did.

    Parameters
    ----------
    followed : Followed
        The milestones, of which this is one.
    served : array, (groups, paths)
        How many persons of each group there are.
    seeds : array of int, (cohorts or 1, paths), or None
        What the persons' numbers follow from. None without chance: typical persons stand for all, evenly.
    flows : tuple of Flow
        Where persons have dates: how many reach it in which month, from the followed milestone before on.
    """

    followed: Followed
    served: Floats = by_path()
    seeds: NDArray[np.uint64] | None = by_path(default=None)
    flows: tuple[Flow, ...] = by_path(default=())


def lots(served: Floats, group: Group, *, typical: bool) -> Iterator[slice]:
    """Paths that are looked at together, so that memory is bounded."""
    milestones, paths = len({metric for metric, _ in group.occasions}), len(served)
    size = max(_HELD // ((TYPICAL if typical else int(served.max())) * milestones), 1)
    return (slice(start, min(start + size, paths)) for start in range(0, paths, size))


def reached(
    followed: Followed,
    group: Group,
    served: Floats,
    counts: Mapping[tuple[int, int], Floats],
    seeds: Mapping[int, NDArray[np.uint64] | None],
    flows: Mapping[int, Sequence[Flow]] | None = None,
) -> dict[int, Labels]:
    """When each person of a group reaches each milestone.

    Parameters
    ----------
    followed : Followed
        The milestones.
    group : Group
        The persons.
    served : array, (paths,)
        How many of them there are.
    counts : mapping of (int, int) to array, (paths,)
        How many reach each milestone in each result.
    seeds : mapping of int to array, (paths,), or None
        Of each milestone, what the persons' numbers follow from.
    flows : mapping of int to sequence of Flow, optional
        Where persons have dates: how many reach each milestone in which month, from the one before on.

    Returns
    -------
    dict of int to array, (paths, persons)
        The place in the group's order at which each person reaches the milestone; the number of places for never.
        There are as many as on the path with most. Without chance they are typical ones, `TYPICAL` of them.
    """
    paths = len(served)
    if flows:
        return _on_dates(followed, group, served, seeds, flows)
    found: dict[int, Labels] = {}
    for metric in followed.in_order(group):
        seed, above, places = seeds[metric], found.get(followed.after.get(metric, -1)), group.of(metric)
        persons = int(served.max()) if seed is not None else TYPICAL
        numbers = [_whole(counts[group.occasions[place]], seed, served) for place in places]
        if above is None:
            keys = np.broadcast_to(_keys(seed, persons, 0, places[0]), (paths, persons))
            if seed is not None and served.min() < persons:
                keys = np.where(np.arange(persons) < served[:, None], keys, _LAST)  # who does not come reaches nothing
            found[metric] = _in_one_order(group, places, keys, numbers)
        else:
            found[metric] = np.full((paths, persons), group.never, dtype=group.label)
            for turn, (place, number) in enumerate(zip(places, numbers, strict=True)):
                can = (above < place) & (found[metric] == group.never)
                found[metric][_some(can, _keys(seed, persons, turn, place), number)] = place
    return found


def _on_dates(
    followed: Followed,
    group: Group,
    served: Floats,
    seeds: Mapping[int, NDArray[np.uint64] | None],
    flows: Mapping[int, Sequence[Flow]],
) -> dict[int, Labels]:
    """As those go on who reached the milestone before in the same month: any of them are as likely."""
    found: dict[int, Labels] = {}
    months: dict[int, NDArray[np.int32]] = {}
    for metric in followed.in_order(group):
        seed, places = seeds[metric], dict(zip(group.occasions, range(group.never), strict=True))
        looked_at = served if seed is not None else np.full(len(served), float(TYPICAL))
        persons, scale = int(looked_at.max()), looked_at / served
        everybody = np.where(np.arange(persons) < looked_at[:, None], 0, -1).astype(np.int32)
        month = months.get(followed.after.get(metric, -1), everybody)
        for turn, flow in enumerate(flows[metric]):
            keys = _keys(seed, persons, turn, group.of(metric)[0])
            month = reached_in(flow, month, scale, np.broadcast_to(keys, month.shape))
        months[metric] = month
        place_of = [*(places[metric, result] for result in flows[metric][-1].results.tolist()), group.never]
        found[metric] = np.array(place_of, dtype=group.label)[month]  # -1, the last: never
    return found


def _whole(count: Floats, seed: object, persons: Floats) -> NDArray[np.int64]:
    """How many of the persons who are looked at reach a milestone: of typical ones, one at least where anybody does."""
    if seed is not None:
        return np.rint(count).astype(np.int64)
    typical = np.floor(count * (TYPICAL / persons) + 1e-9)
    return np.maximum(typical, count > 0).astype(np.int64)


def _in_one_order(group: Group, places: Sequence[int], keys: Keys, numbers: Sequence[NDArray[np.int64]]) -> Labels:
    """All persons can reach it from the start: they do in the order of their keys."""
    ordered, rows = np.sort(keys, axis=1), np.arange(len(keys))
    passed = np.zeros(keys.shape, dtype=group.label)  # how many of the places each person is later than
    for number in np.minimum(np.cumsum(numbers, axis=0), keys.shape[1]):
        passed += keys > np.where(number > 0, ordered[rows, number - 1], 0)[:, None]
    found: Labels = np.array([*places, group.never], dtype=group.label)[passed]
    return found


def _some(can: NDArray[np.bool_], keys: Keys, number: NDArray[np.int64]) -> NDArray[np.bool_]:
    """So many of those who can reach it: any of them, by keys that are new."""
    own = np.where(can, keys, _LAST)
    number = np.minimum(number, np.count_nonzero(can, axis=1))
    last = np.where(number > 0, np.sort(own, axis=1)[np.arange(len(own)), number - 1], 0)
    found: NDArray[np.bool_] = own <= last[:, None]
    return found


def _keys(seed: NDArray[np.uint64] | None, persons: int, turn: int, place: int) -> Keys:
    """A number for each person, (paths, persons): 1 or more, each as likely to be the least.

    By chance it is a function of the seed, the turn and the person: what the 64-bit generator SplitMix draws from
    there (Steele, Lea & Flood 2014). Without chance, points of a lattice, (1, persons): of as many numbers each once.
    """
    each = np.arange(persons, dtype=np.uint64)
    if seed is None:
        step = pow(_GENERATOR, place + 1, TYPICAL)
        return ((each * np.uint64(step) + np.uint64(step // 2)) % np.uint64(TYPICAL) + np.uint64(1))[None, :]
    at = (each + np.uint64(1 + (turn << 32))) * np.uint64(0x9E3779B97F4A7C15)
    z = seed[:, None] + at
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.maximum(z, np.uint64(1), out=z)
