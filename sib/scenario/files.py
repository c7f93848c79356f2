"""Finding and reading scenario files: those that ship with the library, by name, and anybody's own, by path."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from sib.calls import public
from sib.disk import no_file, read_up_to
from sib.errors import Problem, ScenarioError, nearest
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 2_000_000  # bytes of a scenario file
LONGEST_LINE = 20_000  # characters: no key is that long, and the time to read one grows with its square
_HERE = Path(__file__).resolve().parents[1]


@public
def load(name_or_path: str | os.PathLike[str]) -> Scenario:
    """Load a scenario that ships with the library, by name, or your own, by the path of its TOML file.

    Parameters
    ----------
    name_or_path : str or path
        A name that `sib.scenarios()` lists, or a path; whatever ends in .toml or has a folder in it is a path.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        Where there is no such scenario, or the file is not a valid one.

    Examples
    --------
    >>> import sib
    >>> sib.load("peterborough").currency
    'GBP'
    """
    try:
        text = os.fspath(name_or_path)
    except TypeError:
        rule = "the name of a shipped scenario, or the path of a .toml file"
        raise ScenarioError(
            Problem("scenario", name_or_path, rule, 'write, for example, load("peterborough")')
        ) from None
    if isinstance(name_or_path, str) and not text.endswith(".toml") and Path(text).name == text:
        files = {file.stem: file for file in _folder().glob("*.toml")}
        if text not in files:
            raise ScenarioError(
                Problem(
                    "scenario",
                    text,
                    "the name of a scenario that ships with the library, or the path of a .toml file",
                    nearest(text, files),
                )
            )
        return _read(files[text])
    return _read(Path(text))


def scenarios() -> pd.DataFrame:
    """The scenarios that ship with the library.

    Returns
    -------
    DataFrame
        Indexed by the name that `load` takes; columns `title` and `summary`.

    Examples
    --------
    >>> import sib
    >>> "peterborough" in sib.scenarios().index
    True
    """
    import pandas as pd

    rows = {file.stem: _read(file) for file in sorted(_folder().glob("*.toml"))}
    return pd.DataFrame(
        {"title": [s.name for s in rows.values()], "summary": [s.summary for s in rows.values()]},
        index=pd.Index(list(rows), name="name"),
    )


def names() -> list[str]:
    """The names that `load` takes, of the scenarios that ship with the library."""
    return sorted(file.stem for file in _folder().glob("*.toml"))


def pages() -> dict[str, Path]:
    """The pages that come with the library, by name: in an installed package, or in a checkout."""
    return {"cookbook": _folder() / "README.md", "conventions": _HERE / "CONVENTIONS.md"}


def _folder() -> Path:
    """Where the shipped files are: inside an installed package, or beside the package in a checkout."""
    installed = _HERE / "_scenarios"
    return installed if installed.is_dir() else _HERE.parent / "scenarios"


def _read(file: Path) -> Scenario:
    other = no_file(file)
    if other is not None:
        raise _unreadable(file, f"a file, and not {other}", "save the scenario as a file, and name that")
    try:
        content = read_up_to(file, LARGEST)
        if content is None:
            raise _unreadable(file, "a scenario file of at most 2 MB", "leave out what is not part of the scenario")
        # with or without the mark that some editors put first, and whatever ends its lines
        text = re.sub(r"\r\n?", "\n", content.decode("utf-8-sig"))
        if max(map(len, text.splitlines()), default=0) > LONGEST_LINE:
            raise _unreadable(file, f"lines of at most {LONGEST_LINE:,} characters", "break long lists into lines")
        data = tomllib.loads(text)
    except ScenarioError:
        raise
    except OSError as error:
        raise _unreadable(file, "a file that can be read", f"check the path ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _unreadable(file, "a TOML file in UTF-8", "save it as plain UTF-8 text") from None
    except RecursionError:
        raise _unreadable(file, "a TOML file that is not deeply nested", "write fewer levels") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = text.splitlines()[int(place[1]) - 1].strip() if place else "the end of the file"
        raise ScenarioError(
            Problem(
                "scenario file",
                line,
                f"valid TOML: {error}",
                "correct that line: dates as 2010-09-09, shares as 0.15, numbers without thousands commas, text and"
                " names with spaces in quotes",
            ),
            file=str(file),
        ) from None
    except ValueError as error:  # a path with a null character, a number of thousands of digits
        raise _unreadable(file, f"a path and numbers that can be read: {error}", "correct it") from None
    return Scenario.from_data(data, file=str(file))


def _unreadable(file: Path, rule: str, remedy: str) -> ScenarioError:
    return ScenarioError(Problem("scenario file", str(file), rule, remedy))
