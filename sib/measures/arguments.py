"""The door of the measures: finite real numbers, dates where times are meant, and events come in; all else is refused.

NumPy reads numbers out of nearly anything: nanoseconds out of dates, what lies under a mask, the real part of what is
complex, and a yes out of NaN. A figure made from them would be silent nonsense.
"""

from __future__ import annotations

import datetime as dt
import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sib.arrays import Floats
from sib.errors import InputError, Problem

DAYS = 365.0  # in a year (convention 2)

_REAL = "fiu"  # NumPy's letters for kinds of real numbers
_BOOLEANS = {bool, np.bool_}
_MASKED = "masked"
_OTHERS = {  # by letter: what it is, and what to do where numbers are meant
    "b": ("booleans", "write 1.0 and 0.0, where they are meant as numbers"),
    "c": ("complex ones", "pass values.real, where that is meant"),
    "m": ("time differences", "divide them by their unit, as numpy.timedelta64(365, 'D') for years"),
    "M": ("dates", "pass numbers; only `years` may be dates"),
    "S": ("text", "make numbers of it: numpy.asarray(values, dtype=float)"),
    "U": ("text", "make numbers of it: numpy.asarray(values, dtype=float)"),
    "T": ("text", "make numbers of it: numpy.asarray(values, dtype=float)"),
    "O": ("other objects", "pass numbers, in rows of equal length"),
    "V": ("records", "pass one of their fields"),
    _MASKED: ("a masked array", "pass values.compressed(), or say what stands under the mask, values.filled(0.0)"),
}


def numbers(name: str, values: ArrayLike) -> Floats:
    """Finite real numbers, as floats.

    Parameters
    ----------
    name : str
        What the error calls them.
    values : array_like, (...)

    Returns
    -------
    array, (...)

    Raises
    ------
    InputError
        Where a value is NaN or infinite, or no real number: a boolean, a date, text, whatever is in a masked array.

    Examples
    --------
    >>> numbers("amounts", [-100, 110.5])
    array([-100. ,  110.5])
    """
    rule = "finite real numbers"
    return _finite(name, values, _array(name, values, rule), rule)


def times(name: str, values: ArrayLike) -> Floats:
    """Times in years: numbers as they are, and dates as days / 365 from the earliest of their row.

    Parameters
    ----------
    name : str
        What the error calls them.
    values : array_like of numbers or of dates, (...)
        Dates are `datetime64`, as a pandas index has them, or a list of `datetime.date`, `datetime` or pandas
        timestamps; without time zones.

    Returns
    -------
    array, (...)

    Raises
    ------
    InputError
        As `numbers`, and where a date is missing (NaT) or has a time zone.

    Examples
    --------
    >>> times("years", [dt.date(2020, 1, 1), dt.date(2020, 12, 31)])
    array([0., 1.])
    """
    rule = "finite real numbers, or dates"
    array = _array(name, values, rule)
    if _are_dates(array):
        array = _as_dates(name, array)
    if array.dtype.kind != "M":
        return _finite(name, values, array, rule)
    missing = int(np.isnat(array).sum())
    if missing:
        came = f"{missing} of {array.size} are no date (NaT)"
        raise InputError(
            Problem(name, came, "a date for each flow", "leave out the flows that have none, or date them")
        )
    day = array.astype("datetime64[ms]")
    first = day.min(axis=-1, keepdims=True) if day.size and day.ndim else day
    years: Floats = (day - first) / np.timedelta64(1, "D") / DAYS
    return years


def events(name: str, values: ArrayLike) -> NDArray[np.bool_]:
    """Whether something happened: booleans, or numbers that are 0 or 1.

    Parameters
    ----------
    name : str
        What the error calls them.
    values : array_like of bool, (...)

    Returns
    -------
    array of bool, (...)

    Raises
    ------
    InputError
        Where a value is neither: NaN, for one, says neither yes nor no.

    Examples
    --------
    >>> events("event", [1, 0, 1])
    array([ True, False,  True])
    """
    rule = "booleans, or numbers that are 0 or 1"
    array = _array(name, values, rule)
    happened = array == 1 if array.dtype.kind in _REAL else array
    if happened.dtype != np.bool_ or not (happened | (array == 0)).all():
        raise InputError(Problem(name, values, rule, "say what is asked of each path: sample > 0"))
    return happened


def level(name: str, value: float) -> float:
    """A number above 0 and below 1.

    Raises
    ------
    InputError
        Where it is not.

    Examples
    --------
    >>> level("level", 0.95)
    0.95
    """
    try:
        number = numbers(name, value)
    except InputError:
        number = np.array(math.nan)
    if number.ndim or not 0.0 < number < 1.0:
        raise InputError(Problem(name, value, "between 0 and 1", "write 0.95 for ninety-five per cent"))
    return float(number)


def flows(amounts: ArrayLike, years: ArrayLike) -> tuple[Floats, Floats]:
    """Amounts (..., T) and when they come, (T,) or (..., T).

    Raises
    ------
    InputError
        As `numbers` and `times`; where there are no flows, or the shapes do not fit.
    """
    amount, year = numbers("amounts", amounts), times("years", years)
    if amount.ndim == 0 or amount.shape[-1] == 0:
        raise InputError(
            Problem("amounts", amounts, "at least one flow along the last axis", "pass an array of shape (..., T)")
        )
    if year.shape not in (amount.shape, amount.shape[-1:]):
        raise InputError(
            Problem(
                "years",
                f"shape {year.shape} for amounts of shape {amount.shape}",
                "one time for each flow, shared by all rows or one row each",
                f"pass years of shape {amount.shape[-1:]} or {amount.shape}",
            )
        )
    return amount, year


def _array(name: str, values: ArrayLike, rule: str) -> NDArray[Any]:
    """The values as NumPy has them, where no mask is lost by that."""
    if np.ma.MaskedArray in _kinds(values):
        raise _refused(name, values, rule, _MASKED)
    try:
        array = np.asarray(values)
        if array.dtype.kind == "O":
            kinds = _kinds(array.tolist())
            if not kinds & _BOOLEANS and all(issubclass(kind, Real) for kind in kinds):
                return array.astype(np.float64)  # whole numbers beyond 64 bits, and fractions
    except OverflowError:
        size = "numbers of a size that floating point has"
        raise InputError(Problem(name, values, size, "correct the one that is too large")) from None
    except (TypeError, ValueError):
        raise _refused(name, values, rule, "O") from None
    return array


def _kinds(values: object) -> set[type]:
    """The types of what is in lists and arrays, or of what is neither; `MaskedArray` where anything is one."""
    found: set[type] = set()
    waiting = [values]
    while waiting:  # lists may be nested more deeply than calls
        value = waiting.pop()
        if isinstance(value, np.ma.MaskedArray):
            found.add(np.ma.MaskedArray)
        elif isinstance(value, list | tuple):
            kinds = set(map(type, value))
            inner = {kind for kind in kinds if issubclass(kind, list | tuple) or hasattr(kind, "__array__")}
            found |= kinds - inner
            waiting += [one for one in value if type(one) in inner]
        else:
            found.add(getattr(getattr(value, "dtype", None), "type", type(value)))
    return found


def _are_dates(array: NDArray[Any]) -> bool:
    """Whether these are objects of which each is a date."""
    return array.dtype.kind == "O" and all(issubclass(kind, dt.date | np.datetime64) for kind in _kinds(array.tolist()))


def _as_dates(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Objects that are dates as `datetime64`."""
    days = array.ravel().tolist()
    if any(getattr(day, "tzinfo", None) for day in days):
        rule = "dates without time zones, as contracts have them"
        raise InputError(Problem(name, days, rule, "say which calendar is meant: index.tz_localize(None)"))
    known = [day if day == day else np.datetime64("NaT") for day in days]  # NaT alone is not equal to itself
    return np.array(known, dtype="datetime64[ms]").reshape(array.shape)


def _finite(name: str, values: ArrayLike, array: NDArray[Any], rule: str) -> Floats:
    kind = "M" if _are_dates(array) else array.dtype.kind
    if _kinds(values) & _BOOLEANS:  # which become numbers in a list of both
        kind = "b"
    if kind not in _REAL:
        raise _refused(name, values, rule, kind)
    with np.errstate(over="ignore", invalid="ignore"):
        found = array.astype(np.float64, copy=False)
        if math.isfinite(found.sum()):  # as nearly always, and found at once
            return found
    bad = int(found.size - np.isfinite(found).sum())
    if bad:
        came = f"{bad} of {found.size} not finite"
        raise InputError(Problem(name, came, "finite numbers", "remove or replace NaN and infinity"))
    return found


def _refused(name: str, values: ArrayLike, rule: str, kind: str) -> InputError:
    what, remedy = _OTHERS[kind]
    return InputError(Problem(name, values, f"{rule}, not {what}", remedy))
