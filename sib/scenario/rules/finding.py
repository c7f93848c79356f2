"""What the checks share: where a key stands, and whether a name is one of those that are known."""

from __future__ import annotations

from collections.abc import Iterable

from sib.errors import Refusal, nearest

Path = tuple[str | int, ...]


def one_of(name: str, known: Iterable[str], path: Path, rule: str) -> None:
    """Refuse a name that is not one of those known."""
    names = list(known)
    if name not in names:
        raise Refusal(path, name, f"{rule}; there is no `{name}`", nearest(name, names))
