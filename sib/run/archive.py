"""Archives: arrays with a word on what they are, in one file that is written whole or not at all and holds no code.

The first line of an archive is a digest of all that follows, which is checked before anything else is read: what is
opened is what was written, to the last bit.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import secrets
import struct
import time
import tokenize
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sib.arrays import Floats
from sib.disk import check_file, no_file, read_up_to
from sib.errors import InputError, Problem

LARGEST = 1 << 30  # bytes of a file
STALE = 24 * 3600  # seconds; writing takes some, and the clocks of machines that share a folder may be hours apart
UNREADABLE = (
    *(OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError),
    *(MemoryError, SyntaxError, zipfile.BadZipFile, struct.error),
    tokenize.TokenError,  # of the header of an array
)


def packed(about: Mapping[str, Any], arrays: Mapping[str, Floats]) -> bytes:
    """The content of an archive."""
    memory = io.BytesIO()
    parts: dict[str, Any] = {"about": np.array(json.dumps(about).encode()), **arrays}
    np.savez(memory, **parts)
    body = memory.getvalue()
    return _head(body) + body


def unsealed(content: bytes) -> bytes:
    """What follows the first line of an archive, which says its digest.

    Raises
    ------
    ValueError
        Where it is not what was written.
    """
    head, line, body = content.partition(b"\n")
    if head + line != _head(body):
        message = "it was cut or changed: it is not what its digest is of"
        raise ValueError(message)
    return body


def unpacked(body: bytes) -> tuple[dict[str, Any], dict[str, Floats]]:
    """What an archive says of itself, and its arrays. Raises one of `UNREADABLE` where it cannot be read."""
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(body)) as whole:
        parts = whole.infolist()
        if min(part.header_offset for part in parts) or len(parts) != int.from_bytes(body[-12:-10], "little"):
            message = "it begins or ends with something else, or parts are missing of those that its end counts"
            raise ValueError(message)
        for part in parts:
            if part.compress_type != zipfile.ZIP_STORED:
                message = "it is compressed"
                raise ValueError(message)
            data = io.BytesIO(whole.read(part))  # to its end, where the sum of its bytes is checked
            arrays[part.filename.removesuffix(".npy")] = np.lib.format.read_array(data, allow_pickle=False)
    return json.loads(arrays.pop("about").item()), arrays


def _head(body: bytes) -> bytes:
    return f"sib archive, SHA-256 {hashlib.sha256(body).hexdigest()}\n".encode()


def content_of(file: Path) -> bytes:
    """All that a file holds.

    Raises
    ------
    OSError
        Where there is none, or it cannot be read.
    ValueError
        Where it is no plain file (a pipe and a device have no end), or more than 1 GiB.
    """
    other = no_file(file)
    found = None if other is not None else read_up_to(file, LARGEST)
    if found is None:
        raise ValueError(other or "more than 1 GiB")
    return found


def write_whole(file: Path, content: bytes) -> None:
    """Write under another name, and give it its own once it is whole and on the disk.

    Raises
    ------
    InputError
        Where it cannot be written.
    """
    with _written_beside(file, content) as part:
        part.replace(file)


def write_first(file: Path, content: bytes) -> bool:
    """Write a file, whole, unless there is one of its name: of several that write at once one does.

    A second name for a whole file is given or refused by the file system in one step, on network folders too, and a
    writer that is killed leaves no lock behind. Where a file system has no second names the file is made under its own
    name, and is whole only once it is written.

    Returns
    -------
    bool
        Whether it was written by this call.

    Raises
    ------
    InputError
        Where it cannot be written.
    """
    with _written_beside(file, content) as part:
        try:
            os.link(part, file)
        except FileExistsError:
            return False
        except OSError:
            return _made(file, content)
    return True


def _made(file: Path, content: bytes) -> bool:
    try:
        new = file.open("xb")
    except FileExistsError:
        return False
    with new:
        try:
            _to_disk(new, content)
        except OSError:
            file.unlink(missing_ok=True)
            raise
    return True


@contextlib.contextmanager
def _written_beside(file: Path, content: bytes) -> Iterator[Path]:
    """Have the content beside a file under a name that nobody else writes to, and no longer than needed."""
    check_file("file", file)
    part = file.parent / f".{file.name}.{secrets.token_hex(4)}"
    try:
        with part.open("xb") as new:
            _to_disk(new, content)
        yield part
        synced(file.parent)
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        rule = f"a place that can be written to ({getattr(error, 'strerror', None) or error})"
        raise InputError(Problem("file", str(file), rule, "choose another; this file was not written")) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _to_disk(new: io.BufferedWriter, content: bytes) -> None:
    new.write(content)
    new.flush()
    os.fsync(new.fileno())


def synced(folder: Path) -> None:
    """Have what a folder lists on the disk. Where that cannot be asked for (Windows), the system sees to it."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def beside(names: str) -> re.Pattern[str]:
    """Under what names files are written before they have their own; those are a regular expression."""
    return re.compile(rf"\.(?:{names})\.[0-9a-f]{{8}}")


def sweep(folder: Path, names: str) -> None:
    """Remove what writers that were killed left of some files, a day later: one that is at work has done by then."""
    written, until = beside(names), time.time() - STALE
    with contextlib.suppress(OSError):  # somebody else's, or swept by somebody else
        for part in folder.iterdir():
            if written.fullmatch(part.name) and part.stat().st_mtime < until:
                part.unlink(missing_ok=True)


def path_of(name: str, file: object) -> Path:
    """The path that an argument names.

    Raises
    ------
    InputError
        Where it names none.
    """
    rule, remedy = "the path of a file or folder", 'pass a path, as in "results/run.sib"'
    if not isinstance(file, str | os.PathLike) or not os.fspath(file):
        raise InputError(Problem(name, file, rule, remedy))
    try:
        written = b"\0" not in os.fsencode(file)
    except UnicodeEncodeError:  # half of a character
        written = False
    if not written:
        raise InputError(Problem(name, file, f"{rule}, which the system can write", remedy))
    return Path(file)


def seed_data(seed: np.random.SeedSequence) -> dict[str, Any]:
    """A seed, as `seed_of` gives it, as plain data."""
    return {"entropy": seed.entropy, "spawn_key": list(seed.spawn_key)}


def seed_of_data(data: Mapping[str, Any]) -> np.random.SeedSequence:
    """The seed that plain data say."""
    return np.random.SeedSequence(data["entropy"], spawn_key=tuple(data["spawn_key"]))
