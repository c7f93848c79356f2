"""Dates: whole months on the calendar. The terms, and the timetable that follows from them, count in these."""

from __future__ import annotations

import calendar
import datetime as dt

DAYS_A_YEAR = 365.0  # convention 2: years are days / 365, as spreadsheets' XIRR counts them


_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORTEST = min(_LENGTHS)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month, `months` later; from a month's last day on, the last day of that month.

    Examples
    --------
    >>> add_months(dt.date(2010, 8, 31), 6)
    datetime.date(2011, 2, 28)
    >>> add_months(dt.date(2011, 2, 28), 6)
    datetime.date(2011, 8, 31)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = _length(year, month + 1)
    ends = day.day >= _SHORTEST and day.day == _length(day.year, day.month)
    return dt.date(year, month + 1, last if ends else min(day.day, last))


def end_of_month(day: dt.date) -> dt.date:
    """The last day of the month.

    Examples
    --------
    >>> end_of_month(dt.date(2024, 2, 3))
    datetime.date(2024, 2, 29)
    """
    return day.replace(day=_length(day.year, day.month))


def years_since(first: dt.date, day: dt.date) -> int:
    """How many whole years have passed since a day; below zero before it.

    Examples
    --------
    >>> years_since(dt.date(2020, 4, 1), dt.date(2022, 3, 31)), years_since(dt.date(2020, 4, 1), dt.date(2022, 4, 1))
    (1, 2)
    """
    years = day.year - first.year
    return years - (add_months(first, 12 * years) > day)


def _length(year: int, month: int) -> int:
    return 29 if month == 2 and calendar.isleap(year) else _LENGTHS[month - 1]
