"""Terms and values as plain data: what a TOML file holds, and nothing else."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from types import NoneType
from typing import Any, Final

from sib.terms.base import Term

_AS_THEY_ARE: Final = frozenset({str, bool, int, dt.date, NoneType})  # most of what stands in a file


def plain(value: Any) -> Any:
    """Plain data: lists for tuples, Python numbers for NumPy's, whole numbers where a float is one.

    What lies under a mask, and what pandas calls NA, is no number, and not the absence of one, which would take a key
    away: it is NaN.
    """
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Term):
        return plain(value.model_dump(exclude_unset=True, exclude_none=True))
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        found = value.tolist()
        value = math.nan if found is None else found
    elif hasattr(value, "__array_ufunc__"):  # of arrays, and without a value
        value = math.nan
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
