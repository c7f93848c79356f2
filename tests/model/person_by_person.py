"""A rate card person by person: each enrols in a month, and reaches each milestone so many months later, or never.

Written from what is believed alone; knows nothing of how `sib` counts. Months are numbered from the first of enrolment,
and a person's month is a whole number, as the delays of the card are.
"""

from dataclasses import dataclass

import numpy as np

MONTHS = 36  # over which the persons of northam enrol
QUARTERS = 20
CHAIN = {  # milestone: what must have been reached before, triangular belief, range of months
    "moves in": (None, (0.60, 0.75, 0.85), (1, 6)),
    "housed 3 months": ("moves in", (0.70, 0.82, 0.92), (3, 3)),
    "housed 12 months": ("housed 3 months", (0.50, 0.70, 0.85), (9, 9)),
    "housed 24 months": ("housed 12 months", (0.55, 0.75, 0.90), (12, 12)),
    "treatment 12 weeks": ("moves in", (0.20, 0.35, 0.50), (3, 9)),
    "in work 13 weeks": ("housed 3 months", (0.05, 0.15, 0.30), (3, 12)),
}
NEVER = 10_000


@dataclass
class Northam:
    """Quarterly counts of northam, path by path, {milestone: (quarters, paths)}."""

    counts: dict

    @classmethod
    def drawn(cls, paths, rng, persons=300, level=None):
        """So many futures; with given levels in place of believed ones."""
        rng = np.random.default_rng(rng)
        month = {None: rng.integers(0, MONTHS, (paths, persons))}
        counts = {}
        for name, (above, (low, mode, high), (least, most)) in CHAIN.items():
            share = rng.triangular(low, mode, high, (paths, 1)) if level is None else level[name]
            reaches = (rng.random((paths, persons)) < share) & (month[above] < NEVER)
            month[name] = np.where(reaches, month[above] + rng.integers(least, most + 1, (paths, persons)), NEVER)
            quarter = month[name] // 3  # June, the third month, is in the quarter that ends with it
            counts[name] = np.array([(quarter == q).sum(axis=1) for q in range(QUARTERS)], dtype=float)
        return cls(counts)
