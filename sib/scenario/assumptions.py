"""The table behind `Scenario.assumptions()`: every figure, its unit, and the source that covers it.

A source given for a path covers all that stands under that path, unless a longer path has one of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sib.errors import shown
from sib.scenario.paths import Reader, path_of, steps_of
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.units import in_words
from sib.terms.base import Unit

if TYPE_CHECKING:
    import pandas as pd

ANALYST = "set with replace()"


Steps = tuple[str, ...]


def table(terms: Terms, timetable: Timetable, written: Mapping[str, Any]) -> pd.DataFrame:
    """One row a figure; see `Scenario.assumptions`. What is not among the `written` data is a default."""
    import pandas as pd

    rows, reader = [], Reader(written)
    units: dict[str, str] = {}
    sources = {tuple(steps_of(path)): source for path, source in terms.sources.items()}
    for steps, value, unit in _figures(terms, ()):
        cited = covering(sources, steps)
        status = "none"
        if not _written(reader, steps):
            status, cited = "default", None
        elif cited is not None:
            status = "source" if cited.source is not None else "assumption"
            if cited.note is not None and cited.note.startswith(ANALYST):
                status = "analyst"
        path, said = path_of(steps), in_words(unit, steps, terms, timetable).replace("money", terms.currency)
        if steps[0] == "cases":  # in the unit of the figure that it stands for
            said = units.get(path_of([*steps_of(steps[3]), *steps[4:]]), "")
        units[path] = units[path.removesuffix(".value")] = said
        low, high = cited.range if cited is not None and cited.range else (float("nan"), float("nan"))
        rows.append(
            {
                "path": path,
                "value": value,
                "unit": said,
                "status": status,
                "source": "" if cited is None else (cited.source or cited.assumption or ""),
                "note": "" if cited is None else (cited.note or ""),
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows).set_index("path")


def forget(data: dict[str, Any], path: str) -> None:
    """Take away the sources of a value and of all in it."""
    sources = data.get("sources", {})
    for key in _below(sources, path):
        del sources[key]


def rename(data: dict[str, Any], old: str, new: str) -> None:
    """Keep the sources of an item that has another name now, and what cases change in it."""

    def renamed(path: str) -> str:
        return path_of([*steps_of(new), *steps_of(path)[len(steps_of(old)) :]])

    sources = data.get("sources", {})
    for key in _below(sources, old):
        sources[renamed(key)] = sources.pop(key)
    for case in data.get("cases", ()):
        moved = _below(case["changes"], old)
        case["changes"] = {renamed(key) if key in moved else key: value for key, value in case["changes"].items()}
        for key in moved:
            was, now = (path_of(["cases", case["name"], "changes", path]) for path in (key, renamed(key)))
            if was in sources:
                sources[now] = sources.pop(was)


def _below(sources: Mapping[str, Any], path: str) -> list[str]:
    """The paths among those with a source that are this one, or go on from it."""
    steps = steps_of(path)
    return [key for key in sources if steps_of(key)[: len(steps)] == steps]


def mark_replaced(data: dict[str, Any], path: str, old: Any) -> None:
    """Give a replaced value an analyst's source, so that it does not keep the citation of the value before it."""
    before = "nothing" if old is None else shown(old)
    cited = {"assumption": "the analyst's own", "note": f"{ANALYST}; before: {before}"}
    data.setdefault("sources", {})[path] = cited


def _figures(value: Any, steps: Steps, unit: str = "") -> Iterator[tuple[Steps, Any, str]]:
    """Walk a scenario's numbers and dates: path, value, unit. Names and choices are not figures."""
    if isinstance(value, BaseModel):
        for key, field in type(value).model_fields.items():
            if key != "sources":
                yield from _figures(getattr(value, key), (*steps, field.alias or key), _unit(field))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _figures(item, (*steps, key), unit)
    elif isinstance(value, tuple) and value and all(isinstance(item, BaseModel) for item in value):
        for index, item in enumerate(value):
            yield from _figures(item, (*steps, str(getattr(item, "name", index))))
    elif isinstance(value, tuple):
        if any(not isinstance(item, str) for item in value):
            yield steps, [str(x) if isinstance(x, dt.date) else x for x in value], unit
    elif isinstance(value, int | float | dt.date) and not isinstance(value, bool):
        yield steps, value, unit


def _unit(field: FieldInfo) -> str:
    units = [item.text for item in field.metadata if isinstance(item, Unit)]
    if units:
        return units[-1]
    for option in getattr(field.annotation, "__args__", ()):
        units += [item.text for item in getattr(option, "__metadata__", ()) if isinstance(item, Unit)]
    return units[-1] if units else ""


def _written(reader: Reader, steps: Steps) -> bool:
    """Whether a figure stands in the scenario, and is not a default; a bare number stands for its table."""
    for known in range(len(steps), 0, -1):
        try:
            found = reader.lookup(path_of(steps[:known]))
        except KeyError:
            continue
        bare = not isinstance(found, dict | list) and steps[known:] == ("value",)
        return known == len(steps) or bare
    return False


def covering(sources: Mapping[Steps, Any], steps: Steps) -> Any:
    """The source with the longest path that covers this one, or None."""
    for known in range(len(steps), 0, -1):
        if steps[:known] in sources:
            return sources[steps[:known]]
    return None
