"""Persons who each have a date: in which month each of them reaches a milestone, given how many go from where to where.

How many reach a milestone by period is drawn month by month of the one before (`origins/reached.py`). Persons of one
month are alike, so which of them go on is chance, whatever else they reach. `followed.py` asks, where a contract looks
at single persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats, Places, Ragged, by_path

Labels = NDArray[np.int32]
_KEYS = np.uint64(12)  # bits of a key that make room for the month


@dataclass(frozen=True)
class Flow(Ragged):
    """How many persons reach a milestone, by where they come from.

    Parameters
    ----------
    sources : array of int, (flows,)
        The month of the milestone before, by position; 0 of a first one, which persons reach from enrolment.
    months : array of int, (flows,)
        The month in which they reach it, by position; of a milestone after which none counts, any of the same result.
    results : array of int, (months,)
        The result in which who reaches it in a month is counted.
    counts : array, (flows, paths)
        How many do.
    """

    sources: Places
    months: Places
    results: Places
    counts: NDArray[np.float32] = by_path()

    @classmethod
    def of(cls, flows: Sequence[tuple[int, int, Floats]], results: Places, paths: int) -> Flow:
        """Flows one by one: from where, to which month, how many."""
        each: dict[tuple[int, int], NDArray[np.float32]] = {}
        for source, month, count in flows:
            if count.any():
                before = each.get((source, month), np.zeros(paths, dtype=np.float32))
                each[source, month] = before + count.astype(np.float32)
        return cls._from(each, results, paths)

    @classmethod
    def _from(cls, each: dict[tuple[int, int], NDArray[np.float32]], results: Places, paths: int) -> Flow:
        keys = sorted(each)
        places = np.array(keys, dtype=np.intp).reshape(len(keys), 2)
        counts = np.array([each[key] for key in keys], dtype=np.float32).reshape(len(keys), paths)
        return cls(places[:, 0], places[:, 1], results, counts)

    @property
    def _each(self) -> dict[tuple[int, int], NDArray[np.float32]]:
        keys = zip(self.sources.tolist(), self.months.tolist(), strict=True)
        return dict(zip(keys, self.counts, strict=True))

    def aligned(self, parts: Sequence[Flow]) -> Sequence[Flow]:
        """With the same flows in each, of which some may be of nobody."""
        every = {key for part in parts for key in part._each}
        found = []
        for part in parts:
            none = np.zeros(part.counts.shape[1], dtype=np.float32)
            found.append(self._from(dict.fromkeys(every, none) | part._each, self.results, none.size))
        return found

    def taken(self, which: slice) -> Flow:
        """Some of the paths."""
        return replace(self, counts=self.counts[:, which])


def reached_in(flow: Flow, before: Labels, scale: Floats, keys: NDArray[np.uint64]) -> Labels:
    """The month in which each person reaches a milestone.

    Parameters
    ----------
    flow : Flow
        How many do, by where they come from.
    before : array of int, (paths, persons)
        Where each person comes from; -1 for who cannot reach it.
    scale : array, (paths,)
        How many persons of those who are looked at stand for one.
    keys : array of int, (paths, persons)
        Of the persons of one source, those with the least keys go first.

    Returns
    -------
    array of int, (paths, persons)
        The month, by position; -1 for never.
    """
    (paths, persons), sources = before.shape, int(flow.sources.max(initial=-1)) + 1
    before = np.where((before >= 0) & (before < sources), before, sources)
    there = np.bincount((np.arange(paths)[:, None] * (sources + 1) + before).ravel(), minlength=paths * (sources + 1))
    there = there.reshape(paths, sources + 1)
    labels, numbers = list[int](), list[NDArray[np.intp]]()
    for source in range(sources):
        rows = np.flatnonzero(flow.sources == source)
        so_far = np.rint(np.cumsum(flow.counts[rows], axis=0) * scale).astype(np.intp)
        ends = np.minimum(so_far, there[:, source])
        numbers += [*np.diff(ends, axis=0, prepend=0)]
        numbers.append(there[:, source] - (ends[-1] if rows.size else 0))
        labels += [*flow.months[rows].tolist(), -1]
    labels.append(-1)
    numbers.append(there[:, sources])
    in_order = np.repeat(np.tile(np.array(labels, dtype=np.int32), paths), np.array(numbers).T.ravel())
    order = np.argsort((before.astype(np.uint64) << np.uint64(64 - int(_KEYS))) | (keys >> _KEYS), axis=1)
    found: Labels = np.empty((paths, persons), dtype=np.int32)
    np.put_along_axis(found, order, in_order.reshape(paths, persons), axis=1)
    return found
