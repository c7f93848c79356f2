"""Fuzz kept files: `python -m tests.fuzz_kept [SECONDS] [SEED]` from the root of a checkout.

Saved simulations of every format, a part of a run and its `run.json`: every bit of those of today's format is flipped,
then bytes of all are changed, cut out, put in, doubled and mixed at random. Each file has to be refused with an
`InputError`, or to give the figures that it gave, to the last bit; a part that is not what was written is drawn again.
Prints how many of each there were.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import sib
from sib.analysis.checkpoint import Checkpoint
from sib.chance.sources import LAYERS
from tests.fuzz import in_four_parts, keeping

CASES = Path(__file__).parent / "cases"
PATHS = 200


class Kept(NamedTuple):
    """A file, and what becomes of one with other content in its place."""

    file: Path
    content: bytes
    outcome: Callable[[bytes], str]


def figures(simulation: sib.Simulation) -> tuple[object, ...]:
    """All that a simulation says without drawing again."""
    columns = {name: values.tobytes() for name, values in (simulation._columns or {}).items()}
    table = simulation.summary().to_csv()
    seed = (simulation.seed.entropy, simulation.seed.spawn_key, simulation.chance, simulation.futures.recipe.way)
    recipe = (simulation.scenario, simulation.futures.recipe.observed, simulation.n_paths, simulation.effective_paths)
    return columns, table, simulation.ledger(), seed, recipe, simulation.version


def saved(file: Path) -> Kept:
    """A saved simulation."""
    return _held_to(file, lambda: sib.open(file))


def of_run_json(file: Path) -> Kept:
    """What says which run a folder is of; the run is taken up after each change."""
    plan = sib.load("peterborough")
    return _held_to(file, lambda: sib.simulate(plan, PATHS, resume=file.parent))


def _held_to(file: Path, read: Callable[[], sib.Simulation]) -> Kept:
    """A file that is read with the figures that it has now, or refused."""
    content, known = file.read_bytes(), figures(read())

    def outcome(changed: bytes) -> str:
        file.write_bytes(changed)
        try:
            found = read()
        except sib.InputError as error:
            return "refused" if in_four_parts(error) else "refused without a word"
        assert figures(found) == known, "other figures"
        return "the same"

    return Kept(file, content, outcome)


def of_part(file: Path) -> Kept:
    """A part of a run: it is read, or it is not and so drawn again."""
    content = file.read_bytes()
    parts = Checkpoint.of(file.parent, sib.load("peterborough"), None, LAYERS)

    def read() -> tuple[object, ...] | None:
        piece = parts.load((0, PATHS))
        if piece is None:
            return None
        columns = {name: values.tobytes() for name, values in piece.columns.items()}
        cash = [values.tobytes() for values in (piece.cash.years, piece.cash.paths, piece.cash.cash)]
        return columns, cash, piece[2:]

    known = read()
    assert known is not None

    def outcome(changed: bytes) -> str:
        file.write_bytes(changed)
        found = read()
        if found is None:
            return "drawn again"
        assert found == known, "other figures"
        return "the same"

    return Kept(file, content, outcome)


def kept_files(folder: Path) -> list[Kept]:
    """A file of each kind."""
    plan = sib.load("peterborough")
    sib.simulate(plan, PATHS, rng=3).save(folder / "a.sib")
    with mock.patch("sib.analysis.simulate.KEPT_PATHS", 10):
        sib.simulate(sib.load("denver"), PATHS, rng=3, sampling="stratified").save(folder / "long.sib")
    sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=PATHS, rng=1).posterior.save(folder / "posterior.sib")
    for case in CASES.glob("saved-*.sib"):
        (folder / case.name).write_bytes(case.read_bytes())
    sib.simulate(plan, PATHS, rng=3, resume=folder / "run")
    (part,) = (folder / "run").glob("part-*")
    ours = [saved(file) for file in sorted(folder.glob("*.sib"))]
    return [of_run_json(folder / "run" / "run.json"), of_part(part), *ours]


def flipped(content: bytes, first: int | None = None) -> Iterator[bytes]:
    """Every bit flipped, one by one; or each of the first bytes."""
    for place in range(len(content[:first])):
        for bit in range(8):
            yield content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :]


def changed(content: bytes, others: list[bytes], rnd: random.Random) -> bytes:
    """Content that is somewhat other."""
    data = bytearray(content)
    at, to = sorted(rnd.choices(range(len(data) + 1), k=2))
    match rnd.randrange(12):
        case 0:  # one bit
            data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
        case 1:  # some bytes
            for _ in range(rnd.randrange(1, 9)):
                data[rnd.randrange(len(data))] = rnd.randrange(256)
        case 2:
            del data[at:]
        case 3:
            del data[:at]
        case 4:
            data[at:at] = rnd.randbytes(rnd.randrange(1, 99))
        case 5:
            del data[at:to]
        case 6:
            data[at:at] = data[at:to]
        case 7:  # what a disk leaves that lost power
            data[at:to] = bytes(to - at)
        case 8:
            other = rnd.choice(others)
            data[at:] = other[rnd.randrange(len(other)) :]
        case 9:  # its first lines and what follows another's
            other = rnd.choice(others)
            data = bytearray(content[: content.find(b"\n") + 1] + other[other.find(b"\n") + 1 :])
        case 10:  # what an archive says of itself stands at its beginning and its end
            for _ in range(rnd.randrange(1, 3)):
                data[rnd.choice((rnd.randrange(min(len(data), 400)), -1 - rnd.randrange(min(len(data), 1000))))] = (
                    rnd.randrange(256)
                )
        case _:  # one digit
            digits = [i for i in range(min(len(data), 4000)) if 48 <= data[i] <= 57] or [0]
            data[rnd.choice(digits)] = rnd.randrange(48, 58)
    return bytes(data)


def fuzz(seconds: float, seed: int, changes: float = math.inf, first: int | None = None) -> Counter[str]:
    """Fuzz for a while, half of it at most bit by bit; or with so many changes, and the bits of so many bytes only.

    Stops at the first file that ends otherwise, and keeps it.

    Raises
    ------
    SystemExit
        Where one does.
    """
    warnings.simplefilter("error")
    rnd = random.Random(seed)  # noqa: S311 -- changes, not secrets
    found: Counter[str] = Counter()
    until = time.monotonic() + seconds
    memory = Path("/dev/shm")  # noqa: S108 -- a disk would take most of the time
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        files = kept_files(Path(folder))
        contents = [kept.content for kept in files]

        def met(kept: Kept, content: bytes, how: str) -> None:
            with keeping(content, f"fuzzed-{seed}-{sum(found.values())}-{kept.file.name}"):
                found[f"{kept.file.name}, {how}: {kept.outcome(content)}"] += 1

        for kept in files:
            for content in () if kept.file.name.startswith("saved-") else flipped(kept.content, first):
                if time.monotonic() > until - seconds / 2:
                    break
                met(kept, content, "a bit flipped")
        done = 0
        while time.monotonic() < until and done < changes:
            kept = rnd.choice(files)
            met(kept, changed(kept.content, contents, rnd), "changed")
            done += 1
    return found


if __name__ == "__main__":
    counts = fuzz(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for what in sorted(counts):
        print(f"{what}: {counts[what]:,}")
    print(f"in all: {counts.total():,}")
