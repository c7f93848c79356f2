"""Quantiles of gamma and beta laws, at coordinates between 0 and 1. Arrays in, arrays out; `counts.py` has counts.

For a shape that is given as one number a table in the normal score is made once: of the logarithm of a gamma
quantile, or of the odds of a beta quantile, with its slope, both of which are smooth and nearly straight. Between the
points of the table it is a cubic (Hermite), right to about ten digits. For shapes that vary by path SciPy's inverses
are asked, each by itself, so that a path does not depend on the others that are drawn with it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sib.arrays import Floats
from sib.chance.special import betainccinv, betaincinv, betaln, gammainccinv, gammaincinv, gammaln, ndtr, ndtri

_END: Final = 8.3  # normal scores that there are
_STEP: Final = 1.0 / 128
_TINY: Final = 1e-290
_LOG_ROOT: Final = 0.5 * np.log(2.0 * np.pi)
_NONE: Final = 1e-12  # a shape of which every quantile is nothing, or all
_LEAST: Final = 0.05  # a shape below which ten digits would take a finer table
_GREAT: Final = 1e5  # a shape above which the law is so near the normal that four terms after it give ten digits


def gamma(u: Floats, shape: ArrayLike) -> Floats:
    """Quantiles of the gamma law with scale one.

    Parameters
    ----------
    u : array
        Coordinates between 0 and 1, and neither.
    shape : float or array
        Above 0. Broadcasts to the shape of `u`.

    Returns
    -------
    array

    Examples
    --------
    >>> gamma(np.array([0.1, 0.5, 0.9]), 1.0).round(6)
    array([0.105361, 0.693147, 2.302585])
    """
    shapes = np.asarray(shape, dtype=float)
    if shapes.ndim == 0 and _LEAST <= shapes <= _GREAT:
        return np.exp(_read(_gamma_table(float(shapes)), ndtri(u)))
    great = shapes > _GREAT
    if great.all():
        return _nearly_normal(ndtri(u), shapes)
    found = gammaincinv(shapes, u)
    return np.where(great, _nearly_normal(ndtri(u), shapes), found) if great.any() else found


def beta(u: Floats, a: ArrayLike, b: ArrayLike) -> Floats:
    """Quantiles of the beta law.

    Parameters
    ----------
    u : array
        Coordinates between 0 and 1, and neither.
    a, b : float or array
        Both shapes, from 0 up: with a shape of 0 the quantile is 0, or 1. They broadcast to the shape of `u`.

    Returns
    -------
    array

    Examples
    --------
    >>> beta(np.array([0.1, 0.5, 0.9]), 2.0, 2.0).round(4)
    array([0.1958, 0.5   , 0.8042])
    """
    first, second = np.maximum(a, _NONE), np.maximum(b, _NONE)
    if first.ndim == second.ndim == 0 and min(first, second) >= _LEAST:
        return 1.0 / (1.0 + np.exp(-_read(_beta_table(float(first), float(second)), ndtri(u))))
    return betaincinv(first, second, u)


class _Table(NamedTuple):
    """A function of the normal score, at points that are evenly spaced: four coefficients of a cubic from each on."""

    cubics: Floats


def _read(table: _Table, z: Floats) -> Floats:
    place = (z + _END) * (1.0 / _STEP)
    row = place.astype(np.intp)
    t = place - row
    constant, slope, square, cube = (column.take(row) for column in table.cubics)
    found: Floats = constant + t * (slope + t * (square + t * cube))
    return found


def _cubics(value: Floats, slope: Floats) -> _Table:
    rise = np.diff(value)
    left, right = slope[:-1] * _STEP, slope[1:] * _STEP
    return _Table(np.array([value[:-1], left, 3.0 * rise - 2.0 * left - right, left + right - 2.0 * rise]))


def _points() -> Floats:
    return np.arange(-_END, _END + 2.0 * _STEP, _STEP)


def _nearly_normal(z: Floats, shape: Floats) -> Floats:
    """Cornish and Fisher's expansion of a gamma quantile (1938)."""
    root, z2 = np.sqrt(shape), z * z
    correction = (z2 - 1.0) / 3.0 + z * (z2 - 7.0) / (36.0 * root) - ((3.0 * z2 + 7.0) * z2 - 16.0) / (810.0 * shape)
    found: Floats = shape + root * z + correction
    return found


@lru_cache(maxsize=256)
def _gamma_table(shape: float) -> _Table:
    """The logarithm of the quantile, whose slope is the normal density over the quantile times the gamma density."""
    z = _points()
    log = _log(np.where(z <= 0, gammaincinv(shape, ndtr(z)), gammainccinv(shape, ndtr(-z))), shape, gammaln(shape), z)
    return _cubics(log, np.exp(-0.5 * z * z - _LOG_ROOT - shape * log + np.exp(log) + gammaln(shape)))


@lru_cache(maxsize=256)
def _beta_table(a: float, b: float) -> _Table:
    """The logarithm of the odds, whose slope is the normal density over ``x (1 - x)`` times the beta density."""
    z = _points()
    below, above = ndtr(z), ndtr(-z)
    x = np.where(z <= 0, betaincinv(a, b, below), betainccinv(a, b, above))
    rest = np.where(z <= 0, betainccinv(b, a, below), betaincinv(b, a, above))
    log_x, log_rest = _log(x, a, betaln(a, b), z), _log(rest, b, betaln(a, b), -z)
    if a + b > _GREAT:
        return _cubics(log_x - log_rest, np.gradient(log_x - log_rest, _STEP, edge_order=2))
    return _cubics(log_x - log_rest, np.exp(-0.5 * z * z - _LOG_ROOT - a * log_x - b * log_rest + betaln(a, b)))


def _log(quantile: Floats, shape: float, log_function: Floats, z: Floats) -> Floats:
    """The logarithm of quantiles; of those that are too small for a number by the power that the law is there."""
    power = (np.log(ndtr(z)) + np.log(shape) + log_function) / shape
    return np.where(quantile > _TINY, np.log(np.maximum(quantile, _TINY)), power)
