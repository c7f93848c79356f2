"""The reference: a page for each public name, from its docstring, grouped by what one wants of it."""

import functools
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from typing import Any

import sib
from making.text import linked, table

# every name of `sib.__all__` stands in one group: tests/test_book.py says which is missing
GROUPS = {
    "Scenarios": ("load", "scenarios", "Scenario"),
    "Settle and simulate": ("settle", "Ledger", "expected_case", "simulate", "Simulation", "open", "payoff"),
    "Decide": ("compare", "sweep", "solve", "tornado", "sensitivity", "agreement", "portfolio", "Portfolio"),
    "Evidence": (
        *("power", "sample_size", "minimum_detectable_effect", "overpayment", "attribute_risk", "dispersion_from"),
        *("update", "Update", "calibration", "people", "chain_ladder", "ChainLadder"),
    ),
    "Cash flows and risk": ("irr", "npv", "multiple", "payback", "risk"),
    "Reports and workbooks": ("report", "workbook"),
    "Pictures": ("plot",),
    "Errors and warnings": (
        *("InputError", "ScenarioError", "Interrupted", "EvidenceWarning", "NoiseWarning", "TriangleWarning"),
    ),
}
MODULES = ("plot", "risk")
# what has no public name, and is returned: it stands after what returns it
RETURNED = {"Update": ("sib.analysis.evidence.forecast.Forecast",)}

# what the objects on the front page are
ABOUT = {
    "plan": "Scenario",
    "simulation": "Simulation",
    "card": "Simulation",
    "ledger": "Ledger",
    "known": "Update",
    "so_far": "Update",
}


def full_names() -> list[str]:
    """All that has a page: the public names, and those of the modules among them."""
    return [full for names in GROUPS.values() for name in names for full in _pages(name)]


def classes() -> dict[str, str]:
    """The classes that have a page, by what docstrings call them."""
    return {full.rpartition(".")[2]: full for full in full_names() if inspect.isclass(thing(full))}


def _pages(name: str) -> list[str]:
    if name in MODULES:
        return [f"sib.{name}.{one}" for one in _of_module(name)]
    return [f"sib.{name}", *RETURNED.get(name, ())]


def _of_module(name: str) -> list[str]:
    """What a module has to offer: all that it names so, or else what gives an estimate, and the estimate."""
    module = getattr(sib, name)
    if hasattr(module, "__all__"):
        return sorted(module.__all__)
    found = [key for key, value in vars(module).items() if inspect.isfunction(value) and _gives(value) == "Estimate"]
    return ["Estimate", *sorted(key for key in found if not key.startswith("_"))]


def _gives(function: Any) -> str:
    return str(inspect.signature(function).return_annotation).rpartition(".")[2].rstrip("'>")


def document(full: str) -> str:
    """What the page of a name is called: `sib.update` and `Update`, which are two files wherever letters are."""
    name = full.rpartition(".")[2]
    return name if name[0].isupper() else full


def _title(full: str) -> str:
    """A name as one writes it; what is returned and not imported, by its last part."""
    return full.rpartition(".")[2] if any(full in names for names in RETURNED.values()) else full


@functools.cache
def targets() -> dict[str, str]:
    """What may be said of the reference, without `sib.`, and where it stands: names, and members of classes."""
    found = {_title(full).removeprefix("sib."): full for full in full_names()}
    for name, full in list(found.items()):
        if inspect.isclass(thing(full)):
            found |= {f"{name}.{one}": f"{full}.{one}" for one in members(thing(full))}
    return found


def called(call: str, about: Mapping[str, str]) -> str | None:
    """What a call such as `sib.solve(plan, ...)` or `plan.describe()` calls, where that has a page."""
    root, _, rest = re.match(r"[\w.]*", call)[0].partition(".")
    return targets().get(rest if root == "sib" else f"{about.get(root, '')}.{rest}")


def thing(full: str) -> Any:
    """What a name stands for."""
    return pkgutil.resolve_name(full)


def index() -> str:
    """The names by group, each with the first line of its docstring."""
    parts = [
        "# Reference",
        "Every public name, from its docstring. What changes answers is numbered in the "
        "[conventions](../conventions.md).",
    ]
    for title, names in GROUPS.items():
        rows = [
            [f"[`{_title(full)}`]({document(full)}.md)", _first_line(full)] for name in names for full in _pages(name)
        ]
        parts += [f"## {title}", table(["name", "what it is"], rows)]
    parts += [
        "## Files, commands, meanings",
        table(
            ["page", "what it is"],
            [
                ["[Keys of a scenario file](keys.md)", "what may stand in a file, from its schema"],
                ["[Commands](commands.md)", "the command line, from its help"],
                ["[Conventions](../conventions.md)", "what each figure means, and which alternative was refused"],
                ["[Changelog](../changelog.md)", "what users notice, newest first"],
            ],
        ),
        _toctree("Files, commands, meanings", ["keys", "commands", "../conventions", "../changelog"]),
        *(
            _toctree(title, [document(full) for name in names for full in _pages(name)])
            for title, names in GROUPS.items()
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _toctree(title: str, documents: list[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {title}", "", *documents, "```"])


def _first_line(full: str) -> str:
    return linked((inspect.getdoc(thing(full)) or "").partition("\n\n")[0].replace("\n", " "))


def page(full: str) -> str:
    """The page of one name."""
    module, _, name = full.rpartition(".")
    lines = [
        f".. currentmodule:: {module}",
        "",
        *(_class(name, thing(full)) if inspect.isclass(thing(full)) else [f".. autofunction:: {name}"]),
    ]
    return f"# {_title(full)}\n\n" + "```{eval-rst}\n" + "\n".join(lines) + "\n```\n"


def _class(name: str, kind: type) -> Iterator[str]:
    if issubclass(kind, BaseException) and not kind.__module__.startswith("sib.errors"):
        yield f".. autoexception:: {name}"
        return
    yield from [f".. autoclass:: {name}", ""]
    for member in members(kind):
        what = inspect.getattr_static(kind, member)
        directive = "automethod" if inspect.isfunction(what) or isinstance(what, classmethod) else "autoproperty"
        yield f".. {directive}:: {name}.{member}"
        yield ""


def members(kind: type) -> list[str]:
    """The public methods and properties of a class that are the library's own and have words to them."""
    found: dict[str, None] = {}
    for base in kind.__mro__:
        if not base.__module__.startswith("sib."):
            continue
        for key, value in vars(base).items():
            callable_or_property = inspect.isfunction(value) or isinstance(
                value, classmethod | property | functools.cached_property
            )
            if not key.startswith("_") and callable_or_property and inspect.getdoc(value):
                found.setdefault(key)
    return list(found)
