"""`Store`: what was drawn for one question, for the next one. Of all that is kept there is so much at the most.

What is drawn does not depend on what is asked, so that a table, a picture and another contract read the same draws. A
run whose draws are too many keeps none: its memory does not grow with its paths.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, ClassVar, Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_MOST = 1 << 28  # bytes, of all runs together: a quarter of a gigabyte


class Store(Generic[T]):
    """Pieces of a run, each by which it is. They may be gone when they are asked for: then they are made again."""

    _sizes: ClassVar[WeakKeyDictionary[Store[Any], int]] = WeakKeyDictionary()  # of whole runs, the oldest first
    _lock: ClassVar[Lock] = Lock()

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, int], T] = {}

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def find(self, which: tuple[int, int]) -> T | None:
        """A piece; None where it is not kept."""
        return self._pieces.get(which)

    def put(self, which: tuple[int, int], piece: T, run: int) -> None:
        """Keep a piece of a run of so many bytes; of runs that were kept before the oldest make room for it."""
        if run > _MOST:
            return
        with self._lock:
            self._sizes.setdefault(self, run)
            for other in list(self._sizes):
                if other is not self and sum(self._sizes.values()) > _MOST:
                    del self._sizes[other]
                    other._pieces.clear()
            self._pieces[which] = piece
