"""Periods of cash: months, quarters, years, financial years. What `cash`, `budget` and `balances` count in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sib.errors import InputError, Problem

Freq = str | tuple[int, int]

_MOST = 1_000  # periods that a table may have
_LEAP = 366  # days that a year has at most, and one less at least
_ONE = dt.timedelta(days=1)


@dataclass(frozen=True)
class Periods:
    """Periods that follow one another without a gap.

    Parameters
    ----------
    starts, ends : tuple of date
        The first and the last day of each.
    """

    starts: tuple[dt.date, ...]
    ends: tuple[dt.date, ...]

    @classmethod
    def of(cls, freq: Freq, days: Sequence[dt.date], where: str = "freq") -> Periods:
        """All periods from that of the first of some days to that of the last.

        Parameters
        ----------
        freq : str or (int, int)
            As pandas calls them ("ME", "QE", "YE", "YE-MAR", ...), one at a time; or the month and the day on which a
            financial year begins, as in (4, 6).
        days : sequence of date
            In any order.
        where : str
            What the argument is called.

        Raises
        ------
        InputError
            Where there are no such periods, or more than a thousand.
        """
        if not days:
            return cls((), ())
        first, last = min(days), max(days)
        starts = _by_pandas(freq, first, last, where) if isinstance(freq, str) else _years(freq, first, last, where)
        return cls(starts[:-1], tuple(start - _ONE for start in starts[1:]))

    def place(self, days: Sequence[dt.date]) -> NDArray[np.int64]:
        """In which of the periods each of some days lies."""
        return np.searchsorted(np.array(self.ends, "datetime64[D]"), np.array(days, "datetime64[D]")).astype(np.int64)

    @property
    def names(self) -> list[str]:
        """What people call them: a year by its number, "2026-27" where it does not begin in January; else the last day.

        Examples
        --------
        >>> Periods.of((4, 1), [dt.date(2026, 4, 1), dt.date(2028, 3, 31)]).names
        ['2026-27', '2027-28']
        """
        return [_name(start, end) for start, end in zip(self.starts, self.ends, strict=True)]


def _name(start: dt.date, end: dt.date) -> str:
    if (end - start).days + 1 < _LEAP - 1:
        return end.isoformat()
    return f"{start.year}" if start.year == end.year else f"{start.year}-{end.year % 100:02d}"


def _years(begins: Any, first: dt.date, last: dt.date, where: str) -> tuple[dt.date, ...]:
    """The first days of the years that begin on a day, from that of the first day to the one after that of the last."""
    try:
        month, day = begins
        dt.date(2001, month, day)  # no leap year: the day has to be in every year
        own = first.replace(month=month, day=day)
    except (TypeError, ValueError):
        rule = "a frequency of pandas in one word, or the month and the day on which every year begins"
        if where != "freq":
            rule = "the month and the day on which every year begins"
        raise InputError(
            Problem(where, begins, rule, "pass, for example, (4, 1) for financial years from 1 April")
        ) from None
    begin = own.year if own <= first else own.year - 1
    until = last.year + (dt.date(last.year, month, day) <= last)
    return tuple(dt.date(year, month, day) for year in range(begin, until + 1))


def _by_pandas(freq: str, first: dt.date, last: dt.date, where: str) -> tuple[dt.date, ...]:
    """The same of periods by their name in pandas: days are grouped as it groups them, over a year more each way."""
    import pandas as pd
    from pandas.tseries.frequencies import to_offset

    remedy = 'pass, for example, "ME", "QE" or "YE"; or the day on which financial years begin, as in (4, 1)'
    named = InputError(Problem(where, freq, "periods as pandas calls them", remedy))
    try:
        step = to_offset(freq)
    except (ValueError, TypeError, AttributeError):
        raise named from None
    if step is None or step.n != 1:
        raise InputError(Problem(where, freq, "one month, one quarter or one year at a time", remedy))
    try:
        days = pd.date_range(first - _LEAP * _ONE, last + _LEAP * _ONE, freq="D", unit="s")
        sizes = pd.Series(1, index=days).groupby(pd.Grouper(freq=freq)).size().to_numpy()
    except (ValueError, TypeError, AttributeError):
        raise named from None
    if (sizes == 0).any():
        raise InputError(Problem(where, freq, "periods of a day or longer", remedy))
    after = np.cumsum(sizes)
    starts = [days[0].date(), *(day.date() for day in days[after[:-1]])]
    lasts = [start - _ONE for start in starts[1:]]
    found = tuple(start for start, end in zip(starts, [*lasts, dt.date.max], strict=True) if end >= first)
    stop = next(place for place, start in enumerate(found) if start > last)
    if stop > _MOST:
        raise InputError(Problem(where, freq, f"at most {_MOST:,} periods", remedy))
    return found[: stop + 1]
