"""`Derived`: a number of one path that remembers how it was worked out. What a settlement is run on to be followed.

It stands where the engine has an array of one path. NumPy hands every operation on it to the methods below (NEP 13 and
18), so that settling knows nothing of it: what comes out is the same figure, with the operations and numbers it is
made of. Simplifications leave the value as it is: nothing is added to zero, nothing multiplied by one.

The engine asks now and then whether something is so on any path, to spare itself work. Of a derived number the answer
is what may be, on whatever results: `any` is true and the largest is infinite; and no number of a cell is infinite.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from sib.analysis.derivation.operations import TRUTHS, VALUES
from sib.settlement.book import LEAST
from sib.settlement.schedules import Curve

FAR: Final = 1e300  # what stands for infinity in a cell

_TRUE, _FALSE = np.ones(1, dtype=bool), np.zeros(1, dtype=bool)  # as the engine has what no result changes

_serial = itertools.count()


@dataclass(eq=False, repr=False)
class Derived(NDArrayOperatorsMixin):
    """A number, or where `truth` says so whether something holds, with the operation that it is the result of.

    Parameters
    ----------
    op : str
        The operation: a key of `VALUES`; "input"; or "fixed", a figure that follows from results otherwise than by
        operations, so that it stays what it is on those given.
    args : tuple of Derived or float
        What it is an operation on.
    value : float
        What it comes to.
    truth : bool
        Whether it is a truth value.
    curve : Curve, optional
        The schedule, where that is the operation.
    why : str
        Why it is fixed, where it is.
    """

    op: str
    args: tuple[Derived | float, ...]
    value: float
    truth: bool = False
    curve: Curve | None = None
    why: str = ""
    number: int = field(default_factory=_serial.__next__)  # later ones follow from earlier ones
    never_negative: bool = field(init=False)  # by its operation

    ndim = 1
    shape = (1,)
    size = 1

    def __post_init__(self) -> None:
        self.never_negative = self._never_negative()

    def _never_negative(self) -> bool:
        match self.op:
            case "max":
                return any(map(_never_negative, self.args))
            case "min" | "add" | "times":
                return all(map(_never_negative, self.args))
            case "fraction":
                return _never_negative(self.args[0])
            case "if":
                return all(map(_never_negative, self.args[1:]))
            case _:
                return self.op in ("number", "abs")

    # What NumPy asks for

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **how: Any) -> Any:
        """Any operation of NumPy's; where an array is to be changed in place a new number takes its place."""
        made = _OPERATIONS.get(ufunc.__name__)
        where = how.pop("where", True)
        out = how.pop("out", (0.0,))[0]
        if method != "__call__" or made is None or how:
            return NotImplemented
        operands = [_operand(one) for one in inputs]
        if ufunc.__name__ not in _OF_TRUTHS:  # a spreadsheet holds any truth for more than any number
            operands = [_number(one) if isinstance(one, Derived) and one.truth else one for one in operands]
        found = made(*operands)
        return _as_array(found if where is True else _if(_operand(where), found, _operand(out)))

    def __array_function__(self, function: Callable[..., Any], types: object, args: Any, how: Mapping[str, Any]) -> Any:
        """Those functions of NumPy's that settling calls."""
        made = _FUNCTIONS.get(function.__name__)
        return NotImplemented if made is None else made(*args, **how)

    def astype(self, kind: type) -> Any:
        """A truth value as one or nought; a number as it is."""
        return _number(self) if self.truth and kind is not bool else self

    def any(self) -> bool:
        """Whether it may be so."""
        return True

    def all(self) -> bool:
        """Whether it is so, whatever the results."""
        return False

    def __bool__(self) -> bool:
        message = "what follows from results is not known before they are"
        raise TypeError(message)

    def __repr__(self) -> str:
        return f"<{self.op} = {self.value:g}>"


def given(value: float) -> Derived:
    """A number that is put in."""
    return Derived("input", (), value)


def fixed(value: float, why: str) -> Derived:
    """A number that stays what it is whatever is put in, and why."""
    return Derived("fixed", (), value, why=why)


def on_curve(curve: Curve, x: Derived) -> Derived:
    """What a schedule gives on a derived number."""
    return Derived("curve", (x,), float(curve(np.array([x.value]))[0]), curve=curve)


def _made(op: str, *args: Derived | float) -> Derived:
    values = [arg.value if isinstance(arg, Derived) else arg for arg in args]
    return Derived(op, args, VALUES[op](*values), op in TRUTHS)


def _operand(one: Any) -> Derived | float:
    """An operand: what one path has."""
    return one if isinstance(one, Derived) else float(np.asarray(one).item())


def _constant(value: float) -> Any:
    """What no result changes, as the engine has it."""
    return np.full(1, value)


def _as_array(one: Any) -> Any:
    return _constant(one) if isinstance(one, float) else one


def _never_negative(one: Derived | float) -> bool:
    return one.never_negative if isinstance(one, Derived) else one >= 0


def _is(one: Derived | float, op: str) -> bool:
    return isinstance(one, Derived) and one.op == op


def _same(one: Any, other: Any) -> bool:
    """Whether two operands are one number."""
    return one is other or (isinstance(one, float) and isinstance(other, float) and one == other)


def _truth(one: Derived | float) -> Derived | float:
    """Of a truth value that was made a number, the truth value."""
    return one.args[0] if isinstance(one, Derived) and one.op == "number" else one


# Operations, simplified


def _number(one: Derived | float) -> Any:
    return _made("number", one)


def _add(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if _same(one, 0.0):
            return other
        if _is(one, "less"):
            return _minus(other, one.args[0])
    return _made("add", a, b)


def _minus(a: Any, b: Any) -> Any:
    if _same(b, 0.0):
        return a
    if isinstance(a, float) and math.isinf(a):
        return _constant(a)
    if _same(a, 1.0) and _is(b, "number"):
        return _number(_not(_truth(b)))
    return _less(b) if _same(a, 0.0) else _made("minus", a, b)


def _less(a: Any) -> Any:
    """Minus a number; of a sum of differences, the sum of the differences the other way round."""
    terms, rest = [], a
    while _is(rest, "add"):
        terms.append(rest.args[1])
        rest = rest.args[0]
    turned = [_turned(term) for term in (rest, *reversed(terms))]
    return _made("less", a) if any(one is None for one in turned) else reduce(_add, turned)


def _turned(a: Any) -> Derived | None:
    """Minus a difference, or a difference times something, without a sign before it; None where it is neither."""
    if _is(a, "minus"):
        return _made("minus", *reversed(a.args))
    if _is(a, "times") and _is(a.args[1], "minus"):
        return _made("times", a.args[0], _made("minus", *reversed(a.args[1].args)))
    return None


def _times(a: Any, b: Any) -> Any:
    if isinstance(a, float):
        a, b = b, a
    if isinstance(b, float) and b in (-1.0, 0.0, 1.0):
        return _constant(0.0) if b == 0 else _less(a) if b < 0 else a
    for one, other in ((a, b), (b, a)):
        if _is(one, "number"):
            return _if(_truth(one), other, 0.0)
    return _made("times", a, b)


def _divided(a: Any, b: Any) -> Any:
    return a if _same(b, 1.0) else _made("over", a, b)


def _if(holds: Any, then: Any, other: Any) -> Any:
    """One number or the other; what is known of a few forms is said more shortly."""
    if not isinstance(holds, Derived):
        return then if holds else other
    if _is_fraction(holds, then, other):
        return _made("fraction", then.args[0], holds.args[0])
    if _is(holds, "not") and _is(then, "over") and _same(other, 0.0):
        zero: Any = holds.args[0]
        if _is(zero, "equal") and _same(zero.args[0], then.args[1]) and _same(zero.args[1], 0.0):
            return _made("over or nought", *then.args)
    if isinstance(other, Derived) and other.op == "over or nought" and _is(then, "sign at infinity"):
        return _made("ratio", *other.args)
    if _same(other, 0.0) and _is(then, "if") and _same(then.args[2], 0.0):
        return _made("if", _and(holds, then.args[0]), then.args[1], 0.0)
    return _made("if", holds, then, other)


def _is_fraction(holds: Derived, then: Any, other: Any) -> bool:
    """Part over whole where there is any, as `book.fraction` has it."""
    if holds.op != "above" or not _is(then, "over") or not _same(other, 0.0):
        return False
    below = then.args[1]
    return _is(below, "max") and all(map(_same, below.args, holds.args)) and _same(holds.args[1], LEAST)


def _min(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if _same(one, math.inf):
            return other
    if _is(a, "number") and _is(b, "number"):
        return _number(_and(_truth(a), _truth(b)))
    return _made("min", a, b)


def _max(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, float) and (one == -math.inf or (one <= 0.0 and _never_negative(other))):
            return other
    if _is(a, "number") and _is(b, "number"):
        return _number(_made("or", _truth(a), _truth(b)))
    return _made("max", a, b)


def _not(a: Any) -> Any:
    if not isinstance(a, Derived):
        return _FALSE if a else _TRUE
    return a.args[0] if a.op == "not" else _made("not", a)


def _and(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if not isinstance(one, Derived):
            return other if one else _FALSE
    return _made("and", a, b)


def _or(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if not isinstance(one, Derived):
            return _TRUE if one else other
    return _made("or", a, b)


def _above(a: Any, b: Any) -> Any:
    """Whether one number is above another."""
    if _same(b, math.inf) or _same(a, -math.inf):
        return _FALSE
    if _same(a, math.inf) or _same(b, -math.inf):
        return _TRUE
    return _truth(a) if _same(b, 0.0) and _is(a, "number") else _made("above", a, b)


def _at_least(a: Any, b: Any) -> Any:
    if _same(a, math.inf) or _same(b, -math.inf):
        return _TRUE
    return _FALSE if _same(b, math.inf) or _same(a, -math.inf) else _made("at least", a, b)


def _equal(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Derived) and one.truth and not isinstance(other, Derived):
            return one if other else _not(one)
        if _is(one, "number") and _same(other, 0.0):
            return _not(_truth(one))
    return _made("equal", a, b)


_OF_TRUTHS: Final = frozenset(
    {"bitwise_and", "logical_and", "bitwise_or", "logical_or", "invert", "logical_not", "equal", "not_equal"}
)
_OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "add": _add,
    "subtract": _minus,
    "multiply": _times,
    "divide": _divided,
    "power": lambda a, b: _made("power", a, b),
    "negative": _less,
    "absolute": lambda a: _made("abs", a),
    "minimum": _min,
    "maximum": _max,
    "greater": _above,
    "less": lambda a, b: _above(b, a),
    "greater_equal": _at_least,
    "less_equal": lambda a, b: _at_least(b, a),
    "equal": _equal,
    "not_equal": lambda a, b: _not(_equal(a, b)),
    "bitwise_and": _and,
    "logical_and": _and,
    "bitwise_or": _or,
    "logical_or": _or,
    "invert": _not,
    "logical_not": _not,
    "isinf": lambda a: _FALSE,
    "isfinite": lambda a: _not(_at_least(_made("abs", a), FAR)),
    "copysign": lambda a, b: _made("sign at infinity", b),
}

_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "where": lambda holds, then, other: _as_array(_if(_operand(holds), _operand(then), _operand(other))),
    "ones_like": lambda a: _constant(1.0),
    "zeros_like": lambda a: _constant(0.0),
    "max": lambda a: math.inf,
    "atleast_1d": lambda a: a,
    "broadcast_to": lambda a, shape: a,
    "ndim": lambda a: 1,
    "any": lambda a: True,
    "all": lambda a: False,
}
