"""Families of cash flows that `irr` is timed on: dates, and amounts of many paths on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Family = Callable[[int, np.random.Generator], tuple[list[dt.date], Floats]]

START = dt.date(2015, 1, 1)


def later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, day.day)


def _monthly(months: int, step: int = 1) -> list[dt.date]:
    return [later(START, month) for month in range(0, months, step)]


def mixed(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
    """Flows of many kinds, (columns, dates): draws over years, early and late payments, losses, and no rate at all."""
    flows = np.zeros((columns, 16))
    flows[:, :6] = -rng.uniform(50, 150, (columns, 6))
    kind = rng.choice(5, columns, p=[0.4, 0.2, 0.2, 0.15, 0.05])
    late, early, lost, never = kind == 0, kind == 1, kind == 2, kind == 4
    flows[late, 12:] = rng.uniform(0, 350, (late.sum(), 4))
    flows[early, 4] += rng.uniform(0, 500, early.sum())  # paid while capital is still drawn
    flows[early, 15] = rng.uniform(0, 900, early.sum())
    flows[lost, 6:] = 0.0
    both = kind == 3
    flows[both, 9] = rng.uniform(0, 1200, both.sum())
    flows[both, 15] = -rng.uniform(0, 300, both.sum())  # something is paid back: two rates, or none
    flows[never] = np.abs(flows[never])
    return _monthly(96, 6), flows


def usual(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
    """Eight years by quarters: draws by a plan over five, and four payments, of which each may fail."""
    dates = _monthly(96, 3)
    flows = np.tile(np.where(np.arange(len(dates)) < 20, -rng.uniform(0.5, 1.5, len(dates)), 0.0), (columns, 1))
    for date in (14, 22, 26, 31):
        flows[:, date] += rng.uniform(0, 12, columns) * (rng.random(columns) < 0.8)
    return dates, flows


def rate_card(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
    """Sixty months: costs in the first forty-eight, and what a rate card pays for persons from the seventh on."""
    persons = rng.poisson(6.0 * rng.uniform(0.5, 1.5, (columns, 1)), (columns, 60))
    persons[:, :6] = 0
    return _monthly(60), 13.2 * persons - np.where(np.arange(60) < 48, 100.0, 0.0)


def alternating(months: int) -> Family:
    """Every other month a draw, and a month later what comes back of it."""

    def flows(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
        drawn = rng.uniform(0.5, 1.5, (columns, months // 2))
        back = rng.uniform(0.985, 1.025, (columns, 1)) + rng.normal(0.0, 0.01, drawn.shape)
        return _monthly(months), np.stack((-drawn, drawn * back), axis=-1).reshape(columns, months)

    return flows


def wild(months: int) -> Family:
    """A draw and a receipt in turn that have nothing to do with one another: rates of thousands per cent."""

    def flows(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
        amounts = rng.uniform(0.5, 1.5, (columns, months)) * np.where(np.arange(months) % 2, 1.0, -1.0)
        amounts[:, 1::2] *= rng.uniform(0.97, 1.04, (columns, 1))
        return _monthly(months), amounts

    return flows


def nearly_lost(months: int) -> Family:
    """One draw of a hundred million, and month by month a little that comes back and goes out again."""

    def flows(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
        amounts = rng.uniform(0.5, 1.5, (columns, months)) * np.where(np.arange(months) % 2, 1.0, -1.0)
        amounts[:, 0] = -1e8
        return _monthly(months), amounts

    return flows


def _days(rng: np.random.Generator) -> list[dt.date]:
    days = np.sort(rng.choice(np.arange(1, 3650), 499, replace=False))
    return [START, *(START + dt.timedelta(days=int(day)) for day in days)]


def many_dates(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
    """Five hundred days of ten years: draws on the first half, receipts on the second."""
    flows = np.concatenate((-rng.uniform(0, 1, (columns, 250)), rng.uniform(0, 2, (columns, 250))), axis=1)
    return _days(rng), flows


def any_signs(columns: int, rng: np.random.Generator) -> tuple[list[dt.date], Floats]:
    """Five hundred days, and a normal amount on each."""
    return _days(rng), rng.normal(0.02, 1.0, (columns, 500))


FAMILIES: dict[str, tuple[int, Family]] = {
    "mixed flows, 16 dates": (1_000_000, mixed),
    "usual deals, 32 dates": (200_000, usual),
    "a rate card, 60 months": (2_000, rate_card),
    "60 alternating months": (20_000, alternating(60)),
    "120 alternating months": (20_000, alternating(120)),
    "60 wild months": (5_000, wild(60)),
    "120 wild months": (5_000, wild(120)),
    "120 months, nearly all lost": (2_000, nearly_lost(120)),
    "500 dates, draws and receipts": (5_000, many_dates),
    "500 dates, any signs": (1_000, any_signs),
}
