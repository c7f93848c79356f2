"""A deal under a given truth: one metric's effect the same in every cohort, all else as believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike

from sib.analysis.evidence.exact_law import ExactLaw
from sib.analysis.evidence.normal_law import Moments, moments
from sib.analysis.payoff import chosen, readable
from sib.chance.sources import Chance
from sib.errors import InputError, Problem, between
from sib.measures.arguments import numbers
from sib.model.model import MetricModel
from sib.model.prior import believe
from sib.model.worlds import World
from sib.run.recipe import Deal
from sib.scenario.changes import BASE
from sib.scenario.paths import path_of
from sib.scenario.scenario import Scenario
from sib.settlement.contract import Claim
from sib.terms.levels import UPPER

_GRID = 13
_OWN = frozenset(  # the fields of a claim that its own results and tests, or where the money goes, take up
    (
        *("payment", "label", "metric", "members", "single", "occasion", "alike", "tests", "reading", "curve"),
        *("limits", "payers", "to", "tranche", "pool", "arrivals"),
    )
)


@dataclass(frozen=True)
class Truth:
    """One compared metric of a deal, about whose true effect something is asked.

    `believed` are the beliefs without any chance; `claims` what is paid on the metric or on others.
    """

    scenario: Scenario
    deal: Deal
    index: int
    believed: World

    @classmethod
    def about(cls, scenario: Scenario, metric: str | None) -> Truth:
        """Ask about a metric.

        Raises
        ------
        InputError
            Where there is no such metric, none is named of several, or it has no effect that is believed.
        """
        deal = Deal.of(scenario)
        compared = [m.name for m in deal.model.metrics if m.name in scenario.beliefs.effects]
        read = [name for name in compared if name in readable(deal)]
        if metric is None and 1 in (len(compared), len(read)):
            (metric,) = compared if len(compared) == 1 else read
        if not compared:
            rule = "a deal with a metric that is compared with something: it is the effect on it that is asked about"
            raise InputError(Problem("scenario", scenario.name, rule, "what is verified has a level, and no effect"))
        names = [m.name for m in deal.model.metrics]
        index = names.index(metric) if metric in compared else None if metric is None else chosen(deal, metric)
        if index is None or names[index] not in compared:
            rule = f"a metric that is compared with something and measured by itself: {', '.join(compared)}"
            raise InputError(Problem("metric", metric, rule, "ask about one of these"))
        surely = Chance(1, np.random.SeedSequence(0), 0, frozenset())
        return cls(scenario, deal, index, believe(deal.model, surely))

    @property
    def metric(self) -> MetricModel:
        """The metric."""
        return self.deal.model.metrics[self.index]

    @property
    def claims(self) -> list[Claim]:
        """All that is paid for outcomes."""
        return [claim for step in self.deal.contract.steps for claim in step.claims if claim.metric is not None]

    def at(self, effect: float) -> Scenario:
        """The scenario with this true effect in every cohort."""
        return self.scenario.case(BASE).replace({path_of(["beliefs", "effects", self.metric.name]): effect})

    def on_all(self, effect: float) -> float:
        """The effect on all persons together, where it is this on those who take part to the end."""
        strata_of = self.believed.strata
        return effect if not strata_of else effect * float(sum(share[0] * kept for _, share, kept in strata_of))

    def moments(self, effect: float, row: int, persons: float | None = None) -> Moments:
        """The moments of one result under a true effect, for the planned persons or for so many."""
        return moments(self.metric, self._world(effect), self.index, row, self._size(row, persons))

    def exact(self, effect: float, row: int, persons: float | None = None) -> ExactLaw | None:
        """The exact law of the same result; None where it has none."""
        return ExactLaw.of(self.metric, self._world(effect), self.index, row, self._size(row, persons))

    def _world(self, effect: float) -> World:
        own = self.believed.metrics[self.index]
        metrics = list(self.believed.metrics)
        metrics[self.index] = replace(own, effect=np.full_like(own.effect, effect))
        return replace(self.believed, metrics=tuple(metrics))

    def _size(self, row: int, persons: float | None) -> float:
        return float(self.metric.persons[row]) if persons is None else persons

    @property
    def single_truth(self) -> bool:
        """Whether, at a given effect, nothing but persons and the evaluator's sample is left to chance."""
        known, programme = self.metric.evaluation, self.deal.model.programme
        drifts = self.metric.drift is not None and self.metric.drift.sd > 0
        unsure = known.bias_sd > 0 or known.bias_between_cohorts > 0 or drifts
        varies = programme.engagement is not None and programme.engagement.sd > 0
        return not (unsure or varies or programme.referrals is not None or self.deal.contract.triggers)

    def target(self, given: float | None) -> float:
        """The improvement that the contract asks for: the least positive one at which it starts to pay.

        Raises
        ------
        InputError
            Where the contract names none, and none is given.
        """
        if given is not None:
            return between(given, 0.0, 10.0, "target", "an improvement above zero", "pass, for example, target=0.10")
        levels = [x for claim in self.claims for x in (threshold(claim, self.index),) if x is not None and x > 0]
        if not levels:
            raise InputError(
                Problem(
                    "target",
                    "nothing",
                    "the improvement that is aimed at; the contract names none at which it starts to pay",
                    "pass, for example, target=0.10",
                )
            )
        return min(levels)

    def effects(self, given: ArrayLike | None, target: float) -> list[float]:
        """The true effects to ask about: those given, or from none to beyond the target."""
        if given is None:
            step = target / 4.0
            return sorted({0.0, target, *(round(step * i, 12) for i in range(_GRID - 4))})
        found = numbers("effects", given).ravel().tolist()
        if not found:
            raise InputError(Problem("effects", [], "one true effect at least", "pass, for example, [0.0, 0.05, 0.10]"))
        most = 1.0 if self.metric.sign < 0 else 10.0
        for effect in found:
            if not -1.0 <= effect <= most:
                rule = "from -1 to 1, which is no event at all" if most == 1.0 else "from -1 to 10"
                raise InputError(Problem("effects", effect, rule, "write 0.09 for nine per cent"))
        return list(dict.fromkeys(found))


def threshold(claim: Claim, index: int) -> float | None:
    """The improvement from which a claim pays anything, where it is one; None where it is something else."""
    if claim.metric != index or {test.measure for test in claim.tests} - {"improvement"}:
        return None
    if any(test.end in UPPER for test in claim.tests):
        return None
    levels = [test.level for test in claim.tests]
    if claim.reading == "improvement":
        levels.append(_starts(claim))
    elif claim.reading in ("points", "units"):
        if not (claim.curve.straight and claim.curve.slope[0] > 0 and claim.curve(np.zeros(1))[0] == 0):
            return None
        levels.append(0.0)
    else:
        return None
    return max(levels)


def _starts(claim: Claim) -> float:
    """The improvement from which a schedule of improvements pays anything; infinite where it never does."""
    edges = [*claim.curve.edge[1:].tolist()]
    pieces = zip(claim.curve.y[1:], claim.curve.slope[1:], edges, strict=True)
    if claim.curve(np.array([min(edges) - 1.0]))[0] > 0:
        return -np.inf
    return next((edge for y, slope, edge in pieces if y > 0 or slope > 0), np.inf)


def alone(claim: Claim, unpaid: bool = False) -> bool:
    """Whether a claim depends on nothing but its own results (and on what is `unpaid`, where that is allowed)."""
    known = _OWN | {"unpaid"} if unpaid else _OWN
    left = [getattr(claim, field.name) for field in fields(claim) if field.name not in known]
    return all(value is None or value is False or value == () for value in left)


def agreed(levels: Sequence[float]) -> float | None:
    """The one level of several tests; None where there is none. NaN where they differ."""
    found = set(levels)
    return None if not found else found.pop() if len(found) == 1 else float("nan")
