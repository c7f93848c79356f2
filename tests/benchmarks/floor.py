"""The floor: what drawing just a deal's random numbers costs.

A block is run once and every call of a random generator is written down, with its arguments. The floor is the time that
the same calls take by themselves, on streams set up in the same way, block by block.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np

from sib.chance import sources as chance
from sib.chance.streams import seed_of, stream
from sib.run.blocks import BLOCK, run_block
from sib.run.recipe import Deal, Recipe
from sib.scenario.scenario import Scenario


@dataclass(frozen=True)
class Call:
    """One call of a generator."""

    component: tuple[str, ...]
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class _Recorder:
    def __init__(self, generator: np.random.Generator, component: tuple[str, ...], calls: list[Call]) -> None:
        self._generator, self._component, self._calls = generator, component, calls

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls.append(Call(self._component, method, args, kwargs))
            return getattr(self._generator, method)(*args, **kwargs)

        return call


def calls_of(scenario: Scenario) -> list[Call]:
    """Every call of a generator in one block."""
    calls: list[Call] = []

    def recorded(seed: np.random.SeedSequence, block: int, *component: str) -> Any:
        return _Recorder(stream(seed, block, *component), component, calls)

    with patch.object(chance, "stream", recorded):
        deal = Deal.of(scenario)
        next(run_block(Recipe(deal.model, seed_of(1)), (deal.contract,), 0, BLOCK))
    return calls


def draw(calls: list[Call], paths: int, threads: int) -> None:
    """Draw the random numbers of so many paths, and nothing else."""
    seed = seed_of(1)

    def block(number: int) -> None:
        generators: dict[tuple[str, ...], np.random.Generator] = {}
        for call in calls:
            if call.component not in generators:
                generators[call.component] = stream(seed, number, *call.component)
            getattr(generators[call.component], call.method)(*call.args, **call.kwargs)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(block, range(-(-paths // BLOCK))))
