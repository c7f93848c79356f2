"""Occupancy: how many persons have any event, given how many events they have in all. Exact, by an urn.

Given their total, the events of persons with gamma rates fall as balls from Pólya's urn: the next event is a person's
who has c events with a weight of shape + c. So it is somebody's first with probability
``shape * (n - a) / (shape * n + t)`` when t events have fallen on a of n persons, whatever the mean is. Running this
chain once gives the whole table of P(a | t), from which any number of paths draw; so a count and the share of persons
with any event come from the same persons, and the count's own draws stay as they were.

References: Pólya & Eggenberger 1923; Johnson & Kotz 1977, *Urn Models and Their Application*, 4.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Coordinates
from sib.chance.special import gammaln, ndtri

_MOST_PERSONS = 2_000  # above it, or where their number varies, the normal law with the exact moments is drawn from
_MOST_EVENTS = 20_000
_WIDTH = 12.0  # standard deviations that the table reaches about its middle


def with_any(level: Floats, persons: Floats, shape: float, coordinates: Coordinates | None) -> Floats:
    """The share of persons with at least one event, given the level of events a person, (paths,).

    Parameters
    ----------
    level, persons : array, (paths,)
        Events a person, and how many persons.
    shape : float
        Negative binomial shape of a person's events; infinite where they fall on all alike.
    coordinates : callable, optional
        The coordinates of its chance; without them the share is as expected.

    Returns
    -------
    array, (paths,)
    """
    if coordinates is None:
        share: Floats = -np.expm1(-level if np.isinf(shape) else -shape * np.log1p(level / shape))
        return share
    people = np.maximum(np.rint(np.broadcast_to(persons, level.shape)), 1.0)
    events = np.rint(level * people)
    uniform = coordinates()
    size, most = int(people[0]), int(events.max())
    if size > _MOST_PERSONS or most > _MOST_EVENTS or np.any(people != size):
        return _nearly(events, people, shape, uniform) / people
    start, table = _table(size, shape, 1 << most.bit_length())
    rows = events.astype(np.int64)
    place = np.searchsorted(table.ravel(), rows + uniform, side="right") - rows * table.shape[1]
    found: Floats = start[rows] + np.minimum(place, table.shape[1] - 1)
    return found / people


@lru_cache(maxsize=16)
def _table(persons: int, shape: float, most: int) -> tuple[Floats, Floats]:
    """P(at most a persons have an event | t events), for t from 0 to `most`.

    Row t holds t plus the distribution function from a first a on, so that the rows follow one another as one rising
    sequence; returns the first a of each row, and the rows.
    """
    events = np.arange(most + 1, dtype=float)
    middle, sd = moments(events, np.full(most + 1, float(persons)), shape)
    width = min(int(2 * _WIDTH * sd.max()) + 20, persons + 1)
    start = np.clip(np.rint(middle) - width // 2, 0, persons + 1 - width)
    have = np.arange(persons + 1, dtype=float)
    chance = np.zeros(persons + 1)
    chance[0] = 1.0
    rows = np.empty((most + 1, width))
    for t in range(most + 1):
        first = int(start[t])
        rows[t] = t + np.minimum(np.cumsum(chance)[first : first + width], 1.0)
        weight = 1.0 / persons if np.isinf(shape) else shape / (shape * persons + t)
        new = (persons - have) * weight
        moved = chance * new
        chance = chance - moved
        chance[1:] += moved[:-1]
    return start, rows


def moments(events: Floats, persons: Floats, shape: float) -> tuple[Floats, Floats]:
    """Mean and standard deviation of how many persons have any event, given how many events there are in all."""

    def none_of(some: float) -> Floats:
        """The chance that none of so many given persons has any."""
        if np.isinf(shape):
            with np.errstate(divide="ignore"):
                gone: Floats = np.exp(events * np.log1p(-np.minimum(some / persons, 1.0)))
            return np.where(events == 0, 1.0, gone)
        rest = shape * np.maximum(persons - some, 0.0)
        ratio = gammaln(np.maximum(rest, 1e-300) + events) - gammaln(np.maximum(rest, 1e-300))
        ratio -= gammaln(shape * persons + events) - gammaln(shape * persons)
        return np.where(rest > 0, np.exp(ratio), (events == 0).astype(float))

    without = persons * none_of(1.0)
    pairs = persons * (persons - 1.0) * none_of(2.0)
    return persons - without, np.sqrt(np.maximum(pairs + without - without**2, 0.0))


def _nearly(events: Floats, persons: Floats, shape: float, uniform: Floats) -> Floats:
    """Drawn from the normal law with the exact mean and standard deviation, in whole persons."""
    mean, sd = moments(events, persons, shape)
    drawn = np.rint(mean + sd * ndtri(uniform))
    found: Floats = np.clip(drawn, np.minimum(events, 1.0), np.minimum(persons, events))
    return found
