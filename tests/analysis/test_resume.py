"""Runs that are taken up again. Truth: an unbroken run, to the last bit."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest

import sib
from sib.run.archive import write_first
from sib.run.blocks import BLOCK
from tests.analysis.kept import PATHS, Stops, about, rewrite, same


@pytest.fixture(scope="module")
def unbroken(plan):
    return sib.simulate(plan, PATHS, rng=11)


def refuse(*_):
    raise PermissionError(1, "Operation not permitted")


class TestRunTakenUpAgain:
    def test_has_the_bits_of_an_unbroken_one(self, plan, unbroken, tmp_path, monkeypatch):
        monkeypatch.setattr("sib.run.workers._AHEAD", 1)
        folder = tmp_path / "run"
        with pytest.raises(sib.Interrupted, match="stopped after 2 of 3 parts; what is finished is kept in"):
            sib.simulate(plan, PATHS, rng=11, resume=folder, executor=Stops(2))
        begun = sorted(p.name for p in folder.iterdir())
        assert len(begun) == 3
        same(sib.simulate(plan, PATHS, resume=folder, executor=Stops(1)), unbroken)  # only one piece is left to do
        same(sib.simulate(plan, PATHS, rng=11, resume=folder, executor=Stops(0)), unbroken)

    def test_is_stopped_wherever_that_finds_it(self, plan, unbroken, tmp_path, monkeypatch):
        """Ctrl-C may come while a part is added up, not only while one is waited for."""

        def impatient(items, total, **_):
            yield next(iter(items))
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("sib.analysis.futures.followed", impatient)
            with pytest.raises(sib.Interrupted, match="stopped after 1 of 3 parts; what is finished is kept in"):
                sib.simulate(plan, PATHS, rng=11, resume=tmp_path)
            with pytest.raises(sib.Interrupted, match="stopped after 1 of 3 parts; nothing of it is kept"):
                sib.simulate(plan, PATHS, rng=11)
        same(sib.simulate(plan, PATHS, rng=11, resume=tmp_path), unbroken)

    def test_can_be_made_longer(self, plan, unbroken, tmp_path):
        sib.simulate(plan, 8 * BLOCK, rng=11, resume=tmp_path)
        same(sib.simulate(plan, PATHS, rng=11, resume=tmp_path, executor=Stops(2)), unbroken)

    def test_does_damaged_parts_again(self, plan, unbroken, tmp_path):
        sib.simulate(plan, PATHS, rng=11, resume=tmp_path)
        for part in tmp_path.glob("part-*"):
            part.write_bytes(part.read_bytes()[:-100])
        same(sib.simulate(plan, PATHS, rng=11, resume=tmp_path), unbroken)

    def test_does_a_part_of_unknown_kinds_again(self, plan, unbroken, tmp_path):
        sib.simulate(plan, PATHS, rng=11, resume=tmp_path)
        part = min(tmp_path.glob("part-*"))
        entries = about(part)["entries"]
        rewrite(part, {"entries": [[*entries[0][:3], "bribe", *entries[0][4:]], *entries[1:]], "sums": []})
        same(sib.simulate(plan, PATHS, rng=11, resume=tmp_path), unbroken)

    def test_of_another_run_is_refused(self, plan, tmp_path, monkeypatch):
        sib.simulate(plan, 100, rng=11, resume=tmp_path)
        with pytest.raises(sib.InputError, match="another seed"):
            sib.simulate(plan, 100, rng=12, resume=tmp_path)
        with pytest.raises(sib.InputError, match="another scenario"):
            sib.simulate(sib.load("denver"), 100, rng=11, resume=tmp_path)
        with pytest.raises(sib.InputError, match="other layers"):
            sib.simulate(plan, 100, rng=11, resume=tmp_path, chance=("people",))
        with monkeypatch.context() as patched:
            patched.setattr("sib.analysis.checkpoint.FORMAT", 99)
            with pytest.raises(sib.InputError, match="another format of its parts: 4"):
                sib.simulate(plan, 100, rng=11, resume=tmp_path)
        monkeypatch.setattr("sib.analysis.checkpoint.VERSION", "99.0")
        with pytest.raises(sib.InputError, match="another version of sib"):
            sib.simulate(plan, 100, rng=11, resume=tmp_path)

    @pytest.mark.parametrize("links", [True, False])
    def test_takes_the_seed_of_who_came_first(self, plan, tmp_path, monkeypatch, links):
        """Another begins after this one found the folder empty; also where files cannot have second names."""
        if not links:
            monkeypatch.setattr(os, "link", refuse)
        others = []

        def late(file, content):
            with monkeypatch.context() as patched:
                patched.setattr("sib.analysis.checkpoint.write_first", write_first)
                others.append(sib.simulate(plan, 100, resume=tmp_path))
            write_first(file, content)

        monkeypatch.setattr("sib.analysis.checkpoint.write_first", late)
        same(sib.simulate(plan, 100, resume=tmp_path), others[0])
        assert others[0].seed.entropy == json.loads((tmp_path / "run.json").read_text())["seed"]["entropy"]
        assert len(list(tmp_path.iterdir())) == 2

    def test_takes_up_a_folder_in_which_one_had_just_begun(self, plan, tmp_path):
        """Killed before it said what it is: a folder, and what was being written."""
        folder = tmp_path / "new" / "run"
        folder.mkdir(parents=True)
        for name in (".run.json.0123abcd", ".part-0000000-100.sib.0123abcd"):
            (folder / name).write_text("{")
        os.utime(folder / ".run.json.0123abcd", (time.time() - 2 * 24 * 3600,) * 2)
        same(sib.simulate(plan, 100, rng=11, resume=folder), sib.simulate(plan, 100, rng=11))
        left = {".part-0000000-100.sib.0123abcd", "part-0000000-100.sib", "run.json"}  # the first may be at work
        assert {file.name for file in folder.iterdir()} == left

    def test_without_what_says_which_it_is_goes_on_for_who_knows_the_seed(self, plan, unbroken, tmp_path):
        sib.simulate(plan, PATHS, rng=11, resume=tmp_path)
        (tmp_path / "run.json").unlink()
        with pytest.raises(sib.InputError, match="holds other files"):
            sib.simulate(plan, PATHS, resume=tmp_path)
        same(sib.simulate(plan, PATHS, rng=11, resume=tmp_path, executor=Stops(0)), unbroken)

    def test_uses_no_part_of_another_run(self, plan, unbroken, tmp_path):
        """Another seed, other layers, another deal, another way of drawing; other paths of the same run."""
        made = sib.simulate(plan, 100, rng=11, resume=tmp_path / "run")
        (part,) = (tmp_path / "run").glob("part-*")
        others = [(plan, {"rng": 12}), (plan, {"rng": 11, "chance": ("people",)}), (sib.load("denver"), {"rng": 11})]
        others += [(plan, {"rng": 11, "sampling": "stratified"})]
        for number, (scenario, how) in enumerate(others):
            sib.simulate(scenario, 100, resume=tmp_path / str(number), **how)
            part.write_bytes((tmp_path / str(number) / part.name).read_bytes())
            same(sib.simulate(plan, 100, resume=tmp_path / "run"), made)
        sib.simulate(plan, PATHS, rng=11, resume=tmp_path / "long")
        first, second, _ = sorted((tmp_path / "long").glob("part-*"))
        first.write_bytes(second.read_bytes())
        same(sib.simulate(plan, PATHS, resume=tmp_path / "long"), unbroken)

    def test_whose_description_was_changed_is_refused(self, plan, unbroken, tmp_path):
        sib.simulate(plan, PATHS, rng=11, resume=tmp_path)
        file = tmp_path / "run.json"
        file.write_text(file.read_text().replace('"entropy": 11', '"entropy": 12'))
        for rng in (None, 11, 12):
            with pytest.raises(sib.InputError) as caught:
                sib.simulate(plan, PATHS, rng=rng, resume=tmp_path)
        assert str(caught.value) == (
            "resume\n  came:  'its run.json was changed or damaged'\n"
            "  rule:  the run.json that was written there, to the last bit\n"
            f"  to do: choose another folder, or remove {file} and pass the rng that the run was begun with:"
            " what is finished is kept"
        )
        file.unlink()
        same(sib.simulate(plan, PATHS, rng=11, resume=tmp_path, executor=Stops(0)), unbroken)

    @pytest.mark.parametrize("rng", [lambda: np.random.default_rng(5), lambda: np.random.Philox(key=5)])
    def test_has_the_bits_of_the_same_call_without_a_folder(self, plan, tmp_path, rng):
        made = sib.simulate(plan, 100, rng=rng())
        same(sib.simulate(plan, 100, rng=rng(), resume=tmp_path), made)
        same(sib.simulate(plan, 100, rng=rng(), resume=tmp_path), made)
        same(sib.simulate(plan, 100, rng=made.rng, resume=tmp_path), made)

    def test_of_an_older_format_says_so(self, plan, tmp_path):
        """What said which run it is had no digest then."""
        (tmp_path / "run.json").write_text('{"format": 3, "sib": "0.2.0", "seed": {"entropy": 11, "spawn_key": [0]}}')
        with pytest.raises(sib.InputError, match="another format of its parts: 3"):
            sib.simulate(plan, 100, rng=11, resume=tmp_path)

    def test_takes_no_folder_of_something_else(self, plan, tmp_path):
        (tmp_path / "letter.txt").write_text("dear")
        with pytest.raises(sib.InputError, match="holds other files"):
            sib.simulate(plan, 100, resume=tmp_path)
        with pytest.raises(sib.InputError, match="resume"):
            sib.simulate(plan, 100, resume=tmp_path / "letter.txt")
        (tmp_path / "run.json").write_text("{")
        with pytest.raises(sib.InputError, match="damaged"):
            sib.simulate(plan, 100, resume=tmp_path)

    @pytest.mark.slow
    def test_from_the_command_line(self, tmp_path):
        """Stopped by a signal, as Ctrl-C sends it; it ends promptly, says how to go on, and goes on."""
        command = [sys.executable, "-m", "sib", "run", "peterborough", "--paths", "2000000", "--seed", "5"]
        command += ["--resume", str(tmp_path / "run")]
        first = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
        )
        until = time.monotonic() + 60
        while len(list((tmp_path / "run").glob("part-*"))) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        first.send_signal(signal.SIGINT)
        stopped = time.monotonic()
        _, said = first.communicate(timeout=60)
        assert time.monotonic() - stopped < 10
        assert first.returncode == 130
        assert "the same call again goes on" in said
        assert "Traceback" not in said
        again = subprocess.run(command, capture_output=True, text=True, check=True)
        loss = sib.simulate(sib.load("peterborough"), 2_000_000, rng=5).summary().loc["loss_probability", "estimate"]
        assert f"{100 * loss:.1f}" in again.stdout


def test_a_run_that_keeps_nothing_says_so(plan):
    with pytest.raises(KeyboardInterrupt, match="nothing of it is kept"):
        sib.simulate(plan, PATHS, rng=11, executor=Stops(1))
