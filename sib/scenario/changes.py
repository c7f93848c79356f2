"""Changes by dotted path, put into a scenario's plain data; what the sources say stays right."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from sib.errors import MISSING, InputError, Problem, Refusal, ScenarioError, nearest
from sib.scenario import assumptions as provenance
from sib.scenario import slips
from sib.scenario.paths import assign, by_name, lookup, path_of, resolved, spoken, steps_of
from sib.scenario.plain import plain
from sib.terms.case import Case

BASE: Final = "base"  # what the scenario as it is written is called among its cases
_NOT_CHANGED: Final = {
    "cases": "a case changes the contract and the beliefs, and no case",
    "sources": "what a case changes is cited under `sources`, by the path of the case",
    "name": "a case's scenario is called after the case",
}


def changed(data: dict[str, Any], changes: Mapping[str, Any], file: str | None) -> dict[str, Any]:
    """Put values at paths, in place. Whatever they replace loses its source, and has the analyst's instead.

    Raises
    ------
    ScenarioError
        Where a path leads nowhere.
    """
    try:
        given = slips.normalised(changes)
    except Refusal as slip:
        where = ".".join(map(str, slip.path))
        raise ScenarioError(Problem(where, slip.came, slip.rule, slip.remedy), file=file) from None
    for path, value in sorted(given.items(), key=lambda change: steps_of(str(change[0]))[0] == "sources"):
        new, steps = plain(value), resolved(data, path)
        before = deepcopy(data)
        named = spoken(before, steps)
        try:
            old = lookup(data, path)
        except (KeyError, TypeError):
            old = None
        try:
            assign(data, path, new)
        except InputError as error:
            raise ScenarioError(*error.problems, file=file) from None
        if steps[-1] == "name" and len(steps) > 1:
            provenance.rename(data, spoken(before, steps[:-1]), spoken(data, steps[:-1]))
        if old != new and steps[0] != "sources":
            provenance.forget(data, named)
            if new is not None:  # under its new name, where the value has one
                provenance.mark_replaced(data, spoken(data, steps), old)
    return data


def in_case(data: dict[str, Any], case: str) -> dict[str, Any]:
    """The data of one of a scenario's cases, or of its base case; of cases they have none.

    A change that has a source, or whose case has one, keeps it.

    Raises
    ------
    InputError
        Where there is no such case.
    ScenarioError
        Where a path of it leads nowhere.
    """
    cases = {item["name"]: item["changes"] for item in data.pop("cases", ())}
    if case not in (BASE, *cases):
        raise InputError(Problem("case", case, "the name of a case of the scenario", nearest(case, [BASE, *cases])))
    sources = {tuple(steps_of(path)): cited for path, cited in data.get("sources", {}).items()}
    if "sources" in data:
        data["sources"] = {path_of(steps): cited for steps, cited in sources.items() if steps[0] != "cases"}
    if case == BASE:
        return data
    name, changes = data["name"], cases[case]
    cited = {path: provenance.covering(sources, ("cases", case, "changes", path)) for path in changes}
    changed(data, changes, name)
    new = {path_of(["sources", by_name(data, path)]): source for path, source in cited.items() if source is not None}
    return changed(data, new, name) | {"name": f"{name}: {case}"}


def check_case(data: Mapping[str, Any], index: int, case: Case) -> None:
    """Refuse a case of the base case's name, and one that changes what no case does, or one thing twice.

    Raises
    ------
    Refusal
        For the first of these.
    """
    if case.name == BASE:
        rule = f"`{BASE}` is the scenario as it is written"
        raise Refusal(("cases", index, "name"), BASE, rule, "change the figures themselves, or give another name")
    seen: dict[str, str] = {}
    for path, value in case.changes.items():
        at, first = ("cases", index, "changes", path), steps_of(path)[0]
        if value is None:
            raise Refusal(at, MISSING, "a value: a case takes nothing away", "write the value that it has in the case")
        if first in _NOT_CHANGED:
            raise Refusal(at, value, _NOT_CHANGED[first], "leave it out")
        other = seen.setdefault(by_name(data, path), path)
        if other != path:
            raise Refusal(at, value, f"a figure is changed once; `{other}` is the same", "remove one of the two")


def refused(index: int, case: Case, error: InputError) -> Refusal:
    """What is said of a case with which the scenario is not valid: the first thing that is wrong."""
    problem = error.problems[0]
    where = ("cases", index, "changes", problem.where) if problem.where in case.changes else ("cases", index)
    told = "" if len(where) > 2 else f"{problem.where}: "
    return Refusal(where, problem.came, f"the scenario is valid in each case; {told}{problem.rule}", problem.remedy)
