"""`Sharing`: chance of which a part is shared with other runs, as the deals of a portfolio do.

What is shared comes from a seed of all runs together: *shocks*, standard normal, of which scores of beliefs are made up
in part, and *arrivals*, the days on which an event comes to all at once. Each run by itself has the laws that it has
alone: a score that is partly shared is standard normal, and an arrival exponential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from sib.arrays import Floats
from sib.chance.points import LOT, MOST, shuffled, sobol
from sib.chance.sources import Chance, Component
from sib.chance.special import HIGHEST, LOWEST, ndtr, ndtri


@dataclass(frozen=True)
class Arrivals:
    """When an event comes that several runs wait for, each from a day of its own.

    Events come at a constant rate, one after another (a Poisson process), and each run meets the first from its day on.
    So two of them meet the same one, unless it comes before the later of the two has begun to wait; and what either
    waits is exponential, whatever the other does (Marshall & Olkin 1967, *J. Am. Stat. Assoc.* 62).

    Parameters
    ----------
    name : str
        What comes.
    rate : float
        How many come in a year.
    days : tuple of float
        From when on runs wait, in years: ascending, the last is this run's.
    """

    name: str
    rate: float
    days: tuple[float, ...]

    def components(self) -> list[Component]:
        """What is drawn for it: how long it is to wait for the next one from each of the days."""
        return [("events", self.name, repr(day)) for day in self.days]

    def wait(self, chance: Chance) -> Floats:
        """How long this run waits, in units of the mean wait, (paths,)."""
        coming = np.full(chance.paths, -np.inf)
        for day, component in zip(self.days, self.components(), strict=True):
            coming = np.where(coming >= day, coming, day + chance.exponential("events", *component) / self.rate)
        wait: Floats = (coming - self.days[-1]) * self.rate
        return wait


@dataclass(frozen=True)
class Common:
    """What a run has in common with others.

    Parameters
    ----------
    seed : SeedSequence
        The seed of all of them together.
    drawn : tuple of tuple
        The components of all that any of them shares.
    loadings : mapping of tuple to mapping
        By the component of a score, by the name of a shock: how much of the shock is in it, between -1 and 1. The
        squares add up to 1 at most.
    arrivals : mapping of tuple to Arrivals
        By the component of an event, when it comes.
    """

    seed: np.random.SeedSequence
    drawn: tuple[Component, ...]
    loadings: Mapping[Component, Mapping[str, float]]
    arrivals: Mapping[Component, Arrivals]


def shock(name: str) -> Component:
    """The component of a shock."""
    return ("shocks", name)


@dataclass(frozen=True)
class Sharing(Chance):
    """Chance of which a part is shared with other runs."""

    common: Common = field(kw_only=True)

    @classmethod
    def of(cls, chance: Chance, common: Common) -> Sharing:
        """The same chance, of which a part is shared."""
        return cls(**{one.name: getattr(chance, one.name) for one in fields(chance)}, common=common)

    def normal(self, source: str, *component: str) -> Floats:
        """Draws of a belief, standard normal: a sum of the shocks that are in it, and what is the run's own."""
        loadings = self.common.loadings.get(component)
        if loadings is None:
            return super().normal(source, *component)
        left = max(1.0 - sum(loading**2 for loading in loadings.values()), 0.0)
        score: Floats = np.sqrt(left) * super().normal(source, *component)
        for name, loading in sorted(loadings.items()):
            score = score + loading * self._outside.normal("shocks", *shock(name))
        return score

    def score(self, source: str, *component: str) -> Floats:
        """What is a belief's own, and the run's."""
        return ndtri(super().uniform(source, *component))

    def uniform(self, source: str, *component: str) -> Floats:
        """Draws of a belief, uniform between 0 and 1 and neither."""
        if component not in self.common.loadings:
            return super().uniform(source, *component)
        return np.clip(ndtr(self.normal(source, *component)), LOWEST, HIGHEST)

    def exponential(self, source: str, *component: str) -> Floats:
        """Draws of a belief, exponential with mean one."""
        arrivals = self.common.arrivals.get(component)
        return super().exponential(source, *component) if arrivals is None else arrivals.wait(self._outside)

    def even(self, seed: np.random.SeedSequence) -> Floats:
        """The points of this block that fill the cube evenly, in an order of the run's own."""
        whole = sobol(seed, self.block, -(-self.paths // LOT) * LOT, self.dimensions)
        return shuffled(whole, seed, self.block)[: self.paths]

    @cached_property
    def _outside(self) -> Chance:
        """Where what is shared comes from."""
        even = self.common.drawn[:MOST] if self.way == "sobol" else ()
        columns = {component: place for place, component in enumerate(even)}
        return Chance(
            self.paths, self.common.seed, self.block, self.layers, way=self.way, columns=columns, dimensions=len(even)
        )


@dataclass(frozen=True)
class Asking(Chance):
    """Chance that writes down from which components beliefs are drawn one number a path."""

    asked: dict[str, list[Component]] = field(default_factory=dict)

    def uniform(self, source: str, *component: str) -> Floats:
        """As of any chance."""
        known = self.asked.setdefault(source, [])
        known += [component] if component not in known else []
        return super().uniform(source, *component)
