"""Arrays of paths: which axis they are on is declared, field by field; one `take` and one `concat` read that.

Below everything but the errors. A dataclass that carries paths says so with `by_path` where it names the field; what is
not declared is the same on all paths.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, field, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
T = TypeVar("T")

_DECLARED = "paths"
_Join = Callable[[Sequence[Floats], bool], Floats]


def by_path(*, or_one: bool = False, **options: Any) -> Any:
    """Declare a dataclass field whose arrays have the paths on their last axis.

    Parameters
    ----------
    or_one : bool
        Whether that axis may also be one long: a value that is the same on all paths.
    **options
        As for `dataclasses.field`.

    Notes
    -----
    Arrays may stand in tuples and mappings, or be None. A dataclass in the field declares its own fields.
    """
    return field(metadata={_DECLARED: "or one" if or_one else "all"}, **options)


class Ragged(ABC):
    """A dataclass of paths whose arrays are not alike in every part: it makes them so before they are joined."""

    @abstractmethod
    def aligned(self, parts: Sequence[Any]) -> Sequence[Any]:
        """Parts, of which this is the first, with arrays of one shape but for the paths."""


def take(value: T, which: NDArray[np.intp]) -> T:
    """Some of the paths, in a new order.

    Examples
    --------
    >>> take((np.array([1.0, 2.0]), None), np.array([1, 1, 0]))
    (array([2., 2., 1.]), None)
    """
    return cast(T, _joined([value], lambda arrays, same: arrays[0] if same else arrays[0][..., which], or_one=False))


def concat(parts: Sequence[T]) -> T:
    """The paths of all parts, end to end; what is the same on all paths is alike in every part."""
    if len(parts) == 1:
        return parts[0]
    return cast(T, _joined(parts, lambda arrays, same: arrays[0] if same else np.concatenate(arrays, -1), or_one=False))


def _joined(parts: Sequence[Any], join: _Join, *, or_one: bool) -> Any:
    first = parts[0]
    if isinstance(first, np.ndarray):
        return join(parts, or_one and all(part.shape[-1] == 1 for part in parts))
    if isinstance(first, Mapping):
        return {key: _joined([part[key] for part in parts], join, or_one=or_one) for key in first}
    if isinstance(first, tuple):
        return tuple(_joined(each, join, or_one=or_one) for each in zip(*parts, strict=True))
    if isinstance(first, Ragged) and len(parts) > 1:
        parts = first.aligned(parts)
        first = parts[0]
    if is_dataclass(first) and not isinstance(first, type):
        changed = {
            f.name: _joined([getattr(part, f.name) for part in parts], join, or_one=f.metadata[_DECLARED] == "or one")
            for f in fields(first)
            if _carries_paths(f)
        }
        return replace(first, **changed)
    return first


def _carries_paths(declared: Field[Any]) -> bool:
    return _DECLARED in declared.metadata


def running(rows: Floats) -> Floats:
    """Sums from the first row to each; a row at a time, which NumPy does several times as fast.

    Examples
    --------
    >>> running(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [4., 6.]])
    """
    total = rows.copy()
    for row, before in zip(total[1:], total, strict=False):
        row += before
    return total


def size_of(value: Any) -> int:
    """How many bytes the arrays of paths in a value hold.

    Examples
    --------
    >>> size_of((np.zeros(3), {"a": np.zeros((2, 3))}, None))
    72
    """
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, Mapping):
        return size_of(tuple(value.values()))
    if isinstance(value, tuple):
        return sum(map(size_of, value))
    if is_dataclass(value) and not isinstance(value, type):
        return sum(size_of(getattr(value, f.name)) for f in fields(value) if _carries_paths(f))
    return 0


def fingerprint(value: Any) -> str:
    """A short text that is equal for values that are equal to the last bit: dataclasses, mappings, arrays, numbers.

    The order of a mapping's keys is no part of its value.

    Examples
    --------
    >>> fingerprint({"a": np.array([1.0]), "b": 2}) == fingerprint({"b": 2, "a": np.array([1.0])})
    True
    """
    found = hashlib.sha256()
    _feed(found.update, value)
    return found.hexdigest()


def _feed(update: Callable[[bytes], None], value: Any) -> None:
    if isinstance(value, np.ndarray):
        update(f"{value.dtype}{value.shape}".encode())
        update(np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value) and not isinstance(value, type):
        update(type(value).__name__.encode())
        for one in fields(value):
            _feed(update, getattr(value, one.name))
    elif isinstance(value, Mapping):
        update(f"{{{len(value)}".encode())
        for item in sorted(value.items(), key=lambda item: repr(item[0])):
            _feed(update, item)
    elif isinstance(value, frozenset):
        _feed(update, tuple(sorted(value)))
    elif isinstance(value, list | tuple):
        update(f"({len(value)}".encode())
        for item in value:
            _feed(update, item)
    else:
        update(f"\x1f{value!r}".encode())


def alike(values: Floats) -> Floats:
    """One value without axes where all are the same, which is a common case and a cheap one; else the values."""
    if values.ndim == 0 or values.size == 0:
        return values
    first = values.flat[0]
    return np.asarray(first) if (values == first).all() else values
