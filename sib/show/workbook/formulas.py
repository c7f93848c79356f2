"""Derived numbers as formulas of a spreadsheet: which stand in cells of their own, and what is written in each.

A number with a place on a sheet is referred to by its cell. What only one formula needs is written out in it; what
several need, or what would make a formula long, is a working: a cell of its own, in the order in which they are worked
out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sib.analysis.derivation.graph import in_order
from sib.analysis.derivation.number import FAR, Derived
from sib.settlement.schedules import Curve
from sib.terms.base import TIE

_LONG: Final = 160  # characters of a formula above which a part of it becomes a working
_SHORT: Final = 28  # characters up to which a part that several formulas need is written out in each
_VERY_LONG: Final = 4000  # characters of a sum above which it is one of sums: a formula has 8,192 at most
_PART: Final = 40  # terms of each of these
_RUN: Final = 3  # cells in a column that are said as a range


class Cell(NamedTuple):
    """A place on a sheet; rows and columns count from nought."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.sheet}!{letters(self.column)}{self.row + 1}"

    def holds(self, formula: str) -> str:
        """A formula as it is written in this cell: without the name of its own sheet."""
        return re.sub(rf"\b{self.sheet}!", "", formula)


def letters(column: int) -> str:
    """The name of a column.

    Examples
    --------
    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    found = ""
    column += 1
    while column:
        column, left = divmod(column - 1, 26)
        found = chr(65 + left) + found
    return found


def span(sheet: str, column: int, first: int, last: int) -> str:
    """A range of cells in one column, that stays where it is when a formula is copied."""
    name = letters(column)
    return f"{sheet}!${name}${first + 1}:${name}${last + 1}"


class Written(NamedTuple):
    """A formula, and what it comes to on the results given."""

    cell: Cell
    text: str
    value: float | bool


class Working(NamedTuple):
    """A working: its formula, and the cell that it is for."""

    written: Written
    serves: Cell


class _Text(NamedTuple):
    """Part of a formula: how tightly it binds, and where it is a cell or a product of two, which."""

    text: str
    binds: int
    cells: tuple[Cell, ...] = ()
    terms: tuple[_Text, ...] = ()  # of a sum
    value: float = 0.0

    def within(self, binds: int) -> str:
        """It as part of what binds so tightly."""
        return self.text if self.binds >= binds else f"({self.text})"


_COMPARES, _ADDS, _TIMES, _RAISES, _IS = 1, 2, 3, 4, 9


@dataclass
class Formulas:
    """Formulas of numbers that have places, and the workings that these need.

    Parameters
    ----------
    places : sequence of (Cell, Derived)
        What is written where; of a number with several places the first has its formula.
    inputs : mapping of int to Cell
        Where each number stands that is put in, by its `number`.
    schedule : callable
        Where the table of a schedule stands; asked for those that are too long for a formula.
    workings : str
        The sheet of the workings, and in `first_row` and `column` where they begin.
    """

    places: Sequence[tuple[Cell, Derived]]
    inputs: Mapping[int, Cell]
    schedule: Callable[[Curve], Table]
    workings: str
    first_row: int
    column: int
    written: list[Written] = field(default_factory=list)
    worked: list[Working] = field(default_factory=list)

    def __post_init__(self) -> None:
        named: dict[int, Cell] = dict(self.inputs)
        for cell, number in self.places:
            named.setdefault(number.number, cell)
        order = in_order(number for _, number in self.places)
        uses = Counter(arg.number for one in order for arg in one.args if isinstance(arg, Derived))
        summed = {arg.number for one in order if one.op == "add" for arg in one.args if isinstance(arg, Derived)}
        serves = _served(self.places, named)
        texts: dict[int, _Text] = {}
        for one in order:
            args = [
                texts[arg.number] if isinstance(arg, Derived) else _constant(arg)._replace(value=arg)
                for arg in one.args
            ]
            if one.op == "add" and uses[one.number] == 1 and one.number in summed and one.number not in named:
                texts[one.number] = _Text("", _ADDS, terms=_terms(args))  # part of a longer sum, which is written once
                continue
            text = self._text(one, args)
            if len(text.text) > _VERY_LONG and text.terms:
                text = self._in_parts(text.terms, serves.get(one.number, named.get(one.number)))
            place = named.get(one.number)
            if one.op == "input":
                text = _reference(self.inputs[one.number])
            elif place is not None:
                self.written.append(Written(place, f"={text.text}", _finite(one)))
                text = _reference(place)
            elif len(text.text) > (_SHORT if uses[one.number] > 1 else _LONG) and not text.cells:
                working = Cell(self.workings, self.first_row + len(self.worked), self.column)
                self.worked.append(Working(Written(working, f"={text.text}", _finite(one)), serves[one.number]))
                text = _reference(working)
            texts[one.number] = text._replace(value=float(_finite(one)))
        before = dict(named)
        for cell, number in self.places:  # of one number in several places each refers to the one before
            if named[number.number] != cell:
                self.written.append(Written(cell, f"={before[number.number]}", _finite(number)))
            before[number.number] = cell

    def _text(self, one: Derived, args: list[_Text]) -> _Text:
        match one.op:
            case "input":
                return _Text("", _IS)
            case "fixed":
                return _constant(one.value)
            case "add":
                terms = _terms(args)
                text = _sum(terms)
                return _Text(text, _IS if re.fullmatch(r"SUM(PRODUCT)?\([^()]*\)", text) else _ADDS, terms=terms)
            case "minus":
                return _Text(f"{args[0].within(_ADDS)}-{args[1].within(_TIMES)}", _ADDS)
            case "less":
                return _Text(f"-{args[0].within(_TIMES)}", _ADDS)
            case "times":
                cells = args[0].cells + args[1].cells if all(len(arg.cells) == 1 for arg in args) else ()
                return _Text(f"{args[0].within(_TIMES)}*{args[1].within(_TIMES)}", _TIMES, cells)
            case "over":
                return _Text(f"{args[0].within(_TIMES)}/{args[1].within(_RAISES)}", _TIMES)
            case "power":
                return _Text(f"{args[0].within(_IS)}^{args[1].within(_IS)}", _RAISES)
            case "at least" | "above" | "equal":
                sign = {"at least": ">=", "above": ">", "equal": "="}[one.op]
                return _Text(f"{args[0].within(_ADDS)}{sign}{args[1].within(_ADDS)}", _COMPARES)
            case "curve" if one.curve is not None:
                return self._on_curve(one.curve, args[0])
            case op:
                top, under = args[0].within(_TIMES), args[-1].within(_RAISES)
                return _Text(_CALLS[op].format(*(arg.text for arg in args), top=top, under=under), _IS)

    def _in_parts(self, terms: Sequence[_Text], serves: Cell | None) -> _Text:
        """A sum that is too long for a formula, as one of sums: each is a working."""
        parts = []
        for begin in range(0, len(terms), _PART):
            some = terms[begin : begin + _PART]
            cell = Cell(self.workings, self.first_row + len(self.worked), self.column)
            now = sum(term.value for term in some)
            self.worked.append(Working(Written(cell, f"={_sum(some)}", now), serves or cell))
            parts.append(_reference(cell)._replace(value=now))
        return _Text(_sum(parts), _ADDS, terms=tuple(parts))

    def _on_curve(self, curve: Curve, x: _Text) -> _Text:
        """What a schedule gives: a line, a step or two, or what is looked up in its table."""
        if curve.straight and curve.slope[0] != 0:
            return _line(float(curve.y[0]), float(curve.slope[0]), float(curve.x[0]), x)
        if not curve.slope.any() and len(curve.y) <= _RUN:
            found = _constant(float(curve.y[0]))
            for edge, y in zip(curve.edge[1:], curve.y[1:], strict=True):
                if math.isfinite(edge):
                    holds = f"{x.within(_ADDS)}>={_constant(float(edge)).text}"
                    found = _Text(f"IF({holds},{_constant(float(y)).text},{found.text})", _IS)
            return found
        table = self.schedule(curve)
        y = f"LOOKUP({x.text},{table.edges},{table.values})"
        if not curve.slope.any():
            return _Text(y, _IS)
        at = f"LOOKUP({x.text},{table.edges},{{}})"
        beyond = f"MAX({x.within(_ADDS)}-{at.format(table.starts)},{at.format(table.least)})"
        return _Text(f"{y}+{at.format(table.slopes)}*{beyond}", _ADDS)


class Table(NamedTuple):
    """Where the table of a schedule stands: ranges of its columns."""

    edges: str
    starts: str
    values: str
    slopes: str
    least: str


_CALLS: Final[Mapping[str, str]] = {
    "fraction": "IF({1}>0,{top}/{under},0)",
    "ratio": "IF({1}=0,SIGN({0})*1E+300,{top}/{under})",
    "over or nought": "IF({1}=0,0,{top}/{under})",
    "abs": "ABS({0})",
    "min": "MIN({0},{1})",
    "max": "MAX({0},{1})",
    "and": "AND({0},{1})",
    "or": "OR({0},{1})",
    "not": "NOT({0})",
    "if": "IF({0},{1},{2})",
    "number": "IF({0},1,0)",
    "sign at infinity": "SIGN({0})*1E+300",
}


def _terms(args: Sequence[_Text]) -> tuple[_Text, ...]:
    """The terms of a sum of sums."""
    return tuple(term for arg in args for term in (arg.terms or (arg,)))


def _reference(cell: Cell) -> _Text:
    return _Text(str(cell), _IS, (cell,))


def _constant(value: float) -> _Text:
    """A figure in a formula; a level with what lets a result on it count says so."""
    value = float(value)
    if not math.isfinite(value):
        return _Text("1E+300" if value > 0 else "-1E+300", _IS if value > 0 else _ADDS)
    near = round(value, 9)
    tie = TIE * max(1.0, abs(near))
    if value != near and math.isclose(abs(value - near), tie, rel_tol=1e-3):
        return _Text(f"{_number(near)}{'-' if value < near else '+'}{_number(float(f'{tie:.3g}'))}", _ADDS)
    return _Text(_number(value), _IS if value >= 0 else _ADDS)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value).upper()


def _line(y: float, slope: float, x: float, at: _Text) -> _Text:
    """A price for each unit, above or below some level."""
    beyond = at if x == 0 else _Text(f"{at.within(_ADDS)}{_signed(-x)}", _ADDS)
    rise = f"{_constant(slope).within(_TIMES)}*{beyond.within(_TIMES)}"
    return _Text(rise, _TIMES) if y == 0 else _Text(f"{_constant(y).text}+{rise}", _ADDS)


def _signed(value: float) -> str:
    return f"+{_number(value)}" if value >= 0 else f"-{_number(-value)}"


def _sum(terms: Sequence[_Text]) -> str:
    """A sum; of cells below one another, or of products of such, as one of ranges."""
    parts: list[str] = []
    place = 0
    while place < len(terms):
        run = _run(terms[place:])
        if run >= _RUN:
            first, last = terms[place].cells, terms[place + run - 1].cells
            ranges = [span(a.sheet, a.column, a.row, b.row) for a, b in zip(first, last, strict=True)]
            parts.append(f"{'SUM' if len(ranges) == 1 else 'SUMPRODUCT'}({','.join(ranges)})")
            place += run
        else:
            parts.append(terms[place].within(_ADDS))
            place += 1
    return re.sub(r"\+-", "-", "+".join(parts))


def _run(terms: Sequence[_Text]) -> int:
    """How many terms from the first on are cells below one another, or products of such."""
    first = terms[0].cells
    if not first:
        return 1
    for step, term in enumerate(terms):
        if [c._replace(row=c.row - step) for c in term.cells] != list(first):
            return step
    return len(terms)


def _finite(one: Derived) -> float | bool:
    """What a number comes to, as a cell can hold it."""
    if one.truth:
        return bool(one.value)
    return 0.0 if math.isnan(one.value) else max(min(one.value, FAR), -FAR)


def _served(places: Iterable[tuple[Cell, Derived]], named: Mapping[int, Cell]) -> dict[int, Cell]:
    """For each number without a place the first cell, in the order of the settlement, that it is worked out for."""
    found: dict[int, Cell] = {}
    for _, number in sorted(places, key=lambda place: place[1].number):
        waiting = [number]
        while waiting:
            one = waiting.pop()
            for arg in one.args:
                if isinstance(arg, Derived) and arg.number not in named and arg.number not in found:
                    found[arg.number] = named[number.number]
                    waiting.append(arg)
    return found
