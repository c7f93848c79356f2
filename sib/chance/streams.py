"""Named random streams: one for each component of the model and block of paths, independent of all others.

A stream is a pure function of (seed, component, block), so no draw depends on which other components exist, on the
number of workers, or on the order of the blocks (convention 9).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

from sib.errors import InputError, Problem

Rng = int | np.random.SeedSequence | np.random.Generator | np.random.BitGenerator | None


def seed_of(rng: Rng) -> np.random.SeedSequence:
    """The seed of a run from an `rng` argument, as `numpy.random.default_rng` takes it.

    A generator that is passed twice gives two different runs; a number or a seed sequence twice the same.

    Raises
    ------
    InputError
        Where it is none of these.
    """
    if isinstance(rng, np.random.SeedSequence):  # names one run, however often it is passed: spawn from a copy
        rng = np.random.SeedSequence(rng.entropy, spawn_key=rng.spawn_key, n_children_spawned=rng.n_children_spawned)
    try:
        generator = np.random.default_rng(rng)
    except (TypeError, ValueError):
        rule = "None, a whole number from 0 up, or one of NumPy's generators or seed sequences"
        raise InputError(Problem("rng", rng, rule, "pass, for example, rng=2010")) from None
    parent = generator.bit_generator.seed_seq
    if not isinstance(parent, np.random.SeedSequence):  # a generator restored from a state alone has none
        return np.random.SeedSequence(generator.integers(0, 2**32, size=4, dtype=np.uint32).tolist())
    child: np.random.SeedSequence = parent.spawn(1)[0]
    return child


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
