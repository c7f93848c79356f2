"""Results as people write them: on the command line, in a CSV file, in a table. All become the mapping of `settle`.

What a figure may be is said once, in `published.py`, which reads the mapping. Here words and cells become numbers, and
what could be read in two ways is refused.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sib.analysis.cells import of_cell
from sib.analysis.one_result import LEVELS, WAYS, known_name
from sib.disk import check_file, read_up_to
from sib.errors import MISSING, InputError, Problem, nearest
from sib.model.model import Model
from sib.scenario.paths import in_quotes, steps_of
from sib.terms.base import spelt

LARGEST = 20_000_000  # bytes of a file of results
_NEEDED = ("metric", "value")
_NAMES = ("cohort", "period")  # of a result
_COLUMNS = (*_NEEDED, *_NAMES, "n", "standard_error", "reads")
_FORM = "METRIC=VALUE, or METRIC=[VALUE, VALUE] with one a cohort or period, figures as 299928 or 0.38"
_WHOLE = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)"  # of a figure with a comma before its decimals
_EXAMPLE = 'write, for example, --result "jail days=0.38" or --result "jail days=[0.38, 0.40]"'


# Words


def of_words(given: Iterable[str], model: Model) -> dict[str, Any]:
    """Results written as ``METRIC=VALUE``, a word each, as `settle` takes them.

    Several results of one metric stand in brackets, ``METRIC=[VALUE, VALUE]``; ``METRIC.points=VALUE`` says what a
    figure is. A metric's name may stand in quotes, as in a path.

    Raises
    ------
    InputError
        Where one cannot be read, or could be read in several ways, or a metric has two.
    """
    found: dict[str, Any] = {}
    for word in given:
        written, equals, values = word.rpartition("=")
        written, values = written.strip(), values.strip()
        if not equals or not written:
            raise _unreadable(word)
        name, reads = _metric_and_reading(spelt(written), model, word)
        if name in found:
            rule = "one result of a metric, or several in brackets"
            raise InputError(Problem("--result", word, rule, f"write {name!r} once, as {written}=[VALUE, VALUE]"))
        several = values.startswith("[") and values.endswith("]")
        numbers = [_figure(one, written, word) for one in (_apart(values, written, word) if several else [values])]
        figures: list[Any] = numbers if reads is None else [{reads: value} for value in numbers]
        count = next((len(metric.results) for metric in model.metrics if metric.name == name), 1)
        if several and len(figures) == 1 and count > 1:
            rule = f"in brackets stands a result for each of them, {count} for {name!r}"
            raise InputError(Problem("--result", word, rule, "leave the brackets out for the result over all"))
        found[name] = figures if several and len(figures) > 1 else figures[0]
    return found


def _metric_and_reading(written: str, model: Model, word: str) -> tuple[str, str | None]:
    """The metric that is meant, and what its figure is said to be; None where that is left to the metric.

    A name may hold full stops, and end as a reading does: what is read in two ways is refused.
    """
    known = {metric.name for metric in model.metrics}
    quoted = steps_of(written)
    if written[0] in "\"'" and len(quoted) <= 2 and quoted[0] in known:
        return quoted[0], quoted[1] if len(quoted) == 2 else None
    meant: list[tuple[str, str | None]] = [(written, None)] if written in known else []
    name, _, reads = written.rpartition(".")
    if name in known and reads in (*WAYS, *LEVELS):
        meant.append((name, reads))
    if len(meant) > 1:
        each = [in_quotes(one) + ("" if reads is None else f".{reads}") for one, reads in meant]
        rule = f"one metric; this is `{written}`, or the {reads} of `{name}`"
        raise InputError(Problem("--result", word, rule, f"put the name in quotes: {_or(each)}"))
    if meant:
        return meant[0]
    begun = [one for one in known if written.startswith(f"{one}.")]  # by a reading that there is not
    name = max(begun, key=len, default=name if reads in (*WAYS, *LEVELS) else "")
    return (name, written[len(name) + 1 :]) if name else (written, None)


def _apart(values: str, written: str, word: str) -> list[str]:
    """The figures between brackets. A comma parts them where no number could be written with it."""
    inside = values[1:-1]
    for before, after in zip(inside.split(",")[:-1], inside.split(",")[1:], strict=True):
        if _one_number(before.strip(), after):
            raise _comma(inside, written, word)
    return [one.strip() for one in inside.split(",")]


def _one_number(before: str, after: str) -> bool:
    """Whether what stands about a comma could be one number: 299,928 or 0,38; never with a space after the comma."""
    thousands = re.fullmatch(r"[+-]?\d{1,3}", before) and re.fullmatch(r"\d{3}(\.\d*)?", after)
    decimals = re.fullmatch(_WHOLE, before) and re.fullmatch(r"\d+", after)
    return bool(thousands or decimals)


def _figure(value: str, written: str, word: str) -> float:
    """One figure."""
    if re.search(r"\d\s*,\s*[\d+-]", value):
        raise _comma(value, written, word)
    try:
        number = float(value)
    except ValueError:
        raise _unreadable(word) from None
    if not math.isfinite(number):
        raise _unreadable(word)
    return number


def _unreadable(word: str) -> InputError:
    return InputError(Problem("--result", word, _FORM, _EXAMPLE))


def _comma(figures: str, written: str, word: str) -> InputError:
    """Figures with a comma, each of the ways in which they may be meant written out."""
    parts = [one.strip() for one in figures.split(",")]
    meant = [f"{written}={value} ({way})" for value, way in _readings(figures)]
    meant.append(f"{written}=[{', '.join(parts)}] ({len(parts)} results)")
    rule = "no comma stands in a figure; several results stand in brackets, with a space after each comma"
    return InputError(Problem("--result", word, rule, f"write what is meant: {_or(meant)}"))


def _readings(figures: str) -> list[tuple[str, str]]:
    """What figures with a comma in them may be, and how: with commas between thousands, or before the decimals."""
    several, found = re.split(r",\s+", figures), []
    if not any("," in one for one in several):
        return []
    if all(re.fullmatch(r"[+-]?\d{1,3}(,\d{3})*(\.\d*)?", one) for one in several):
        found.append(([one.replace(",", "") for one in several], "thousands"))
    if all(re.fullmatch(f"{_WHOLE}(,\\d+)?", one) for one in several):
        found.append(([one.replace(".", "").replace(",", ".") for one in several], "decimals"))
    return [(one[0] if len(one) == 1 else f"[{', '.join(one)}]", way) for one, way in found]


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


# Tables


def measured_of(model: Model, given: Any) -> Any:
    """What `settle` takes as measured results, as one mapping: a table becomes one, and anything else stays.

    Raises
    ------
    InputError
        Where a table has other columns, a cell is no figure, a metric is unknown, or a result stands in it twice.
    """
    if hasattr(given, "columns") and hasattr(given, "to_dict") and hasattr(given, "reset_index"):
        named = [name for name in given.index.names if name is not None]
        table = given.reset_index(named) if named else given
        columns = list(table.columns)
        _headed(columns, "measured")
        return _of_rows(model, columns, table.to_dict("split")["data"], "measured", "row")
    return {spelt(name): value for name, value in given.items()} if isinstance(given, Mapping) else given


def of_file(model: Model, file: str | Path) -> dict[str, Any]:
    """Results in a CSV file: columns as `measured_of` takes them.

    Raises
    ------
    InputError
        Where it cannot be read, or as `measured_of` does.
    """
    text = text_of(file)
    try:
        reader = csv.reader(io.StringIO(text, newline=""))
        rows = [(number, row) for number, row in enumerate(reader, 1) if any(map(str.strip, row))]
    except csv.Error as error:
        raise _no_table(file, f"correct it ({error})") from None
    heads = [cell.strip() for cell in rows[0][1]] if rows else []
    _headed(heads, str(file))
    for number, row in rows[1:]:
        if len(row) != len(heads):
            rule = f"as many cells as there are columns, {len(heads)}"
            remedy = 'write figures without commas, as 299928; put names with commas in quotes, as "Denver, west"'
            raise InputError(Problem(f"{file}, line {number}", ",".join(row), rule, remedy))
    named = [head == "metric" or head in _NAMES for head in heads]
    data = [
        [of_cell(cell.strip()) if name else cell for name, cell in zip(named, row, strict=True)] for _, row in rows[1:]
    ]
    return _of_rows(model, heads, data, str(file), "line", [number for number, _ in rows[1:]])


def text_of(file: str | Path) -> str:
    """The text of a CSV file.

    Raises
    ------
    InputError
        Where it cannot be read, is no file, is larger than `LARGEST`, or is not UTF-8.
    """
    check_file("--results", Path(file))
    try:
        content = read_up_to(Path(file), LARGEST)
        if content is None:
            raise _no_table(file, f"leave out what is no result: at most {LARGEST // 10**6} MB are read")
        return content.decode("utf-8-sig")
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise _no_table(file, f"check the path ({getattr(error, 'strerror', None) or error})") from None


def _no_table(file: str | Path, remedy: str) -> InputError:
    return InputError(Problem("--results", str(file), "a CSV file that can be read, in UTF-8", remedy))


def _of_rows(
    model: Model,
    columns: Sequence[Any],
    data: Sequence[Sequence[Any]],
    where: str,
    what: str,
    numbers: Sequence[int] | None = None,
) -> dict[str, Any]:
    """The mapping that the rows of a table say; `what` rows are called in it, and their numbers."""
    metrics = {metric.name: metric for metric in model.metrics}
    found: dict[str, Any] = {}
    seen: dict[tuple[str, str | None], str] = {}
    for number, cells in zip(numbers or range(1, len(data) + 1), data, strict=True):
        row, place = dict(zip(columns, map(_cell, cells), strict=True)), f"{where}, {what} {number}"
        name, of = spelt(row["metric"]), spelt(_result(row, place))
        if name not in metrics:
            came = MISSING if name is None else name
            raise InputError(Problem(f"{place}, metric", came, "a metric of the deal", nearest(str(name), metrics)))
        earlier = seen.get((name, of)) or next(
            (at for (n, o), at in seen.items() if n == name and None in (of, o)), None
        )
        if earlier is not None:
            rule = "one row for each result, or one row for the result over all"
            remedy = f"keep it or {earlier.removeprefix(f'{where}, ')}, and leave out the other"
            raise InputError(Problem(place, f"{name}, {of or 'over all'}", rule, remedy))
        seen[name, of] = place
        result = _of_row(row, metrics[name].publishes, place)
        if of is None:
            found[name] = result
        else:
            found.setdefault(name, {})[of] = result
    return found


def _headed(columns: Sequence[Any], where: str) -> None:
    """Columns are those that there are, each once, those that are needed among them."""
    rule = f"columns {' and '.join(_NEEDED)}, and any of {', '.join(_COLUMNS[2:])}, each once"
    for column in columns:
        if column not in _COLUMNS:
            raise InputError(Problem(f"{where}, columns", column, rule, nearest(str(column), _COLUMNS)))
    missing = [name for name in _NEEDED if name not in columns]
    if missing or len(set(columns)) < len(columns):
        remedy = f"add {', '.join(missing)}" if missing else "leave out one of the two"
        raise InputError(Problem(f"{where}, columns", list(columns), rule, remedy))


def _cell(value: Any) -> Any:
    """A cell of a table; None where it is empty."""
    if isinstance(value, str):
        return value.strip() or None
    return None if value is None or value != value else value


def _result(row: Mapping[str, Any], place: str) -> str | None:
    """The cohort or the period that a row is about; None where it is about all."""
    named = {key: row[key] for key in _NAMES if row.get(key) is not None}
    if len(named) > 1:
        raise InputError(Problem(place, named, "the cohort or the period of a result", "leave one of the two empty"))
    for value in named.values():
        whole = isinstance(value, float) and value.is_integer()  # a column of numbers with gaps in it
        return str(known_name(int(value) if whole else value))
    return None


def _of_row(row: Mapping[str, Any], reads: str, place: str) -> Any:
    """One result: a number, or what it is with how precise it is."""
    given = row.get("reads")
    if given is not None and given not in WAYS:
        raise InputError(Problem(f"{place}, reads", given, f"one of {', '.join(WAYS)}", nearest(str(given), WAYS)))
    value = _number(row["value"], f"{place}, value")
    more = {key: _number(row[key], f"{place}, {key}") for key in ("n", "standard_error") if row.get(key) is not None}
    return {given or reads: value, **more} if given or more else value


def _number(cell: Any, where: str) -> float:
    """A figure in a cell."""
    if isinstance(cell, str) and "," in cell:
        meant = [f"{value} ({way})" for value, way in _readings(cell)] or ["the figure without it"]
        raise InputError(Problem(where, cell, "no comma stands in a figure", f"write what is meant: {_or(meant)}"))
    try:
        number = math.nan if cell is None or isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        came = MISSING if cell is None else cell
        raise InputError(Problem(where, came, "a finite number", "give the published figure as a decimal, as 0.084"))
    return number
