"""Which milestones those had reached before who reach the next one, where the sets of them are few.

What is still due for a person under a ceiling depends on the milestones that the person has reached (the *profile*), so
it is enough to know how many of those who reach a milestone come from each profile. Which persons they are is chance:
any of those who can still reach it are as likely, so the split over profiles is multivariate hypergeometric, and exact
however few persons there are. Without chance it is in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import hypergeometric
from sib.chance.sources import Coordinates
from sib.model.followed import Followed
from sib.model.model import MetricModel

Profile = frozenset[int]


def moves(
    metrics: Sequence[MetricModel],
    counts: Mapping[int, Floats],
    followed: Followed,
    served: Sequence[Floats],
    coordinates: Coordinates | None,
) -> dict[int, dict[Profile, Floats]]:
    """How many reach each milestone in each result, by the milestones that they had reached before.

    Parameters
    ----------
    metrics : sequence of MetricModel
        All metrics; those in `counts` are milestones that count each person once, all by cohort or all by period.
    counts : mapping of int to array, (results, paths)
        How many persons reach each milestone in each result.
    followed : Followed
        The milestones, and the sets of them that a person can have reached.
    served : sequence of array, (paths,)
        How many persons of each group there are.
    coordinates : callable, optional
        The coordinates of its chance; without them those who reach a milestone are taken in proportion.

    Returns
    -------
    dict of int to dict of frozenset to array, (results, paths)
    """
    paths, profiles = next(iter(counts.values())).shape[1], followed.profiles
    found = {index: {p: np.zeros_like(counts[index]) for p in profiles if index not in p} for index in counts}
    for group, everybody in zip(followed.groups, served, strict=True):
        persons = {p: np.zeros(paths) if p else everybody for p in profiles}
        for index, result in group.occasions:
            above = followed.after.get(index)
            can = [p for p in profiles if index not in p and (above is None or above in p)]
            left, open_to = counts[index][result], sum((persons[p] for p in can), np.zeros(paths))
            for profile in can:
                here = persons[profile]
                names = (metrics[index].name, metrics[index].results[result], *sorted(metrics[i].name for i in profile))
                taken = _split(left, here, open_to - here, None if coordinates is None else coordinates(*names))
                left, open_to = left - taken, open_to - here
                found[index][profile][result] += taken
                persons[profile] = here - taken
                persons[profile | {index}] = persons[profile | {index}] + taken
    return found


def _split(count: Floats, here: Floats, elsewhere: Floats, at: Floats | None) -> Floats:
    """How many of `count` persons, taken from here and elsewhere alike, are taken from here."""
    if at is None:
        everywhere = here + elsewhere
        return count * np.divide(here, everywhere, out=np.zeros_like(count), where=everywhere > 0)
    good, bad = np.rint(here), np.maximum(np.rint(elsewhere), 0.0)
    return hypergeometric(at, good, bad, np.minimum(np.rint(count), good + bad))
