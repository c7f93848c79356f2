"""Persons in clusters as equal as can be: how many are in each, and how much less they tell than independent ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats


def sizes(persons: Floats, clusters: int) -> NDArray[np.int64]:
    """How many persons are in each cluster, (paths, clusters); the first clusters have one more where it must be."""
    small, larger = np.divmod(persons.astype(np.int64), clusters)
    found: NDArray[np.int64] = small[:, None] + (np.arange(clusters) < larger[:, None])
    return found


def design_effect(persons: Floats, clusters: int, alike: float) -> Floats:
    """How many times the variance of independent persons (Kish 1965): ``1 + (m - 1) rho`` for clusters of m.

    `alike` is rho, the intra-cluster correlation. Clusters are as equal as can be.
    """
    if not clusters:
        return np.ones_like(np.asarray(persons, dtype=float))
    whole = np.rint(np.asarray(persons, dtype=float))
    small, larger = np.divmod(whole, clusters)
    squares = (clusters - larger) * small**2 + larger * (small + 1) ** 2
    found: Floats = 1.0 + (squares / np.maximum(whole, 1.0) - 1.0) * alike
    return found
