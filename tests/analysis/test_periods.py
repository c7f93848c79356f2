"""Periods of cash. Truth: pandas' own calendar of periods, and the calendar itself."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.analysis.periods import Periods

DAYS = st.lists(st.dates(dt.date(1995, 1, 1), dt.date(2060, 12, 31)), min_size=1, max_size=5)


@given(
    st.sampled_from([("ME", "M"), ("MS", "M"), ("QE", "Q"), ("QE-FEB", "Q-FEB"), ("QS", "Q"), ("YE-MAR", "Y-MAR")]),
    DAYS,
)
def test_they_are_those_of_pandas(names, days):
    freq, kind = names
    found = Periods.of(freq, days)
    theirs = pd.period_range(min(days), max(days), freq=kind)
    assert list(found.starts) == [day.date() for day in theirs.start_time]
    assert list(found.ends) == [day.date() for day in theirs.end_time]
    assert found.place(days).tolist() == [theirs.get_loc(pd.Period(day, kind)) for day in days]


@given(st.dates(dt.date(2001, 1, 1), dt.date(2001, 12, 31)), DAYS)
def test_financial_years_begin_on_their_day_and_leave_no_day_out(begins, days):
    found = Periods.of((begins.month, begins.day), days)
    assert {(day.month, day.day) for day in found.starts} == {(begins.month, begins.day)}
    assert all(end + dt.timedelta(1) == start for end, start in zip(found.ends, found.starts[1:], strict=False))
    for day, place in zip(days, found.place(days), strict=True):
        assert found.starts[place] <= day <= found.ends[place]
    assert found.place([min(days), max(days)]).tolist() == [0, len(found.starts) - 1]


def test_a_financial_year_is_named_after_the_two_years_that_it_lies_in():
    days = [dt.date(1999, 4, 5), dt.date(2000, 4, 6)]
    assert Periods.of((4, 6), days).names == ["1998-99", "1999-00", "2000-01"]
    assert Periods.of("YE", days).names == Periods.of((1, 1), days).names == ["1999", "2000"]
    assert Periods.of("QE", days[:1]).names == ["1999-06-30"]


def test_of_no_day_there_are_none():
    assert Periods.of("QE", []).names == []


AS_PANDAS = 'pass, for example, "ME", "QE" or "YE"; or the day on which financial years begin, as in (4, 1)'
FROM_A_DAY = "pass, for example, (4, 1) for financial years from 1 April"


@pytest.mark.parametrize(
    ("freq", "came", "rule", "remedy"),
    [
        ("fortnight", "'fortnight'", "periods as pandas calls them", AS_PANDAS),
        ("", "''", "periods as pandas calls them", AS_PANDAS),
        ("2QE", "'2QE'", "one month, one quarter or one year at a time", AS_PANDAS),
        ("h", "'h'", "periods of a day or longer", AS_PANDAS),
        ("D", "'D'", "at most 1,000 periods", AS_PANDAS),
        *(
            (
                day,
                repr(day),
                "a frequency of pandas in one word, or the month and the day on which every year begins",
                FROM_A_DAY,
            )
            for day in [(2, 31), (2, 29), (13, 1), (4,), 4, None, (4.5, 1), ("4", "1")]
        ),
    ],
)
def test_what_is_no_period_is_refused(freq, came, rule, remedy):
    with pytest.raises(sib.InputError) as error:
        Periods.of(freq, [dt.date(2020, 1, 1), dt.date(2027, 1, 1)])
    assert str(error.value) == f"freq\n  came:  {came}\n  rule:  {rule}\n  to do: {remedy}"
