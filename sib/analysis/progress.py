"""Progress of a long run: a bar in a terminal or a notebook, and a word on how to go on when it is stopped."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Interrupted(KeyboardInterrupt):
    """A run was stopped by hand. Says how far it was and how to go on.

    It is a `KeyboardInterrupt`, so that whatever expects one, a notebook among others, takes it as such.

    Attributes
    ----------
    done : int
        How many parts were finished.
    of : int
        How many there are.
    folder : Path or None
        Where they are kept; None where they are not.
    """

    def __init__(self, done: int, of: int, folder: Path | None) -> None:
        self.done, self.of, self.folder = done, of, folder
        super().__init__(done, of, folder)

    def __str__(self) -> str:
        if self.folder is None:
            how = 'nothing of it is kept; with resume="folder" a run can be stopped and taken up again'
        else:
            how = f"what is finished is kept in {self.folder}: the same call again goes on from there"
        return f"stopped after {self.done} of {self.of} parts; {how}"


def followed(items: Iterable[T], total: int, *, show: bool, title: str) -> Iterator[T]:
    """The items, with a bar of how many have come."""
    if not show:
        yield from items
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without widgets gets the bar of a terminal, without being told off
        from tqdm.auto import tqdm
    yield from tqdm(items, total=total, unit="part", desc=title)
