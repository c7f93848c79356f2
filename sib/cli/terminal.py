"""What is printed, and what goes wrong with that: the one place from which text goes to a terminal, a pipe or a file.

Nothing but lines goes out: a character that a terminal would obey is shown as an escape, whoever wrote it. A reader who
stops early (`sib list | head -1`) is none of our business; a full disk is an error like any other.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final, TextIO

from sib.characters import doing, visible
from sib.errors import InputError, Problem

_UNDECODED: Final = "".join(map(chr, range(0xDC80, 0xDD00)))  # bytes of file names that are no text here


def say(text: str, *, end: str = "\n") -> None:
    """Print a text on standard output."""
    _write(sys.stdout, text, end)


def say_of_errors(text: str) -> None:
    """Print a text on standard error; where even that is full, nothing is said."""
    try:
        _write(sys.stderr, text, "\n")
    except OSError:
        _give_up(sys.stderr)


def check_words(words: Sequence[str]) -> None:
    """Refuse words of a command with characters that act on a terminal, before anything quotes them.

    Raises
    ------
    InputError
        Where there is one.
    """
    for word in words:
        if doing(word, "\n" + _UNDECODED) is not None:
            rule = "words without characters that a terminal obeys"
            raise InputError(Problem("command line", word, rule, "write it without; give a file another name"))


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """End a command with a code where something is wrong or cannot be printed: 2, or 1 where nobody reads on."""
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # what is buffered fails here, and not after the end
    except InputError as error:
        say_of_errors(str(error))
        raise SystemExit(2) from None
    except BrokenPipeError:
        _give_up(sys.stdout)
        raise SystemExit(1) from None
    except OSError as error:
        _give_up(sys.stdout)
        where, came = str(error.filename or "standard output"), error.strerror or str(error)  # what is open has no name
        say_of_errors(str(Problem(where, came, "a place that can be written to", "write to another place")))
        raise SystemExit(2) from None


def _write(stream: TextIO | None, text: str, end: str) -> None:
    if stream is not None:  # it was closed before the command began
        stream.write(visible(text, but="\n") + end)


def _give_up(stream: TextIO | None) -> None:
    """Let what could not be written go nowhere, so that Python does not try again at the end."""
    with contextlib.suppress(OSError):  # a stream without a file behind it
        if stream is None:
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def reconfigure() -> None:
    """A name that the terminal cannot show is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
