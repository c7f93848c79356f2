"""Value of cash flows: `npv`, `multiple`, `payback`. Arrays in, arrays out; the last axis is time.

Positive amounts are received by the party in view, negative ones paid (convention 1); years are days / 365.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sib.arrays import Floats
from sib.errors import InputError, Problem
from sib.measures.arguments import flows, numbers


def down(rows: Floats) -> Floats:
    """Sums down the columns, always in the order of the rows, so that a column's bits do not depend on the others."""
    total: Floats = rows.sum(axis=0) if rows.shape[1] > 1 else np.cumsum(rows, axis=0)[-1]
    return total


def npv(amounts: ArrayLike, years: ArrayLike, rate: ArrayLike) -> Floats:
    """Net present value at time 0.

    Parameters
    ----------
    amounts : array_like, (..., T)
        Cash flows in money, positive = received.
    years : array_like, (T,) or (..., T)
        When, in years of 365 days from the date of valuation; or dates, of which the earliest of a row is that.
    rate : array_like, () or (...)
        Effective annual rate as a decimal, above -1.

    Returns
    -------
    array, (...)
        ``sum(amounts * (1 + rate) ** -years)``, in money.

    Raises
    ------
    InputError
        Where inputs are not finite real numbers (or dates, for years), shapes do not fit, or a rate is -1 or below.

    Examples
    --------
    >>> float(npv([-100.0, 110.0], [0.0, 1.0], 0.10).round(12))
    0.0
    """
    amount, year = flows(amounts, years)
    rates = numbers("rate", rate)
    if (rates <= -1).any():
        raise InputError(Problem("rate", float(rates.min()), "a rate above -1", "pass 0.05 for five per cent a year"))
    try:
        value = amount * np.exp(-np.log1p(rates)[..., None] * year)
    except ValueError:
        raise InputError(
            Problem(
                "rate",
                f"shape {rates.shape} for amounts of shape {amount.shape}",
                "one rate, or one for each row",
                f"pass a number or an array of shape {amount.shape[:-1]}",
            )
        ) from None
    by_date = np.ascontiguousarray(np.moveaxis(value, -1, 0))
    return down(by_date.reshape(len(by_date), -1)).reshape(value.shape[:-1])


def multiple(amounts: ArrayLike) -> Floats:
    """Money received for each unit of money paid in.

    Parameters
    ----------
    amounts : array_like, (..., T)
        Cash flows in money, positive = received. Amounts netted within a date are taken as they come.

    Returns
    -------
    array, (...)
        Received over paid: 1 is money back, 0 is a total loss; NaN where nothing was paid in.

    Raises
    ------
    InputError
        Where amounts are not finite real numbers, or none.

    Examples
    --------
    >>> float(multiple([-60.0, -40.0, 115.0]))
    1.15
    """
    amount = numbers("amounts", amounts)
    amount, _ = flows(amount, np.zeros(amount.shape[-1:]))
    received, paid = np.maximum(amount, 0).sum(axis=-1), -np.minimum(amount, 0).sum(axis=-1)
    share: Floats = np.divide(received, paid, out=np.full_like(received, np.nan), where=paid > 0)
    return share


def payback(amounts: ArrayLike, years: ArrayLike) -> Floats:
    """When the money is back for good: the time after which the cumulative position never is below zero again.

    Parameters
    ----------
    amounts : array_like, (..., T)
        Cash flows in money, positive = received.
    years : array_like, (T,) or (..., T)
        When, in years; or dates, which are counted in years from the earliest of a row.

    Returns
    -------
    array, (...)
        A time out of `years`; NaN where the money does not come back, or nothing was ever paid in.

    Raises
    ------
    InputError
        Where amounts are not finite real numbers, years are neither these nor dates, or their shapes do not fit.

    Examples
    --------
    >>> float(payback([-100.0, 60.0, 60.0], [0.0, 2.0, 3.0]))
    3.0
    """
    amount, year = flows(amounts, years)
    year = np.broadcast_to(year, amount.shape)
    order = np.argsort(year, axis=-1, kind="stable")
    year = np.take_along_axis(year, order, axis=-1)
    amount = np.take_along_axis(amount, order, axis=-1)
    position = np.cumsum(amount, axis=-1)
    rounding = 1e-12 * np.abs(amount).sum(axis=-1, keepdims=True)
    same_time = np.concatenate((year[..., 1:] == year[..., :-1], np.zeros_like(year[..., :1], dtype=bool)), axis=-1)
    below = (position < -rounding) & ~same_time
    length = amount.shape[-1]
    last_below = length - 1 - np.argmax(below[..., ::-1], axis=-1)
    back = np.minimum(last_below + 1, length - 1)
    # the flows of one date count together: the position is read at the last of them, the time is the same for all
    time: Floats = np.take_along_axis(year, back[..., None], axis=-1)[..., 0]
    return np.where(below.any(axis=-1) & (last_below < length - 1), time, np.nan)


def years_to_recover(amounts: Floats, years: Floats) -> Floats:
    """How long money is out: from the first date on which it goes out to that of `payback`, (paths,).

    Parameters
    ----------
    amounts : array, (dates, paths)
        Cash by date, positive = received.
    years : array, (dates,)
        Ascending and different.
    """
    position, last = np.cumsum(amounts, axis=0), len(amounts) - 1
    below = position < -1e-12 * np.abs(amounts).sum(axis=0)
    last_below = last - np.argmax(below[::-1], axis=0)
    out = years[np.argmax(amounts < 0, axis=0)]
    back = years[np.minimum(last_below + 1, last)]
    return np.where(below.any(axis=0) & (last_below < last), back - out, np.nan)


def most_out(amounts: Floats) -> Floats:
    """The most that is out at the end of any date, (paths,), of cash by date, (dates, paths). Never negative."""
    out: Floats = np.maximum(-np.cumsum(amounts, axis=0).min(axis=0), 0.0)
    return out
