"""Named random streams: one for each component of the model and block of paths, independent of all others.

A stream is a pure function of (seed, component, block), so no draw depends on which other components exist, on the
number of workers, or on the order of the blocks (convention 9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from sib.errors import InputError, Problem

Rng = int | np.random.SeedSequence | np.random.Generator | np.random.BitGenerator | None

MOST_BITS = 4096  # of a number that is a seed: more than anybody needs, and few enough to be written down


def seed_of(rng: Rng) -> np.random.SeedSequence:
    """The seed of a run from an `rng` argument, as `numpy.random.default_rng` takes it.

    A generator that is passed twice gives two different runs; a number or a seed sequence twice the same. The seed is
    in plain numbers, so that it can be written down, and `again` says what to pass to have it once more.

    Raises
    ------
    InputError
        Where it is none of these, or a number is too large to be written down.
    """
    if isinstance(rng, np.random.SeedSequence):  # names one run, however often it is passed: spawn from a copy
        rng = np.random.SeedSequence(rng.entropy, spawn_key=rng.spawn_key, n_children_spawned=rng.n_children_spawned)
    try:
        generator = np.random.default_rng(rng)
    except (TypeError, ValueError):
        rule = "None, a whole number from 0 up, or one of NumPy's generators or seed sequences"
        raise InputError(Problem("rng", rng, rule, "pass, for example, rng=2010")) from None
    parent = generator.bit_generator.seed_seq
    if not isinstance(parent, np.random.SeedSequence):  # a generator that was made from a key or a state has none
        parent = np.random.SeedSequence(generator.integers(0, 2**32, size=4, dtype=np.uint32).tolist())
    child: np.random.SeedSequence = parent.spawn(1)[0]
    return np.random.SeedSequence(_plain(child.entropy), spawn_key=tuple(map(_number, child.spawn_key)))


def _plain(entropy: Any) -> int | list[int]:
    """Entropy in whole numbers of Python, or a flat list of them: to NumPy the same, however it was put."""
    words = [_number(word) for word in _flat(entropy)]
    return words[0] if np.isscalar(entropy) else words


def _flat(entropy: Any) -> Iterator[Any]:
    waiting = [entropy]
    while waiting:  # lists may be nested more deeply than calls
        one = waiting.pop()
        if np.isscalar(one):
            yield one
        else:
            waiting += reversed(list(np.ravel(one) if isinstance(one, np.ndarray) else one))


def _number(word: Any) -> int:
    number = int(word, 16 if word.startswith("0x") else 10) if isinstance(word, str) else int(word)
    if number.bit_length() > MOST_BITS:
        rule = f"a whole number below 2 to the power of {MOST_BITS:,}"
        raise InputError(Problem("rng", number, rule, "pass, for example, rng=2010"))
    return number


def again(seed: np.random.SeedSequence) -> np.random.SeedSequence:
    """What to pass as `rng` to have a run with this seed again."""
    *parent, number = seed.spawn_key or (0,)
    return np.random.SeedSequence(seed.entropy, spawn_key=tuple(parent), n_children_spawned=number)


@lru_cache(maxsize=4096)
def _words(component: tuple[str, ...]) -> tuple[int, ...]:
    digest = hashlib.sha256("\x1f".join(component).encode()).digest()
    return tuple(int(word) for word in np.frombuffer(digest[:16], dtype="<u4"))


def named(seed: np.random.SeedSequence, *name: str) -> np.random.SeedSequence:
    """The seed of one of several runs that are made together: each has draws of its own, whichever others there are."""
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *_words(name)))


def stream(seed: np.random.SeedSequence, block: int, *component: str) -> np.random.Generator:
    """The generator of one component in one block."""
    key = (*seed.spawn_key, *_words(component), block)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed.entropy, spawn_key=key)))
