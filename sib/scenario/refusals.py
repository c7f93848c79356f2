"""Turns pydantic's validation errors into four-part problems. Knows the terms only through their JSON schema."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sib.errors import MISSING, Problem, Refusal, nearest
from sib.scenario.paths import in_quotes, spoken

Schema = dict[str, Any]
Loc = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "string_unicode": "text of whole characters, as UTF-8 has them",
    "string": "text in quotes",
    "date": "a date without quotes, as 2010-09-09",
    "tuple": "a list in square brackets",
    "dict": "a table",
    "model": "a table",
    "bool": "true or false",
}
_ABOUT = {  # what tables of the beliefs are about
    "metrics": (
        *("comparison", "effects", "levels", "deadweight", "timing", "evaluation", "drift", "maturity", "delays"),
    ),
    "tranches": ("discount_rates",),
    "costs": ("overruns",),
    "events": ("hazards",),
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def problems(error: ValidationError, data: Any, schema: Schema) -> list[Problem]:
    """All problems of a validation error, in four parts each.

    Parameters
    ----------
    error : ValidationError
        What pydantic raised.
    data : object
        What was validated.
    schema : dict
        The JSON schema of the model, from which rules and examples are quoted.
    """
    details = error.errors(include_url=False)
    deepest = [item for item in details if not _covered(item, details)]
    found: list[Problem] = []
    for item in deepest:
        one = _misnamed(item["loc"], data) or _problem(item, data, schema)
        found += [] if one in found else [one]
    return found


def _misnamed(loc: Loc, data: Any) -> Problem | None:
    """Of a table of the beliefs about what the deal does not have: that, and not what is wrong in the table."""
    table, name = (loc[1], loc[2]) if len(loc) > 2 and loc[0] == "beliefs" else ("", "")
    nouns = next((noun for noun, tables in _ABOUT.items() if table in tables), "")
    items = _item(data, nouns) if nouns else ()
    known = [_item(one, "name") for one in items] if isinstance(items, list | tuple) else []
    names = [one for one in known if isinstance(one, str)]
    if not names or name in names:
        return None
    rule = f"`beliefs.{table}` is about what the deal has of {nouns}; there is no `{name}`"
    return Problem(spoken(data, loc[:3]), name, rule, nearest(name, names))


def _covered(item: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether an item says only that something inside it is wrong, which other items say better."""
    depth = len(item["loc"])
    return item["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == item["loc"] for other in details
    )


def _problem(item: ErrorDetails, data: Any, schema: Schema) -> Problem:
    kind, ctx = item["type"], item.get("ctx", {})
    loc, node, parent = _walk(schema, item["loc"], data)
    place = loc or ("scenario",)
    key = str(place[-1])
    cause = ctx.get("error")
    if isinstance(cause, Refusal):
        return Problem(spoken(data, (*loc, *cause.path)) or "scenario", cause.came, cause.rule, cause.remedy)
    where, came = spoken(data, loc) or "scenario", item["input"]
    about = " ".join(node.get("description", "").split("\n\n")[0].split())
    rule_end = f": {about}" if about else ""
    if kind == "missing":
        return Problem(where, MISSING, f"`{key}` is required{rule_end}", _example("add", place, node))
    if kind == "extra_forbidden":
        known = list(parent.get("properties", {}))
        return Problem(
            where, came, f"there is no key `{key}` here; unknown keys are never ignored", nearest(key, known)
        )
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        remedy = _example("write", place, node) + _per_cent(came, ctx[bound], node)
        return Problem(where, came, f"{words} {ctx[bound]:g}{rule_end}", remedy)
    if kind in ("literal_error", "union_tag_invalid", "union_tag_not_found"):
        choices = node.get("enum") or list(node.get("discriminator", {}).get("mapping", {})) or [node.get("const")]
        if kind != "literal_error":
            where, key, came = f"{where}.distribution", "distribution", ctx.get("tag", MISSING)
        known = [str(choice) for choice in choices]
        return Problem(where, came, f"one of: {', '.join(known)}{rule_end}", nearest(str(came), known))
    if kind == "finite_number":
        return Problem(where, came, f"a finite number{rule_end}", _example("write", place, node))
    if isinstance(cause, ValueError):
        return Problem(where, came, f"{cause}{rule_end}", _example("write", place, node))
    if kind == "float_type" and isinstance(came, int) and not isinstance(came, bool):
        most = f"at most {node['maximum']:g}" if "maximum" in node else "a number of at most 300 digits"
        return Problem(where, came, f"{most}{rule_end}", _example("write", place, node))
    if kind == "too_short":
        return Problem(
            where,
            came,
            f"at least {ctx['min_length']}, not {ctx['actual_length']}{rule_end}",
            _example("write", place, node),
        )
    if kind == "too_long":
        return Problem(
            where,
            came,
            f"at most {ctx['max_length']:,}, not {ctx['actual_length']:,}{rule_end}",
            _example("write", place, node),
        )
    if kind == "string_too_long":
        rule = f"at most {ctx['max_length']:,} characters"
        return Problem(where, came, f"{rule}{rule_end}", _example("write", place, node))
    for start, words in _KINDS.items():
        if kind.startswith(start):
            return Problem(where, came, f"{words}{rule_end}", _example("write", place, node))
    return Problem(where, came, f"{item['msg'][0].lower()}{item['msg'][1:]}{rule_end}", _example("write", place, node))


def _per_cent(came: Any, bound: float, node: Schema) -> str:
    """What a number may mean that is too large for a share or a rate, where in per cent it would be one."""
    share = isinstance(came, int | float) and bound <= 10 and node.get("type") != "integer"
    return f"; {came:g} may mean {came / 100:g}" if share and 2 <= came <= 100 * bound else ""


def _walk(schema: Schema, loc: Loc, data: Any) -> tuple[Loc, Schema, Schema]:
    """Follow an error's location through the schema: the location without union tags, its node, and the node above."""
    kept: list[str | int] = []
    node = parent = _resolved(schema, schema)
    for step in loc:
        tags = _tags(node)
        if step == "number" and node.get("oneOf"):  # a bare number where a table may stand too
            continue
        if step in tags:
            node = _resolved({"$ref": tags[step]}, schema)
            continue
        parent, node = node, _resolved(_child(node, step), schema)
        if not isinstance(data, dict | list | tuple):
            continue  # a bare number stands for a table: what is inside it has no path of its own
        kept.append(step)
        data = _item(data, step)
    return tuple(kept), node, parent


def _tags(node: Schema) -> dict[Any, str]:
    """The tags of a union and the schema that each stands for; a union told apart by its keys is tagged by class."""
    refs = [option["$ref"] for option in node.get("oneOf", []) if "$ref" in option]
    by_class = {ref.rsplit("/", 1)[-1]: ref for ref in refs}
    return {**by_class, **node.get("discriminator", {}).get("mapping", {})}


def _item(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return {}


def _child(node: Schema, step: str | int) -> Schema:
    if isinstance(step, int):
        return _as_schema(node.get("items") or (node.get("prefixItems") or [{}])[0])
    return _as_schema(node.get("properties", {}).get(step) or node.get("additionalProperties"))


def _as_schema(node: Any) -> Schema:
    return node if isinstance(node, dict) else {}


def _resolved(node: Schema, root: Schema) -> Schema:
    """A schema node with its reference followed, null and what may stand for a table dropped; outer words win."""
    outer = {key: value for key, value in node.items() if key not in ("$ref", "anyOf")}
    options = [option for option in node.get("anyOf", []) if option.get("type") != "null"]
    options = [option for option in options if "oneOf" in option or "$ref" in option] or options
    if len(options) == 1:
        return {**_resolved(options[0], root), **outer}
    if "$ref" in node:
        target = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        return {**_resolved(target, root), **outer}
    return node


def _example(verb: str, loc: Sequence[str | int], node: Schema) -> str:
    """What to write at a place, for example; an item of a list has no key, and is told by its number."""
    examples, key = node.get("examples"), str(loc[-1])
    if isinstance(loc[-1], int):
        of = next((f" of `{step}`" for step in reversed(loc) if isinstance(step, str)), "")
        value = f", for example, {_toml(examples[0])}" if examples else " a value that follows the rule"
        return f"{verb}{value} as item {key}{of} (the first is item 0)"
    if not examples:
        return f"{verb} a value for `{key}` that follows the rule"
    bare = key if _BARE.fullmatch(key) else in_quotes(key)
    return f"{verb}, for example, `{bare} = {_toml(examples[0])}`"


def _toml(value: Any) -> str:
    if isinstance(value, str):  # tables and dates are written bare
        return value if value.startswith("{") or _DATE.fullmatch(value) else f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return str(value)
