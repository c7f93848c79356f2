"""Dotted paths: how a figure of a scenario is named, as in `payments.early.when.improvement`.

Items of a list are named by their `name`, or else by their number from 0; a name wins over a number. A step that holds
a full stop or a quotation mark stands in quotes, as a key does in TOML: `payments."tier 1.2".pays`. Works on the plain
data of a scenario (what a TOML file holds), before validation.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from sib.errors import InputError, Problem, nearest

_STEP: Final = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^']*')(?=\.|\Z)|[^.]*""")  # in quotes, or up to a full stop
_LONGEST: Final = 80  # characters of a name


def steps_of(path: str) -> list[str]:
    """The steps of a path. Under `sources` the rest is one step: the keys there are paths themselves.

    Examples
    --------
    >>> steps_of('payments."tier 1.2".pays'), steps_of("sources.payments.'early'.pays")
    (['payments', 'tier 1.2', 'pays'], ['sources', 'payments.early.pays'])
    """
    steps: list[str] = []
    at = 0
    while at <= len(path) and (found := _STEP.match(path, at)):
        if steps == ["sources"]:
            return [*steps, path_of(steps_of(path[at:]))]
        steps.append(_without_quotes(found[0]) if found[1] else found[0])
        at = found.end() + 1
    return steps


def apart(text: str, mark: str) -> list[str]:
    """What stands between marks (one character, no full stop) in a text of paths; none is within a step in quotes.

    Examples
    --------
    >>> apart('payments."a, b".pays, costs.fee', ",")
    ['payments."a, b".pays', ' costs.fee']
    """
    step = re.compile(rf"""\s*(?:"(?:[^"\\]|\\.)*"|'[^']*')(?=\s*(?:[.{mark}]|\Z))|[^.{mark}]*""")
    parts, at = [""], 0
    while found := step.match(text, at):
        parts[-1] += found[0]
        at = found.end() + 1
        if at > len(text):
            break
        if text[at - 1] == mark:
            parts.append("")
        else:
            parts[-1] += text[at - 1]
    return parts


def path_of(steps: Sequence[str]) -> str:
    """The path of these steps, those in quotes that need it; `steps_of` reads it back.

    Examples
    --------
    >>> path_of(["payments", "tier 1.2", "pays"]), path_of(["limits", "payer's cap", "amount"])
    ('payments."tier 1.2".pays', "limits.payer's cap.amount")
    """
    kept = 2 if steps[:1] == ["sources"] else 0  # what has a source is a path already
    return ".".join([*steps[:kept], *map(_step, steps[kept:])])


def in_quotes(text: str) -> str:
    r"""A text in quotes, as a TOML key.

    Examples
    --------
    >>> print(in_quotes("tier 1.2"), in_quotes('"Level 2" certificate'))
    "tier 1.2" "\"Level 2\" certificate"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def as_key(path: str) -> str:
    """A path as it is written under `sources`: in the quotes of TOML that it does not hold.

    Examples
    --------
    >>> print(as_key("cohorts.1.size"), as_key('payments."tier 1.2".pays'))
    "cohorts.1.size" 'payments."tier 1.2".pays'
    """
    return f"'{path}'" if '"' in path and "'" not in path else in_quotes(path)


class Reader:
    """Looks up many paths in data that stay as they are meanwhile: the names of each list are read once.

    Parameters
    ----------
    data : object
        Plain data of a scenario.
    """

    def __init__(self, data: Any) -> None:
        self.data = data
        self._names: dict[int, dict[str, int]] = {}  # by the list, which the data hold

    def _names_of(self, items: Sequence[Any]) -> dict[str, int]:
        if id(items) not in self._names:
            self._names[id(items)] = _names_of(items)
        return self._names[id(items)]

    def lookup(self, path: str) -> Any:
        """The value at a dotted path. Raises KeyError where there is none."""
        here = self.data
        for step in steps_of(path):
            here = here[_key(here, step, self._names_of)]
        return here

    def by_name(self, path: str) -> str:
        """The same path with every item of a list by its name, where it has one; steps that lead nowhere stay."""
        return spoken(self.data, self.resolved(path))

    def resolved(self, path: str) -> list[str | int]:
        """The keys and indices that a path goes through; steps that lead nowhere stay."""
        steps: list[str | int] = []
        here = self.data
        for step in steps_of(path):
            try:
                key = _key(here, step, self._names_of)
                here = here[key]
            except KeyError:
                key, here = step, None
            steps.append(key)
        return steps


def lookup(data: Any, path: str) -> Any:
    """As `Reader.lookup`, of one path."""
    return Reader(data).lookup(path)


def by_name(data: Any, path: str) -> str:
    """As `Reader.by_name`, of one path."""
    return Reader(data).by_name(path)


def resolved(data: Any, path: str) -> list[str | int]:
    """As `Reader.resolved`, of one path."""
    return Reader(data).resolved(path)


def assign(data: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path, in place; None removes what is there. Tables on the way are made."""
    steps = steps_of(path)
    here: Any = data
    for depth, step in enumerate(steps[:-1]):
        if isinstance(here, dict) and step not in here:
            _refuse_without_quotes(data, path, value)
            for new in steps[depth:-1]:
                here = here.setdefault(new, {})
            break
        here = here[_known_key(data, here, steps[: depth + 1], path, value)]
    key = steps[-1] if isinstance(here, dict) else _known_key(data, here, steps, path, value)
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
    return path_of(words)


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


def with_quotes(data: Any, path: str) -> str | None:
    """The path as it is meant where names with full stops stand in it without quotes; None where none do.

    Examples
    --------
    >>> with_quotes({"limits": [{"name": "tier 1.2", "amount": 5}]}, "limits.tier 1.2.amount")
    'limits."tier 1.2".amount'
    """
    steps = steps_of(path)
    for known in range(len(steps), 0, -1):  # the last of them may be new
        for found in _readings(data, steps[:known]):
            if len(found) < known:
                return path_of([*found, *steps[known:]])
    return None


def _readings(here: Any, steps: list[str]) -> Iterator[list[str]]:
    """The ways in which steps, some of them put together to one name, lead to something."""
    if not steps:
        yield []
    for number in range(1, len(steps) + 1):
        step = ".".join(steps[:number])
        if len(step) > _LONGEST:
            return
        try:
            key = _key(here, step)
        except KeyError:
            continue
        for rest in _readings(here[key], steps[number:]):
            yield [step, *rest]


def _step(step: str) -> str:
    bare = step and not {".", '"'} & set(step) and not step.startswith("'")
    return step if bare else in_quotes(step)


def _without_quotes(step: str) -> str:
    """A step that was in quotes; as it is where TOML could not read it."""
    try:
        (name,) = tomllib.loads(f"{step} = 0")
    except tomllib.TOMLDecodeError:
        return step
    return name


def _names_of(items: Sequence[Any]) -> dict[str, int]:
    """Where the items of a list stand, by their names; of two of one name the first."""
    named = [(item.get("name"), index) for index, item in enumerate(items) if isinstance(item, dict)]
    return {name: index for name, index in reversed(named) if isinstance(name, str)}


def _key(here: Any, step: str, names_of: Callable[[Sequence[Any]], dict[str, int]] = _names_of) -> Any:
    """The key or index that a step of a path means. Raises KeyError where it means nothing."""
    if isinstance(here, dict):
        if step in here:
            return step
    elif isinstance(here, list | tuple):
        names = names_of(here)
        if step in names:
            return names[step]
        if step.isdecimal() and len(step) < 10 and int(step) < len(here):
            return int(step)
    raise KeyError(step)


def _known_key(data: Any, here: Any, steps: list[str], path: str, value: Any) -> Any:
    """The key or index that the last of these steps means in what the others lead to."""
    *above, step = steps
    try:
        return _key(here, step)
    except KeyError:
        _refuse_without_quotes(data, path, value)
        items = here if isinstance(here, list) else []
        names = [str(item["name"]) for item in items if isinstance(item, dict) and "name" in item]
        raise InputError(
            Problem(
                path,
                value,
                f"`{path_of(above)}` has no `{step}`",
                nearest(step, names) if names else "give the path of a key that the scenario has",
            )
        ) from None


def _refuse_without_quotes(data: Any, path: str, value: Any) -> None:
    """Refuse a path in which a name with full stops stands without quotes."""
    meant = with_quotes(data, path)
    if meant is not None:
        rule = "full stops separate the steps of a path; a name that holds one stands in quotes"
        raise InputError(Problem(path, value, rule, f"write {meant}"))
