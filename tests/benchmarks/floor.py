"""The floor: what drawing just a deal's chance costs.

A block is run once, and every call of a random generator and of a quantile function is written down with its arguments.
The floor is the time that the same calls take by themselves, on streams set up in the same way, block by block.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from sib.chance import counts, quantiles, special
from sib.chance import sources as chance
from sib.chance.streams import seed_of, stream
from sib.run.blocks import BLOCK, run_block
from sib.run.jobs import reuse_memory
from sib.run.recipe import Deal, Recipe
from sib.scenario.scenario import Scenario

Call = Callable[[int], Any]  # something that is drawn, in a block
LAWS = [
    counts.poisson,
    counts.negative_binomial,
    counts.binomial,
    counts.hypergeometric,
    quantiles.gamma,
    quantiles.beta,
]
SEED = seed_of(1)


class _Recorder:
    """A generator that writes down what it is asked for."""

    def __init__(self, component: tuple[str, ...], block: int, calls: list[Call]) -> None:
        self._component, self._block, self._calls = component, block, calls

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            def again(block: int) -> Any:
                return getattr(stream(SEED, block, *self._component), method)(*args, **kwargs)

            self._calls.append(again)
            return again(self._block)

        return call


def _recorded(law: Callable[..., Any], calls: list[Call], inside: list[bool]) -> Callable[..., Any]:
    """A quantile function that writes down its calls, but for those that another one makes."""

    def call(*args: Any) -> Any:
        if inside:
            return law(*args)
        calls.append(lambda _: law(*args))
        inside.append(True)
        try:
            return law(*args)
        finally:
            inside.pop()

    return call


def _users(law: Callable[..., Any]) -> Iterator[tuple[Any, str]]:
    """Where a function is known by a name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("sib."):
            yield from ((module, key) for key, value in vars(module).items() if value is law)


def calls_of(scenario: Scenario) -> list[Call]:
    """Every call of a generator and of a quantile function in one block."""
    calls: list[Call] = []
    inside: list[bool] = []
    with ExitStack() as patches:
        patches.enter_context(patch.object(chance, "stream", lambda _, block, *name: _Recorder(name, block, calls)))
        for law in (*LAWS, special.ndtri):
            for module, key in list(_users(law)):
                patches.enter_context(patch.object(module, key, _recorded(law, calls, inside)))
        deal = Deal.of(scenario)
        next(run_block(Recipe(deal.model, SEED), (deal.contract,), 0, BLOCK))
    return calls


def draw(calls: list[Call], paths: int, threads: int) -> None:
    """Draw the chance of so many paths, and nothing else."""
    reuse_memory()

    def block(number: int) -> None:
        for call in calls:
            call(number)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(block, range(-(-paths // BLOCK))))
