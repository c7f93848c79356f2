"""Public calls: what an annotation says is what is taken. Truth: the annotations themselves, and Python's own types."""

import datetime as dt
import inspect
import math
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd
import pytest

import sib
from sib.calls import DOORS, _parameters, _remedy, _words, held
from tests.fuzz_calls import fault, parameters, public, run, valid


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return valid(tmp_path_factory.mktemp("calls"))


def test_every_public_call_is_fuzzed(calls):
    assert set(public()) == set(calls)


def test_every_public_call_holds_its_arguments_to_their_annotations(calls):
    for name, (call, _) in calls.items():
        if name.startswith("risk.") or all(set(one.split(" | ")) & DOORS.keys() for one in parameters(call).values()):
            continue
        function = getattr(call, "__func__", call)
        assert hasattr(function, "__wrapped__"), f"{name} is not marked as public"
        for kind in _parameters(function.__wrapped__)[1].values():  # every annotation can be read, and has its words
            assert _words(kind).one
            assert _remedy(kind, None)


@pytest.mark.slow
def test_every_public_call_does_its_work_on_what_is_valid(calls):
    for name, (call, given) in calls.items():
        for parameter in list(given)[:1]:
            assert fault(call, given, parameter, given[parameter]) is None, name


@pytest.mark.slow
def test_junk_is_refused_in_four_parts_or_answered():
    done, found = run(600.0, 2026, most=250)
    assert found == []
    assert done == 250


def test_the_fuzzer_finds_what_is_taken_wrongly_and_what_breaks():
    def broken(paths: "int", name: "str") -> "float":
        return float(name) if name else float(paths)

    given = {"paths": 3, "name": ""}
    assert "taken, though annotated int" in fault(broken, given, "paths", 3.7)
    assert "ValueError" in fault(broken, given, "name", "x")
    assert fault(broken, given, "paths", 4) is None


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        (np.int64(3), int, 3),
        (np.bool_(True), bool, True),
        (np.float32(0.5), float, 0.5),
        (Decimal("0.07"), float, 0.07),
        (Fraction(1, 4), float, 0.25),
        (3, float, 3.0),
        (np.array([0.1, 0.2]), Sequence[float], (0.1, 0.2)),
        (pd.Series([0.1, 0.2]), Sequence[float], (0.1, 0.2)),
        (range(3), Sequence[int], (0, 1, 2)),
        ({"a"}, Collection[str], ("a",)),
        ([4, 6], tuple[int, int], (4, 6)),
        ({"a": {"b": 1}}, Mapping[str, Mapping[str, float]], {"a": {"b": 1.0}}),
        (pd.Timestamp("2020-01-01"), dt.date, dt.date(2020, 1, 1)),
        (np.datetime64("2020-01-01"), dt.date, dt.date(2020, 1, 1)),
        (None, float | None, None),
        ("a", str | tuple[str, ...], "a"),
    ],
)
def test_what_is_of_a_kind_comes_as_pythons_own(value, kind, found):
    came = held(value, kind, "it")
    assert came == found
    assert type(came) is type(found)


@pytest.mark.parametrize(
    ("value", "kind", "where", "rule"),
    [
        (3.7, int, "it", "a whole number"),
        (True, int, "it", "a whole number, not a bool"),
        ("no", bool, "it", "True or False"),
        (1, bool, "it", "True or False"),
        (math.nan, float, "it", "a finite number"),
        (10**400, float, "it", "a finite number"),
        (np.timedelta64(5, "D"), float, "it", "a finite number"),
        (np.ma.array(5, mask=True), int, "it", "a whole number, not a MaskedArray"),
        (np.ma.array([0.1, 0.2], mask=[0, 1]), Sequence[float], "it", "a list of finite numbers, not a MaskedArray"),
        (np.datetime64("12626367463885247-04-15"), dt.date, "it", "a date, not a datetime64"),
        (pd.Timestamp("2020-01-01") + pd.Timedelta(1, "ns"), dt.date, "it", "a date, not a Timestamp"),
        (Decimal("sNaN"), float, "it", "a finite number"),
        (1j, float | None, "it", "a finite number or None, not a complex"),
        ("irr", Collection[str], "it", "a list of texts"),
        ([0.1, "a"], Sequence[float], "it[1]", "a finite number"),
        ({0.1}, Sequence[float], "it", "a list of finite numbers, not a set"),
        (pd.DataFrame({"a": [1]}), Sequence[str], "it", "a list of texts, not a DataFrame"),
        ((1, 2, 3), tuple[int, int], "it", "a pair of whole numbers, not a tuple"),
        ({"a": {"b": "c"}}, Mapping[str, Mapping[str, float]], "it['a']['b']", "a finite number"),
        ({1: 2.0}, Mapping[str, float], "a name in it", "text, not an int"),
        (pd.NaT, dt.date, "it", "a date, not a NaTType"),
        (dt.datetime(2020, 1, 1, 9), dt.date, "it", "a date, not a datetime"),
        (pd.Timestamp("2020-01-01", tz="UTC"), dt.date, "it", "a date, not a Timestamp"),
        ("belif", Literal["belief", "people"], "it", "one of belief, people"),
        ("a deal", sib.Scenario, "it", "a Scenario"),
    ],
)
def test_what_is_of_another_kind_is_refused(value, kind, where, rule):
    with pytest.raises(sib.InputError) as refused:
        held(value, kind, "it")
    (problem,) = refused.value.problems
    assert (problem.where, problem.rule) == (where, rule)
    assert problem.remedy


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda plan, done: done.ledger(3.7), "path"),  # was path 3
        (lambda plan, done: sib.simulate(plan, 100, stratified="no"), "stratified"),  # was yes
        (lambda plan, done: done.summary(measures="irr_mean"), "measures"),
        (lambda plan, done: sib.sample_size(plan, True), "effect"),
        (lambda plan, done: sib.settle("peterborough", {}), "scenario"),
        (lambda plan, done: done.save("a\0b"), "file"),  # these were tracebacks and warnings, or taken
        (lambda plan, done: sib.report(done, "a\0.html"), "file"),
        (lambda plan, done: sib.simulate(plan, 100, resume="a\0b"), "resume"),
        (lambda plan, done: sib.chain_ladder([[1, 2], [1]], prior=1e308), "prior"),
        (lambda plan, done: sib.chain_ladder([[1e308, 1.5e308], [1e308]]), "triangle"),
        (lambda plan, done: sib.chain_ladder([[1e308, 1e308], [1e308]], incremental=True), "triangle"),
        (lambda plan, done: sib.chain_ladder([[5e-324, 1], [1]]), "triangle"),
        (lambda plan, done: sib.risk.quantile_bounds([1, 2], 0.5, np.True_), "deviations"),
        (lambda plan, done: sib.risk.quantile_bounds([1, 2], 0.5, np.array(True)), "deviations"),
        (lambda plan, done: sib.risk.quantile_bounds([1, 2], 0.5, np.ma.array(2.0, mask=True)), "deviations"),
    ],
)
def test_found_wrong(call, where, plan, simulation):
    with pytest.raises(sib.InputError) as refused:
        call(plan, simulation)
    assert refused.value.where == where


def test_of_several_wrong_arguments_the_first_is_named():
    with pytest.raises(sib.InputError) as refused:
        sib.simulate("peterborough", 2.5, chance="x", progress="no")
    assert refused.value.where == "scenario"


def test_what_lies_under_a_mask_takes_no_key_away(plan):
    path = "payments.pooled.when.improvement"
    with pytest.raises(sib.InputError, match=path):
        plan.replace({path: np.ma.masked})
    for values in (np.ma.array([0.05, 0.1], mask=[1, 0]), plan, pd.array([0.05, None])):
        with pytest.raises(sib.InputError):
            sib.sweep({path: values}, plan, 100, rng=1)


@pytest.mark.parametrize("high", [2**64, 10**25])
def test_a_range_of_any_size_is_of_numbers(plan, high):
    table = sib.tornado(plan, {"payments.pooled.pays.per_unit": (1, high)}, paths=200, rng=1)
    assert table["high"].tolist() == [float(high)]
    assert "at most 1e+15" in table["refused"].item()


def test_a_hurdle_may_be_a_decimal(simulation):
    one, other = (simulation.summary(hurdle=rate, measures=["hurdle_probability"]) for rate in (0.05, Decimal("0.05")))
    pd.testing.assert_frame_equal(one, other)


def test_what_a_call_is_and_how_it_is_called_stays_python():
    assert str(inspect.signature(sib.load)) == "(name_or_path: 'str | os.PathLike[str]') -> 'Scenario'"
    with pytest.raises(TypeError, match="pathz"):
        sib.simulate(sib.load("peterborough"), pathz=3)
