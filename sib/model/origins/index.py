"""`Index`: a weighted sum of what is read from other metrics. It follows from what is published of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sib.model.model import Drawing, Origin
from sib.model.results import IndexResults, Outcomes, Readable
from sib.terms.metric import Measure


@dataclass(frozen=True)
class Index(Origin):
    """A weighted sum of what is read from other metrics.

    Parameters
    ----------
    parts : tuple of (int, str, float)
        Of each part the metric, by position; what is read from it; and its weight over its target.
    """

    parts: tuple[tuple[int, Measure, float], ...]
    published: ClassVar[bool] = False

    @property
    def parents(self) -> tuple[int, ...]:
        """The metrics that it reads, each once."""
        return tuple(dict.fromkeys(part for part, _, _ in self.parts))

    def draw(self, index: int, drawing: Drawing) -> Outcomes:
        """Nothing is drawn: it follows from the published results of its parts."""
        return Outcomes(None, self._sum({i: drawing.outcomes[i].results for i in self.parents}))

    def from_published(self, results: Mapping[int, Readable]) -> Readable | None:
        """The sum, where all parts are published."""
        return self._sum(results) if all(part in results for part in self.parents) else None

    def _sum(self, results: Mapping[int, Readable]) -> IndexResults:
        return IndexResults(tuple((results[part], measure, weight) for part, measure, weight in self.parts))
