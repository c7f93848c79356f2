"""Keeping: simulations in files, and the finished parts of a run that may be stopped.

A file is written whole or not at all, holds no code, and says what made it: the scenario, the seed and the version.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import json
import os
import secrets
import tomllib
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sib.analysis.figures import COLUMNS, Columns, Kept
from sib.analysis.ledger import Ledger, Movement
from sib.analysis.simulation import Simulation
from sib.analysis.summary import Row
from sib.engine.chance import Layer
from sib.engine.compiling import compile_plan
from sib.engine.conditioning import Observed, Seen
from sib.engine.ledger import Entry
from sib.engine.run import Recipe
from sib.engine.streams import Rng, seed_of
from sib.terms.errors import InputError, Problem
from sib.terms.scenario import Scenario
from sib.version import VERSION

FORMAT = 1
LARGEST = 1 << 30  # bytes of a file, unpacked

_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error)


def save(simulation: Simulation, file: str | os.PathLike[str]) -> None:
    """Save a simulation; what `Simulation.save` does."""
    recipe = simulation.recipe
    about = {
        "format": FORMAT,
        "sib": simulation.version,
        "scenario": simulation.scenario.to_toml(),
        "seed": _seed_data(recipe.seed),
        "chance": sorted(recipe.layers),
        "stratified": recipe.stratified,
        "observed": None if recipe.observed is None else _observed_data(recipe.observed),
        "paths": simulation.n_paths,
        "effective": simulation.effective_paths,
        "rows": None if simulation.kept is not None else [list(row) for row in simulation.rows],
        "ledger": [[m.date.isoformat(), *m[1:]] for m in simulation.mean_ledger.movements],
    }
    _write_whole(_path("file", file), _packed(about, simulation.kept or {}))


def open(file: str | os.PathLike[str]) -> Simulation:  # noqa: A001 -- `sib.open`, as one opens a file
    """Open a simulation that was saved.

    Parameters
    ----------
    file : str or path
        What `Simulation.save` wrote.

    Returns
    -------
    Simulation
        Its figures as they were saved. What was not kept (all columns, positions, a path's ledger) is drawn again,
        which needs the version of sib that made it.

    Raises
    ------
    InputError
        Where the file cannot be read, is damaged or truncated, or is no saved simulation.

    Examples
    --------
    >>> import pathlib, sib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> made = sib.simulate(sib.load("peterborough"), paths=1000, rng=1)
    >>> made.save(folder / "run.sib")
    >>> sib.open(folder / "run.sib").summary().equals(made.summary())
    True
    """
    path = _path("file", file)
    try:
        about, arrays = _unpacked(path)
        if about["format"] != FORMAT:
            raise InputError(
                Problem(
                    "file", str(path), f"format {FORMAT} of a saved simulation", "open it with the sib that made it"
                )
            )
        scenario = Scenario.from_data(tomllib.loads(about["scenario"]))
        seed = _seed_of_data(about["seed"])
        observed = None if about["observed"] is None else _observed_of_data(about["observed"])
        layers: frozenset[Layer] = frozenset(about["chance"])
        recipe = Recipe(compile_plan(scenario), seed, layers, observed, stratified=about["stratified"])
        movements = tuple(Movement(dt.date.fromisoformat(day), *rest) for day, *rest in about["ledger"])
        kept = {name: arrays[name] for name in COLUMNS} if arrays else None
        rows = None if about["rows"] is None else tuple(Row(*row) for row in about["rows"])
        if (kept is None) == (rows is None) or (kept and {a.shape for a in kept.values()} != {(about["paths"],)}):
            raise _damaged(path, "columns or rows are missing")
        return Simulation(
            scenario=scenario,
            n_paths=about["paths"],
            recipe=recipe,
            kept=kept,
            found=rows,
            mean_ledger=Ledger(movements, recipe.plan.parties, scenario.currency),
            effective_paths=about["effective"],
            version=about["sib"],
        )
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(Problem("file", str(path), "a file that exists", "check the path")) from None
    except IsADirectoryError:
        raise InputError(Problem("file", str(path), "a file", "this is a folder: name a file in it")) from None
    except _UNREADABLE as error:
        raise _damaged(path, str(error) or type(error).__name__) from None


@dataclass(frozen=True)
class Parts:
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
        stratified: bool = False,
    ) -> Parts:
        """The folder of a run: a new one, or one in which the same run was begun.

        Raises
        ------
        InputError
            Where it belongs to another scenario, seed or version, holds anything else, or cannot be written to.
        """
        path = _path("resume", folder)
        identity = {
            "format": FORMAT,
            "sib": VERSION,
            "numpy": np.__version__,
            "name": scenario.name,
            "scenario": hashlib.sha256(scenario.to_toml().encode()).hexdigest(),
            "chance": sorted(layers),
            "stratified": bool(stratified),
        }
        about = path / "run.json"
        try:
            if not about.exists():
                path.mkdir(parents=True, exist_ok=True)
                if any(path.iterdir()):
                    raise _refused(path, "holds other files", "an empty folder, or one of a run that was begun")
                seed = seed_of(rng)
                _write_whole(about, json.dumps({**identity, "seed": _seed_data(seed)}, indent=1).encode())
                return cls(path, seed)
            begun = json.loads(about.read_text(encoding="utf-8"))
            seed = _seed_of_data(begun["seed"])
        except OSError as error:
            rule = f"a folder that can be written to ({error.strerror})"
            raise InputError(Problem("resume", str(path), rule, "choose another folder")) from None
        except InputError:
            raise
        except _UNREADABLE:
            raise _refused(path, "its run.json is damaged", "the folder of a run that was begun") from None
        for key, what in (("sib", "version of sib"), ("numpy", "version of NumPy"), ("scenario", "scenario")):
            if begun.get(key) != identity[key]:
                came = f"it was begun with another {what}: {begun.get('name' if key == 'scenario' else key)}"
                raise _refused(path, came, f"a run of the same {what}")
        if any(begun.get(key) != identity[key] for key in ("chance", "stratified", "format")):
            rule = "a run of the same layers of chance, drawn in the same way"
            raise _refused(path, "it was begun with other layers of chance or another way of drawing", rule)
        if rng is not None and _seed_data(seed_of(rng)) != begun["seed"]:
            came = f"it was begun with another seed, of entropy {seed.entropy}"
            raise _refused(path, came, "a run of the same seed; without rng its own is taken")
        return cls(path, seed)

    def find(self, run: tuple[int, int]) -> bool:
        """Whether a part was finished before."""
        return self._file(run).exists()

    def read(self, run: tuple[int, int]) -> Kept | None:
        """What was kept of a finished part; None where its file is damaged."""
        try:
            about, arrays = _unpacked(self._file(run))
            columns = {name: arrays[name] for name in COLUMNS}
            if {a.shape for a in columns.values()} != {(run[1],)}:
                return None
            entries = [Entry(step, payer, payee, label, 0.0) for step, payer, payee, label in about["entries"]]
            return columns, about["sums"], entries, about["effective"]
        except _UNREADABLE:
            return None

    def write(self, run: tuple[int, int], part: Kept) -> None:
        """Keep a finished part."""
        columns, sums, entries, effective = part
        about = {"sums": sums, "entries": [list(entry[:4]) for entry in entries], "effective": effective}
        _write_whole(self._file(run), _packed(about, columns))

    def _file(self, run: tuple[int, int]) -> Path:
        return self.folder / f"part-{run[0]:07d}-{run[1]}.npz"


def _packed(about: Mapping[str, Any], arrays: Columns) -> bytes:
    memory = io.BytesIO()
    parts: dict[str, Any] = {"about": np.array(json.dumps(about)), **arrays}
    np.savez(memory, **parts)
    return memory.getvalue()


def _unpacked(file: Path) -> tuple[dict[str, Any], Columns]:
    with zipfile.ZipFile(file) as whole:
        if sum(part.file_size for part in whole.infolist()) > LARGEST:
            message = "more than 1 GB unpacked"
            raise ValueError(message)
    with np.load(file, allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files if name != "about"}
        return json.loads(str(found["about"])), arrays


def _write_whole(file: Path, content: bytes) -> None:
    """Write under another name, and give it its own once it is whole."""
    part = file.parent / f".{file.name}.{secrets.token_hex(4)}"
    try:
        with part.open("xb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        part.replace(file)
    except OSError as error:
        rule = f"a place that can be written to ({error.strerror})"
        raise InputError(Problem("file", str(file), rule, "choose another; nothing was written")) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _path(name: str, file: object) -> Path:
    if not isinstance(file, str | os.PathLike) or not os.fspath(file):
        raise InputError(Problem(name, file, "the path of a file or folder", 'pass a path, as in "results/run.sib"'))
    return Path(file)


def _seed_data(seed: np.random.SeedSequence) -> dict[str, Any]:
    entropy = seed.entropy
    if entropy is not None and not isinstance(entropy, int):
        entropy = [int(word) for word in entropy]
    return {"entropy": entropy, "spawn_key": [int(word) for word in seed.spawn_key]}


def _seed_of_data(data: Mapping[str, Any]) -> np.random.SeedSequence:
    return np.random.SeedSequence(data["entropy"], spawn_key=tuple(data["spawn_key"]))


def _observed_data(observed: Observed) -> list[Any]:
    return [
        [metric, row, seen.persons, seen.treated, seen.comparison]
        for metric, rows in observed.seen.items()
        for row, seen in rows.items()
    ]


def _observed_of_data(data: list[Any]) -> Observed:
    seen: dict[int, dict[int, Seen]] = {}
    for metric, row, *figures in data:
        seen.setdefault(metric, {})[row] = Seen(*figures)
    return Observed(seen)


def _damaged(file: Path, why: str) -> InputError:
    rule = f"a simulation that sib saved, whole ({why})"
    return InputError(Problem("file", str(file), rule, "take another copy, or simulate again and save it"))


def _refused(folder: Path, came: str, rule: str) -> InputError:
    return InputError(Problem("resume", came, rule, f"choose another folder, or remove {folder}"))
