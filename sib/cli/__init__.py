"""The command line: `sib run`, `settle`, `solve`, `describe`, `compare`, `tornado`, `cash`, `budget`, `update`, ...

A command, or a family of them, is a file, which adds itself to `app` (`app.py`) as it is imported below. What several
ask for is in `options.py`, how tables and pictures are written in `out.py`. Commands print what the library
returns, by `terminal.py`.

There is never a traceback: wrong input ends with exit code 2 and the error's four parts on standard error.
"""

import sys

from sib.cli import (  # in the order of `sib --help`
    run,
    report,
    compare,
    tornado,
    cash,
    settle,
    update,
    solve,
    workbook,
    scenarios,
    docs,
    version,
)
from sib.cli import terminal
from sib.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    terminal.reconfigure()
    with terminal.printing():
        terminal.check_words(sys.argv[1:])
        app()
