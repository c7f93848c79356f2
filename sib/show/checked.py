"""What `sib check` prints of a valid scenario: one page, what matters most first; or every figure by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sib.errors import shown
from sib.scenario.belief_words import together_words
from sib.scenario.layout import paragraph, table
from sib.scenario.paths import lookup
from sib.scenario.scenario import Scenario
from sib.show.text import provenance

if TYPE_CHECKING:
    import pandas as pd

_MOST: Final = 10  # suspicions that are printed on the page
_SAID: Final = {"none": "WITHOUT SOURCE OR ASSUMPTION", "default": "LEFT AT THEIR DEFAULTS, not written out"}
_FIRST: Final = (  # what the money depends on most
    *("payments", "beliefs.effects", "beliefs.levels", "beliefs.comparison", "limits", "tranches", "remainders"),
    *("costs", "metrics", "cohorts"),
)


def page(name: str, scenario: Scenario, believed: str, *, each: bool = False) -> str:
    """A scenario as it was checked: what is odd, what its cases are, then figures that nobody vouches for, by table.

    Parameters
    ----------
    name : str
        What the user called it by.
    scenario : Scenario
        It is valid.
    believed : str
        What goes wrong where all goes as believed, as `text.as_believed` has it; empty where nothing does.
    each : bool
        Every figure and every suspicion by itself, however many there are.
    """
    parts = [f"{name}: valid. {scenario.name}\n{provenance(scenario)}"]
    odd = [*([believed.rstrip()] if believed else []), *_suspicions(scenario, each=each)]
    parts += ["\n".join(odd)] if odd else []
    parts += ["\n".join(_cases(name, scenario))] if scenario.cases else []
    figures, grouped = scenario.assumptions(), False
    for status, said in _SAID.items():
        found = figures[figures["status"] == status]
        if len(found) > 0:
            heading = f"{said}: {_count(len(found))}"
            parts.append("\n".join([heading, *(_each(found) if each else [_by_table(found)])]))
            grouped = grouped or not each
    together = " ".join(together_words(scenario.timetable))
    parts += [f"BELIEVED TOGETHER\n{paragraph(together)}"] if together else []
    if grouped:
        parts.append(f"Each figure by itself: sib check {_quoted(name)} --all")
    return "\n\n".join(parts)


def _suspicions(scenario: Scenario, *, each: bool) -> Iterator[str]:
    found = scenario.suspicions()
    if not found:
        return
    yield "SUSPICIOUS: these can be, but seldom are"
    for one in found if each else found[:_MOST]:
        yield f"  {one.where} = {shown(one.came)}: {one.rule}; {one.remedy}"
    if not each and len(found) > _MOST:
        yield f"  and {len(found) - _MOST} more: see them with --all"


def _cases(name: str, scenario: Scenario) -> Iterator[str]:
    """What is otherwise in each case, a line a figure."""
    yield f"CASES beside the base case: sib compare {_quoted(name)} --cases"
    data = scenario.data()
    for case in scenario.cases:
        for path, value in case.changes.items():
            try:
                base = shown(lookup(data, path))
            except (KeyError, TypeError):
                base = "nothing"
            yield f"  {case.name}: {path} = {shown(value)}, in the base case {base}"


def _each(figures: pd.DataFrame) -> Iterator[str]:
    values = _values(figures)
    for path in sorted(values, key=lambda path: _importance(_table(path))):
        yield f"  {path} = {values[path]}"


def _by_table(figures: pd.DataFrame) -> str:
    """How many figures each table has, and the first of them."""
    groups: dict[str, list[str]] = {}
    for path, value in _values(figures).items():
        groups.setdefault(_table(path), []).append(f"{path} = {value}")
    ordered = sorted(groups.items(), key=lambda group: _importance(group[0]))
    rows = [[name, _count(len(found)), found[0]] for name, found in ordered]
    return table(rows, ["table", "how many", "the first of them"], (0, 2))


def _values(figures: pd.DataFrame) -> dict[str, str]:
    return dict(zip(map(str, figures.index), figures["value"].map(str), strict=True))


def _table(path: str) -> str:
    """The table in which a figure stands: of beliefs each has one; a figure at the top of the file is its own."""
    steps = path.split(".")
    return ".".join(steps[:2]) if steps[0] == "beliefs" else steps[0]


def _importance(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _count(figures: int) -> str:
    return f"{figures} figure{'' if figures == 1 else 's'}"


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
