"""The JSON Schema of scenario files. Truth: a standard validator, and files that are known to be right or wrong."""

import copy
import datetime as dt
import tomllib

import jsonschema
import pytest

import sib
from sib.scenario.scenario import json_schema
from sib.scenario.starters import STARTERS
from tests.shipped import NAMES as SHIPPED
from tests.test_cookbook import BASE, FRAGMENTS, SCENARIOS, TITLES, laid_over

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
FILES = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in SCENARIOS.glob("*.toml")}
FILES |= {f"starter: {kind}": tomllib.loads(text) for kind, text in STARTERS.items()}
DEALS = {title: laid_over(BASE, fragment).data() for title, fragment in zip(TITLES, FRAGMENTS, strict=True)}
ALL = FILES | DEALS


def as_json(value):
    """What an editor checks: dates are text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def places(value, path=()):
    """Every value of a file, with its path."""
    yield path, value
    for step, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, step))


def with_value(data, path, value):
    data = copy.deepcopy(data)
    here = data
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return data


def nodes(node):
    """Every piece of the schema."""
    yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(item)


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ALL)
def test_what_the_library_reads_is_valid(name):
    VALIDATOR.validate(as_json(ALL[name]))


def test_what_it_writes_is_valid():
    for name in SHIPPED:
        VALIDATOR.validate(as_json(tomllib.loads(sib.load(name).to_toml())))


NAMED = {"payers", "shares", "redeems", "sources", "others", "comparison", "effects", "levels", "timing", "evaluation"}
NAMED |= {"drift", "maturity", "overruns", "delays", "hazards", "discount_rates", "deadweight"}  # whose keys are names
NAMED |= {"changes"}  # or paths: which kind of value one takes no schema can say


def each_kind_of_place():
    """A place of each kind in some file: the keys that lead there and what stands there, names and numbers aside."""
    found = {}
    for name, data in ALL.items():
        for path, value in (place for place in places(data) if "changes" not in place[0][:-1]):
            kind = ["*" if above in NAMED else step for step, above in zip(path, ("", *path), strict=False)]
            key = (*(step for step in kind if isinstance(step, str)), type(value))
            found.setdefault(key, (name, path, value))
    return found.values()


def valid(data, path, value):
    """Whether a file is valid with another value somewhere."""
    return VALIDATOR.is_valid(as_json(with_value({"": data}, ("", *path), value)[""]))


def test_a_misspelt_key_is_refused_in_each_table():
    tables = [place for place in each_kind_of_place() if isinstance(place[2], dict)]
    tables = [(name, path, table) for name, path, table in tables if not path or path[-1] not in NAMED]
    assert len(tables) > 35
    for name, path, table in tables:
        assert not valid(ALL[name], path, {**table, "nmae": "x"}), (name, path)


@pytest.mark.slow
def test_a_value_of_another_kind_is_refused_wherever_it_stands():
    """Text for a number, with or without a per cent sign; a number for a name, a date or a table; yes for true."""
    wrong = {
        bool: ["yes", 1],
        int: ["10%", "ten", True],
        float: ["10%", "ten", False],
        str: [5, ["x"], True],
        dt.date: [2020, "next year", "2020-02-31"],
        dict: [[1, 2], True],
        list: ["x", {"a": 1}],
    }
    found = list(each_kind_of_place())
    assert {type(value) for _, _, value in found} == set(wrong)
    assert len(found) > 200
    for name, path, value in found:
        for bad in wrong[type(value)]:
            assert not valid(ALL[name], path, bad), (name, path, bad)


def test_what_is_required_may_not_be_missing():
    nouns = {"cohorts": "Cohort", "metrics": "Metric", "payments": "Payment", "limits": "Limit", "costs": "Cost"}
    nouns |= {"tranches": "Tranche", "remainders": "Remainder", "events": "Event"}
    for table, noun in nouns.items():
        data = next(data for data in ALL.values() if data.get(table))
        for key in SCHEMA["$defs"][noun]["required"]:
            item = {step: value for step, value in data[table][0].items() if step != key}
            assert len(item) == len(data[table][0]) - 1
            assert not valid(data, (table, 0), item), (table, key)
    data = FILES["denver"]
    for key in SCHEMA["required"]:
        assert not valid(data, (), {step: value for step, value in data.items() if step != key}), key


def test_an_editor_has_something_to_say_of_each_key():
    for node in nodes(SCHEMA):
        for key, value in node.get("properties", {}).items() if isinstance(node, dict) else ():
            assert value.get("description"), key
            assert value.get("default", 0) is not None, f"{key}: TOML has no null to complete with"


def test_an_editor_offers_the_choices():
    choices = [node for node in nodes(SCHEMA) if isinstance(node, dict) and ("enum" in node or "const" in node)]
    assert len(choices) > 15
    for node in choices:
        assert node["type"] == "string"
        assert all(isinstance(choice, str) for choice in node.get("enum", [node.get("const")]))
    payment = SCHEMA["$defs"]["Payment"]["properties"]
    assert payment["scope"]["anyOf"][0]["enum"] == ["cohort", "period", "pooled", "to date"]


def test_dates_are_dates():
    assert SCHEMA["properties"]["start"]["format"] == "date"
    assert SCHEMA["properties"]["start"]["type"] == "string"
