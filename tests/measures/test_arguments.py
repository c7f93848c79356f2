"""What measures take and what they refuse. Truth: whatever junk NumPy would read numbers out of, one by one."""

import datetime as dt
import inspect
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import sib
from sib import risk

YEARS, AMOUNTS = [0.0, 1.0], [-100.0, 110.0]
DAYS = [dt.date(2020, 1, 1), dt.date(2020, 12, 31)]  # 365 days: a leap year

# every argument of every public measure that is numbers, and one that is times
NUMBERS = {
    "irr amounts": lambda x: sib.irr(x, YEARS),
    "npv amounts": lambda x: sib.npv(x, YEARS, 0.1),
    "npv rate": lambda x: sib.npv([AMOUNTS, AMOUNTS], YEARS, x),
    "multiple amounts": sib.multiple,
    "payback amounts": lambda x: sib.payback(x, YEARS),
    "mean sample": risk.mean,
    "loss_probability loss": risk.loss_probability,
    "total_loss_probability loss": risk.total_loss_probability,
    "quantile sample": lambda x: risk.quantile(x, 0.5),
    "quantile_bounds sample": lambda x: risk.quantile_bounds(x, 0.5),
    "value_at_risk loss": risk.value_at_risk,
    "expected_shortfall loss": risk.expected_shortfall,
}
TIMES = {
    "irr years": lambda x: sib.irr(AMOUNTS, x),
    "npv years": lambda x: sib.npv(AMOUNTS, x, 0.1),
    "payback years": lambda x: sib.payback(AMOUNTS, x),
}
EVENTS = {"probability event": risk.probability}
LEVELS = {
    "quantile level": lambda x: risk.quantile(AMOUNTS, x),
    "quantile_bounds level": lambda x: risk.quantile_bounds(AMOUNTS, x),
    "value_at_risk level": lambda x: risk.value_at_risk(AMOUNTS, x),
    "expected_shortfall level": lambda x: risk.expected_shortfall(AMOUNTS, x),
}

# neither a number, nor a date, nor yes or no
JUNK = {
    "nan": [1.0, math.nan],
    "infinity": np.array([1.0, -math.inf]),
    "None": [1.0, None],
    "nothing": None,
    "masked": np.ma.array([1.0, 0.0], mask=[False, True]),
    "masked rows": [np.ma.array([1.0, 0.0], mask=[False, True])],
    "a masked entry": [1.0, np.ma.masked],
    "complex": np.array([1.0, 2.0 + 3.0j]),
    "complex without an imaginary part": [0j, 1.0],
    "time differences": np.array([0, 365], dtype="timedelta64[D]"),
    "a list of time differences": [dt.timedelta(0), dt.timedelta(365)],
    "a pandas index of time differences": pd.to_timedelta([0, 365], unit="D"),
    "NaT": np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
    "time differences that are NaT": np.array([0, "NaT"], dtype="timedelta64[D]"),
    "pandas NaT": [pd.Timestamp("2020-01-01"), pd.NaT],
    "text": ["1.0", "0.0"],
    "bytes": np.array([b"1", b"0"]),
    "pandas text": pd.Series(["1", "0"]),
    "numbers and text": [1.0, "0.0"],
    "objects": [object(), 1.0],
    "Decimal": [Decimal("1.0"), Decimal("0.0")],
    "a mapping": {"a": 1.0},
    "a generator": (x for x in (1.0, 0.0)),
    "records": np.array([(1.0, 0.0)], dtype=[("a", float), ("b", float)]),
    "rows of different lengths": [[1.0], [1.0, 0.0]],
    "pandas periods": pd.period_range("2020", periods=2, freq="Y"),
    "pandas missing": pd.Series([1.0, None], dtype="Float64"),
    "pandas missing booleans": pd.Series([True, None], dtype="boolean"),
    "dates and numbers": [dt.date(2020, 1, 1), 1.0],
    "dates in a time zone": pd.date_range("2020-01-01", periods=2, tz="Europe/London"),
    "moments in a time zone": [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2021, 1, 1, tzinfo=dt.UTC)],
}
DATES = {
    "dates": DAYS,
    "datetime64": np.array(DAYS, dtype="datetime64[D]"),
    "nanoseconds": np.array(DAYS, dtype="datetime64[ns]"),
    "moments": [dt.datetime(2020, 1, 1), dt.datetime(2020, 12, 31)],
    "pandas timestamps": [pd.Timestamp(day) for day in DAYS],
    "a DatetimeIndex": pd.DatetimeIndex(DAYS),
    "a pandas series of dates": pd.Series(pd.DatetimeIndex(DAYS)),
    "of several types": [np.datetime64("2020-01-01"), dt.date(2020, 12, 31)],
}
BOOLEANS = {
    "booleans": [True, False],
    "NumPy's booleans": np.array([True, False]),
    "numbers and booleans": [1.0, False],
    "rows of both": [np.array([True, False]), np.array([1.0, 0.0])],
    "boolean objects": np.array([True, False], dtype=object),
    "pandas booleans": pd.Series([True, False]),
}


def refused(measure, junk):
    """The one problem, in four parts; and nothing was warned about, which would be an error here."""
    with pytest.raises(sib.InputError) as error:
        measure(junk)
    (problem,) = error.value.problems
    assert problem.rule
    assert problem.remedy
    assert problem.came is not None or junk is None
    return problem


@pytest.mark.parametrize("junk", JUNK | DATES | BOOLEANS)
@pytest.mark.parametrize("measure", NUMBERS)
def test_where_numbers_are_meant_nothing_else_comes_in(measure, junk):
    kind = (JUNK | DATES | BOOLEANS)[junk]
    where = refused(NUMBERS[measure], kind).where
    assert where == measure.split()[1]


@pytest.mark.parametrize("junk", JUNK | BOOLEANS)
@pytest.mark.parametrize("measure", TIMES)
def test_where_times_are_meant_nothing_comes_in_but_numbers_and_dates(measure, junk):
    assert refused(TIMES[measure], (JUNK | BOOLEANS)[junk]).where == "years"


@pytest.mark.parametrize("junk", [name for name in JUNK if name != "infinity"] + list(DATES))
def test_what_says_neither_yes_nor_no_is_no_event(junk):
    assert refused(risk.probability, (JUNK | DATES)[junk]).where == "event"


@pytest.mark.parametrize("junk", [*JUNK.values(), *DATES.values(), *BOOLEANS.values(), True, "0.5", 0.5 + 0j, [0.5]])
@pytest.mark.parametrize("measure", LEVELS)
def test_a_level_is_one_number_between_0_and_1(measure, junk):
    problem = refused(LEVELS[measure], junk)
    assert (problem.where, problem.rule) == ("level", "between 0 and 1")


def test_every_argument_of_every_public_measure_is_here():
    public = [sib.irr, sib.npv, sib.multiple, sib.payback]
    public += [getattr(risk, name) for name in risk.__all__ if inspect.isfunction(getattr(risk, name))]
    arrays = {
        f"{one.__name__} {name}"
        for one in public
        for name, parameter in inspect.signature(one).parameters.items()
        if parameter.annotation == "ArrayLike"
    }
    assert arrays == NUMBERS.keys() | TIMES.keys() | EVENTS.keys()


@pytest.mark.parametrize("kind", DATES)
def test_dates_are_years_of_365_days_from_the_first(kind):
    # closed form: 110 after 365 days for 100
    assert float(sib.irr(AMOUNTS, DATES[kind])) == pytest.approx(0.10, rel=1e-12)
    assert float(sib.npv(AMOUNTS, DATES[kind], 0.10)) == pytest.approx(0.0, abs=1e-12)
    assert float(sib.payback(AMOUNTS, DATES[kind])) == 1.0


def test_dates_come_in_any_order_and_each_row_counts_from_its_own_first():
    early, late = np.array(DAYS, dtype="datetime64[D]"), np.array(DAYS, dtype="datetime64[D]") + 100
    assert float(sib.npv(AMOUNTS[::-1], early[::-1], 0.10)) == pytest.approx(0.0, abs=1e-12)
    found = sib.npv([AMOUNTS, AMOUNTS[::-1]], np.array([early, late[::-1]]), 0.05)
    np.testing.assert_allclose(found, 110 / 1.05 - 100, rtol=1e-12)


def test_times_of_day_are_parts_of_a_day():
    noon = np.array(["2020-01-01T00", "2020-12-30T12"], dtype="datetime64[h]")
    assert float(sib.payback(AMOUNTS, noon)) == pytest.approx(364.5 / 365, rel=1e-12)


def test_a_cash_flow_of_the_library_goes_in_as_it_is():
    # truth: days counted here, and the ledger's own rate
    ledger = sib.settle(sib.load("peterborough"), {"reconvictions": 0.09})
    cash = ledger.cashflow("investors")
    years = [(day - cash.index[0]).days / 365 for day in cash.index]
    assert float(sib.irr(cash, cash.index)) == pytest.approx(float(sib.irr(cash.tolist(), years)), rel=1e-12)
    assert float(sib.irr(cash, cash.index)) == pytest.approx(ledger.irr("investors"), rel=1e-12)
    assert 0.03 < float(sib.irr(cash, cash.index)) < 0.04


@pytest.mark.parametrize(
    "plain",
    [
        (-100, 110),
        [Fraction(-100), Fraction(110)],
        [np.float32(-100), np.int8(110)],
        np.array(AMOUNTS, dtype=np.longdouble),
        pd.Series(AMOUNTS, dtype="Float64"),
        range(-100, 120, 210),
        [np.array(-100.0), np.array(110)],
    ],
    ids=["integers", "fractions", "NumPy's scalars", "long doubles", "pandas", "range", "arrays of no dimension"],
)
def test_plain_numbers_of_any_kind_come_in(plain):
    assert float(sib.irr(plain, YEARS)) == pytest.approx(0.10, rel=1e-12)


def test_whole_numbers_of_any_size_that_floats_have_come_in():
    assert float(sib.irr([-(10**30), 11 * 10**29], YEARS)) == pytest.approx(0.10, rel=1e-12)
    assert refused(lambda x: sib.irr(x, YEARS), [-(10**400), 1]).rule == "numbers of a size that floating point has"


@pytest.mark.parametrize("event", [[True, False, True, True], [1, 0, 1, 1], np.array([1.0, 0.0, 1.0, 1.0])])
def test_events_are_booleans_or_numbers_that_say_so(event):
    assert risk.probability(event).estimate == 0.75


def test_the_words():
    """Which input, what came, the rule, and what to do."""
    with pytest.raises(sib.InputError) as error:
        sib.irr(np.ma.array(AMOUNTS, mask=[True, False]), YEARS)
    assert str(error.value).splitlines()[0] == "amounts"
    assert str(error.value).splitlines()[2:] == [
        "  rule:  finite real numbers, not a masked array",
        "  to do: pass values.compressed(), or say what stands under the mask, values.filled(0.0)",
    ]
    with pytest.raises(sib.InputError) as error:
        sib.npv(AMOUNTS, YEARS, DAYS)
    assert str(error.value).splitlines()[2:] == [
        "  rule:  finite real numbers, not dates",
        "  to do: pass numbers; only `years` may be dates",
    ]
    with pytest.raises(sib.InputError) as error:
        sib.irr(AMOUNTS, np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"))
    assert str(error.value).splitlines() == [
        "years",
        "  came:  '1 of 2 are no date (NaT)'",
        "  rule:  a date for each flow",
        "  to do: leave out the flows that have none, or date them",
    ]
    with pytest.raises(sib.InputError) as error:
        risk.probability([math.nan, 1.0])
    assert str(error.value).splitlines() == [
        "event",
        "  came:  [nan, 1.0]",
        "  rule:  booleans, or numbers that are 0 or 1",
        "  to do: say what is asked of each path: sample > 0",
    ]
