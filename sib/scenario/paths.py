"""Dotted paths: how a figure of a scenario is named, as in `payments.early.when.improvement`.

Items of a list are named by their `name`, or else by their number from 0; a name wins over a number. Works on the
plain data of a scenario (what a TOML file holds), before validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sib.errors import InputError, Problem, nearest


def steps_of(path: str) -> list[str]:
    """The steps of a path. Under `sources` the rest is one step: the keys there are paths themselves."""
    first, _, rest = path.partition(".")
    return [first, rest] if first == "sources" and rest else path.split(".")


def lookup(data: Any, path: str) -> Any:
    """The value at a dotted path. Raises KeyError where there is none."""
    here = data
    for step in steps_of(path):
        here = here[_key(here, step)]
    return here


def by_name(data: Any, path: str) -> str:
    """The same path with every item of a list by its name, where it has one; steps that lead nowhere stay."""
    return spoken(data, resolved(data, path))


def resolved(data: Any, path: str) -> list[str | int]:
    """The keys and indices that a path goes through; steps that lead nowhere stay."""
    steps: list[str | int] = []
    here = data
    for step in steps_of(path):
        try:
            key = _key(here, step)
            here = here[key]
        except KeyError:
            key, here = step, None
        steps.append(key)
    return steps


def assign(data: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path, in place; None removes what is there. Tables on the way are made."""
    *way, last = steps_of(path)
    here: Any = data
    for depth, step in enumerate(way):
        if isinstance(here, dict):
            here.setdefault(step, {})
        here = here[_known_key(here, step, ".".join(way[:depth]), path, value)]
    key = last if isinstance(here, dict) else _known_key(here, last, ".".join(way), path, value)
    if value is not None:
        here[key] = value
    elif isinstance(here, dict):
        here.pop(key, None)
    else:
        del here[key]


def spoken(data: Any, steps: Sequence[str | int]) -> str:
    """A path as a person would write it: items of lists by their names where they have one.

    Examples
    --------
    >>> spoken({"cohorts": [{"name": "first"}]}, ("cohorts", 0, "size"))
    'cohorts.first.size'
    """
    words, here = [], data
    for step in steps:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        name = here.get("name") if isinstance(step, int) and isinstance(here, dict) else None
        words.append(name if isinstance(name, str) and name else str(step))
    return ".".join(words)


def every(data: Any) -> Iterator[str]:
    """Every dotted path of what a scenario writes out: of each table, item and figure; of sources none.

    Examples
    --------
    >>> list(every({"cohorts": [{"name": "first", "size": 10}], "sources": {}}))
    ['cohorts', 'cohorts.first', 'cohorts.first.name', 'cohorts.first.size']
    """

    def below(here: Any, steps: tuple[str | int, ...]) -> Iterator[str]:
        if steps:
            yield spoken(data, steps)
        named = isinstance(here, list) and all(isinstance(item, dict) for item in here)
        items = here.items() if isinstance(here, dict) else enumerate(here) if named else ()
        for step, inner in items:
            if steps or step != "sources":
                yield from below(inner, (*steps, step))

    yield from below(data, ())


def _key(here: Any, step: str) -> Any:
    """The key or index that a step of a path means. Raises KeyError where it means nothing."""
    if isinstance(here, dict):
        if step in here:
            return step
    elif isinstance(here, list | tuple):
        for index, item in enumerate(here):
            if isinstance(item, dict) and item.get("name") == step:
                return index
        if step.isdecimal() and len(step) < 10 and int(step) < len(here):
            return int(step)
    raise KeyError(step)


def _known_key(here: Any, step: str, above: str, path: str, value: Any) -> Any:
    try:
        return _key(here, step)
    except KeyError:
        items = here if isinstance(here, list) else []
        names = [str(item["name"]) for item in items if isinstance(item, dict) and "name" in item]
        raise InputError(
            Problem(
                path,
                value,
                f"`{above}` has no `{step}`",
                nearest(step, names) if names else "give the path of a key that the scenario has",
            )
        ) from None
