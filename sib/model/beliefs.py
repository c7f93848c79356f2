"""Beliefs as the model knows them: plain figures about effects, the evaluator's errors, and the programme.

Compiled from the terms of the same names; `prior.py` draws worlds from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sib.chance.distributions import Distribution
from sib.model.delays import Intake


@dataclass(frozen=True)
class Belief:
    """What is believed about one metric: a relative improvement where it is compared, else a level.

    Parameters
    ----------
    deal : Distribution
        Of the deal's own effect or level.
    between_results : float
        Standard deviation of each result's own about it.
    learning : float
        What is added from each result to the next.
    """

    deal: Distribution
    between_results: float = 0.0
    learning: float = 0.0


@dataclass(frozen=True)
class Drift:
    """How the level without the programme moves: a relative trend a year, and its standard deviation a year."""

    trend: float
    sd: float


@dataclass(frozen=True)
class Evaluation:
    """How the evaluator's comparison errs. Shares; above zero all of them flatter the programme.

    Parameters
    ----------
    bias, bias_sd : float
        Mean and standard deviation of the bias that all results share.
    bias_between_cohorts : float
        Standard deviation of each result's bias about it.
    bias_of : {"improvement", "comparison"}
        What a bias is relative to.
    creaming : float
        By how much those served would have done better anyway.
    regression : float
        By how much those served did worse than usual before: a share of their usual level.
    """

    bias: float = 0.0
    bias_sd: float = 0.0
    bias_between_cohorts: float = 0.0
    bias_of: Literal["improvement", "comparison"] = "improvement"
    creaming: float = 0.0
    regression: float = 0.0


@dataclass(frozen=True)
class Engagement:
    """How many of those served take part, and what is left of the effect on who drops out. Shares.

    `share` and `sd` are of all persons, `drop_out` of those who take part, `kept` of the effect.
    """

    share: float
    sd: float
    drop_out: float
    kept: float


@dataclass(frozen=True)
class Referrals:
    """How many of the planned persons come to each cohort, and when.

    `mean` and `sd` are of the share of the planned persons, and `slowly` is the share of these who come for a slow
    beginning, by cohort; they come `late` by any whole number of months from the first to the second; `pace_sd` is the
    standard deviation of the factor of the months over which they come.
    """

    slowly: Mapping[str, float]
    mean: float
    sd: float
    late: tuple[int, int]
    pace_sd: float

    @property
    def varies(self) -> bool:
        """Whether any of it is not known."""
        return self.sd > 0 or self.late[0] < self.late[1] or self.pace_sd > 0


@dataclass(frozen=True)
class Overrun:
    """How far a cost exceeds its plan: mean and standard deviation, as shares of the cost."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Delay:
    """The chance of each delay that there may be of what is paid on a metric's results."""

    chances: tuple[float, ...]


@dataclass(frozen=True)
class Programme:
    """What is believed about the programme: who comes and takes part, what may go wrong.

    `hazards` are the rates a year of events that may happen on any day, by the event's name; `overruns` go by the
    cost's, `delays` by the metric's. `enrolling` says who enrols over which months, where costs follow that and it is
    not as planned.
    """

    cohorts: tuple[str, ...] = ()
    engagement: Engagement | None = None
    referrals: Referrals | None = None
    overruns: Mapping[str, Overrun] = field(default_factory=dict)
    hazards: Mapping[str, float] = field(default_factory=dict)
    delays: Mapping[str, Delay] = field(default_factory=dict)
    enrolling: tuple[tuple[Intake, int], ...] = ()
