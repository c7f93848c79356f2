"""`Deal`, a scenario compiled; `Recipe`, all that futures depend on; `Draws`, some of them; `Block`, those settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from sib.arrays import concat
from sib.chance.common import Common, Sharing
from sib.chance.points import MOST
from sib.chance.sources import LAYERS, Chance, Component, Layer, Listing, Way
from sib.model.compile import compile_model
from sib.model.model import Model
from sib.model.observed import Observed
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.model.results import Outcomes, Readable
from sib.model.worlds import Shocks, World
from sib.run.kept import Store
from sib.scenario.scenario import Scenario
from sib.scenario.timetable import Timetable
from sib.settlement.book import Book
from sib.settlement.compile import compile_contract
from sib.settlement.contract import Contract
from sib.settlement.notes import Notes
from sib.settlement.walk import settle


@dataclass(frozen=True)
class Deal:
    """A scenario, compiled: what may happen, and what is paid."""

    model: Model
    contract: Contract

    @classmethod
    def of(cls, scenario: Scenario) -> Deal:
        """A scenario compiled: once, and kept as long as the scenario is, which is frozen."""
        found = _COMPILED.get(scenario.timetable)
        if found is None:
            found = _COMPILED[scenario.timetable] = cls(compile_model(scenario), compile_contract(scenario))
        return found


# by the timetable, which a copy of a scenario has of its own, and which is told from others without reading all terms
_COMPILED: Final = WeakKeyDictionary[Timetable, Deal]()


@dataclass(frozen=True)
class Recipe:
    """All that a run of simulated futures depends on.

    Parameters
    ----------
    model : Model
        What may happen.
    seed : SeedSequence
        The seed of the run.
    layers : frozenset of str
        The layers of chance that are on.
    observed : Observed, optional
        Results in hand, on which the futures are conditioned.
    redrawn : frozenset of str
        Sources of risk that are drawn from `other` instead.
    other : SeedSequence, optional
        The seed of what is redrawn.
    way : {"plain", "stratified", "sobol"}
        How points in the unit cube are drawn.
    whole : Model, optional
        The model of the whole deal, where some of its results are left out of `model`: worlds are drawn and weighed for
        the whole, and `observed` are its results.
    common : Common, optional
        What it has in common with other runs.
    """

    model: Model
    seed: np.random.SeedSequence
    layers: frozenset[Layer] = frozenset(LAYERS)
    observed: Observed | None = None
    redrawn: frozenset[str] = frozenset()
    other: np.random.SeedSequence | None = None
    way: Way = "plain"
    whole: Model | None = None
    common: Common | None = None

    @cached_property
    def weighed(self) -> dict[int, tuple[World, float]]:
        """Worlds of whole blocks, by number, as results in hand make them likely: they take long to find."""
        return {}

    @cached_property
    def kept(self) -> Store[Draws]:
        """What was drawn, for who asks again."""
        return Store()

    def __getstate__(self) -> dict[str, object]:
        """What travels to workers: not what is kept here."""
        return {key: value for key, value in self.__dict__.items() if key not in ("weighed", "kept")}

    def chance(self, block: int, paths: int) -> Chance:
        """The chance of one block."""
        columns, dimensions = self._even
        own = Chance(paths, self.seed, block, self.layers, self.redrawn, self.other, self.way, columns, dimensions)
        return own if self.common is None else Sharing.of(own, self.common)

    @cached_property
    def _even(self) -> tuple[dict[Component, int], int]:
        """Which components have coordinates that fill the cube evenly, where these begin, and how many there are.

        The first coordinates are the most even, so what matters most goes first: beliefs about the whole deal, then
        those about one result, then persons, then controls; among equals by name, so that the order of the file changes
        no draw. There is room for `MOST` coordinates; what is left is drawn plainly.
        """
        if self.way != "sobol":
            return {}, 0
        listing = Listing(1, self.seed, 0, self.layers)
        draw(self.model, believe(self.model, listing), listing)
        rank = {"people": 1, "measurement": 2}
        columns: dict[Component, int] = {}
        begin = 0
        by_weight = sorted(listing.asked.items(), key=lambda item: (rank.get(item[1][0], 0), len(item[0]), item[0]))
        for component, (_, each) in by_weight:
            if begin + each <= MOST:
                columns[component], begin = begin, begin + each
        return columns, begin


@dataclass(frozen=True)
class Draws:
    """Paths of one or several blocks as they were drawn: all that contracts are settled on."""

    paths: int
    outcomes: Callable[[], tuple[tuple[Outcomes, ...], ...]]  # by block: at hand, or drawn again
    results: tuple[Readable, ...]
    shocks: Shocks
    effective: float  # how many independent paths the worlds are worth, given what was observed


@dataclass(frozen=True)
class Block:
    """Paths of one or several blocks under one contract: settled when the book is first asked for.

    Claims are written down in `notes`, where there are any.
    """

    deal: Deal
    draws: Draws
    notes: Notes | None = None

    @cached_property
    def book(self) -> Book:
        """What is paid."""
        draws = self.draws
        return settle(self.deal.contract, draws.results, draws.shocks, self.notes, draws.paths)

    @property
    def results(self) -> tuple[Readable, ...]:
        """What was measured and published of each metric."""
        return self.draws.results

    @property
    def effective(self) -> float:
        """How many independent paths the worlds are worth, given what was observed."""
        return self.draws.effective

    @cached_property
    def outcomes(self) -> tuple[Outcomes, ...]:
        """What happened to each metric, on all paths."""
        return concat(self.draws.outcomes())
