"""`Deal`, a scenario compiled; `Recipe`, all that simulated futures depend on; `Block`, some of them, settled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sib.arrays import concat
from sib.chance.sources import LAYERS, Chance, Layer
from sib.model.compile import compile_model
from sib.model.model import Model
from sib.model.observed import Observed
from sib.model.results import Outcomes, Readable
from sib.scenario.scenario import Scenario
from sib.settlement.book import Book
from sib.settlement.compile import compile_contract
from sib.settlement.contract import Contract


@dataclass(frozen=True)
class Deal:
    """A scenario, compiled: what may happen, and what is paid."""

    model: Model
    contract: Contract

    @classmethod
    def of(cls, scenario: Scenario) -> Deal:
        """Compile a scenario."""
        return cls(compile_model(scenario), compile_contract(scenario))


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
    stratified : bool
        Whether beliefs are drawn stratum by stratum.
    """

    model: Model
    seed: np.random.SeedSequence
    layers: frozenset[Layer] = frozenset(LAYERS)
    observed: Observed | None = None
    redrawn: frozenset[str] = frozenset()
    other: np.random.SeedSequence | None = None
    stratified: bool = False

    def chance(self, block: int, paths: int) -> Chance:
        """The chance of one block."""
        return Chance(paths, self.seed, block, self.layers, self.redrawn, self.other, self.stratified)


@dataclass(frozen=True)
class Block:
    """Paths of one or several blocks, settled under one contract."""

    deal: Deal
    drawn: tuple[tuple[Outcomes, ...], ...]  # by block
    results: tuple[Readable, ...]
    book: Book
    effective: float  # how many independent paths the worlds are worth, given what was observed

    @cached_property
    def outcomes(self) -> tuple[Outcomes, ...]:
        """What happened to each metric, on all paths."""
        return concat(self.drawn)
