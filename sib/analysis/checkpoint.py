"""The finished parts of a run, in a folder, so that it can be stopped and goes on where it was.

`run.json` says which run it is. It is written before any part, whole, by whoever comes first: so of several processes
that begin in one folder one chooses the seed and all draw the same futures. Each part says of which run and of which
paths it is; one of another run, or one that was damaged, is drawn again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sib.analysis.columns import COLUMNS, Piece
from sib.chance.sources import Layer, Way
from sib.chance.streams import seed_of
from sib.errors import InputError, Problem
from sib.measures.expected import Lots
from sib.run.archive import (
    UNREADABLE,
    beside,
    content_of,
    packed,
    path_of,
    seed_data,
    seed_of_data,
    sweep,
    synced,
    unpacked,
    unsealed,
    write_first,
    write_whole,
)
from sib.run.blocks import Run
from sib.scenario.scenario import Scenario
from sib.settlement.arrears import Settled
from sib.settlement.book import Entry, Kind
from sib.version import VERSION

FORMAT = 4  # of the parts that are kept
_PART = r"part-\d+-\d+\.sib"
_FILES = rf"run\.json|{_PART}"
_CASH = ("cash_years", "cash_paths", "cash")  # what the cash by lots of paths is called in a part
_SAME = {  # what a run is not gone on with where it is another
    "format": "format of its parts",
    "sib": "version of sib",
    "numpy": "version of NumPy",
    "scipy": "version of SciPy",
    "scenario": "scenario",
}


@dataclass(frozen=True)
class Checkpoint:
    """A folder that keeps the finished parts of one run.

    Parameters
    ----------
    folder : Path
        Holds `run.json`, which says what run it is, and a file for each finished part.
    about : mapping
        What run it is: all that its futures depend on.
    """

    folder: Path
    about: Mapping[str, Any]

    @property
    def seed(self) -> np.random.SeedSequence:
        """The seed of the run."""
        return seed_of_data(self.about["seed"])

    @classmethod
    def of(
        cls,
        folder: str | os.PathLike[str],
        scenario: Scenario,
        seed: np.random.SeedSequence | None,
        layers: Collection[Layer],
        *,
        way: Way = "plain",
    ) -> Checkpoint:
        """The folder of a run: a new one, or one in which the same run was begun.

        Without a seed that of the folder is taken, or one is chosen.

        Raises
        ------
        InputError
            Where it belongs to another scenario, seed or version, holds anything else, its `run.json` was changed, or
            it cannot be written to.
        """
        import scipy

        path = path_of("resume", folder)
        run = {
            "format": FORMAT,
            "sib": VERSION,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "name": scenario.name,
            "scenario": hashlib.sha256(scenario.to_toml().encode()).hexdigest(),
            "chance": sorted(layers),
            "sampling": way,
        }
        file = path / "run.json"
        try:
            if not file.exists():
                _make(path)
                _refuse_others(
                    path, ours=beside(_FILES) if seed is None else re.compile(rf"{_PART}|{beside(_FILES).pattern}")
                )
                write_first(file, _text({**run, "seed": seed_data(seed_of(None) if seed is None else seed)}))
            sweep(path, _FILES)
            begun = _begun(file)
        except InputError:
            raise
        except (OSError, ValueError) as error:  # a name that no folder can have is a ValueError
            rule = f"a folder that can be written to ({getattr(error, 'strerror', None) or error})"
            raise InputError(Problem("resume", str(path), rule, "choose another folder")) from None
        for key, what in _SAME.items():
            if begun.get(key) != run[key]:
                came = f"it was begun with another {what}: {begun.get('name' if key == 'scenario' else key)}"
                raise _refused(path, came, f"a run of the same {what}")
        if any(begun.get(key) != run[key] for key in ("chance", "sampling")):
            rule = "a run of the same layers of chance, drawn in the same way"
            raise _refused(path, "it was begun with other layers of chance or another way of drawing", rule)
        if seed is not None and seed_data(seed) != begun["seed"]:
            came = f"it was begun with another seed, of entropy {begun['seed']['entropy']}"
            raise _refused(path, came, "a run of the same seed; without rng its own is taken")
        return cls(path, begun)

    def find(self, run: Run) -> bool:
        """Whether a part was finished before."""
        return self._file(run).exists()

    def load(self, run: Run) -> Piece | None:
        """What was kept of a finished part; None where its file is damaged, or is of another run or other paths."""
        try:
            about, arrays = unpacked(unsealed(content_of(self._file(run))))
            if about["of"] != self._of(run):
                return None
            columns = {name: arrays[name] for name in COLUMNS}
            cash = Lots(*(arrays[name] for name in _CASH))
            written = about["entries"]
            entries = [Entry(step, payer, payee, Kind(kind), *rest) for step, payer, payee, kind, *rest in written]
            costs = [Settled(*row) for row in about["costs"]]
            return Piece(columns, cash, about["sums"], entries, about["effective"], costs)
        except UNREADABLE:
            return None

    def write(self, run: Run, part: Piece) -> None:
        """Keep a finished part."""
        columns, cash, sums, entries, effective, costs = part
        about: dict[str, Any] = {"of": self._of(run), "sums": sums, "entries": [list(entry) for entry in entries]}
        about |= {"effective": effective, "costs": [list(owed) for owed in costs]}
        write_whole(
            self._file(run), packed(about, columns | dict(zip(_CASH, (cash.years, cash.paths, cash.cash), strict=True)))
        )

    def _file(self, run: Run) -> Path:
        return self.folder / f"part-{run[0]:07d}-{run[1]}.sib"

    def _of(self, run: Run) -> dict[str, Any]:
        """What a part is of."""
        return {**self.about, "block": run[0], "paths": run[1]}


def _make(folder: Path) -> None:
    """Make a folder, and those that it is in, and have their names on the disk."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        synced(one.parent)


def _refuse_others(folder: Path, ours: re.Pattern[str]) -> None:
    """Refuse a folder that holds anything else than what is left of a run of ours that had just begun.

    Parts without `run.json` are taken up by who names the seed: they say whose they are.
    """
    names = {file.name for file in folder.iterdir()}
    begun = "run.json" in names or (folder / "run.json").exists()  # somebody may just have written it, and then parts
    if not begun and any(not ours.fullmatch(name) for name in names):
        raise _refused(folder, "holds other files", "an empty folder, or one of a run that was begun")


def _text(about: Mapping[str, Any]) -> bytes:
    """What `run.json` holds: what run it is, and a digest of that."""
    digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()
    return json.dumps({**about, "sha256": digest}, indent=1).encode()


def _begun(file: Path) -> dict[str, Any]:
    """What run was begun in a folder.

    Raises
    ------
    OSError
        Where it cannot be read.
    InputError
        Where `run.json` is not what was written; one of an older format has no digest, and is refused by its format.
    """
    try:
        content = content_of(file)
        found = dict(json.loads(content))
        digest = found.pop("sha256", None)
        if content == _text(found) or (digest is None and found["format"] < FORMAT):
            return found
    except OSError:
        raise
    except UNREADABLE:
        pass
    raise InputError(
        Problem(
            "resume",
            "its run.json was changed or damaged",
            "the run.json that was written there, to the last bit",
            f"choose another folder, or remove {file} and pass the rng that the run was begun with:"
            " what is finished is kept",
        )
    )


def _refused(folder: Path, came: str, rule: str) -> InputError:
    return InputError(Problem("resume", came, rule, f"choose another folder, or remove {folder}"))
