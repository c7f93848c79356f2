"""Public calls: each argument is held to its annotation before anything is done. Above `errors`, below all else.

`public` marks what people call; a test holds that everything public is marked, but for measures, which take arrays by
a door of their own. What an annotation says is read here, and nowhere else: a number that is no number, a 3.7 where
paths are counted, a "no" where yes or no is asked. What it cannot say, bounds and names that a deal knows, the call
says itself.
"""

from __future__ import annotations

import datetime as dt
import functools
import inspect
import math
import operator
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Final, Literal, NamedTuple, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

from sib.errors import InputError, Problem, nearest

P = ParamSpec("P")
R = TypeVar("R")

DOORS: Final = {  # annotations with a door of their own, which says more of what it takes
    "ArrayLike": "measures.arguments.numbers",
    "Rng": "chance.streams.seed_of",
    "Prior": "analysis.evidence.chain_ladder",
    "Above": "analysis.cash.budget",
}


def public(call: Callable[P, R]) -> Callable[P, R]:
    """A call that holds its arguments to their annotations.

    Numbers, text, yes and no come to it as Python's own, whether they were NumPy's, fractions or decimals; lists,
    arrays and series as tuples; mappings as dicts of what they hold; timestamps as dates; all else as it is.

    Parameters
    ----------
    call : callable
        Of which every parameter is annotated.

    Returns
    -------
    callable
        Raises `InputError` where an argument is not what its annotation says.

    Examples
    --------
    >>> @public
    ... def doubled(paths: int) -> int:
    ...     return 2 * paths
    >>> doubled(3.7)
    Traceback (most recent call last):
    sib.errors.InputError: paths
      came:  3.7
      rule:  a whole number
      to do: write it without decimals and without quotes, as 1000
    """

    @functools.wraps(call)
    def held_to_its_annotations(*args: P.args, **kwargs: P.kwargs) -> R:
        signature, kinds = _parameters(call)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:  # as Python words it, and of which call
            message = f"{call.__qualname__}() {error}"
            raise TypeError(message) from None
        for name in [name for name in bound.arguments if name in kinds]:
            bound.arguments[name] = held(bound.arguments[name], kinds[name], name)
        return call(*bound.args, **bound.kwargs)

    return held_to_its_annotations


def held(value: object, kind: Any, where: str) -> Any:
    """A value as its annotation has it.

    Parameters
    ----------
    value : object
        What came.
    kind : type or annotation
        Classes, `Literal`, unions, and collections, tuples and mappings of them.
    where : str
        What the error calls it.

    Raises
    ------
    InputError
        Where it is something else.

    Examples
    --------
    >>> held([1, np.float64(2.5)], Sequence[float], "levels")
    (1.0, 2.5)
    """
    try:
        return _read(value, kind, where)
    except _Not as found:
        remedy = _remedy(found.kind, found.came)
        if found.where == where and NoneType in get_args(kind):
            remedy = f"{remedy}; or leave it out"
        raise InputError(Problem(found.where, found.came, found.rule, remedy)) from None


@functools.cache
def _parameters(call: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, Any]]:
    """The signature of a call, and what its parameters are, but for those with a door of their own."""
    signature = inspect.signature(call)
    written = {name: one.annotation for name, one in signature.parameters.items() if one.annotation is not one.empty}
    return signature, {
        name: eval(text, _FOR_TYPES | call.__globals__)  # noqa: S307 -- the code's own annotations
        for name, text in written.items()
        if not DOORS.keys() & text.split(" | ")
    }


class _Elsewhere(type):
    """A class that is not imported to look for it: who has one has imported it."""

    def __instancecheck__(cls, value: object) -> bool:
        kind = getattr(sys.modules.get(cls.__module__), cls.__name__, None)
        return kind is not None and isinstance(value, kind)


def _elsewhere(module: str, name: str) -> type:
    return _Elsewhere(name, (), {"__module__": module})


_FOR_TYPES = {  # what annotations name and their modules import for type checkers alone
    "pd": SimpleNamespace(DataFrame=_elsewhere("pandas", "DataFrame")),
    "Axes": _elsewhere("matplotlib.axes", "Axes"),
    "Simulation": _elsewhere("sib.analysis.simulation", "Simulation"),
    "Update": _elsewhere("sib.analysis.evidence.update", "Update"),
    "Portfolio": _elsewhere("sib.analysis.decide.portfolio", "Portfolio"),
}


class _Not(Exception):  # noqa: N818 -- nobody sees it: it becomes an InputError
    """A value that is not of a kind: where it stands, what it is, and which kind would have been right."""

    def __init__(self, where: str, came: object, kind: Any) -> None:
        self.where, self.came, self.kind = where, came, kind
        super().__init__(where)

    @property
    def rule(self) -> str:
        """The rule; what came is said once more by its type, but for numbers and words, which speak for themselves."""
        rule = _words(self.kind).one
        plain = isinstance(self.came, Real | Decimal | str) and not isinstance(self.came, bool)
        return rule if plain and self.kind is not str else f"{rule}, not {_a(type(self.came).__name__)}"


def _read(value: Any, kind: Any, where: str) -> Any:
    of = get_origin(kind) or kind
    if of in _READ:
        return _READ[of](value, kind, where)
    if not isinstance(value, of):
        raise _Not(where, value, kind)
    return value


def _any(value: Any, kind: Any, where: str) -> Any:
    return value


def _nothing(value: Any, kind: Any, where: str) -> None:
    if value is not None:
        raise _Not(where, value, kind)


def _one_of(value: Any, kind: Any, where: str) -> Any:
    """As the first of several kinds that it is; of what is none, what came nearest says why."""
    inside: list[_Not] = []
    for one in get_args(kind):
        try:
            return _read(value, one, where)
        except _Not as found:
            inside += [found] if found.came is not value else []
    raise inside[0] if inside else _Not(where, value, kind)


def _yes_or_no(value: Any, kind: Any, where: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise _Not(where, value, kind)
    return bool(value)


def _whole(value: Any, kind: Any, where: str) -> int:
    if isinstance(value, bool | np.bool_ | np.ma.MaskedArray):
        raise _Not(where, value, kind)
    try:
        return operator.index(value)
    except TypeError:
        raise _Not(where, value, kind) from None


def _number(value: Any, kind: Any, where: str) -> float:
    number = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if not isinstance(number, Real | Decimal) or isinstance(number, bool | np.bool_ | np.timedelta64):
        raise _Not(where, value, kind)
    try:
        found = float(number)
    except (OverflowError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise _Not(where, value, kind)
    return found


def _text(value: Any, kind: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _Not(where, value, kind)
    return str.__str__(value)


def _day(value: Any, kind: Any, where: str) -> dt.date:
    """A date, as it is or as midnight of it; a time of day is none, and neither is a date that is missing."""
    found = value
    if isinstance(value, np.datetime64) and value.astype("datetime64[D]") == value:  # at midnight, and of our times
        found = value.astype("datetime64[D]").item()
    is_time = isinstance(found, dt.datetime) and found == found  # NaT is not the same as itself
    if is_time and found.timetz() == dt.time(0) and not getattr(found, "nanosecond", 0):
        found = found.date()
    if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
        raise _Not(where, value, kind)
    return found


def _choice(value: Any, kind: Any, where: str) -> Any:
    choices = get_args(kind)
    if not isinstance(value, str) or value not in choices:
        raise _Not(where, value, kind)
    return choices[choices.index(value)]


def _several(value: Any, kind: Any, where: str) -> Any:
    """A list of some kind, which text is not, though it is one of letters."""
    if not _is_list(value) or (get_origin(kind) is Sequence and isinstance(value, set | frozenset)):
        raise _Not(where, value, kind)
    (inner,) = get_args(kind)
    return tuple(_read(one, inner, f"{where}[{place}]") for place, one in enumerate(value))


def _is_list(value: Any) -> bool:
    """Whether it is a list of some kind: text is none, nor what lies under a mask, nor a table."""
    if isinstance(value, str | bytes | bytearray | Mapping | np.ma.MaskedArray):
        return False
    return isinstance(value, Collection) and getattr(value, "ndim", 1) == 1


def _tuple(value: Any, kind: Any, where: str) -> tuple[Any, ...]:
    """So many of some kinds, or any number of one; a list will do."""
    inner = get_args(kind)
    if inner[-1] is ...:
        if not isinstance(value, tuple):  # a key
            raise _Not(where, value, kind)
        return tuple(_read(one, inner[0], where) for one in value)
    if not _is_list(value) or isinstance(value, set | frozenset) or len(value) != len(inner):
        raise _Not(where, value, kind)
    return tuple(_read(one, of, f"{where}[{place}]") for place, (one, of) in enumerate(zip(value, inner, strict=True)))


def _mapping(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise _Not(where, value, kind)
    key, inner = get_args(kind)
    names = f"a name in {where}"
    return {_read(name, key, names): _read(one, inner, f"{where}[{name!r}]") for name, one in value.items()}


_READ: dict[Any, Callable[[Any, Any, str], Any]] = {
    Any: _any,
    object: _any,
    NoneType: _nothing,
    Union: _one_of,
    UnionType: _one_of,
    bool: _yes_or_no,
    int: _whole,
    float: _number,
    str: _text,
    dt.date: _day,
    Literal: _choice,
    Sequence: _several,
    Collection: _several,
    tuple: _tuple,
    Mapping: _mapping,
}


class _Words(NamedTuple):
    """What a kind is called: one of it, and many."""

    one: str
    many: str


_CALLED: Final[dict[Any, _Words]] = {
    Any: _Words("anything", "anything"),
    object: _Words("anything", "anything"),
    NoneType: _Words("None", "None"),
    bool: _Words("True or False", "True or False"),
    int: _Words("a whole number", "whole numbers"),
    float: _Words("a finite number", "finite numbers"),
    str: _Words("text", "texts"),
    dt.date: _Words("a date", "dates"),
    os.PathLike: _Words("a path", "paths"),
}
_TO_DO: Final = {
    bool: "write True or False, without quotes",
    int: "write it without decimals and without quotes, as 1000",
    float: "write it as a decimal, without quotes, as 0.05",
    str: "write a name or a sentence, in quotes",
    dt.date: "write, for example, datetime.date(2026, 4, 1)",
    os.PathLike: 'write, for example, "deal.toml"',
    Sequence: "write a list, as [0.1, 0.5]; an array or a series will do",
    Collection: 'write a list, as ["one", "another"], though it be of one alone',
    tuple: "write as many, in brackets, as (1, 2)",
    Mapping: 'write it as in {"one": ..., "another": ...}',
}
_MADE_BY: Final = {
    "Scenario": 'load it first: sib.load("peterborough")',
    "Simulation": "simulate first: sib.simulate(scenario)",
    "Update": "update first: sib.update(scenario, observed)",
    "Portfolio": "pass what sib.portfolio returned",
    "Executor": "pass one of concurrent.futures, or client.get_executor() of Dask; without, this machine works",
    "Axes": "pass axes of Matplotlib, as matplotlib.pyplot.subplots() makes them",
    "DataFrame": "pass the table that the question of that name returned",
    "ChainLadder": "pass what sib.chain_ladder returned",
}


def _words(kind: Any) -> _Words:
    """What a kind is called."""
    of, inner = get_origin(kind) or kind, get_args(kind)
    if of in _CALLED:
        return _CALLED[of]
    if of in (Union, UnionType):
        each = [_words(one) for one in inner]
        comma = "," if any(" to " in words.one or " or " in words.one for words in each) else ""
        return _Words(*map(f"{comma} or ".join, zip(*each, strict=True)))
    if of is Literal:
        return _Words(f"one of {', '.join(inner)}", f"words out of {', '.join(inner)}")
    if of in (Sequence, Collection):
        return _Words(f"a list of {_words(inner[0]).many}", f"lists of {_words(inner[0]).many}")
    if of is tuple:
        held = _words(inner[0]).many
        return (
            _Words(f"a pair of {held}", f"pairs of {held}")
            if len(set(inner)) == 1
            else _Words(f"a tuple of {held}", f"tuples of {held}")
        )
    if of is Mapping:
        held = " to ".join(_words(one).many for one in inner)
        return _Words(f"a mapping of {held}", f"mappings of {held}")
    return _Words(_a(kind.__name__), f"{kind.__name__}s")


def _remedy(kind: Any, came: object) -> str:
    """What to do where something is not of a kind."""
    of, inner = get_origin(kind) or kind, get_args(kind)
    if of in (Union, UnionType):
        said = {NoneType, str} if os.PathLike in [get_origin(one) for one in inner] else {NoneType}  # a path says it
        return "; or ".join(_remedy(one, came) for one in inner if one not in said)
    if of is Literal:
        return nearest(came, inner)
    return _TO_DO[of] if of in _TO_DO else _MADE_BY[of.__name__]


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOUaeiou' else 'a'} {noun}"
