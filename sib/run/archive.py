"""Archives: arrays with a word on what they are, in one file that is written whole or not at all and holds no code."""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sib.arrays import Floats
from sib.disk import check_file
from sib.errors import InputError, Problem

LARGEST = 1 << 30  # bytes of a file, unpacked
UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error),
    tokenize.TokenError,  # of the header of an array
)


def packed(about: Mapping[str, Any], arrays: Mapping[str, Floats]) -> bytes:
    """The content of an archive."""
    memory = io.BytesIO()
    parts: dict[str, Any] = {"about": np.array(json.dumps(about)), **arrays}
    np.savez(memory, **parts)
    return memory.getvalue()


def unpacked(file: Path) -> tuple[dict[str, Any], dict[str, Floats]]:
    """What an archive says of itself, and its arrays. Raises one of `UNREADABLE` where it cannot be read."""
    with zipfile.ZipFile(file) as whole:
        if sum(part.file_size for part in whole.infolist()) > LARGEST:
            message = "more than 1 GB unpacked"
            raise ValueError(message)
    with np.load(file, allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files if name != "about"}
        return json.loads(str(found["about"])), arrays


def write_whole(file: Path, content: bytes) -> None:
    """Write under another name, and give it its own once it is whole.

    Raises
    ------
    InputError
        Where it cannot be written.
    """
    check_file("file", file)
    part = file.parent / f".{file.name}.{secrets.token_hex(4)}"
    try:
        with part.open("xb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        part.replace(file)
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        rule = f"a place that can be written to ({getattr(error, 'strerror', None) or error})"
        raise InputError(Problem("file", str(file), rule, "choose another; nothing was written")) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def path_of(name: str, file: object) -> Path:
    """The path that an argument names.

    Raises
    ------
    InputError
        Where it names none.
    """
    if not isinstance(file, str | os.PathLike) or not os.fspath(file):
        raise InputError(Problem(name, file, "the path of a file or folder", 'pass a path, as in "results/run.sib"'))
    return Path(file)


def seed_data(seed: np.random.SeedSequence) -> dict[str, Any]:
    """A seed as plain data."""
    entropy = seed.entropy
    if entropy is not None and not isinstance(entropy, int):
        entropy = [int(word) for word in entropy]
    return {"entropy": entropy, "spawn_key": [int(word) for word in seed.spawn_key]}


def seed_of_data(data: Mapping[str, Any]) -> np.random.SeedSequence:
    """The seed that plain data say."""
    return np.random.SeedSequence(data["entropy"], spawn_key=tuple(data["spawn_key"]))
