"""SciPy's special functions, imported when one is first called: that takes about as long as importing NumPy."""

from __future__ import annotations

from importlib import import_module

from numpy.typing import ArrayLike

from sib.arrays import Floats

LOWEST, HIGHEST = 2.0**-54, 1.0 - 2.0**-53  # coordinates: at zero and at one there is no normal quantile


def ndtr(x: ArrayLike) -> Floats:
    """Normal distribution function."""
    return _special("ndtr", x)


def ndtri(p: ArrayLike) -> Floats:
    """Normal quantile."""
    return _special("ndtri", p)


def student_quantile(degrees: ArrayLike, p: ArrayLike) -> Floats:
    """Quantile of Student's t."""
    return _special("stdtrit", degrees, p)


def gammaln(x: ArrayLike) -> Floats:
    """Logarithm of the gamma function."""
    return _special("gammaln", x)


def xlogy(x: ArrayLike, y: ArrayLike) -> Floats:
    """``x log(y)``, zero where x is."""
    return _special("xlogy", x, y)


def xlog1py(x: ArrayLike, y: ArrayLike) -> Floats:
    """``x log(1 + y)``, zero where x is."""
    return _special("xlog1py", x, y)


def gammaincc(shape: ArrayLike, x: ArrayLike) -> Floats:
    """Regularised upper incomplete gamma function: one less the gamma distribution function."""
    return _special("gammaincc", shape, x)


def gammaincinv(shape: ArrayLike, p: ArrayLike) -> Floats:
    """Gamma quantile."""
    return _special("gammaincinv", shape, p)


def gammainccinv(shape: ArrayLike, p: ArrayLike) -> Floats:
    """Gamma quantile at one less the probability."""
    return _special("gammainccinv", shape, p)


def betainc(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Floats:
    """Regularised incomplete beta function: the beta distribution function."""
    return _special("betainc", a, b, x)


def betaincinv(a: ArrayLike, b: ArrayLike, p: ArrayLike) -> Floats:
    """Beta quantile."""
    return _special("betaincinv", a, b, p)


def betainccinv(a: ArrayLike, b: ArrayLike, p: ArrayLike) -> Floats:
    """Beta quantile at one less the probability."""
    return _special("betainccinv", a, b, p)


def betaln(a: ArrayLike, b: ArrayLike) -> Floats:
    """Logarithm of the beta function."""
    return _special("betaln", a, b)


def lambertw(z: float, branch: int) -> float:
    """Lambert's W of a real number where it is real."""
    return float(_special("lambertw", z, branch).real)


def _special(name: str, *values: ArrayLike) -> Floats:
    found: Floats = getattr(import_module("scipy.special"), name)(*values)
    return found
