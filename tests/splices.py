"""Deals spliced from shipped files and cookbook fragments, and figures at their bounds: what `tests/fuzz.py` looks at.

The bounds of a figure are those of the JSON Schema of scenario files.
"""

from __future__ import annotations

import copy
import math
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sib.scenario.scenario import json_schema
from tests import test_cookbook as cookbook

SHIPPED = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))
EXTREMES = (0, 1, 1e-12, 1e-9, 0.5, 1.0 - 1e-9, 1e3, 1e9, 1e12, 1e15)
ENDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
OF_PROSE = ("sources", "cases")  # tables whose figures nothing is worked out from

Path_ = tuple[str | int, ...]


def figures(data: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Where figures stand in the data of a scenario."""
    if isinstance(data, int | float) and not isinstance(data, bool):
        yield path
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in inside:
        if path or key not in OF_PROSE:
            yield from figures(item, (*path, key))


def put(data: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    """A copy of the data with another value at a place."""
    changed = copy.deepcopy(data)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def nodes(schema: dict[str, Any], node: dict[str, Any], path: Path_) -> Iterator[dict[str, Any]]:
    """Every node of a schema that describes what stands at a path."""
    if "$ref" in node:
        yield from nodes(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[1]], path)
    for one in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from nodes(schema, one, path)
    if not path:
        yield node
        return
    key, *rest = path
    if isinstance(key, int):
        prefix = node.get("prefixItems", ())
        item = prefix[key] if key < len(prefix) else node.get("items")
    else:
        item = node.get("properties", {}).get(key, node.get("additionalProperties"))
    if isinstance(item, dict):
        yield from nodes(schema, item, tuple(rest))


def at_its_bounds(schema: dict[str, Any], path: Path_, value: float) -> list[float]:
    """Values of a figure: nothing, one, next to nothing, much more; its bounds, just inside and just outside them."""
    ends = {float(node[end]) for node in nodes(schema, schema, path) for end in ENDS if end in node}
    found: list[float] = [0, 1, 1e-12, 1000 * value]
    for end in ends:
        step = max(abs(end), 1.0) * 1e-9
        found += [end, math.nextafter(end, math.inf), math.nextafter(end, -math.inf), end + step, end - step]
    whole = isinstance(value, int) and all(end.is_integer() for end in ends)
    if whole:
        found += [*(int(x) for x in found), *(int(end) + 1 for end in ends), *(int(end) - 1 for end in ends)]
    kept: list[float] = []
    for x in found:
        if not any(x == other and type(x) is type(other) for other in kept):
            kept.append(x)
    return kept


def bounds(seed: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every figure of every shipped file at its bounds, by what it is; in an order of chance, where a seed is given."""
    schema = json_schema()
    data = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in SHIPPED}
    places = [(name, path) for name, of_it in data.items() for path in figures(of_it)]
    if seed is not None:
        random.Random(seed).shuffle(places)  # noqa: S311 -- files, not secrets
    for name, path in places:
        value: Any = data[name]
        for key in path:
            value = value[key]
        for other in at_its_bounds(schema, path, value):
            changed = put(data[name], path, other)
            changed.pop("cases", None)
            yield f"{name}: {'.'.join(map(str, path))} = {other!r}", changed


def over(data: dict[str, Any], fragment: dict[str, Any], rnd: random.Random) -> dict[str, Any]:
    """A fragment over a deal: its items beside or in place of the deal's own, its beliefs added."""
    found = copy.deepcopy(data)
    for key, value in fragment.items():
        if key == "beliefs":
            for table, entries in value.items():
                own = found.setdefault("beliefs", {}).setdefault(table, {})
                found["beliefs"][table] = {**own, **entries} if isinstance(own, dict) else entries
        elif isinstance(value, list) and isinstance(found.get(key), list):
            names = {item.get("name") for item in value if isinstance(item, dict)}
            beside = key == "metrics" or rnd.random() < 0.4
            kept = [item for item in found[key] if isinstance(item, dict) and item.get("name") not in names]
            found[key] = (kept if beside else []) + value
        else:
            found[key] = value
    return found


def spliced(seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Deals of a shipped file, or the cookbook's own, and fragments over it, some figures at extremes; without end."""
    rnd = random.Random(seed)  # noqa: S311 -- files, not secrets
    base = tomllib.loads(cookbook.BASE)
    shipped = [(file.stem, tomllib.loads(file.read_text(encoding="utf-8"))) for file in SHIPPED]
    fragments = {title: tomllib.loads(text) for title, text in zip(cookbook.TITLES, cookbook.FRAGMENTS, strict=True)}
    while True:
        name, data = ("the small deal", base) if rnd.random() < 0.7 else rnd.choice(shipped)
        titles = rnd.sample(sorted(fragments), rnd.choice((1, 2, 2, 3)))
        for title in titles:
            data = over(data, fragments[title], rnd)
        rates = data.setdefault("beliefs", {}).setdefault("discount_rates", {})
        data["beliefs"]["discount_rates"] = {
            one["name"]: rates.get(one["name"], 0.03) for one in data.get("tranches", ())
        }
        data.pop("sources", None)
        changed = []
        for _ in range(rnd.choice((0, 0, 1, 1, 2))):
            path = rnd.choice(list(figures(data)))
            value = rnd.choice(EXTREMES)
            data = put(data, path, value)
            changed.append(f"{'.'.join(map(str, path))} = {value!r}")
        yield f"{name}; {'; '.join((*titles, *changed))}", data
