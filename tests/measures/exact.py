"""The rate of whole amounts at whole periods, in whole numbers throughout: the truth that `irr` is held against.

With v the discount factor of one period the value is a polynomial, whose positive roots are parted by halving intervals
until Descartes' rule of signs leaves one root in each or none (Collins & Akritas 1976, *SYMSAC*). No rounding, and
nothing in common with the code that is tested. Slow.
"""

from fractions import Fraction
from itertools import accumulate, pairwise
from math import exp, gcd, isqrt, nan

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
        return [narrowed(p, next(c for c in q if c) > 0, low, high)]
    middle = (low + high) / 2
    left = [c << (len(q) - 1 - i) for i, c in enumerate(q)]  # at half its argument
    right = shifted(left)
    return roots(p, left, low, middle) + [middle] * (right[0] == 0) + roots(p, right, middle, high)


def narrowed(p: list[int], above: bool, low: Fraction, high: Fraction) -> Fraction:
    """The one root between low and high of p, which is above zero just after low, or below it.

    The interval is cut into parts, and the one in which a chord has its root is tried: into the square of so many next
    time where the root was there, into fewer where it was not (Abbott 2014, *Quadratic interval refinement*). In which
    part the root is, is always told by the signs at both ends, which are exact; into two parts this is bisection.
    """
    parts = 2
    while (high - low) * 2**BITS > high:
        step = (high - low) / parts
        part = 0
        if parts > 2:
            at_low, at_high = abs(value_at(p, low)), abs(value_at(p, high))
            part = min(int(at_low * parts / (at_low + at_high)), parts - 1)
        ends = [low + step * part, low + step * (part + 1)]
        for end in ends:
            if low < end < high:
                value = scaled_value(p, end)
                if value == 0:
                    return end
                low, high = (end, high) if (value > 0) == above else (low, end)
        parts = parts**2 if parts == 2 or [low, high] == ends else isqrt(parts)
    return (low + high) / 2


def value_at(p: list[int], v: Fraction) -> Fraction:
    """The value at a fraction."""
    return Fraction(scaled_value(p, v), v.denominator ** (len(p) - 1))


def scaled_value(p: list[int], v: Fraction) -> int:
    """The value at a fraction, times a power of its denominator."""
    total, power, above, below = 0, 1, v.numerator, v.denominator
    for c in reversed(p):
        total = total * above + c * power
        power *= below
    return total


def shifted(p: list[int]) -> list[int]:
    """The polynomial at one more than its argument."""
    falling, found = p[::-1], []
    while falling:  # its value at one, then that of what is left when it is divided by its argument less one (Horner)
        *falling, value = accumulate(falling)
        found.append(value)
    return found


def changes_of(p: list[int]) -> int:
    """Changes of sign, zeros passed over."""
    return sum(a * b < 0 for a, b in pairwise([c for c in p if c]))


def once_each(p: list[int]) -> list[int]:
    """A polynomial with the same roots, none of them double."""
    slope = [i * c for i, c in enumerate(p)][1:]
    if len(_common([c % PRIME for c in p], [c % PRIME for c in slope], PRIME)) == 1:
        return p  # no double root modulo a prime, so none at all
    common = _common([Fraction(c) for c in p], [Fraction(c) for c in slope])
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


def _common(p, q, prime=None):
    """Euclid's algorithm; modulo a prime where one is given."""
    while any(q):
        while not q[-1]:
            q.pop()
        inverse = pow(q[-1], -1, prime) if prime else 1 / q[-1]
        p = list(p)
        while len(p) >= len(q):
            factor, under = p[-1] * inverse, len(p) - len(q)
            rest = [a - factor * c for a, c in zip(p[under:-1], q[:-1], strict=True)]
            p[under:] = [a % prime for a in rest] if prime else rest
        p, q = q, p
    return p
