"""Where text and files come from and go to, when that goes wrong: full disks, pipes, devices, readers who leave.

Truth: the system's own full device, its limit on the size of files, pipes that nobody writes to or reads from.
"""

import contextlib
import io
import os
import resource
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

import sib
from sib.cli import main
from sib.cli.app import app
from sib.cli.out import write
from sib.disk import read_up_to
from sib.run.archive import write_whole
from sib.scenario.starters import STARTERS
from tests.hostile import said

BRIEF = ("--paths", "20", "--seed", "1")
PRINTING = {  # every command but those that print a line on what they wrote: see below
    "run": ("peterborough", *BRIEF),
    "compare": ("peterborough", "peterborough-2017", *BRIEF),
    "tornado": ("peterborough", "--range", "limits.payer cap.amount", "--points", "2", *BRIEF),
    "cash": ("denver", "jail loans", *BRIEF),
    "budget": ("denver", *BRIEF),
    "settle": ("denver", "--result", "housing days=299928", "--result", "jail days=0.38"),
    "solve": (
        *("denver", "--vary", "payments.housing days.pays.per_unit", "--target", "8000000", "--measure", "payment"),
        *("--within", "1", "20"),
        *("--result", "housing days=299928", "--result", "jail days=0.38"),
    ),
    "describe": ("denver",),
    "check": ("denver",),
    "schema": (),
    "list": (),
    "docs": ("cookbook",),
    "version": (),
    "--help": (),
}
if sys.platform != "linux":
    pytest.skip("the full device is Linux's", allow_module_level=True)


def ended(target, *words):
    """What a command says of errors, and with which code it ends, where its output goes to a file of the system."""
    err = io.StringIO()
    descriptor = os.open(target, os.O_WRONLY) if isinstance(target, str) else target
    with (
        os.fdopen(descriptor, "w") as out,
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "argv", ["sib", *words]),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code
    return err.getvalue(), code


@pytest.mark.parametrize("command", PRINTING)
def test_a_full_disk_is_one_clear_error(command):
    err, code = ended("/dev/full", command, *PRINTING[command])
    rule = "rule:  a place that can be written to"
    assert err == f"standard output\n  came:  'No space left on device'\n  {rule}\n  to do: write to another place\n"
    assert code == 2


@pytest.mark.parametrize("command", PRINTING)
def test_a_reader_who_has_left_is_no_error(command):
    reading, writing = os.pipe()
    os.close(reading)
    err, code = ended(writing, command, *PRINTING[command])
    assert (err, code) == ("", 1)


def test_every_command_that_prints_is_tried():
    assert {one.name or one.callback.__name__ for one in app.registered_commands} == (
        {*PRINTING} - {"--help"} | {"new", "report", "workbook", "update"}  # of which below
    )


def test_processes_end_quietly():
    """As a shell has them: the reader leaves early; even errors find no room; nobody reads at all."""
    run = [sys.executable, "-c", "from sib.cli import main; main()"]
    shell = 'set -o pipefail; "$@" docs cookbook | head -1 >/dev/null; "$@" check nobody 2>/dev/full; echo $?'
    done = subprocess.run(["bash", "-c", shell, "bash", *run], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("2\n", "")
    done = subprocess.run(["bash", "-c", '"$@" version >&-', "bash", *run], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@contextlib.contextmanager
def small_files():
    """No file of this process may have more than 4,000 bytes: a write beyond fails as it does on a full disk.

    No longer than it is needed, as what pytest writes may go to a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def writers(simulation):
    """What writes a file, by what it is called: a function of the file."""
    deal = simulation.scenario
    return {
        "save": simulation.save,
        "report": lambda file: sib.report(simulation, file.with_suffix(".html")),
        "workbook": lambda file: sib.workbook(deal, file.with_suffix(".xlsx")),
        "new": lambda file: write_whole(file, STARTERS["cohort"].encode() * 2),
        "--out": lambda file: write({file.name: deal.assumptions()}, {}, file.parent),
        "pictures": lambda file: write({}, {file.name: partial(sib.plot.cash, simulation)}, file.parent),
    }


@pytest.mark.parametrize(
    "what", ["save", pytest.param("report", marks=pytest.mark.slow), "workbook", "new", "--out", "pictures"]
)
def test_a_file_that_does_not_fit_is_not_begun(what, tmp_path, tiny):
    with pytest.raises(sib.InputError) as error, small_files():
        writers(tiny)[what](tmp_path / "file")
    assert "rule:  a place that can be written to (File too large)" in str(error.value)
    assert list(tmp_path.iterdir()) == [], "nothing half written is left"


@pytest.fixture(scope="module")
def tiny():
    return sib.simulate(sib.load("denver"), 200, rng=1)


@pytest.fixture
def in_time():
    """A test that waits for a pipe fails, and does not wait for ever."""

    def over(*_):
        message = "it waited"
        raise TimeoutError(message)

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=["a pipe", "a device", "a link to a device", "a link to a pipe", "a socket"])
def other(request, tmp_path, in_time):
    """A place that is no file, and what it is."""
    place = tmp_path / "other.toml"
    kind = request.param.removeprefix("a link to ")
    target = place if kind == request.param else tmp_path / "target"
    if "pipe" in kind:
        os.mkfifo(target)
    elif "socket" in kind:
        with socket.socket(socket.AF_UNIX) as one, contextlib.chdir(tmp_path):
            one.bind(target.name)
    else:
        target = Path("/dev/full")
    if target != place:
        place.symlink_to(target)
    return place, f"a {kind.removeprefix('a ')}"


def test_what_is_no_file_is_not_read(other):
    """Neither a scenario, nor results, nor a simulation: nobody waits for a pipe that nobody writes to."""
    place, kind = other
    for words in (
        ("check", str(place)),
        ("settle", "denver", "--results", str(place)),
        ("update", "denver", "--results", str(place)),
    ):
        out, err, code = said(*words)
        assert (out, code) == ("", 2)
        assert f"a file, and not {kind}" in err
    with pytest.raises(sib.InputError, match=f"a file, and not {kind}"):
        sib.open(place)


def test_what_is_no_file_is_not_replaced(other, tiny):
    place, kind = other
    before = place.lstat()
    for suffix, write_it in (
        (".sib", tiny.save),
        (".html", partial(sib.report, tiny)),
        (".xlsx", partial(sib.workbook, tiny.scenario)),
        (".csv", lambda file: write({file.name: tiny.scenario.assumptions()}, {}, file.parent)),
    ):
        file = place.rename(place.with_suffix(suffix))
        with pytest.raises(sib.InputError, match=f"a file, and not {kind}"):
            write_it(file)
        place = file
    assert place.lstat().st_ino == before.st_ino
    assert said("new", str(place))[2] == 2
    assert place.lstat().st_ino == before.st_ino


def test_a_file_without_an_end_is_read_no_further_than_it_may_be(tmp_path):
    """A sparse file of a terabyte, which as a scenario or as results would fill the memory."""
    huge = tmp_path / "huge.toml"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    assert read_up_to(huge, 1_000) is None
    assert "a scenario file of at most 2 MB" in said("check", str(huge))[1]
    assert "at most 20 MB are read" in said("settle", "denver", "--results", str(huge))[1]
    assert "at most 20 MB are read" in said("update", "denver", "--results", str(huge))[1]


def test_new_leaves_what_there_is(tmp_path):
    (tmp_path / "link.toml").symlink_to(tmp_path / "nowhere.toml")
    assert "nothing is overwritten" in said("new", str(tmp_path / "link.toml"))[1]
    assert not (tmp_path / "nowhere.toml").exists()
