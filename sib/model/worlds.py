"""Worlds: what holds though nobody knows it: effects, how the evaluator errs, who comes, what goes wrong. Arrays only.

`prior.py` draws worlds from the beliefs, `outcomes.py` what happens to people in them. The two are apart so that worlds
can be weighed by results that are in hand (`likelihood.py`) before anything follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sib.arrays import Floats, by_path
from sib.model.beliefs import Engagement


@dataclass(frozen=True)
class Believed:
    """What holds for one metric. Arrays of results, or of moments, by paths.

    Parameters
    ----------
    effect : array, (results, paths)
        Improvement of those who take part, or the level where nothing is compared.
    bias : array, (results, paths)
        How much the comparison flatters.
    common_bias : array, (paths,)
        The part of it that all results share.
    drift : array, (moments, paths), or None
        The level without the programme relative to the start's, at each of the metric's moments; None where it stays.
    history : mapping of int to array, (paths,)
        What was measured on the groups that all results share, by the group's position.
    stretch : array, (paths,), or None
        The factor of the months that persons take to reach a milestone; None where these are what is believed.
    """

    effect: Floats = by_path()
    bias: Floats = by_path()
    common_bias: Floats = by_path()
    drift: Floats | None = by_path(default=None)
    history: Mapping[int, Floats] = by_path(default_factory=dict)
    stretch: Floats | None = by_path(default=None)


@dataclass(frozen=True)
class Shocks:
    """What goes wrong: arrays of paths.

    `overruns` are the factors of costs, by name; `hazards` the years until each event that may happen on any day, by
    its name; `delays` which of its delays each metric's payments have, by the metric's name; `enrolled`, (months,
    paths), how many persons of a cohort enrol in each month from its first, by its name, where costs follow that.
    """

    overruns: Mapping[str, Floats] = by_path(default_factory=dict)
    hazards: Mapping[str, Floats] = by_path(default_factory=dict)
    delays: Mapping[str, Floats] = by_path(default_factory=dict)
    enrolled: Mapping[str, Floats] = by_path(default_factory=dict)


@dataclass(frozen=True)
class World:
    """All that is believed and not known, drawn: what holds for each metric, who comes and takes part, what happens."""

    metrics: tuple[Believed, ...] = by_path()
    taking_part: Floats | None = by_path()  # the share of persons who do, (paths,)
    coming: Mapping[str, Floats] = by_path()  # by cohort: the share of the planned persons, (paths,)
    shocks: Shocks = by_path()
    engagement: Engagement | None = None
    late: Mapping[str, Floats] = by_path(default_factory=dict)  # by cohort: by how many months persons enrol late
    slower: Mapping[str, Floats] = by_path(default_factory=dict)  # by cohort: the factor of the months of its intake

    @property
    def strata(self) -> tuple[tuple[str, Floats, float], ...]:
        """Those who do not take part, who drop out, who stay: each one's share of persons, and of the effect.

        Empty where the effects are those on everybody.
        """
        part, known = self.taking_part, self.engagement
        if part is None or known is None:
            return ()
        out = known.drop_out
        return (
            ("apart", 1.0 - part, 0.0),
            ("dropped out", part * out, known.kept),
            ("stayed", part * (1.0 - out), 1.0),
        )
