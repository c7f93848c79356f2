"""Day counts: how many days a contract sees between two dates, and how many it has in a year. For interest on loans."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

DayCount = Literal["actual/365", "actual/360", "30/360"]
DAYS_IN_YEAR: Final[dict[DayCount, float]] = {"actual/365": 365.0, "actual/360": 360.0, "30/360": 360.0}


def days_between(first: dt.date, last: dt.date, count: DayCount) -> int:
    """The days from one date to another.

    30/360 is the bond basis of the 2006 ISDA Definitions, section 4.16(f): every month has 30 days; a 31st on which a
    period begins is a 30th, and so is one on which it ends if it began on a 30th or 31st.

    Examples
    --------
    >>> days_between(dt.date(2007, 1, 15), dt.date(2007, 1, 31), "30/360")
    16
    >>> days_between(dt.date(2007, 1, 31), dt.date(2007, 3, 31), "30/360")
    60
    """
    if count != "30/360":
        return (last - first).days
    found = days_of_30(last) - days_of_30(first)
    return found + 1 if one_more_day(first, last) else found


def days_of_30(day: dt.date) -> int:
    """The day's number where every month has 30 days and a 31st is the 30th. Of two days the difference adds up."""
    return 360 * day.year + 30 * day.month + min(day.day, 30)


def one_more_day(first: dt.date, last: dt.date) -> bool:
    """Whether 30/360 counts a 31st on which a period ends: where it began on another day than a 30th or 31st."""
    return last.day == 31 and first.day < 30
