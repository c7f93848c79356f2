"""`Chance`: where a block's randomness comes from. Every draw says which source of risk it belongs to.

A *source* is a layer ("people", "measurement") or one belief, by its path under `beliefs` ("effects.reconvictions").
Layers can be switched off; sources can be drawn again while the others stay, which is how risk is attributed to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sib.engine.streams import stream

Layer = Literal["belief", "people", "measurement"]
LAYERS: tuple[Layer, ...] = ("belief", "people", "measurement")


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
    """

    paths: int
    seed: np.random.SeedSequence
    block: int
    layers: frozenset[Layer]
    redrawn: frozenset[str] = frozenset()
    other: np.random.SeedSequence | None = None

    def stream(self, source: str, *component: str) -> np.random.Generator:
        """The random stream of a component of a source of risk."""
        again = self.other is not None and source in self.redrawn
        return stream(self.other if again and self.other is not None else self.seed, self.block, *component)

    @property
    def believing(self) -> bool:
        """Whether what is believed varies."""
        return "belief" in self.layers
