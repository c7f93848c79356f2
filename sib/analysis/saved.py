"""`sib.open`: a simulation from the file that it was saved in, with its scenario, seed, version and figures."""

from __future__ import annotations

import datetime as dt
import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sib.analysis.columns import COLUMNS, FIRST, fits, wide
from sib.analysis.earlier import as_written_today
from sib.analysis.format1 import with_kinds
from sib.analysis.futures import Futures, Sampling
from sib.analysis.ledger import CostDue, Ledger, Movement
from sib.analysis.simulation import FORMAT, Simulation
from sib.analysis.summary import Row
from sib.calls import public
from sib.chance.sources import WAYS, Way
from sib.characters import visible
from sib.disk import check_file
from sib.errors import InputError, Problem, ScenarioError
from sib.model.observed import Observed, Seen
from sib.run.archive import UNREADABLE, content_of, path_of, seed_of_data, unpacked, unsealed
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement.book import Kind

_OLDER = (1, 2)  # formats of bare archives of NumPy's, before there was a digest
_ZIP = b"PK"  # with which these begin, and no other
_WAYS: Mapping[str, Way] = {way: way for way in WAYS}


@public
def open(file: str | os.PathLike[str]) -> Simulation:  # noqa: A001 -- `sib.open`, as one opens a file
    """Open a simulation that was saved.

    Parameters
    ----------
    file : str or path
        What `Simulation.save` wrote.

    Returns
    -------
    Simulation
        Its figures as they were saved: a file of an older version has no figures that came later, and its mean ledger
        no costs. What was not kept (all columns, positions, a path's ledger) is drawn again,
        which needs the version of sib that made it.

    Raises
    ------
    InputError
        Where the file cannot be read, is not what was written to the last bit, or is no saved simulation.

    Examples
    --------
    >>> import pathlib, sib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> made = sib.simulate(sib.load("peterborough"), paths=1000, rng=1)
    >>> made.save(folder / "run.sib")
    >>> sib.open(folder / "run.sib").summary().equals(made.summary())
    True
    """
    path = path_of("file", file)
    check_file("file", path)
    try:
        content = content_of(path)
        older = content.startswith(_ZIP)
        about, arrays = unpacked(content if older else unsealed(content))
        if "of" in about:
            rule = "a saved simulation, not a part of a run"
            raise InputError(Problem("file", str(path), rule, "pass its folder to simulate as resume"))
        if about["format"] not in (_OLDER if older else (FORMAT,)):
            rule = f"a saved simulation of a format up to {FORMAT}"
            raise InputError(Problem("file", str(path), rule, "open it with the sib that made it"))
        return _simulation(path, about, arrays)
    except ScenarioError as error:
        refused = error.problems[0]
        rule = f"a simulation of a scenario that this version takes; of `{refused.where}` the rule is: {refused.rule}"
        raise InputError(Problem("file", str(path), rule, "open it with the sib that made it")) from None
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(Problem("file", str(path), "a file that exists", "check the path")) from None
    except IsADirectoryError:
        raise InputError(Problem("file", str(path), "a file", "this is a folder: name a file in it")) from None
    except UNREADABLE as error:
        raise _damaged(path, str(error) or type(error).__name__) from None


def _simulation(path: Path, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> Simulation:
    scenario = Scenario.from_data(as_written_today(tomllib.loads(about["scenario"])))
    known = about["observed"]
    observed = None if known is None else _observed(known, about.get("through"))
    deal = Deal.of(scenario)
    seed, layers = seed_of_data(about["seed"]), frozenset(about["chance"])
    sampling = Sampling(about["paths"], seed, layers, _way(about))
    recipe = sampling.recipe(deal, observed=observed)
    moved = with_kinds(deal.contract, about["ledger"]) if about["format"] == 1 else about["ledger"]
    costs = tuple(_cost(*row) for row in about["costs"]) if "costs" in about else None
    ledger = Ledger(tuple(_movement(*row) for row in moved), deal.contract.parties, scenario.currency, costs)
    columns = {name: arrays[name] for name in COLUMNS if name in arrays or name in FIRST} if arrays else None
    futures = Futures(deal, recipe, about["paths"], about["effective"], about["sib"])
    rows = None if about["rows"] is None else tuple(_row(row, futures.widening) for row in about["rows"])
    of_cash = tuple(Row(*row) for row in about.get("of_cash", ()))
    if (columns is None) == (rows is None) or (columns and not fits(columns, about["paths"])):
        raise _damaged(path, "columns or rows are missing")
    return Simulation(scenario, futures, columns and wide(columns, about["paths"]), rows, of_cash, ledger)


def _row(row: list[Any], widening: float) -> Row:
    """A row of a long run. Before rows had intervals their standard errors were widened when they were shown."""
    if len(row) == len(Row._fields):
        return Row(*row)
    measure, estimate, error, *rest = row
    return Row(measure, estimate, error * widening, math.nan, math.nan, *rest)


def _way(about: Mapping[str, Any]) -> Way:
    """How futures were drawn; files of older versions say whether they were stratified."""
    found = about["sampling"] if "sampling" in about else ("plain", "stratified")[about["stratified"]]
    return _WAYS[found]


def _movement(day: str, payer: str, payee: str, kind: str, label: str, amount: float) -> Movement:
    who, whom, what = map(visible, (payer, payee, label))  # no scenario is behind these that would refuse them
    return Movement(dt.date.fromisoformat(day), who, whom, Kind(kind).value, what, amount)


def _cost(day: str, party: str, cost: str, deferred: bool, *amounts: float) -> CostDue:
    return CostDue(dt.date.fromisoformat(day), visible(party), visible(cost), deferred, *amounts)


def _observed(data: list[Any], through: str | None) -> Observed:
    seen: dict[int, dict[int, Seen]] = {}
    for metric, row, *figures in data:
        seen.setdefault(metric, {})[row] = Seen(*figures)
    return Observed(seen, through)


def _damaged(file: Path, why: str) -> InputError:
    rule = f"a simulation that sib saved, whole ({why})"
    return InputError(Problem("file", str(file), rule, "take another copy, or simulate again and save it"))
