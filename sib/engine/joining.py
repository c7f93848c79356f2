"""Joining: blocks of paths are drawn one by one and settled several together, which takes fewer and longer calls.

A block is part of a seed's meaning; how many are settled together is not, and changes no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np

T = TypeVar("T")


def joined(parts: Sequence[T], paths: int) -> T:
    """What was drawn in several blocks, as if it had been one.

    Parameters
    ----------
    parts : sequence
        The same dataclasses, mappings, tuples and arrays from each block. Arrays that end in the block's paths are put
        end to end; all else is alike in every block.
    paths : int
        Paths in each block but the last.
    """
    return parts[0] if len(parts) == 1 else cast(T, _joined(parts, paths))


def _joined(parts: Sequence[Any], paths: int) -> Any:
    first = parts[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(parts, axis=-1) if first.shape[-1:] == (paths,) else first
    if isinstance(first, Mapping):
        return {key: _joined([part[key] for part in parts], paths) for key in first}
    if isinstance(first, tuple):
        return tuple(_joined(each, paths) for each in zip(*parts, strict=True))
    if is_dataclass(first) and not isinstance(first, type):
        return replace(
            first, **{f.name: _joined([getattr(part, f.name) for part in parts], paths) for f in fields(first)}
        )
    return first
