"""Runs blocks of paths. A block is a pure function of (recipe, block number), whoever works it out.

A *run* of a few blocks is one piece of work: drawn block by block, then settled together, under one contract or under
several: what is drawn does not depend on what is paid. For who asks again it is kept (`kept.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from sib.arrays import concat, size_of, take
from sib.model.likelihood import given_observed
from sib.model.model import Model
from sib.model.narrowed import narrowed, seen_in
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.model.results import Outcomes
from sib.model.worlds import World
from sib.run.recipe import Block, Deal, Draws, Recipe
from sib.settlement.contract import Contract
from sib.settlement.notes import Notes

BLOCK = 16384  # paths that are drawn together; part of a seed's meaning, so never change it
_TOGETHER = 8  # blocks that are settled together at most: enough that threads seldom wait for one another
MOST_TOGETHER = _TOGETHER * BLOCK  # paths of one piece of work at most
_KEPT = 8  # blocks whose weighed worlds are kept: some 30 MB each of a long rate card
_CLAIMS = 128  # claims on which fewer are, so that the ledger of a long contract fits into memory

Run = tuple[int, int]  # first block, paths


def runs_of(contracts: Sequence[Contract], paths: int, least: int = 1) -> list[Run]:
    """The pieces of work of so many paths, for contracts that are settled on the same futures: of a block or more each.

    There are `least` of them or more, where there are so many blocks.
    """
    claims = max(sum(len(step.claims) for step in contract.steps) for contract in contracts)
    blocks = -(-paths // BLOCK)
    together = max(min(_CLAIMS // max(claims, 1), _TOGETHER, blocks // least), 1)
    size = together * BLOCK
    return [(start // BLOCK, min(size, paths - start)) for start in range(0, paths, size)]


def run_block(
    recipe: Recipe, contracts: Sequence[Contract], block: int, paths: int, notes: Notes | None = None
) -> Iterator[Block]:
    """Draw the first paths of one block, or the paths from its first on, and settle them under each contract.

    Claims are written down in `notes`, where there are any.
    """
    return settled_on(draws_of(recipe, block, paths), recipe.model, contracts, notes)


def draws_of(recipe: Recipe, block: int, paths: int) -> Draws:
    """The first paths of one block, or the paths from its first on, as they are drawn.

    Each stream is drawn from once, path by path: a shorter block is the beginning of the whole one, and a run's first
    paths do not depend on how many follow.
    """
    numbers = range(block, block - (-paths // BLOCK))
    drawn = [_draw(recipe, number, min(BLOCK, paths - (number - block) * BLOCK)) for number in numbers]
    published = [(tuple(outcome.results for outcome in outcomes), world.shocks) for world, outcomes, _ in drawn]
    results, shocks = concat(published)
    effective = sum(worth for _, _, worth in drawn)
    happened = tuple(outcomes for _, outcomes, _ in drawn)
    return Draws(paths, lambda: happened, results, shocks, effective)


def kept_draws_of(recipe: Recipe, block: int, paths: int, *, run: int) -> Draws:
    """As `draws_of`, a piece of a run of so many paths: kept for who asks again, if all of the run can be.

    Of what happened to people no more is kept than contracts read; who asks for the rest has it drawn again.
    """
    kept = recipe.kept.find((block, paths))
    if kept is not None:
        return replace(kept, outcomes=lambda: draws_of(recipe, block, paths).outcomes())
    found = draws_of(recipe, block, paths)
    keep_draws(recipe, (block, paths), replace(found, outcomes=tuple), run)
    return found


def keep_draws(recipe: Recipe, piece: Run, draws: Draws, run: int) -> None:
    """Keep what was drawn of a piece of a run of so many paths, if all of the run can be."""
    size = size_of((draws.results, draws.shocks)) * run // draws.paths
    recipe.kept.put(piece, draws, size)


def settled_on(
    draws: Draws, model: Model, contracts: Sequence[Contract], notes: Notes | None = None
) -> Iterator[Block]:
    """What was drawn, under each contract."""
    for contract in contracts:
        yield Block(Deal(model, contract), draws, notes)


def worlds_of(recipe: Recipe, number: int, paths: int) -> tuple[World, float]:
    """The worlds of the first paths of one block, and how many independent ones they are worth."""
    whole, observed = recipe.whole or recipe.model, recipe.observed
    if observed is None:
        return believe(whole, recipe.chance(number, paths)), float(paths)
    found = recipe.weighed.get(number)
    if found is None:
        found = given_observed(whole, observed, partial(recipe.chance, number), BLOCK)
        if len(recipe.weighed) >= _KEPT:
            recipe.weighed.clear()
        recipe.weighed[number] = found  # of two workers that find it at once the later one's, which is the same
    world, effective = found
    return take(world, np.arange(paths)), effective * paths / BLOCK


def _draw(recipe: Recipe, number: int, paths: int) -> tuple[World, tuple[Outcomes, ...], float]:
    """One block's worlds, what happens in them, and how many independent worlds they are worth."""
    observed, chance = recipe.observed, recipe.chance(number, paths)
    world, effective = worlds_of(recipe, number, paths)
    if recipe.whole is not None:
        whole = recipe.whole
        world = narrowed(world, whole, recipe.model)
        observed = None if observed is None else seen_in(observed, whole, recipe.model)
    return world, draw(recipe.model, world, chance, observed=observed), effective
