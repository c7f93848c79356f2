"""`chain_ladder`: what is still to come of what matures with age, believing nothing. `ChainLadder`: what it returns."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sib.arrays import Floats
from sib.calls import public
from sib.errors import InputError, Problem, nearest, shown
from sib.measures.arguments import numbers
from sib.measures.ladder import Ladder, LastSigma, mack

if TYPE_CHECKING:
    import pandas as pd

    Prior = float | Mapping[object, float] | pd.Series[float]

_SMALLEST, _LARGEST = 1e-12, 1e15  # of outcomes or money: what they grow by is squared and summed
_TRIANGLE = "a table of numbers, a row for each origin and a column for each age"


class TriangleWarning(UserWarning):
    """All origins together fall from an age to the next, as they do where figures are not those to date."""


@dataclass(frozen=True, repr=False, eq=False)
class ChainLadder:
    """What is still to come of each origin, and of all; see `chain_ladder`.

    Attributes
    ----------
    origins : DataFrame
        Indexed by origin. `latest`, the last figure that is known; `ultimate`, the figure at the last age; `reserve`,
        what is still to come, ultimate less latest; `standard_error`, Mack's, of both. With a prior, also `prior`,
        `bf_ultimate` and `bf_reserve`, by Bornhuetter and Ferguson. All in the triangle's unit.
    total : Series
        The same of all origins together. Its error is not the root of the sum of squares: origins share the factors.
    development : DataFrame
        Indexed by age. `next`, the age after it; `factor`, by which figures grow from one to the other; `sigma`, in
        the root of the triangle's unit; `origins`, from how many both are known; `developed`, the share of the ultimate
        that is there at the age.
    completed : DataFrame
        The triangle to date, with what is not known as it is expected: origins by ages.
    errors : DataFrame
        The standard error of each figure of it; 0 where it is known.
    """

    origins: pd.DataFrame
    total: pd.Series[float]
    development: pd.DataFrame
    completed: pd.DataFrame
    errors: pd.DataFrame

    def __repr__(self) -> str:
        rows, ages = self.completed.shape
        return (
            f"<ChainLadder of {rows} origins by {ages} ages: {self.total['reserve']:,.0f} still to come,"
            f" standard error {self.total['standard_error']:,.0f}>"
        )


@public
def chain_ladder(
    triangle: pd.DataFrame | ArrayLike,
    *,
    incremental: bool = False,
    prior: Prior | None = None,
    last_sigma: LastSigma = "mack",
) -> ChainLadder:
    r"""What is still to come of outcomes or money that mature with age, with Mack's standard error.

    A forecast that asks neither the contract nor the beliefs: people who came later are taken to go on as those who
    came before them did. It stands beside `update` as a check.

    Parameters
    ----------
    triangle : DataFrame or array_like, (origins, ages)
        To date: how many, or how much money, of those who came in a period (the origin, a row) by each age since (a
        column, in order); NaN, or nothing at the end of a row, where not yet known. The last age is taken to be the
        end. It need not be square: there may be more ages than origins or fewer, and rows may end on a staircase, as
        those of quarters by months do.
    incremental : bool
        Whether figures are what came at each age, and not all to date.
    prior : float or mapping or Series, optional
        The ultimate that was expected of each origin before any figure, one for all or by origin: adds the method of
        Bornhuetter and Ferguson, which takes what is still to come from the prior and not from the latest figure. Use
        it where counts are small.
    last_sigma : {"mack", "log-linear"}
        How the spread is carried on to ages that one origin alone has reached: Mack's own rule of 1993, or a straight
        line through the logarithms, which other packages take unless they are told. They give other errors, and the
        same forecast.

    Returns
    -------
    ChainLadder
        Standard errors are NaN where no two origins have reached the second age; and of an origin of which nothing
        came so far, and so of the total.

    Raises
    ------
    InputError
        Where the triangle is no table of numbers, has fewer than two origins or two ages, an age that no origin has
        reached, an origin without a figure, a gap, a figure to date below zero, or an age by which nothing had come of
        those that went on; of all those at once. Where a figure or a prior is above 1e15, or a figure is nearer to zero
        than 1e-12 and not zero. Where the prior is not that of these origins.

    Warns
    -----
    TriangleWarning
        Where all origins together fall from an age to the next. An origin by itself may fall: money is paid back.

    Notes
    -----
    Mack (1993), *Distribution-free calculation of the standard error of chain ladder reserve estimates*, ASTIN Bulletin
    23(2), 213-225; Bornhuetter & Ferguson (1972), *The actuary and IBNR*: with F the factor from the latest age to the
    last,

    .. math:: \text{ultimate} = \text{latest} + (1 - 1/F)\, \text{prior}.

    Standard errors are of prediction: of what will come about the forecast, from the chance to come and from factors
    that are estimated. They hold where origins are independent, and each grows by the same factor on average with a
    variance in proportion to what is there. What changes from one date on for all origins, a new provider or a bad
    year, is in neither.

    Examples
    --------
    People in work, by quarter of enrolment and quarters since:

    >>> import sib
    >>> found = sib.chain_ladder([[20, 41, 50, 52], [24, 45, 56], [18, 39], [22]])
    >>> found.origins["ultimate"].round(1).to_list()
    [52.0, 58.2, 50.0, 56.9]
    >>> found
    <ChainLadder of 4 origins by 4 ages: 48 still to come, standard error 5>
    """
    import pandas as pd

    given = _table(triangle)
    cumulative = _to_date(given, incremental=incremental)
    values = cumulative.to_numpy()
    found = mack(values, last_sigma)
    _warn_of_falls(found, given, incremental=incremental)
    at = (~np.isnan(values)).sum(axis=1) - 1
    latest, ultimate = values[np.arange(len(values)), at], found.figures[:, -1]
    nothing = latest == 0.0  # the chain ladder says nothing of how sure that is
    spread = np.where(nothing[:, None] & np.isnan(values), np.nan, found.errors)
    columns = {
        "latest": latest,
        "ultimate": ultimate,
        "reserve": ultimate - latest,
        "standard_error": spread[:, -1],
    }
    growth = np.append(np.cumprod(found.factors[::-1])[::-1], 1.0)
    if prior is not None:
        expected = _prior(prior, given.index)
        to_come = (1.0 - 1.0 / growth[at]) * expected
        columns |= {"prior": expected, "bf_ultimate": latest + to_come, "bf_reserve": to_come}
    origins = pd.DataFrame(columns, index=given.index)
    total = origins.sum()
    total["standard_error"] = np.nan if nothing.any() else found.total_error
    development = pd.DataFrame(
        {
            "next": given.columns[1:],
            "factor": found.factors,
            "sigma": found.sigmas,
            "origins": found.pairs.astype(int),
            "developed": 1.0 / growth[:-1],
        },
        index=given.columns[:-1],
    )
    completed, errors = (pd.DataFrame(part, given.index, given.columns) for part in (found.figures, spread))
    return ChainLadder(origins, total.rename("total"), development, completed, errors)


def _table(triangle: Any) -> pd.DataFrame:
    """What came as a table with named axes, NaN where nothing is known."""
    import pandas as pd

    remedy = "pass a DataFrame, or rows of numbers, with NaN where nothing is known yet"
    try:
        shaped = hasattr(triangle, "shape")  # else rows, which may end where nothing is known yet
        frame = pd.DataFrame(triangle if shaped else [*zip_longest(*triangle, fillvalue=np.nan)])
        frame = frame if shaped else frame.T
        unknown = frame.isna()
        filled = frame.mask(unknown, 0.0).to_numpy()
    except (TypeError, ValueError, AssertionError):
        raise InputError(Problem("triangle", triangle, _TRIANGLE, remedy)) from None
    if min(frame.shape) < 2:
        came = f"{frame.shape[0]} origins by {frame.shape[1]} ages"
        more = "wait for another period, or give finer ones: months in place of quarters"
        raise InputError(Problem("triangle", came, "two origins and two ages at least", more))
    values = numbers("triangle", filled)
    out = values[(values != 0) & ~((np.abs(values) >= _SMALLEST) & (np.abs(values) <= _LARGEST))]
    if out.size:
        rule = f"figures of zero, or from {_SMALLEST:.0e} to {_LARGEST:.0e}, of either sign"
        raise InputError(Problem("triangle", float(out[0]), rule, "count in other units: thousands, say"))
    names = ("origin", "age")
    axes = [axis.rename(axis.name or name) for axis, name in zip((frame.index, frame.columns), names, strict=True)]
    for name, axis in zip(names, axes, strict=True):
        if not axis.is_unique:
            twice = axis[axis.duplicated()].to_list()
            raise InputError(Problem("triangle", twice, f"each {name} once", "put together what belongs together"))
    if axes[1].dtype.kind in "iufmM" and not axes[1].is_monotonic_increasing:
        order = "ages in order, the youngest first"
        raise InputError(Problem("triangle", axes[1].to_list(), order, "sort them: triangle.sort_index(axis=1)"))
    return pd.DataFrame(np.where(unknown, np.nan, values), index=axes[0], columns=axes[1])


def _to_date(given: pd.DataFrame, *, incremental: bool) -> pd.DataFrame:
    """The figures to date; all that is wrong with them is refused at once."""
    known = given.notna().to_numpy()
    reached = np.arange(known.shape[1]) < known.sum(axis=1)[:, None]
    problems = [
        Problem(_cell(given, row), "no figure", "a figure for each origin", "leave out the origins that have none yet")
        for row in np.flatnonzero(~known.any(axis=1)).tolist()
    ]
    problems += [
        Problem(_cell(given, row), given.iloc[row].to_list(), "known up to an age and not beyond", _GAP)
        for row in np.flatnonzero((known != reached).any(axis=1)).tolist()
    ]
    problems += [
        Problem(_cell(given, age=age), "no figure", "an age that some origin has reached", "leave out this age")
        for age in np.flatnonzero(~known.any(axis=0)).tolist()
    ]
    if problems:
        raise InputError(*problems)
    to_date = given.cumsum(axis=1) if incremental else given
    values = to_date.to_numpy()
    problems = [
        Problem(_cell(given, row, age), float(values[row, age]), "a figure to date of zero or more", _NEGATIVE)
        for row, age in np.argwhere(known & (values < 0)).tolist()
    ]
    there = np.where(known[:, 1:], values[:, :-1], 0.0).sum(axis=0)  # a factor on nothing would be none
    problems += [
        Problem(
            _cell(given, age=age), "nothing", "something to date of the origins that are known at the next age", _NO_AGE
        )
        for age in np.flatnonzero(there <= 0).tolist()
    ]
    if problems:
        raise InputError(*problems)
    return to_date


_GAP = "fill the gap, or leave out the origin"
_NEGATIVE = "correct it, or put origins together"
_NO_AGE = "leave out this age, or put ages together: the ladder begins where something has come"


def _cell(given: pd.DataFrame, row: int | None = None, age: int | None = None) -> str:
    """Where in the triangle something stands, as pandas finds it."""
    origin = ":" if row is None else shown(given.index.to_list()[row])
    return (
        f"triangle.loc[{origin}]" if age is None else f"triangle.loc[{origin}, {shown(given.columns.to_list()[age])}]"
    )


def _warn_of_falls(found: Ladder, given: pd.DataFrame, *, incremental: bool) -> None:
    (falls,) = np.nonzero(found.factors < 1.0)
    if falls.size:
        ages = ", ".join(shown(given.columns.to_list()[age]) for age in falls)
        do = "negative figures are paid back" if incremental else "pass incremental=True if they are not to date"
        warnings.warn(f"figures of all origins together fall after age {ages}: {do}", TriangleWarning, stacklevel=4)


def _prior(prior: Any, origins: pd.Index) -> Floats:
    """The ultimate that was expected of each origin."""
    import pandas as pd

    if not isinstance(prior, Mapping | pd.Series):
        one = numbers("prior", prior)
        if one.ndim:
            by_origin = "one ultimate for all origins, or one by origin"
            raise InputError(Problem("prior", prior, by_origin, "pass a mapping from origin to ultimate, or a Series"))
        found = np.full(len(origins), float(one))
    else:
        by_name = dict(prior.items())
        names = origins.to_list()
        problems = [
            Problem("prior", name, "an origin of the triangle", nearest(str(name), map(str, names)))
            for name in by_name
            if name not in names
        ]
        problems += [
            Problem("prior", f"nothing for {shown(name)}", "an ultimate for each origin", "add it")
            for name in names
            if name not in by_name
        ]
        if problems:
            raise InputError(*problems)
        found = numbers("prior", [by_name[name] for name in names])
    if not ((found >= 0) & (found <= _LARGEST)).all():
        rule = f"ultimates from zero to {_LARGEST:.0e}"
        raise InputError(Problem("prior", prior, rule, "pass what is expected in all"))
    return found
