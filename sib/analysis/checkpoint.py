"""The finished parts of a run, in a folder, so that it can be stopped and goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sib.analysis.columns import COLUMNS, Piece, fits
from sib.chance.sources import Layer, Way
from sib.chance.streams import Rng, seed_of
from sib.errors import InputError, Problem
from sib.measures.expected import Lots
from sib.run.archive import UNREADABLE, packed, path_of, seed_data, seed_of_data, unpacked, write_whole
from sib.run.blocks import Run
from sib.scenario.scenario import Scenario
from sib.settlement.arrears import Settled
from sib.settlement.book import Entry, Kind
from sib.version import VERSION

FORMAT = 3  # of the parts that are kept
_CASH = ("cash_years", "cash_paths", "cash")  # what the cash by lots of paths is called in a part
_SAME = {  # what a run is not gone on with where it is another
    "format": "format of its parts",
    "sib": "version of sib",
    "numpy": "version of NumPy",
    "scenario": "scenario",
}


@dataclass(frozen=True)
class Checkpoint:
    """A folder that keeps the finished parts of one run.

    Parameters
    ----------
    folder : Path
        Holds `run.json`, which says what run it is, and a file for each finished part.
    seed : SeedSequence
        The seed of the run.
    """

    folder: Path
    seed: np.random.SeedSequence

    @classmethod
    def of(
        cls,
        folder: str | os.PathLike[str],
        scenario: Scenario,
        rng: Rng,
        layers: Collection[Layer],
        *,
        way: Way = "plain",
    ) -> Checkpoint:
        """The folder of a run: a new one, or one in which the same run was begun.

        Raises
        ------
        InputError
            Where it belongs to another scenario, seed or version, holds anything else, or cannot be written to.
        """
        path = path_of("resume", folder)
        identity = {
            "format": FORMAT,
            "sib": VERSION,
            "numpy": np.__version__,
            "name": scenario.name,
            "scenario": hashlib.sha256(scenario.to_toml().encode()).hexdigest(),
            "chance": sorted(layers),
            "sampling": way,
        }
        about = path / "run.json"
        try:
            if not about.exists():
                path.mkdir(parents=True, exist_ok=True)
                if any(path.iterdir()):
                    raise _refused(path, "holds other files", "an empty folder, or one of a run that was begun")
                seed = seed_of(rng)
                write_whole(about, json.dumps({**identity, "seed": seed_data(seed)}, indent=1).encode())
                return cls(path, seed)
            begun = json.loads(about.read_text(encoding="utf-8"))
            seed = seed_of_data(begun["seed"])
        except OSError as error:
            rule = f"a folder that can be written to ({error.strerror})"
            raise InputError(Problem("resume", str(path), rule, "choose another folder")) from None
        except InputError:
            raise
        except UNREADABLE:
            raise _refused(path, "its run.json is damaged", "the folder of a run that was begun") from None
        for key, what in _SAME.items():
            if begun.get(key) != identity[key]:
                came = f"it was begun with another {what}: {begun.get('name' if key == 'scenario' else key)}"
                raise _refused(path, came, f"a run of the same {what}")
        if any(begun.get(key) != identity[key] for key in ("chance", "sampling")):
            rule = "a run of the same layers of chance, drawn in the same way"
            raise _refused(path, "it was begun with other layers of chance or another way of drawing", rule)
        if rng is not None and seed_data(seed_of(rng)) != begun["seed"]:
            came = f"it was begun with another seed, of entropy {seed.entropy}"
            raise _refused(path, came, "a run of the same seed; without rng its own is taken")
        return cls(path, seed)

    def find(self, run: Run) -> bool:
        """Whether a part was finished before."""
        return self._file(run).exists()

    def load(self, run: Run) -> Piece | None:
        """What was kept of a finished part; None where its file is damaged."""
        try:
            about, arrays = unpacked(self._file(run))
            columns = {name: arrays[name] for name in COLUMNS}
            cash = Lots(*(arrays[name] for name in _CASH))
            if not fits(columns, run[1]):
                return None
            written = about["entries"]
            entries = [Entry(step, payer, payee, Kind(kind), *rest) for step, payer, payee, kind, *rest in written]
            costs = [Settled(*row) for row in about["costs"]]
            if len(about["sums"]) != len(entries):
                return None
            return Piece(columns, cash, about["sums"], entries, about["effective"], costs)
        except UNREADABLE:
            return None

    def write(self, run: Run, part: Piece) -> None:
        """Keep a finished part."""
        columns, cash, sums, entries, effective, costs = part
        about = {"sums": sums, "entries": [list(entry) for entry in entries], "effective": effective}
        about["costs"] = [list(owed) for owed in costs]
        write_whole(
            self._file(run), packed(about, columns | dict(zip(_CASH, (cash.years, cash.paths, cash.cash), strict=True)))
        )

    def _file(self, run: Run) -> Path:
        return self.folder / f"part-{run[0]:07d}-{run[1]}.npz"


def _refused(folder: Path, came: str, rule: str) -> InputError:
    return InputError(Problem("resume", came, rule, f"choose another folder, or remove {folder}"))
