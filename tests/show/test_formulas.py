"""Formulas mean what the numbers are: random ones, each calculated by another hand."""

import formulas
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.analysis.derivation.number import given as put_in
from sib.show.workbook.formulas import Cell, Formulas

INPUTS = {"A1": 3.0, "B1": -2.5, "C1": 0.0, "D1": 1e6, "E1": 7.25}
OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "-x": lambda a, _: 0.0 - a,
    "min": np.minimum,
    "max": np.maximum,
    ">=": lambda a, b: np.multiply(a >= b, 1.0),
    ">": lambda a, b: np.multiply(a > b, 1.0),
    "=": lambda a, b: np.multiply(a == b, 1.0),
    "if": lambda a, b: np.where(np.greater(a, b), a, b),
    "fraction": lambda a, b: a / np.maximum(b, 1e-100) * np.greater(b, 1e-100),
    "power": lambda a, b: (1.0 + np.abs(a)) ** 0.5 + b,
    "and": lambda a, b: np.where((a > 0) & ~(b < 1), a, 1.0),
    "over": lambda a, b: np.divide(a, b, out=np.zeros_like(a), where=b != 0),
}


def trees():
    leaf = st.sampled_from(sorted(INPUTS))
    return st.recursive(leaf, lambda part: st.tuples(st.sampled_from(sorted(OPERATIONS)), part, part), max_leaves=9)


def built(tree, numbers):
    if isinstance(tree, str):
        return numbers[tree]
    name, one, other = tree
    return OPERATIONS[name](built(one, numbers), built(other, numbers))


def calculated(text, values):
    """What another hand makes of a formula, given what stands in cells."""
    function = formulas.Parser().ast(text)[1].compile()
    found = function(*(np.array([[values[name]]]) for name in function.inputs))
    return float(np.asarray(found).ravel()[0])


@pytest.mark.slow
@settings(max_examples=150)
@given(trees())
def test_random_formulas(tree):
    numbers = {name: put_in(value) for name, value in INPUTS.items()}
    wanted = built(tree, numbers)
    if not hasattr(wanted, "op") or wanted.op == "input":
        return
    cells = {number.number: Cell("Sheet", 0, place) for place, number in enumerate(numbers.values())}
    made = Formulas([(Cell("Sheet", 9, 9), wanted)], cells, lambda curve: None, "Sheet", 20, 0)
    values = dict(INPUTS)
    for written in [one.written for one in made.worked] + made.written:
        text = written.cell.holds(written.text)
        found = calculated(text, values)
        assert found == pytest.approx(float(written.value), rel=1e-9, abs=1e-9), (text, tree)
        values[str(written.cell).removeprefix("Sheet!")] = found
    plain = built(tree, {name: np.array([value]) for name, value in INPUTS.items()})
    assert wanted.value == pytest.approx(float(np.ravel(plain)[0]), rel=1e-12, abs=1e-12)


def test_a_long_sum_is_one_of_sums():
    numbers = [put_in(float(i)) for i in range(3_000)]
    total = sum(numbers[::2], np.zeros(1)) + sum(numbers[1::2], np.zeros(1))
    cells = {number.number: Cell("Sheet", 2 * place, 0) for place, number in enumerate(numbers)}
    made = Formulas([(Cell("Sheet", 9, 9), total)], cells, lambda curve: None, "Workings", 4, 2)
    assert max(len(one.text) for one in [*made.written, *(one.written for one in made.worked)]) < 8_192
    assert made.written[-1].value == 3_000 * 2_999 / 2
    assert sum(one.written.value for one in made.worked) >= made.written[-1].value


def test_cells_below_one_another_are_ranges():
    numbers = [put_in(float(i)) for i in range(12)]
    weighed = sum((a * b for a, b in zip(numbers[:6], numbers[6:], strict=True)), np.zeros(1))
    cells = {number.number: Cell("Results", 4 + place % 6, place // 6) for place, number in enumerate(numbers)}
    made = Formulas([(Cell("Claims", 0, 0), weighed)], cells, lambda curve: None, "Workings", 0, 0)
    assert made.written[0].text == "=SUMPRODUCT(Results!$A$5:$A$10,Results!$B$5:$B$10)"
