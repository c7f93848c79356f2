"""Files of other people: read up to a size, and refused where they are no files: pipes, devices, links to one.

A pipe may never end, or never begin; a device that is written to by way of a new file is replaced by it.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from sib.errors import InputError, Problem

_KINDS: Final = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def no_file(file: Path) -> str | None:
    """What stands at a path, or at the end of a link, that is neither a file nor a folder; None where nothing does.

    Examples
    --------
    >>> import os
    >>> no_file(Path(os.devnull)), no_file(Path("no such file"))
    ('a device', None)
    """
    try:
        return _KINDS.get(stat.S_IFMT(file.stat().st_mode))
    except (OSError, ValueError):  # who opens it says why
        return None


def check_file(where: str, file: Path) -> None:
    """Refuse what is there and is no file.

    Raises
    ------
    InputError
        Where it is a pipe, a device, a socket, or a link to one.
    """
    other = no_file(file)
    if other is not None:
        rule = f"a file, and not {other}, of which nobody knows where it ends"
        raise InputError(Problem(where, str(file), rule, "name a file"))


def read_up_to(file: Path, most: int) -> bytes | None:
    """The content of a file; None where it is longer than so many bytes, of which no more are read.

    Raises
    ------
    OSError, ValueError
        Where it cannot be read, or no file can have that name.
    """
    with file.open("rb") as opened:
        content = opened.read(most + 1)
    return content if len(content) <= most else None
