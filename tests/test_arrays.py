"""Paths are taken and joined by what is declared. Truth: the same done by hand on each array."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.arrays import by_path, concat, fingerprint, take
from sib.chance.sources import LAYERS, Chance
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.run.recipe import Deal
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over


@dataclass(frozen=True)
class Inner:
    of_paths: np.ndarray = by_path()
    fixed: np.ndarray | None = None


@dataclass(frozen=True)
class Outer:
    name: str
    rows: np.ndarray = by_path()
    either: np.ndarray = by_path(or_one=True)
    nothing: np.ndarray | None = by_path()
    named: dict = by_path(default_factory=dict)
    inner: tuple = by_path(default=())
    square: np.ndarray | None = None  # not declared: the same on all paths, whatever its shape


def made(paths, shift=0.0, *, wide=False):
    rows = np.arange(2 * paths, dtype=float).reshape(2, paths) + shift
    either = rows if wide else np.array([[1.0], [2.0]])
    return Outer("it", rows, either, None, {"a": rows[0]}, (Inner(rows[1], np.ones(3)), None), np.eye(3))


@given(st.integers(1, 5), st.lists(st.integers(0, 4), min_size=1, max_size=7))
def test_taking_takes_the_paths_of_each_array_that_has_them(paths, which):
    which = np.array(which) % paths
    before, after = made(paths, wide=paths > 1), take(made(paths, wide=paths > 1), which)
    np.testing.assert_array_equal(after.rows, before.rows[:, which])
    np.testing.assert_array_equal(after.named["a"], before.named["a"][which])
    np.testing.assert_array_equal(after.inner[0].of_paths, before.inner[0].of_paths[which])
    np.testing.assert_array_equal(
        np.broadcast_to(after.either, after.rows.shape)[:, 0],
        before.either[:, which[0]] if paths > 1 else before.either[:, 0],
    )
    assert after.nothing is None
    assert after.inner[1] is None
    np.testing.assert_array_equal(after.square, np.eye(3))
    np.testing.assert_array_equal(after.inner[0].fixed, np.ones(3))


@pytest.mark.parametrize("wide", [False, True])
def test_joining_puts_paths_end_to_end_and_leaves_the_rest(wide):
    whole = concat([made(3, wide=wide), made(3, 10.0, wide=wide), made(1, 20.0, wide=wide)])
    assert whole.rows.shape == (2, 7)
    np.testing.assert_array_equal(whole.rows[:, 6], [20.0, 21.0])
    assert whole.either.shape == ((2, 7) if wide else (2, 1))
    np.testing.assert_array_equal(whole.square, np.eye(3))
    for start, stop, part in ((0, 3, made(3)), (3, 6, made(3, 10.0)), (6, 7, made(1, 20.0))):
        np.testing.assert_array_equal(take(whole, np.arange(start, stop)).rows, part.rows)


@pytest.mark.parametrize("name", ["peterborough", "newpin", "reboot-west", "rhino-bond"])
def test_a_world_taken_apart_and_joined_is_the_world(name):
    model = Deal.of(sib.load(name)).model
    world = believe(model, Chance(7, np.random.SeedSequence(1), 0, frozenset(LAYERS)))
    again = concat([take(world, np.arange(0, 4)), take(world, np.arange(4, 7))])
    assert fingerprint(again) == fingerprint(world)


def undeclared(value, paths, where="it"):
    """Where something carries paths on its last axis and the field in which it stands does not say so."""
    if is_dataclass(value):
        for one in fields(value):
            inner, here = getattr(value, one.name), f"{where}.{one.name}"
            if "paths" not in one.metadata:
                carries = [part for part in parts(inner) if any("paths" in f.metadata for f in fields(part))]
                yield from [here] if carries else undeclared(inner, paths, here)
            for part in parts(inner):
                yield from undeclared(part, paths, here)
    elif isinstance(value, np.ndarray):
        yield from [where] if value.shape[-1:] == (paths,) else []
    elif isinstance(value, Mapping | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from undeclared(part, paths, where)


def parts(value):
    """The dataclasses in a field, in tables and tuples or by themselves."""
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else [value]
    return [one for item in inside for one in (item if isinstance(item, tuple) else (item,)) if is_dataclass(one)]


@pytest.mark.parametrize("fragment", [BASE, *FRAGMENTS], ids=["the small deal", *TITLES])
def test_every_array_of_paths_says_so_and_blocks_join_to_one(fragment):
    model, paths = Deal.of(laid_over(BASE, "" if fragment is BASE else fragment)).model, 97
    chance = Chance(paths, np.random.SeedSequence(1), 0, frozenset(LAYERS))
    world = believe(model, chance)
    outcomes = draw(model, world, chance)
    assert sorted(set(undeclared((world, outcomes), paths))) == []
    pieces = [take((outcomes, world.shocks), np.arange(*ends)) for ends in ((0, 40), (40, paths))]
    assert fingerprint(concat(pieces)) == fingerprint((outcomes, world.shocks))


@pytest.mark.parametrize("name", ["peterborough", "reboot-west"])
def test_a_fingerprint_depends_on_every_field_of_a_model(name):
    model = Deal.of(sib.load(name)).model
    first, *others = model.metrics
    changed = [replace(model, **{one.name: "changed"}).fingerprint for one in fields(model)]
    changed += [
        replace(model, programme=replace(model.programme, **{one.name: "changed"})).fingerprint
        for one in fields(model.programme)
    ]
    changed += [
        replace(model, metrics=(replace(first, **{one.name: "changed"}), *others)).fingerprint for one in fields(first)
    ]
    assert model.fingerprint not in changed
    assert len(set(changed)) == len(changed)


def test_fingerprints_tell_the_last_bit():
    one = {"a": np.array([1.0, 2.0]), "b": (float("nan"), None, "x")}
    assert fingerprint(one) == fingerprint({"a": np.array([1.0, 2.0]), "b": (float("nan"), None, "x")})
    for other in (
        {"a": np.array([1.0, np.nextafter(2.0, 3.0)]), "b": one["b"]},
        {"a": np.array([[1.0], [2.0]]), "b": one["b"]},
        {"a": one["a"], "b": (float("nan"), None, "y")},
        {"a": one["a"], "b": (float("nan"), (None, "x"))},
        {"a": one["a"], "c": one["b"]},
    ):
        assert fingerprint(other) != fingerprint(one)
    assert fingerprint({"b": one["b"], "a": one["a"]}) == fingerprint(one)  # a table's order says nothing
