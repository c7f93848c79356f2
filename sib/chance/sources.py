"""`Chance`: where a block's randomness comes from. Every draw says which source of risk it belongs to.

A *source* is a layer ("people", "measurement") or one belief, by its path under `beliefs` ("effects.reconvictions").
Layers can be switched off; sources can be drawn again while the others stay, which is how risk is attributed to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.chance.points import sobol
from sib.chance.special import HIGHEST, LOWEST, ndtri
from sib.chance.streams import stream

Layer = Literal["belief", "people", "measurement"]
Coordinates = Callable[..., Floats]  # the coordinates of a component, by what is added to its name
LAYERS: tuple[Layer, ...] = ("belief", "people", "measurement")
Way = Literal["plain", "stratified", "sobol"]  # how points in the unit cube are drawn
WAYS: Final[tuple[Way, ...]] = get_args(Way)
Component = tuple[str, ...]

TOGETHER: Final = "correlation"  # the source of risk that beliefs are together which move together

STRATA = 1024  # paths that are stratified together; the blocks of paths are whole multiples


@dataclass(frozen=True)
class Together:
    """Scores that move together: each a sum of independent ones, those of the scores before it and its own.

    A Gaussian copula: each score by itself is standard normal, so that each belief keeps its law.

    Parameters
    ----------
    paths : tuple of str
        The beliefs, by their paths.
    components : tuple of tuple
        What their scores are called.
    root : array, (scores, scores)
        The lower triangular root of their correlations.
    """

    paths: tuple[str, ...]
    components: tuple[Component, ...]
    root: Floats

    def parts(self, component: Component) -> list[tuple[Component, float]]:
        """The independent scores that one is made of, each with its weight."""
        row = self.root[self.components.index(component)]
        return [(one, float(weight)) for one, weight in zip(self.components, row, strict=True) if weight != 0]


@dataclass(frozen=True)
class Chance:
    """Where a block's chance comes from, and which layers of it are on.

    Parameters
    ----------
    paths : int
        Paths in the block.
    seed : SeedSequence
        The seed of the run.
    block : int
        The block's number.
    layers : frozenset of str
        The layers that are on.
    redrawn : frozenset of str
        The sources that are drawn from `other` instead.
    other : SeedSequence, optional
        The seed of what is redrawn.
    way : {"plain", "stratified", "sobol"}
        Points that are independent; whose beliefs are drawn stratum by stratum; or that fill the cube evenly.
    columns : mapping of tuple to int
        Of the components that are drawn from points which fill the cube evenly, where in these each one begins.
    dimensions : int
        How many coordinates such points have.
    together : Together, optional
        The scores of beliefs that move together.
    """

    paths: int
    seed: np.random.SeedSequence
    block: int
    layers: frozenset[Layer]
    redrawn: frozenset[str] = frozenset()
    other: np.random.SeedSequence | None = None
    way: Way = "plain"
    columns: Mapping[Component, int] = field(default_factory=dict)
    dimensions: int = 0
    together: Together | None = None

    def coordinates(self, source: str, *component: str, each: int | None = None) -> Floats:
        """Coordinates of a component, uniform between 0 and 1 and neither, (paths,), or (paths, each) of several.

        Taken path by path: those of fewer paths are the first of more.
        """
        first = self.columns.get(component)
        if first is not None:
            points = self._points if self._seed_of(source) is self.seed else self._others
            return points[:, first] if each is None else points[:, first : first + each]
        shape = self.paths if each is None else (self.paths, each)
        random = self.stream(source, *component).random(shape)
        return np.maximum(random, LOWEST, out=random)

    def uniform(self, source: str, *component: str) -> Floats:
        """Draws of a belief, uniform between 0 and 1 and neither, (paths,).

        Stratified, each `STRATA` paths in a row have one draw in each of as many equal parts of that range, in an order
        of chance (a Latin hypercube, McKay, Beckman & Conover 1979): every draw by itself is as uniform as ever.
        """
        if self.way != "stratified":
            return self.coordinates(source, *component)
        random = self.stream(source, *component).random(self.paths)
        rows = np.tile(np.arange(STRATA), (-(-self.paths // STRATA), 1))
        strata = self.stream(source, *component, "strata").permuted(rows, axis=1).ravel()[: self.paths]
        return np.clip((strata + random) / STRATA, LOWEST, HIGHEST)

    def normal(self, source: str, *component: str) -> Floats:
        """Draws of a belief, standard normal, (paths,): what is its own, and what others have in common with it."""
        if self.together is None or component not in self.together.components:
            return self.score(source, *component)
        parts = self.together.parts(component)
        return sum((weight * self.score(TOGETHER, *one) for one, weight in parts), np.zeros(self.paths))

    def score(self, source: str, *component: str) -> Floats:
        """What is a belief's own: standard normal, independent of all others, (paths,)."""
        return ndtri(self.uniform(source, *component))

    def exponential(self, source: str, *component: str) -> Floats:
        """Draws of a belief, exponential with mean one, (paths,)."""
        found: Floats = -np.log1p(-self.uniform(source, *component))
        return found

    def numbers(self, source: str, *component: str) -> NDArray[np.uint64]:
        """Whole numbers of 64 bits, from each of which much else can follow, (paths,)."""
        return self.stream(source, *component).integers(0, 2**64, self.paths, dtype=np.uint64)

    def stream(self, source: str, *component: str) -> np.random.Generator:
        """The random stream of a component of a source of risk."""
        return stream(self._seed_of(source), self.block, *component)

    def _seed_of(self, source: str) -> np.random.SeedSequence:
        return self.seed if self.other is None or source not in self.redrawn else self.other

    @cached_property
    def _points(self) -> Floats:
        return np.asfortranarray(self.even(self.seed))

    @cached_property
    def _others(self) -> Floats:
        return np.asfortranarray(self.even(self.other or self.seed))

    def even(self, seed: np.random.SeedSequence) -> Floats:
        """The points of this block that fill the cube evenly, (paths, dimensions)."""
        return sobol(seed, self.block, self.paths, self.dimensions)

    def of_layer(self, layer: Layer, *component: str) -> Coordinates | None:
        """The coordinates of a component, by what is added to its name; None where its layer is off."""
        return partial(self.coordinates, layer, *component) if layer in self.layers else None

    @property
    def believing(self) -> bool:
        """Whether what is believed varies."""
        return "belief" in self.layers


@dataclass(frozen=True)
class Listing(Chance):
    """Chance that writes down which components are asked for, by which source, and how many coordinates each has."""

    asked: dict[Component, tuple[str, int]] = field(default_factory=dict)

    def coordinates(self, source: str, *component: str, each: int | None = None) -> Floats:
        """As of any chance."""
        self.asked.setdefault(component, (source, each or 1))
        return super().coordinates(source, *component, each=each)
