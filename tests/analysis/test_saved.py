"""Saved simulations. Truth: what was saved; a file is whole or refused."""

import dataclasses
import hashlib
import io
import itertools
import os
import re
import stat
import time
from pathlib import Path

import numpy as np
import pytest

import sib
from sib.run.archive import unpacked, unsealed
from sib.show.text import meaning
from tests.analysis.kept import about, as_before, rewrite, same
from tests.shipped import NAMES as SHIPPED

CASES = Path(__file__).parents[1] / "cases"


class TestSavedSimulation:
    @pytest.mark.parametrize("name", ["peterborough", "denver", "newpin"])
    def test_comes_back_as_it_was(self, name, tmp_path):
        made = sib.simulate(sib.load(name), 3_000, rng=2, chance=("people", "belief"))
        made.save(tmp_path / "a.sib")
        opened = sib.open(tmp_path / "a.sib")
        same(opened, made)
        assert opened.paths.equals(made.paths)
        assert opened.tranches().equals(made.tranches())
        assert (opened.scenario, opened.chance, opened.version) == (made.scenario, made.chance, sib.__version__)
        same(sib.simulate(opened.scenario, 3_000, rng=opened.rng, chance=opened.chance), made)

    def test_of_a_posterior_knows_what_was_observed(self, plan, tmp_path):
        found = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1)
        found.posterior.save(tmp_path / "a.sib")
        opened = sib.open(tmp_path / "a.sib")
        same(opened, found.posterior)
        assert opened.paths.equals(found.posterior.paths)

    def test_of_a_long_run_is_its_summary(self, plan, tmp_path, monkeypatch):
        monkeypatch.setattr("sib.analysis.simulate.KEPT_PATHS", 10)
        made = sib.simulate(plan, 20_000, rng=2)
        made.save(tmp_path / "a.sib")
        assert (tmp_path / "a.sib").stat().st_size < 100_000
        same(sib.open(tmp_path / "a.sib"), made)

    def test_of_a_long_run_of_which_a_quantile_was_not_kept(self, plan, tmp_path):
        made = dataclasses.replace(sib.simulate(plan, 5_000, rng=2), _columns=None)
        made.save(tmp_path / "a.sib")
        assert sib.open(tmp_path / "a.sib").summary().equals(made.summary())

    def test_of_a_long_run_before_rows_had_intervals_has_none(self, plan, tmp_path, monkeypatch):
        """Its standard errors were widened, for worlds that paths share, when they were shown and not when kept."""
        monkeypatch.setattr("sib.analysis.simulate.KEPT_PATHS", 10)
        made = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1).posterior
        file = tmp_path / "a.sib"
        made.save(file)
        kept = about(file)["rows"]
        rows = [[row[0], row[1], row[2] / made.futures.widening, *row[5:]] for row in kept]
        rewrite(file, {"rows": rows, "format": 2}, as_before)
        table = sib.open(file).summary().drop("expected_cash_irr")
        assert made.futures.widening > 1.05
        np.testing.assert_allclose(table["mcse"], [row[2] for row in kept], rtol=1e-12)
        assert table[["low", "high"]].isna().all(axis=None)

    def test_damaged_is_refused_and_says_so(self, plan, tmp_path):
        """Where it is damaged: `tests/test_fuzz_kept.py`."""
        file = tmp_path / "a.sib"
        sib.simulate(plan, 500, rng=2).save(file)
        file.write_bytes(file.read_bytes()[:-1])
        with pytest.raises(sib.InputError) as caught:
            sib.open(file)
        assert str(caught.value) == (
            f"file\n  came:  {str(file)!r}\n  rule:  a simulation that sib saved, whole"
            " (it was cut or changed: it is not what its digest is of)\n"
            "  to do: take another copy, or simulate again and save it"
        )

    def test_is_no_older_file_without_its_first_line(self, plan, tmp_path):
        """A new file is never taken for one of a format that had no digest."""
        file = tmp_path / "a.sib"
        sib.simulate(plan, 500, rng=2).save(file)
        file.write_bytes(unsealed(file.read_bytes()))
        with pytest.raises(sib.InputError, match="of a format up to 3"):
            sib.open(file)

    def test_is_a_plain_file(self, tmp_path):
        """A pipe has no end, and nobody may ever write to it."""
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "link").symlink_to("/dev/zero")
        for name in ("pipe", "link"):
            with pytest.raises(sib.InputError, match="a file, and not a"):
                sib.open(tmp_path / name)

    def test_sweeps_what_a_killed_writer_left_of_it_and_nothing_else(self, plan, tmp_path):
        old = [".a.sib.0123abcd", ".a.sib.0123abcd.txt", ".b.sib.0123abcd", ".a.sib.notes", "a.sib.0123abcd"]
        for name in (*old, ".a.sib.89abcdef"):
            (tmp_path / name).write_text("half")
        for name in old:
            os.utime(tmp_path / name, (time.time() - 2 * 24 * 3600,) * 2)
        sib.simulate(plan, 100, rng=2).save(tmp_path / "a.sib")
        assert {p.name for p in tmp_path.iterdir()} == {"a.sib", *old[1:], ".a.sib.89abcdef"}

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"format": 99}, "of a format up to 3"),
            ({"format": 2}, "of a format up to 3"),
            ({"of": {}}, "not a part of a run"),
            ({"paths": 12}, "missing"),
            ({"ledger": [["2010-13-01", "a", "b", "cost", "c", 1.0]]}, "whole.*month"),
            ({"ledger": [["2010-12-01", "a", "b", "bribe", "c", 1.0]]}, "whole.*bribe"),
            ({"scenario": "= nonsense"}, "whole"),
            ({"seed": {}}, "whole"),
        ],
    )
    def test_that_says_something_else_is_refused(self, plan, tmp_path, change, said):
        file = tmp_path / "a.sib"
        sib.simulate(plan, 100, rng=2).save(file)
        rewrite(file, change)
        with pytest.raises(sib.InputError, match=said):
            sib.open(file)

    def test_of_an_older_format_with_a_movement_that_the_contract_does_not_make_is_refused(self, plan, tmp_path):
        file = tmp_path / "a.sib"
        sib.simulate(plan, 100, rng=2).save(file)
        rewrite(file, {"ledger": [["2010-12-01", "a", "b", "c", 1.0]], "format": 1}, as_before)
        with pytest.raises(sib.InputError, match=r"whole.*'c'"):
            sib.open(file)

    @pytest.mark.parametrize("sealed", [True, False])
    def test_holds_no_code(self, tmp_path, sealed):
        file = tmp_path / "a.sib"
        memory = io.BytesIO()
        np.savez(memory, about=np.array([object()], dtype=object))
        body = memory.getvalue()
        file.write_bytes(b"sib archive, SHA-256 %s\n" % hashlib.sha256(body).hexdigest().encode() * sealed + body)
        with pytest.raises(sib.InputError, match=r"whole \(Object arrays"):
            sib.open(file)

    def test_of_another_version_keeps_its_figures_and_draws_nothing(self, plan, tmp_path, monkeypatch):
        made = sib.simulate(plan, 1_000, rng=2)
        made.save(tmp_path / "a.sib")
        monkeypatch.setattr("sib.analysis.futures.VERSION", "99.0")
        opened = sib.open(tmp_path / "a.sib")
        assert opened.summary().equals(made.summary())
        for ask in (lambda: opened.paths, lambda: opened.ledger(3), lambda: opened.position()):
            with pytest.raises(sib.InputError, match="made by sib"):
                ask()

    def test_is_written_whole_or_not_at_all(self, plan, tmp_path, monkeypatch):
        file = tmp_path / "a.sib"
        file.write_text("what was there")

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(sib.InputError, match="No space left"):
            sib.simulate(plan, 100, rng=2).save(file)
        assert [p.name for p in tmp_path.iterdir()] == ["a.sib"]
        assert file.read_text() == "what was there"

    def test_is_on_the_disk_and_so_is_its_name(self, plan, tmp_path, monkeypatch):
        """First what is written, then the folder that lists it: else it may be lost with the power."""
        file, synced, real = tmp_path / "a.sib", [], os.fsync

        def watched(number):
            synced.append(("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file", file.exists()))
            real(number)

        monkeypatch.setattr(os, "fsync", watched)
        sib.simulate(plan, 100, rng=2).save(file)
        assert synced == [("file", False), ("folder", True)]

    @pytest.mark.parametrize("path", ["", 3, "no/such/folder/a.sib", "."])
    def test_nowhere_is_refused(self, plan, path, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(sib.InputError):
            sib.simulate(plan, 10, rng=2).save(path)
        with pytest.raises(sib.InputError):
            sib.open(path)


FIRST = {  # the estimates of files that were written when there was no other format
    "saved-1": [
        *(0.69, 0.51, 0.31, 0.025, 0.7540371950951935, 0.9902586679383525, -0.2975237127115302, 0.0008717508935433775),
        *(-1.0, 0.12999999999999998, -1442553.1480365677, 1.0, 1.0, 4999998.0, 3770184.4674015767, 6930578.510630445),
    ],
    "saved-1-long": [
        *(0.714042936284126, 0.47492172725512766, 0.285957063715874, 0.03465839895401101, 0.7887219307798301),
        *(1.032567613027045, -0.2704079117128566, 0.015361536072850313, -1.0, 0.12999999999999998, -1297449.6384805397),
        *(1.0, 1.0, 4999998.0, 3943608.076455289, 6930578.510630445),
    ],
    "saved-1-posterior": [
        *(0.695, 0.455, 0.305, 0.0, 0.763035770016271, 1.0182988073195227, -0.29579440550970565, 0.004069578724805839),
        *(-1.0, 0.06615681182483268, -1505327.0976207592, 1.0, 1.0, 4999998.0, 3815177.324009815, 6406130.582850471),
    ],
}


SECOND = {  # the same of the next format
    "saved-2": [
        *(0.72, 0.475, 0.28, 0.015, -0.070183825808773, 0.8036109033882779, 1.025381881987638, -0.2579729248646674),
        *(0.007338229981210664, -1.0, 0.12999999999999992, -1239097.2524059073, 1.0, 1.0, 4999998.0),
        *(4018052.9097195826, 6930578.510630445, 4018052.9097195826, 6930578.510630445, 0.0, 0.0, 0.0, 0.0, 0.0),
        *(4999998.0, 0.0),
    ],
    "saved-2-long": [
        *(0.705, 0.5, 0.295, 0.045, -0.08513827368089179, 0.7723191684348383, 0.9832443788537472),
        *(-0.28237261148257153, 0.006261128984663663, -1.0, 0.12999999999999992, -1355125.2698187793, 1.0, 1.0),
        *(4999998.0, 3861594.297535855, 6930578.510630445, 3861594.297535855, 6930578.510630445, 0.0, 0.0, 0.0, 0.0),
        *(0.0, 4999998.0, 0.0),
    ],
    "saved-2-posterior": [
        *(0.75, 0.44, 0.25, 0.0, -0.05670073915699875, 0.7957564751069832, 1.0589100235640097, -0.2504850995117891),
        *(0.012864716652048611, -1.0, 0.06615681182483274, -1377364.6397379865, 1.0, 1.0, 4999998.0),
        *(3978780.784021965, 6406130.582850471, 3978780.784021965, 6406130.582850471, 0.0, 0.0, 0.0, 0.0, 0.0),
        *(4999998.0, 0.0),
    ],
}


class TestOfTheFirstFormat:
    """Its ledgers had no kinds. Truth: the figures that were saved, and what the contract calls each movement."""

    @pytest.mark.parametrize("name", FIRST)
    def test_opens_with_its_figures(self, name):
        opened = sib.open(CASES / f"{name}.sib")
        of_that_time = sib.open(CASES / "saved-1-long.sib").summary().index  # a long run keeps the rows themselves
        assert opened.summary().loc[of_that_time, "estimate"].tolist() == FIRST[name]
        frame = opened.ledger().to_frame()
        kinds = {"draw": "draw", "repayment": "repayment", "return": "return", "pooled": "outcome payment"}
        kinds |= {f"service, cohort {i}": "cost" for i in (1, 2, 3)}
        kinds |= {f"early, cohort {i}": "outcome payment" for i in (1, 2, 3)}
        assert (frame["kind"] == frame["label"].map(kinds)).all()
        assert set(frame["kind"]) == {"draw", "cost", "outcome payment", "repayment", "return"}
        assert opened.ledger().drawn("investors") == pytest.approx(4_999_998)

    def test_has_no_figures_that_came_later_and_says_so(self):
        opened = sib.open(CASES / "saved-1.sib")
        assert "payer_net_mean" not in opened.summary().index
        said = "Saved by an older version: figures that came later are not in it; simulate again to have them."
        assert said in meaning(opened)
        with pytest.raises(sib.InputError) as caught:
            opened.ledger().costs()
        assert str(caught.value) == (
            "ledger\n  came:  'saved before costs were kept'\n  rule:  the mean ledger of a newer simulation\n"
            "  to do: simulate again, or ask for the ledger of one path"
        )

    def test_is_saved_in_the_present_one(self, tmp_path):
        opened = sib.open(CASES / "saved-1.sib")
        opened.save(tmp_path / "a.sib")
        assert about(tmp_path / "a.sib")["format"] == 3
        same(sib.open(tmp_path / "a.sib"), opened)

    @pytest.mark.parametrize("name", SHIPPED)
    def test_opens_as_it_was_saved(self, name, tmp_path):
        made = sib.simulate(sib.load(name), 300, rng=2)
        made.save(tmp_path / "a.sib")
        rows = [[*row[:3], *row[4:]] for row in about(tmp_path / "a.sib")["ledger"]]
        rewrite(tmp_path / "a.sib", {"format": 1, "ledger": rows}, as_before)
        same(sib.open(tmp_path / "a.sib"), made)


class TestOfTheSecondFormat:
    """It had no digest, but a sum of each of its members. Truth: the figures that were printed when it was saved."""

    @pytest.mark.parametrize("name", SECOND)
    def test_opens_with_its_figures(self, name):
        assert sib.open(CASES / f"{name}.sib").summary()["estimate"].tolist() == SECOND[name]

    def test_is_refused_where_the_length_of_a_header_was_changed(self, plan, tmp_path):
        """What follows a header would be read from another place, and the sum of a long member never be asked for."""
        sib.simulate(plan, 2_000, rng=2).save(tmp_path / "a.sib")
        rewrite(tmp_path / "a.sib", {"format": 2}, as_before)
        whole = (tmp_path / "a.sib").read_bytes()
        headers = [found.start() + 8 for found in re.finditer(b"\x93NUMPY", whole)]
        assert len(headers) == 11
        for place in headers:
            for bit in range(16):
                changed = bytearray(whole)
                changed[place + bit // 8] ^= 1 << bit % 8
                (tmp_path / "a.sib").write_bytes(changed)
                with pytest.raises(sib.InputError, match="whole"):
                    sib.open(tmp_path / "a.sib")

    def test_is_refused_where_parts_are_hidden(self, tmp_path):
        """The directory of the archive says how long each comment is, and one may swallow the columns after it."""
        whole = (CASES / "saved-2.sib").read_bytes()
        entries = [found.start() for found in re.finditer(b"PK\x01\x02", whole)]
        assert len(entries) == 11
        end = whole.index(b"PK\x05\x06")
        for before, hidden in itertools.pairwise(entries):
            changed = bytearray(whole)
            changed[before + 32 : before + 34] = (end - hidden).to_bytes(2, "little")
            (tmp_path / "a.sib").write_bytes(changed)
            with pytest.raises(sib.InputError, match="whole"):
                sib.open(tmp_path / "a.sib")


class TestOfTheSecondFormatBeforeThereWereFiguresOfCosts:
    """Such a file has five columns and no costs. Truth: the figures of the simulation that it is of."""

    def test_opens_with_the_figures_that_it_had(self, plan, tmp_path):
        file = tmp_path / "a.sib"
        made = sib.simulate(plan, 500, rng=2)
        made.save(file)
        said, arrays = unpacked(unsealed(file.read_bytes()))
        del said["costs"], said["of_cash"]
        arrays = {name: arrays[name] for name in ("payment", "drawn", "received", "npv", "irr")}
        file.write_bytes(as_before({**said, "format": 2}, arrays))
        opened = sib.open(file)
        assert opened.summary().equals(made.summary().drop("expected_cash_irr").iloc[:16])
        assert opened.paths.equals(made.paths[opened.paths.columns])
        opened.save(tmp_path / "b.sib")
        assert sib.open(tmp_path / "b.sib").summary().equals(opened.summary())

    def test_what_is_the_same_on_all_paths_is_kept_once(self, plan, tmp_path):
        for paths in (1_000, 11_000):
            sib.simulate(plan, paths, rng=2).save(tmp_path / f"{paths}.sib")
        few, many = ((tmp_path / f"{paths}.sib").stat().st_size for paths in (1_000, 11_000))
        assert many - few < 41 * 10_000
