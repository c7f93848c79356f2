"""The house: which file may import which. The order of rooms is that of CONTRIBUTING; typing imports count."""

import ast
from pathlib import Path

import pytest

import sib

HOUSE = Path(sib.__file__).parent
ROOMS = (  # data flows down; a room imports only from those above it
    *("version", "characters", "errors", "calls", "disk", "arrays", "terms", "scenario", "chance", "model"),
    *("settlement", "run", "measures", "analysis", "analysis.evidence", "analysis.decide", "show", "cli", "__main__"),
)
ARRAYS_ONLY = ("arrays", "chance", "model", "settlement", "run", "measures")


def files():
    """Every module of the library by name, with its source."""
    found = {}
    for file in HOUSE.rglob("*.py"):
        parts = file.relative_to(HOUSE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = file.read_text(encoding="utf-8")
    return found


def imported(source):
    """What a source imports, wherever it does: on top, in a function, for types alone. (module, name out of it)."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {(node.module, alias.name) for alias in node.names}
    return found


def arrows(sources):
    """Which module of the library imports which; what is imported out of a room may be a file of it."""
    found = {}
    for name, source in sources.items():
        asked = {(module.removeprefix("sib."), one) for module, one in imported(source) if module.startswith("sib.")}
        files_of = {f"{module}.{one}" if f"{module}.{one}" in sources else module for module, one in asked}
        found[name] = {one for one in files_of if one in sources and one != name}
    return found


def room(name):
    """The room in which a module stands."""
    return max((one for one in ROOMS if name == one or name.startswith(f"{one}.")), key=len)


def uphill(graph):
    """Imports that go against the flow."""
    inside = {name: room(name) for name in graph if name}
    return [
        f"{name} imports {other}"
        for name, others in graph.items()
        for other in others
        if name and other and ROOMS.index(inside[other]) > ROOMS.index(inside[name])
    ]


def circle(graph):
    """One circle of files that import each other, or None."""
    state, way = {}, []

    def visit(name):
        state[name] = "on the way"
        way.append(name)
        for other in sorted(graph[name]):
            if state.get(other) == "on the way":
                return [*way[way.index(other) :], other]
            found = None if other in state else visit(other)
            if found:
                return found
        state[name] = "done"
        way.pop()
        return None

    return next((found for name in sorted(graph) if name not in state and (found := visit(name))), None)


def test_no_two_files_import_each_other():
    graph = arrows({name: source for name, source in files().items() if name})  # the package itself offers all names
    assert circle(graph) is None


def test_no_room_imports_one_below_it():
    assert uphill(arrows(files())) == []


def test_every_file_of_the_command_line_is_reached():
    """A command adds itself as it is imported: a file that nothing imports is a command that nobody can give."""
    graph = arrows(files())
    reached, ahead = set(), {"cli"}
    while ahead:
        name = ahead.pop()
        reached.add(name)
        ahead |= graph[name] - reached
    assert {name for name in graph if name and room(name) == "cli"} <= reached


def knowing(module, sources):
    """The files of rooms of arrays that import a module."""
    return [
        name
        for name, source in sources.items()
        if name and room(name) in ARRAYS_ONLY and module in {one.partition(".")[0] for one, _ in imported(source)}
    ]


# What may draw or map work: the one place for settled futures, and the questions that settle none
CALLERS = {
    "map_jobs": {"analysis.futures", "run.workers"},
    "Recipe": {"analysis.futures", "run.recipe"},
    "Chance": {"analysis.evidence.calibration", "analysis.evidence.given_effect", "analysis.evidence.people"}
    | {"analysis.payoff", "run.recipe", "chance.sources", "chance.common"},
}


@pytest.mark.parametrize("name", CALLERS)
def test_futures_are_drawn_where_it_is_said(name):
    calls = {
        module
        for module, source in files().items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }
    assert calls <= CALLERS[name]


@pytest.mark.parametrize("module", ["pandas", "matplotlib", "tqdm", "typer", "jinja2", "pydantic"])
def test_rooms_of_arrays_know_arrays_only(module):
    assert knowing(module, files()) == []


def test_measures_and_chance_know_no_deal():
    known = {name: others for name, others in arrows(files()).items() if name and room(name) in ("measures", "chance")}
    assert {room(other) for others in known.values() for other in others} <= {"errors", "arrays", "measures", "chance"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "from sib.scenario.scenario import Scenario",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sib.scenario import scenario",
        "def later():\n    import sib.scenario.scenario",
    ],
)
def test_an_import_that_is_added_is_noticed(line):
    sources = files()
    sources["terms.base"] += f"\n{line}\n"
    assert "terms.base imports scenario.scenario" in uphill(arrows(sources))
    found = circle(arrows({name: source for name, source in sources.items() if name}))
    assert found is not None
    assert "terms.base" in found
