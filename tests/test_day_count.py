"""Day counts. Truth: the examples that ISDA published on 30/360 (2006 Definitions, 4.16(f)), and the calendar."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.terms.day_count import days_between, days_of_30, one_more_day

# ISDA, 30/360 day count conventions, 30-360-2006ISDADefs.xls: bond basis
PUBLISHED = [
    ("2006-08-20", "2007-02-20", 180),
    ("2007-02-20", "2007-08-20", 180),
    ("2008-02-20", "2008-08-20", 180),
    ("2006-08-31", "2007-02-28", 178),
    ("2007-02-28", "2007-08-31", 183),
    ("2007-08-31", "2008-02-29", 179),
    ("2008-02-29", "2008-08-31", 182),
    ("2008-08-31", "2009-02-28", 178),
    ("2006-01-31", "2006-02-28", 28),
    ("2006-01-30", "2006-02-28", 28),
    ("2006-02-28", "2006-03-03", 5),
    ("2006-02-14", "2006-02-28", 14),
    ("2006-09-30", "2006-10-31", 30),
    ("2006-10-31", "2006-11-28", 28),
    ("2007-08-31", "2008-02-28", 178),
    ("2008-02-28", "2008-08-30", 182),
    ("2008-02-28", "2008-08-31", 183),
    ("2007-02-26", "2008-02-28", 362),
    ("2007-02-26", "2008-02-29", 363),
    ("2008-02-29", "2009-02-28", 359),
    ("2008-02-28", "2008-03-30", 32),
    ("2008-02-28", "2008-03-31", 33),
]
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2050, 12, 31))


@pytest.mark.parametrize(("first", "last", "days"), PUBLISHED)
def test_published(first, last, days):
    assert days_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last), "30/360") == days


@given(DAYS, DAYS)
def test_by_the_formula_of_the_definitions(one, other):
    first, last = sorted((one, other))
    d1 = 30 if first.day == 31 else first.day
    d2 = 30 if last.day == 31 and d1 > 29 else last.day
    days = 360 * (last.year - first.year) + 30 * (last.month - first.month) + (d2 - d1)
    assert days_between(first, last, "30/360") == days
    assert days_of_30(last) - days_of_30(first) + one_more_day(first, last) == days


def test_actual_days_are_those_of_the_calendar():
    for count in ("actual/365", "actual/360"):
        assert days_between(dt.date(2020, 1, 1), dt.date(2021, 1, 1), count) == 366
