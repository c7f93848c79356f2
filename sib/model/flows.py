"""Flows of persons from one milestone to the next: how they are drawn, and how likely counts of them are. Arrays only.

Persons of one month are alike, and each goes its own way; so those who leave it are multinomial. Where counts are in
hand, who came from where is not known: it is drawn, or its mean is taken, of those who can have come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import binomial
from sib.chance.sources import Coordinates
from sib.chance.special import gammaln, xlog1py, xlogy

Where = Callable[[int], Coordinates | None]  # the coordinates of the chance of each place
_NONE = 1e-300
_NEGLIGIBLE = 1e-12
_FEW = 20  # chances, one after the other, of which no product is too large or too small for a number
_SURELY = 1e-6  # how near to none and to all a chance may be
_IRREGULAR = 0.001  # of those who are counted, who took any number of months: records are not as regular as beliefs


def divided(count: Floats, chances: list[Floats], at: Where, *, all_of_them: bool = False) -> Iterator[Floats]:
    """How many of so many persons go to each of some places.

    Parameters
    ----------
    count : array, (paths,)
        How many persons.
    chances : list of array, each (1,) or (paths,)
        The chance of each place; together one at most.
    at : callable
        The coordinates of each place; None where as many go as are expected.
    all_of_them : bool
        Whether all persons go somewhere.

    Yields
    ------
    array, (paths,)
        How many go to each place: multinomial, as binomials of who has gone nowhere before.
    """
    left, rest = count, np.ones(1)
    for place, chance in enumerate(chances):
        if all_of_them and place == len(chances) - 1:
            yield left
            return
        share = np.minimum(chance / rest, 1.0)
        coordinates = at(place)
        moved = left * share if coordinates is None else binomial(coordinates(), np.rint(left), share)
        yield moved
        left, rest = left - moved, np.maximum(rest - chance, _NONE)


def shared_out(count: Floats, persons: Floats, chance: Floats, at: Where) -> Floats:
    """From which of some places those come who are known to have come.

    Parameters
    ----------
    count : array, (paths,)
        How many came.
    persons : array, (places, paths)
        How many are in each place.
    chance : array, (places, paths)
        The chance of each of them to come; nobody comes from where it is zero.
    at : callable
        The coordinates of each place; without them as many come as are expected.

    Returns
    -------
    array, (places, paths)
        How many come from each. Where all places lack some of those who came, these came from nowhere.

    Notes
    -----
    Binomial counts whose sum is known have Fisher's noncentral hypergeometric law (Fog 2008, *Communications in
    Statistics* 37). They are drawn place by place, from that of the place and of all others left, which have the mean
    chance of their persons: exact for two places, and where the chances are alike. Those with the least chance come
    first, so that the others are as alike as can be.
    """
    found = np.zeros_like(persons)
    if not count.any():
        return found
    there = np.where(chance > 0, persons, 0.0)
    expected = there * chance
    after, later, left = there.sum(axis=0), expected.sum(axis=0), count
    for place in np.argsort(chance.mean(axis=1), kind="stable"):
        own = expected[place]
        if not own.any():
            continue
        after, later = after - there[place], np.maximum(later - own, 0.0)
        least = np.minimum(np.maximum(left - after, 0.0), there[place])
        most = np.minimum(there[place], left)
        coordinates = at(place)
        if coordinates is None:
            found[place] = np.clip(left * own / np.maximum(own + later, _NONE), least, most)
        else:
            odds = _odds(chance[place]) / _odds(later / np.maximum(after, 1.0))
            found[place] = _noncentral(coordinates(), there[place], after, left, odds, least, most)
        left = left - found[place]
    return found


def _odds(chance: Floats) -> Floats:
    certain = np.clip(chance, _SURELY, 1.0 - _SURELY)
    found: Floats = certain / (1.0 - certain)
    return found


def _noncentral(
    u: Floats, here: Floats, elsewhere: Floats, taken: Floats, odds: Floats, least: Floats, most: Floats
) -> Floats:
    """Quantiles of Fisher's noncentral hypergeometric law, by the ratios of one chance to the one before."""
    steps = int((most - least).max())
    at = least + np.arange(steps)[:, None]
    ratio = odds * (here - at) * (taken - at) / ((at + 1.0) * np.maximum(elsewhere - taken + at + 1.0, 1.0))
    ratio = np.where(at < most, np.maximum(ratio, _NEGLIGIBLE), 0.0)
    if steps <= _FEW:
        chances = np.concatenate([np.ones((1, u.size)), np.cumprod(ratio, axis=0)])
    else:
        logs = np.cumsum(np.log(np.maximum(ratio, _NONE)), axis=0)
        top = np.maximum(logs.max(axis=0, initial=0.0), 0.0)
        chances = np.concatenate([np.exp(-top)[None], np.exp(logs - top)])
    so_far = np.cumsum(chances, axis=0)
    found: Floats = least + (so_far[:-1] < u * so_far[-1]).sum(axis=0)
    return np.minimum(found, most)


def leniently(takes: Floats, months: int) -> Floats:
    """The chance of each number of months, a few of the persons taking any.

    Parameters
    ----------
    takes : array, (some months, 1) or (some months, paths)
    months : int
        How many months there are, of which these are the first.

    Returns
    -------
    array
        Of the same shape.
    """
    found: Floats = (1.0 - _IRREGULAR) * takes + _IRREGULAR / max(months, 1)
    return found


def log_likelihood_of_flows(came: Floats, flow: Floats, level: Floats, counts: Floats) -> Floats:
    """How likely counts are that come from others, but for a constant.

    Parameters
    ----------
    came : array, (sources, 1 or paths)
        How many persons could: of each cohort, or those who reached the milestone above in each of its results.
    flow : array, (sources, results, 1 or paths)
        Of those of each who reach it, the share who do in each result.
    level : array, (results, paths)
        The share who reach it.
    counts : array, (results,)
        How many reached it, result by result.

    Returns
    -------
    array, (paths,)

    Notes
    -----
    The exact law is the sum, over all tables of who went from where to where, of products of multinomials. Here each
    result is binomial, with the mean and the variance that the sum over sources has given what went before; and those
    who reach it are taken from each source in proportion. So it is exact where there is one source. More than a
    binomial of these moments can have are as likely as all.
    """
    paths = level.shape[1]
    left: Floats = np.broadcast_to(came, (len(came), paths)).copy()
    gone, total = np.zeros((len(came), 1)), np.zeros(paths)
    for j, count in enumerate(counts):
        share = level[j] * flow[:, j]
        each = np.minimum(share / np.maximum(1.0 - gone, _NONE), 1.0)
        expected = left * each
        mean, squares = expected.sum(axis=0), (expected * each).sum(axis=0)
        persons = np.maximum(mean * mean / np.maximum(squares, _NONE), count)
        chance = np.minimum(mean / np.maximum(persons, _NONE), 1.0)
        total += xlog1py(persons - count, -chance)
        if count > 0:
            total += gammaln(persons + 1.0) - gammaln(persons - count + 1.0) + xlogy(count, chance)
            left = np.maximum(left - count * expected / np.maximum(mean, _NONE), 0.0)
        gone = gone + share
    return total
