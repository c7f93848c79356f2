"""The keys of a scenario file, from the schema that reads it."""

import re
from typing import Any

from making.text import linked, paragraph, plain, table
from sib.scenario.scenario import json_schema


def page() -> str:
    """The tables of a file and the keys of each: what they say, what may stand there, an example."""
    schema = json_schema()
    nouns: dict[str, Any] = schema["$defs"]
    parts = [
        "# Keys of a scenario file",
        "What may stand in a file, made from the schema that reads it (`sib schema` prints it for editors, which then "
        "complete and check as you type). The [cookbook](../cookbook.md) has each mechanic with an example; this page "
        "is for looking up one key. Keys in bold are needed.",
        "## The file",
        _keys(schema, nouns),
        *(part for name in _in_order(schema, nouns) for part in _noun(name, nouns)),
    ]
    return "\n\n".join(parts) + "\n"


def _in_order(schema: dict[str, Any], nouns: dict[str, Any]) -> list[str]:
    """The nouns as a reader meets them: those that a table of the file has, each followed by what it has."""
    found: list[str] = []

    def meet(node: Any) -> None:
        fresh = [name for name in dict.fromkeys(re.findall(r"'#/\$defs/(\w+)'", str(node))) if name not in found]
        found.extend(fresh)
        for name in fresh:
            meet(nouns[name])

    for key in schema["properties"].values():
        meet(key)
    return found


def _noun(name: str, nouns: dict[str, Any]) -> list[str]:
    noun = nouns[name]
    said = [
        paragraph(text) for text in noun.get("description", "").split("\n\n") if not text.lstrip().startswith(">>>")
    ]
    return [f"## {name}", *said, *([_keys(noun, nouns)] if noun.get("properties") else [])]


def _keys(noun: dict[str, Any], nouns: dict[str, Any]) -> str:
    needed = set(noun.get("required", ()))
    rows = []
    for key, what in noun["properties"].items():
        examples = what.get("examples") or []
        default = what.get("default")
        rows.append(
            [
                f"**`{key}`**" if key in needed else f"`{key}`",
                linked(" ".join(what.get("description", "").split())),
                _kind(what, nouns) + (f"; `{_toml(default)}` if left out" if default not in (None, [], {}) else ""),
                f"`{_toml(examples[0])}`" if examples else "",
            ]
        )
    return table(["key", "what it says", "what stands there", "example"], rows)


def _kind(what: dict[str, Any], nouns: dict[str, Any]) -> str:
    if "$ref" in what:
        name = what["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in what or "const" in what:
        return ", ".join(f"`{_toml(one)}`" for one in what.get("enum", [what.get("const")]))
    several = what.get("anyOf") or what.get("oneOf")
    if several:
        return " or ".join(dict.fromkeys(_kind(one, nouns) for one in several if one.get("type") != "null"))
    kind = what.get("type")
    if kind == "array":
        return f"a list of {_kind(what['items'], nouns)}" if isinstance(what.get("items"), dict) else "a list"
    if kind == "object":
        inner = what.get("additionalProperties")
        return f"a table of {_kind(inner, nouns)} by name" if isinstance(inner, dict) else "a table"
    plainly = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "`true` or `false`"}
    return "a date" if what.get("format") == "date" else plainly.get(str(kind), plain(kind or "a value"))


def _toml(value: object) -> str:
    """A value on one line, as TOML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):  # a date and an inline table stand as they are
        return value if re.fullmatch(r"\d{4}-\d\d-\d\d|\{.*\}|\[.*\]", value) else f'"{value}"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items() if item is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f"{value:_}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
