"""SciPy's special functions, imported when one is first called: that takes about as long as importing NumPy."""

from __future__ import annotations

from importlib import import_module

from numpy.typing import ArrayLike

from sib.arrays import Floats


def ndtr(x: ArrayLike) -> Floats:
    """Normal distribution function."""
    return _special("ndtr", x)


def ndtri(p: ArrayLike) -> Floats:
    """Normal quantile."""
    return _special("ndtri", p)


def stdtrit(freedom: float, p: ArrayLike) -> Floats:
    """Quantile of Student's law."""
    return _special("stdtrit", freedom, p)


def gammaln(x: ArrayLike) -> Floats:
    """Logarithm of the gamma function."""
    return _special("gammaln", x)


def xlogy(x: ArrayLike, y: ArrayLike) -> Floats:
    """``x log(y)``, zero where x is."""
    return _special("xlogy", x, y)


def xlog1py(x: ArrayLike, y: ArrayLike) -> Floats:
    """``x log(1 + y)``, zero where x is."""
    return _special("xlog1py", x, y)


def lambertw(z: float, branch: int) -> float:
    """Lambert's W of a real number where it is real."""
    return float(_special("lambertw", z, branch).real)


def _special(name: str, *values: ArrayLike) -> Floats:
    found: Floats = getattr(import_module("scipy.special"), name)(*values)
    return found
