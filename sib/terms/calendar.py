"""Dates: whole months on the calendar. The terms, and the timetable that follows from them, count in these."""

from __future__ import annotations

import calendar
import datetime as dt

DAYS_A_YEAR = 365.0  # convention 2: years are days / 365, as spreadsheets' XIRR counts them


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month, `months` later; the month's last day where it has no such day.

    Examples
    --------
    >>> add_months(dt.date(2010, 8, 31), 6)
    datetime.date(2011, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
