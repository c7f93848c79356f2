"""The rate of whole amounts at whole periods, in whole numbers throughout: the truth that `irr` is held against.

With v the discount factor of one period the value is a polynomial, whose positive roots are parted by halving intervals
until Descartes' rule of signs leaves one root in each or none (Collins & Akritas 1976, *SYMSAC*). No rounding, and
nothing in common with the code that is tested. Slow.
"""

from fractions import Fraction
from itertools import pairwise
from math import exp, gcd, nan

BITS = 80  # to which a discount factor is worked out
LOST = Fraction(exp(-40.0))  # what one is after a year, below which a rate is a total loss: -1 to the last bit
LARGEST = Fraction(2) ** 1023
PRIME = (1 << 61) - 1


def rate(amounts: list[int], periods: int = 1) -> float:
    """The effective annual rate that convention 6 means, of one whole amount each period, so many periods a year."""
    paid, received = any(a < 0 for a in amounts), any(a > 0 for a in amounts)
    if not paid or not received:
        return -1.0 if paid else nan
    if sum(amounts) == 0:
        return 0.0
    found = growths(amounts, periods)
    nearest = min([g for g in found if g > LOST] or found, key=lambda g: abs(g - 1), default=LARGEST)
    return float(nearest - 1) if nearest < LARGEST else nan


def growths(amounts: list[int], periods: int) -> list[Fraction]:
    """What one is after a year at each rate, of flows that do not add up to zero."""
    p = list(amounts)
    for end in (0, -1):
        while not p[end]:
            p.pop(end)
    p = once_each(p)
    below_one = roots(p, p, Fraction(0), Fraction(1))
    above_one = [1 / v for v in roots(p[::-1], p[::-1], Fraction(0), Fraction(1))]
    return [(1 / v) ** periods for v in below_one + above_one]


def roots(p: list[int], q: list[int], low: Fraction, high: Fraction) -> list[Fraction]:
    """The roots of p between low and high, which q has between 0 and 1."""
    changes = changes_of(shifted(q[::-1]))
    if changes == 0:
        return []
    if changes == 1:
        return [bisected(p, next(c for c in q if c) > 0, low, high)]
    middle = (low + high) / 2
    left = [c << (len(q) - 1 - i) for i, c in enumerate(q)]  # at half its argument
    right = shifted(left)
    return roots(p, left, low, middle) + [middle] * (right[0] == 0) + roots(p, right, middle, high)


def bisected(p: list[int], above: bool, low: Fraction, high: Fraction) -> Fraction:
    """The one root between low and high of p, which is above zero just after low, or below it."""
    while (high - low) * 2**BITS > high:
        middle = (low + high) / 2
        value = scaled_value(p, middle)
        if value == 0:
            return middle
        low, high = (middle, high) if (value > 0) == above else (low, middle)
    return (low + high) / 2


def scaled_value(p: list[int], v: Fraction) -> int:
    """The value at a fraction, times a power of its denominator."""
    total, power = 0, 1
    for c in reversed(p):
        total = total * v.numerator + c * power
        power *= v.denominator
    return total


def shifted(p: list[int]) -> list[int]:
    """The polynomial at one more than its argument."""
    p = list(p)
    for i in range(len(p) - 1):
        for j in range(len(p) - 2, i - 1, -1):
            p[j] += p[j + 1]
    return p


def changes_of(p: list[int]) -> int:
    """Changes of sign, zeros passed over."""
    return sum(a * b < 0 for a, b in pairwise([c for c in p if c]))


def once_each(p: list[int]) -> list[int]:
    """A polynomial with the same roots, none of them double."""
    slope = [i * c for i, c in enumerate(p)][1:]
    if len(_common([c % PRIME for c in p], [c % PRIME for c in slope], _modulo)) == 1:
        return p  # no double root modulo a prime, so none at all
    common = _common([Fraction(c) for c in p], [Fraction(c) for c in slope], _divided)
    quotient, rest = [], [Fraction(c) for c in p]
    while len(rest) >= len(common):
        quotient.append(rest[-1] / common[-1])
        for i, c in enumerate(common):
            rest[len(rest) - len(common) + i] -= quotient[-1] * c
        rest.pop()
    whole = 1
    for c in quotient:
        whole = whole * c.denominator // gcd(whole, c.denominator)
    return [int(c * whole) for c in reversed(quotient)]


def _modulo(a, b):
    return a * pow(b, -1, PRIME) % PRIME


def _divided(a, b):
    return a / b


def _common(p, q, divide):
    """Euclid's algorithm; modulo a prime where `divide` is."""
    while any(q):
        while not q[-1]:
            q.pop()
        p = list(p)
        while len(p) >= len(q):
            factor = divide(p[-1], q[-1])
            for i, c in enumerate(q):
                j = len(p) - len(q) + i
                p[j] -= factor * c
                if divide is _modulo:
                    p[j] %= PRIME
            p.pop()
        p, q = q, p
    return p
