"""Whatever is done to a folder of a run, in whatever order. Truth: an unbroken run with the seed that it has."""

import os
import shutil
import tempfile
import time
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import sib
from sib.run.blocks import BLOCK
from tests.analysis.kept import Stops, same

LENGTHS = (100, BLOCK, BLOCK + 7, 2 * BLOCK + 7)
PLAN, OTHER = sib.load("newpin"), sib.load("benevolent")


@cache
def unbroken(paths, seed):
    """A run that nothing is done to."""
    return sib.simulate(PLAN, paths, rng=seed)


class Meanwhile(Executor):
    """Does something else in the midst of its work."""

    def __init__(self, what):
        self.what = what

    def submit(self, fn, /, *args, **kwargs):
        done = Future()
        done.set_result(fn(*args, **kwargs))
        what, self.what = self.what, lambda: None
        what()
        return done


class Folder(RuleBasedStateMachine):
    """A folder in which runs of one deal are begun, stopped, damaged, taken up, made longer and shared."""

    def __init__(self):
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.folder, self.seed = self.place / "run", None

    def teardown(self):
        shutil.rmtree(self.place)

    @property
    def parts(self):
        return sorted(self.folder.glob("part-*"))

    def run(self, paths, seed, executor=None):
        """Take the run up, and hold it against an unbroken one."""
        found = sib.simulate(PLAN, paths, rng=seed, resume=self.folder, executor=executor)
        self.seed = found.seed.entropy
        same(found, unbroken(paths, self.seed))
        return found

    def given(self, named):
        """The seed that is passed: the folder's own, one of ours where it has none, or none."""
        return (7 if self.seed is None else self.seed) if named else None

    @rule(paths=st.sampled_from(LENGTHS), named=st.booleans())
    def simulate(self, paths, named):
        self.run(paths, self.given(named))

    @rule(paths=st.sampled_from(LENGTHS), named=st.booleans(), after=st.integers(0, 2))
    def stop(self, paths, named, after):
        try:
            self.run(paths, self.given(named), Stops(after))
        except sib.Interrupted:
            if self.seed is None:
                self.run(100, self.given(named))

    @rule(paths=st.sampled_from(LENGTHS), other=st.sampled_from(LENGTHS), named=st.booleans())
    def share(self, paths, other, named):
        self.run(paths, self.given(named), Meanwhile(lambda: self.run(other, None)))

    @rule(old=st.booleans(), name=st.sampled_from(["run.json", "part-0000000-100.sib"]))
    def leave_half_a_file(self, old, name):
        """What a writer that is killed leaves."""
        self.folder.mkdir(exist_ok=True)
        half = self.folder / f".{name}.0123abcd"
        half.write_text("{")
        if old:
            os.utime(half, (time.time() - 2 * 24 * 3600,) * 2)

    @precondition(lambda self: self.parts)
    @rule(which=st.integers(0), place=st.integers(0), bit=st.integers(0, 7))
    def damage(self, which, place, bit):
        part = self.parts[which % len(self.parts)]
        content = bytearray(part.read_bytes())
        content[place % len(content)] ^= 1 << bit
        part.write_bytes(content)

    @precondition(lambda self: self.parts)
    @rule(which=st.integers(0), left=st.integers(0))
    def cut(self, which, left):
        part = self.parts[which % len(self.parts)]
        os.truncate(part, left % part.stat().st_size)

    @precondition(lambda self: self.parts)
    @rule(which=st.integers(0), other=st.integers(0))
    def confuse(self, which, other):
        """Put a part in the place of another."""
        part = self.parts[which % len(self.parts)]
        part.write_bytes(self.parts[other % len(self.parts)].read_bytes())

    @precondition(lambda self: self.parts)
    @rule(which=st.integers(0), seed=st.integers(0, 2), deal=st.sampled_from([PLAN, OTHER]))
    def bring_a_part_of_another_run(self, which, seed, deal):
        part = self.parts[which % len(self.parts)]
        sib.simulate(deal, int(part.stem.split("-")[2]), rng=seed, resume=self.place / f"{deal.name} {seed}")
        others = sorted((self.place / f"{deal.name} {seed}").glob("part-*"))
        part.write_bytes(others[which % len(others)].read_bytes())

    @precondition(lambda self: self.parts)
    @rule(which=st.integers(0))
    def remove(self, which):
        self.parts[which % len(self.parts)].unlink()

    @precondition(lambda self: self.seed is not None)
    @rule()
    def forget_which_run_it_is(self):
        """Who knows the seed goes on; nobody else does."""
        (self.folder / "run.json").unlink()
        if self.parts:
            with pytest.raises(sib.InputError, match="holds other files"):
                sib.simulate(PLAN, 100, resume=self.folder)
        self.run(100, self.seed)

    @precondition(lambda self: self.seed is not None)
    @rule()
    def refuse_another_run(self):
        with pytest.raises(sib.InputError, match="another seed"):
            sib.simulate(PLAN, 100, rng=self.seed + 1, resume=self.folder)
        with pytest.raises(sib.InputError, match="another scenario"):
            sib.simulate(OTHER, 100, resume=self.folder)

    @rule(paths=st.sampled_from(LENGTHS))
    def save_and_open(self, paths):
        self.run(paths, None).save(self.place / "a.sib")
        same(sib.open(self.place / "a.sib"), unbroken(paths, self.seed))

    @invariant()
    def holds_nothing_else(self):
        names = {file.name for file in self.folder.iterdir()} if self.folder.exists() else set()
        assert all(name.startswith(("part-", "run.json", ".run.json.", ".part-")) for name in names)


def test_whatever_is_done_to_a_folder():
    Folder.TestCase.settings = settings(max_examples=max(settings().max_examples // 8, 1), stateful_step_count=12)
    with mock.patch("sib.run.blocks._TOGETHER", 1):  # so that few paths are several parts
        Folder.TestCase().runTest()
