"""Claims so far, as people keep them: a mapping, a table of metrics by periods, or the long form of a file of results.

Here a table becomes the mapping that `update` takes. What one figure may be is said in `one_result.py`, what counts may
be together in `counted.py`.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sib.analysis.cells import of_cell
from sib.analysis.observing import not_reported
from sib.analysis.written import measured_of, of_file, text_of
from sib.errors import InputError, Problem, nearest, shown
from sib.model.model import Model
from sib.terms.base import spelt

if TYPE_CHECKING:
    import pandas as pd

_LONG = {"metric", "value"}  # columns by which the long form is known


def claims_of(model: Model, claims: Any) -> Any:
    """Results in hand as a mapping by metric, then by cohort or period; what is no table stays as it is.

    Parameters
    ----------
    model : Model
        Of the deal.
    claims : mapping or DataFrame
        As a table: metrics by periods or periods by metrics, NaN or nothing where not yet reported; or the long form, a
        row a result, with columns `metric`, `value` and `period` or `cohort`. A period goes by the day of its result:
        a date, a Timestamp, a Period that ends on it, or text.

    Raises
    ------
    InputError
        Where the table names no metric of the deal, another one, or one twice, a period that is not reported, or one
        twice; or as `settle` does for the long form.
    """
    if not (hasattr(claims, "columns") and hasattr(claims, "reset_index")):
        return claims
    named = {str(name) for name in (*claims.columns, *claims.index.names)}
    if named >= _LONG:
        return measured_of(model, _reported(claims))
    table = _by_metric(model, claims)
    _once(table.index, "metric")
    known = {metric.name: metric for metric in model.metrics}
    for name in table.index:
        if name not in known:
            row = table.loc[name].dropna().to_dict()
            raise InputError(Problem(f"claims[{shown(name)}]", row, "a metric of the deal", nearest(name, known)))
    periods = [_period(label) for label in table.columns]
    _once(periods, "period")
    found: dict[str, dict[str, Any]] = {name: {} for name in table.index}
    for period, (_, column) in zip(periods, table.items(), strict=True):
        metrics = [known[name] for name in table.index]
        if not any(period in metric.results for metric in metrics):
            raise InputError(not_reported("claims", period, period, metrics[0]))
        for name, value in column.items():
            if not _empty(value):
                found[str(name)][period] = _figure(value)
    return {name: by_period for name, by_period in found.items() if by_period}


def claims_in_file(model: Model, file: Path) -> dict[str, Any]:
    """Results in hand in a CSV file: the long form as `settle` takes it, or a table of metrics by periods.

    Raises
    ------
    InputError
        Where it cannot be read, or as `claims_of` does.
    """
    import pandas as pd

    text = text_of(file)
    try:
        heads = {of_cell(str(name).strip()) for name in pd.read_csv(io.StringIO(text), nrows=0).columns}
    except ValueError:  # what the long form says of it
        heads = set()
    named = {metric.name for metric in model.metrics} | {period for m in model.metrics for period in m.results}
    if "value" in heads or not heads & named:
        return of_file(model, file)
    try:
        table = pd.read_csv(io.StringIO(text), index_col=0, skipinitialspace=True, dtype=str, keep_default_na=False)
    except ValueError as error:
        rule = "a table of metrics by periods, as many cells in each row as there are columns"
        raise InputError(Problem("--results", str(file), rule, f"correct it ({str(error).strip()})")) from None
    table = table.rename(index=of_cell, columns=of_cell)
    found: dict[str, Any] = claims_of(model, table[table.index != ""])
    return found


def _figure(cell: Any) -> Any:
    """A cell that is text as a number, where it is one; else as it stands, which is for `one_result` to refuse."""
    try:
        return float(cell) if isinstance(cell, str) else cell
    except ValueError:
        return cell


def _reported(claims: pd.DataFrame) -> pd.DataFrame:
    """The rows of the long form in which a value stands."""
    named = [name for name in claims.index.names if name is not None]
    table = claims.reset_index(named) if named else claims
    return table[~table["value"].map(_empty)]


def _by_metric(model: Model, claims: pd.DataFrame) -> pd.DataFrame:
    """A table with a row a metric, whichever way round it came."""
    names = {metric.name: None for metric in model.metrics}
    for own in ("metric", "period"):
        if own in claims.columns:
            claims = claims.set_index(own)
    down, across = ([spelt(label) for label in axis] for axis in (claims.index, claims.columns))
    if not set(names) & set(map(str, (*down, *across))):
        rule = f"a row a metric and a column a period, or the other way round; metrics: {', '.join(names)}"
        came = [str(label) for label in down]
        raise InputError(Problem("claims", came, rule, nearest(came[0] if came else "", names)))
    if sum(name in names for name in across) > sum(name in names for name in down):
        return claims.set_axis(across, axis=1).T
    return claims.set_axis(down, axis=0)


def _empty(value: Any) -> bool:
    """Whether nothing is reported in a cell."""
    try:
        missing = value is None or bool(value != value)
    except TypeError:  # pandas' own nothing is neither the same as itself nor another
        missing = True
    return missing or (isinstance(value, str) and not value.strip())


def _period(label: Any) -> str:
    """The name of a period: the day of its result."""
    day = getattr(label, "end_time", label)
    text = day.isoformat() if hasattr(day, "isoformat") else str(spelt(label)).strip()
    try:
        return dt.datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return text


def _once(labels: Any, what: str) -> None:
    """Refuse a name that stands twice."""
    seen: set[str] = set()
    for label in map(str, labels):
        if label in seen:
            rule = f"each {what} once"
            raise InputError(Problem(f"claims, {what}", label, rule, "add the two up, or leave one of them out"))
        seen.add(label)
