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
_IRREGULAR = 0.01  # of those who are counted, how many took any number of months: records are not as regular as beliefs


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


def shared_out(count: Floats, weight: Floats, most: Floats, at: Where) -> Floats:
    """From which of some places those come who are known to have come.

    Parameters
    ----------
    count : array, (paths,)
        How many came.
    weight : array, (places, paths)
        How many are expected from each; nobody from where it is zero.
    most : array, (places, paths)
        How many are in each.
    at : callable
        The coordinates of each place; without them as many come as are expected.

    Returns
    -------
    array, (places, paths)
        Place by place a binomial share of those that the rest have to find, no more than there are, and no fewer than
        the places after it lack. Where all of them lack some, these came from nowhere.
    """
    found = np.zeros_like(weight)
    there = np.where(weight > 0, most, 0.0)
    after = np.cumsum(there[::-1], axis=0)[::-1] - there
    whole, left = weight.sum(axis=0), count
    for place, expected in enumerate(weight):
        if not expected.any():
            continue
        share = np.clip(expected / np.maximum(whole, _NONE), 0.0, 1.0)
        coordinates = at(place)
        moved = left * share if coordinates is None else binomial(coordinates(), np.rint(left), share)
        most_here = np.minimum(there[place], left)
        found[place] = np.clip(moved, np.minimum(np.maximum(left - after[place], 0.0), most_here), most_here)
        left, whole = left - found[place], np.maximum(whole - expected, 0.0)
    return found


def leniently(takes: Floats) -> Floats:
    """The chance of each number of months, a few of the persons taking any.

    Parameters
    ----------
    takes : array, (months, 1) or (months, paths)

    Returns
    -------
    array
        Of the same shape.
    """
    found: Floats = (1.0 - _IRREGULAR) * takes + _IRREGULAR / max(len(takes), 1)
    return found


def log_likelihood_of_flows(came: Floats, flow: Floats, level: Floats, counts: Floats) -> Floats:
    """How likely counts are that come from others, but for a constant.

    Parameters
    ----------
    came : array, (results of the milestone above,)
        How many reached the milestone above in each result.
    flow : array, (results of the milestone above, results, paths)
        Of those who reach both, the share who come from each to each.
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
    result is binomial of those who could still reach it, as if each of them did with the same chance, the mean over
    them; and those who did are taken from each in proportion. So it is exact where a result has one source, has the
    exact mean given what went before, and a variance that is a little too large where sources differ. More than there
    are, which a rounding of who went before may cause, are as likely as all.
    """
    left: Floats = np.repeat(came[:, None], flow.shape[2], axis=1)
    gone, total = np.zeros((len(came), flow.shape[2])), np.zeros(flow.shape[2])
    for j, count in enumerate(counts):
        share = level[j] * flow[:, j]
        expected = left * np.minimum(share / np.maximum(1.0 - gone, _NONE), 1.0)
        persons = np.maximum(np.where(share > 0, left, 0.0).sum(axis=0), count)
        mean = np.minimum(expected.sum(axis=0), persons)
        chance = mean / np.maximum(persons, _NONE)
        total += gammaln(persons + 1.0) - gammaln(persons - count + 1.0) + xlogy(count, chance)
        total += xlog1py(persons - count, -chance)
        left = np.maximum(left - count * expected / np.maximum(mean, _NONE), 0.0)
        gone = gone + share
    return total
