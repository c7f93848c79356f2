"""`Leaning`: chance whose beliefs are drawn near what was observed, and what each world counts for that.

Beliefs are quantiles of standard normal scores. Drawn from the scores' prior, few worlds agree with a result that
surprises; drawn from a normal law that is fitted to those which do, most. What a world counts for is the ratio of the
prior's density to that of the law it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Chance

_PLAIN = 10  # every tenth world is drawn from the prior, so that no world counts for more than ten (Hesterberg 1995)
_LEAST = 1e-12  # a variance


@dataclass(frozen=True)
class Lean:
    """A normal law of scores.

    Parameters
    ----------
    mean : array, (scores,)
    root : array, (scores, scores)
        The Cholesky factor of their covariance: each score depends on those before it.
    """

    mean: Floats
    root: Floats

    @classmethod
    def fitted(cls, scores: Floats, weight: Floats) -> Lean:
        """The law with the mean and covariance of weighed worlds.

        Parameters
        ----------
        scores : array, (scores, paths)
        weight : array, (paths,)
            Not below zero.

        Notes
        -----
        Where few worlds are weighed for many scores, covariances are drawn towards zero.
        """
        share = weight / weight.sum()
        mean = np.einsum("ip,p->i", scores, share)
        away = scores - mean[:, None]
        covariance = np.einsum("ip,jp->ij", away * share, away)  # no BLAS, whose bits depend on how many work
        alone = np.diag(np.maximum(np.diag(covariance), _LEAST))
        few = len(mean) / (len(mean) + effective(weight))
        return cls(mean, np.linalg.cholesky((1.0 - few) * covariance + few * alone))

    def log_density(self, scores: Floats) -> Floats:
        """Logarithm of the density of scores under it over that under the prior, (paths,)."""
        own = np.einsum("ij,jp->ip", np.linalg.inv(self.root), scores - self.mean[:, None])
        scale = np.log(np.diag(self.root)).sum()
        found: Floats = 0.5 * (np.square(scores).sum(axis=0) - np.square(own).sum(axis=0)) - scale
        return found


@dataclass(frozen=True)
class Leaning(Chance):
    """Chance whose normal scores of beliefs lean.

    Parameters
    ----------
    lean : Lean, optional
        The law that they are drawn from, in the order in which they are asked for; None: the prior.
    attempt : int
        Each has draws of its own.
    plain, scores : dict
        By component: the scores as drawn from the prior, and as they were given out.
    """

    lean: Lean | None = None
    attempt: int = 0
    plain: dict[tuple[str, ...], Floats] = field(default_factory=dict)
    scores: dict[tuple[str, ...], Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, chance: Chance, lean: Lean | None, attempt: int) -> Leaning:
        """The same chance, leaning."""
        return cls(**{one.name: getattr(chance, one.name) for one in fields(chance)}, lean=lean, attempt=attempt)

    def stream(self, source: str, *component: str) -> np.random.Generator:
        """The random stream of a component, of this attempt."""
        again = (f"attempt {self.attempt}",) if self.attempt else ()
        return super().stream(source, *component, *again)

    def score(self, source: str, *component: str) -> Floats:
        """What is a belief's own: standard normal, but as it leans."""
        if component in self.scores:
            return self.scores[component]
        self.plain[component] = found = super().score(source, *component)
        if self.lean is not None:
            number = len(self.scores)
            weights = self.lean.root[number, : number + 1]
            parts = (weight * one for weight, one in zip(weights, self.plain.values(), strict=True))
            leaning = sum(parts, self.lean.mean[number])
            found = np.where(np.arange(self.paths) % _PLAIN == 0, found, leaning)
        self.scores[component] = found
        return found

    @property
    def log_count(self) -> Floats:
        """Logarithm of what each world counts for, (paths,)."""
        if self.lean is None or not self.scores:
            return np.zeros(self.paths)
        leaning = self.lean.log_density(np.array([*self.scores.values()]))
        found: Floats = -np.logaddexp(np.log(1.0 - 1.0 / _PLAIN) + leaning, np.log(1.0 / _PLAIN))
        return found


def effective(weight: Floats) -> float:
    """How many independent worlds weighed ones are worth (Kong 1992): ``(sum w)**2 / sum w**2``."""
    return float(weight.sum() ** 2 / np.square(weight).sum())
