"""`ShareWithAny`: the share of persons with at least one event of a count."""

from __future__ import annotations

from dataclasses import dataclass

from sib.arrays import Floats
from sib.chance.sources import Coordinates
from sib.model.occupancy import with_any
from sib.model.origins.of_count import OfCount


@dataclass(frozen=True)
class ShareWithAny(OfCount):
    """The share of a count's persons who have any event."""

    def given_events(self, level: Floats, persons: Floats, coordinates: Coordinates | None) -> Floats:
        """By an urn: on how many persons so many events fall."""
        return with_any(level, persons, self.shape, coordinates)
