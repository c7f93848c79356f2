"""Points that fill the unit cube more evenly than independent ones, in lots that are independent of one another.

Sobol' points (1967), each lot scrambled by itself (a random linear matrix and a digital shift, Matousek 1998): every
point is uniform, and a mean over a lot has an error that falls faster than with the root of its size, the more of what
is averaged hangs on few coordinates. The spread of the lots' means tells their error (Owen 1997).
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

import numpy as np

from sib.arrays import Floats
from sib.chance.special import HIGHEST, LOWEST
from sib.chance.streams import stream

LOT: Final = 4096  # points that belong together, a power of two; the blocks of paths are whole multiples
MOST: Final = 64  # coordinates: of more the evenness is lost, while scrambling them takes its time
_BITS: Final = 30  # of a cell, in which a point then lies anywhere


def sobol(seed: np.random.SeedSequence, block: int, paths: int, dimensions: int) -> Floats:
    """The points of a block of paths.

    Parameters
    ----------
    seed : SeedSequence
        The seed of the run.
    block : int
        The block's number.
    paths : int
        How many points: those of fewer are the first of more.
    dimensions : int
        How many coordinates each has, `MOST` at most.

    Returns
    -------
    array, (paths, dimensions)
        Between 0 and 1, and neither.
    """
    engine = import_module("scipy.stats.qmc").Sobol  # loaded when it is first asked for: that takes a second
    lots = []
    for lot in range(-(-paths // LOT)):
        rng = stream(seed, block, "sobol", str(lot))
        cells = engine(dimensions, scramble=True, bits=_BITS, seed=rng).random(LOT)
        lots.append(cells + 2.0**-_BITS * rng.random(cells.shape))
    points: Floats = np.concatenate(lots)[:paths]
    return np.clip(points, LOWEST, HIGHEST, out=points)


def shuffled(points: Floats, seed: np.random.SeedSequence, block: int) -> Floats:
    """Points of whole lots, each lot in an order of chance, (paths, dimensions).

    Two scrambled sequences go together point by point: whether both are in their lower half is the same all through a
    lot. In orders of their own they are as good as independent, and each lot is as even as it was (Latin supercube
    sampling, Owen 1998, *ACM Trans. Model. Comput. Simul.* 8).
    """
    order = stream(seed, block, "sobol", "order").permuted(np.arange(len(points)).reshape(-1, LOT), axis=1)
    found: Floats = points[order.ravel()]
    return found
