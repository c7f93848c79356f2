"""Fuzz public calls with junk: `python -m tests.fuzz_calls [SECONDS] [SEED]` from the root of a checkout.

Every parameter of everything that is public is given what it is not made for, one at a time, the others being valid. A
call has to end in an `InputError` in four parts that names the parameter, or in a result, within seconds and without a
warning of any other library. Where a parameter is annotated as a number, a word, yes or no, or one of the library's own
nouns, what is of another kind has to be refused: that a 3.7 was taken for a 3 no result would show.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import inspect
import io
import math
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import sib
from tests.milestones import funnel

SLOWEST = 20.0  # seconds of processor time a call
NO_CALLS = {  # public by their names only: made by the library alone
    "Ledger.of": "makes a ledger of movements, which nobody else has",
}
CALLED = {  # what messages call what comes by a parameter: the words of those who read results in any way
    "name_or_path": ("scenario",),
    "observed": ("claims", "measured"),
    "results": ("measured",),
    "others": ("measured",),
    "changes": ("x",),
    "scenarios": ("x",),
    "data": ("scenario",),
}


class Odd:
    """What nobody has heard of, and cannot be shown."""

    def __repr__(self) -> str:
        return "Odd\x1b[31m"


def junk() -> dict[str, Any]:
    """What no parameter is made for, by name; made anew for each call, as some of it is used up."""
    return {
        "None": None,
        "True": True,
        "False": False,
        "0": 0,
        "1": 1,
        "-1": -1,
        "3.7": 3.7,
        "0.5": 0.5,
        "-0.0": -0.0,
        "nan": math.nan,
        "inf": math.inf,
        "-inf": -math.inf,
        "1e308": 1e308,
        "5e-324": 5e-324,
        "400 digits": 10**400,
        "2**63": 2**63,
        "no words": "",
        "no": "no",
        "a name": "investors",
        "a path": "payments.early.pays.per_unit",
        "a surrogate": "\ud800",
        "NUL": "a\0b",
        "a long word": "x" * 100_000,
        "bytes": b"investors",
        "a date": dt.date(2020, 1, 1),
        "a time": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        "NaT": pd.NaT,
        "NA": pd.NA,
        "a timestamp": pd.Timestamp("2020-01-01"),
        "a span": dt.timedelta(days=3),
        "NumPy's span": np.timedelta64(5, "D"),
        "masked, in no dimension": np.ma.array(5, mask=True),
        "a far date": np.datetime64("12626367463885247-04-15"),
        "pandas' array": pd.array([0.1, None]),
        "a decimal": Decimal("0.07"),
        "signalling": Decimal("sNaN"),
        "a fraction": Fraction(1, 3),
        "complex": 1j,
        "NumPy's whole number": np.int64(2),
        "NumPy's single": np.float32(0.5),
        "NumPy's yes": np.bool_(True),
        "an array in no dimension": np.array(0.5),
        "an array": np.array([0.1, 0.2]),
        "an empty array": np.array([]),
        "an array of arrays": np.ones((2, 2)),
        "objects": np.array([object(), None], dtype=object),
        "masked": np.ma.array([0.1, 0.2], mask=[True, False]),
        "dates": np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
        "an empty list": [],
        "a list": [0.1, 0.5],
        "a ragged list": [[0.1], [0.2, 0.3]],
        "words": ["investors", "x"],
        "a list of None": [None],
        "nested": functools.reduce(lambda inner, _: [inner], range(5_000), []),
        "an empty tuple": (),
        "a pair": (4, 6),
        "a triple": (1, 2, 3),
        "a set": {0.1, 0.5},
        "an empty mapping": {},
        "a mapping": {"x": 1},
        "a mapping of numbers": {1: 2},
        "a mapping of None": {None: None},
        "a mapping of lists": {"x": [1, 2]},
        "a mapping of mappings": {"x": {"y": {"z": 1}}},
        "a generator": (n for n in (0.1, 0.5)),
        "a range": range(3),
        "an object": object(),
        "what is odd": Odd(),
        "a class": dict,
        "the library's class": sib.Scenario,
        "a function": len,
        "a module": math,
        "an ellipsis": ...,
        "a slice": slice(1),
        "not implemented": NotImplemented,
        "an exception": ValueError("x"),
        "a frame": pd.DataFrame({"metric": ["x"], "value": [1.0]}),
        "an empty frame": pd.DataFrame(),
        "a series": pd.Series([0.1, 0.5]),
        "an index": pd.Index(["a", "b"]),
        "a stream": io.StringIO("x"),
        "a folder": Path(tempfile.gettempdir()),
        "a closed pool": _closed(),
        "a scenario": world()["plan"],
        "a simulation": world()["simulation"],
        "a ledger": world()["ledger"],
        "an update": world()["update"],
        "a portfolio": world()["portfolio"],
    }


def _closed() -> ThreadPoolExecutor:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    return pool


def _with_deadweight() -> sib.Scenario:
    data = funnel().data()
    data["beliefs"]["deadweight"] = {"job": 0.3}
    return sib.Scenario.from_data(data)


@functools.cache
def world() -> dict[str, Any]:
    """What calls are made on."""
    plan, other = sib.load("peterborough"), sib.load("peterborough-2017")
    simulation = sib.simulate(plan, paths=200, rng=1)
    known = {"reconvictions": {"1": 0.084}}
    price = "payments.early.pays.per_unit"
    grid = {price: [10_000, 14_000], "beliefs.effects.reconvictions.mean": [0.08, 0.12]}
    parties = {"lenders": {"measure": "multiple_mean", "at_least": 1.0}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "plan": plan,
            "simulation": simulation,
            "other": other,
            "counted": sib.update(funnel(), {"job": {"2015-03-31": 20, "2015-06-30": 9}}, paths=500, rng=1),
            "with deadweight": sib.simulate(_with_deadweight(), paths=200, rng=1),
            "known": known,
            "update": sib.update(plan, known, paths=500, rng=1),
            "ledger": sib.expected_case(plan),
            "portfolio": sib.portfolio({"a": plan, "b": other}, paths=500, rng=1),
            "price": price,
            "grid": grid,
            "parties": parties,
            "triangle": [[100.0, 150.0, 175.0], [110.0, 168.0, math.nan], [115.0, math.nan, math.nan]],
            "sample": np.linspace(-1.0, 1.0, 50),
            "table agreement": sib.agreement(plan, grid, parties, paths=200, rng=1),
            "table attribution": sib.attribute_risk(plan, paths=1_000, rng=1),
            "table calibration": sib.calibration(plan, draws=20, posterior=15, rng=1),
            "table grid": sib.sweep(grid, plan, paths=200, rng=1),
            "table power": sib.power(plan, [0.0, 0.1], paths=200, rng=1),
            "table sensitivity": sib.sensitivity(
                plan, {price: (9_000, 14_000)}, measure="multiple_mean", points=16, paths=200, rng=1
            ),
            "table solve": sib.solve(plan, price, -0.1, within=(5_000, 30_000), paths=200, rng=1),
            "table tornado": sib.tornado(plan, {price: (9_000, 14_000)}, paths=200, rng=1),
        }


def valid(folder: Path) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Each public call, with what it needs."""
    of = world()
    plan, simulation, update, ledger = of["plan"], of["simulation"], of["update"], of["ledger"]
    saved = folder / "saved.sib"
    if not saved.exists():
        simulation.save(saved)
    flows = {"amounts": [-100.0, 110.0], "years": [0.0, 1.0]}
    few: dict[str, Any] = {"paths": 200, "rng": 1}
    asked: dict[str, dict[str, Any]] = {
        "agreement": {"scenario": plan, "grid": of["grid"], "parties": of["parties"], **few},
        "attribute_risk": {"scenario": plan, "paths": 1_000, "rng": 1},
        "calibration": {"scenario": plan, "draws": 20, "posterior": 15, "rng": 1},
        "chain_ladder": {"triangle": of["triangle"]},
        "compare": {"scenarios": {"a": plan, "b": of["other"]}, **few},
        "dispersion_from": {"mean": 0.78, "share_with_any": 0.45},
        "expected_case": {"scenario": plan},
        "irr": flows,
        "load": {"name_or_path": "peterborough"},
        "minimum_detectable_effect": {"scenario": plan},
        "multiple": {"amounts": [-100.0, 110.0]},
        "npv": {**flows, "rate": 0.05},
        "open": {"file": saved},
        "overpayment": {"scenario": plan, "effects": [0.0, 0.1], **few},
        "payback": flows,
        "payoff": {"scenario": plan, "results": [0.0, 0.1]},
        "people": {"scenario": plan, "rng": 1},
        "portfolio": {"scenarios": {"a": plan, "b": of["other"]}, **few},
        "power": {"scenario": plan, "effects": [0.0, 0.1], **few},
        "report": {"simulation": simulation, "file": folder / "report.html"},
        "sample_size": {"scenario": plan, "effect": 0.1},
        "scenarios": {},
        "sensitivity": {
            "scenario": plan,
            "ranges": {of["price"]: (9_000, 14_000)},
            "measure": "multiple_mean",
            "points": 16,
            **few,
        },
        "settle": {"scenario": plan, "measured": {"reconvictions": 0.084}},
        "simulate": {"scenario": plan, **few},
        "solve": {"scenario": plan, "vary": of["price"], "target": -0.1, "within": (5_000, 30_000), **few},
        "sweep": {"scenarios": of["grid"], "base": plan, **few},
        "tornado": {"scenario": plan, "ranges": {of["price"]: (9_000, 14_000)}, **few},
        "update": {"of": plan, "observed": of["known"], "paths": 500, "rng": 1},
        "workbook": {"scenario": plan, "file": folder / "deal.xlsx"},
        "plot.agreement": {"table": of["table agreement"]},
        "plot.attribution": {"table": of["table attribution"]},
        "plot.budget": {"simulation": simulation},
        "plot.calibration": {"ranks": of["table calibration"]},
        "plot.cash": {"simulation": simulation},
        "plot.contract": {"scenario": plan, "results": [0.0, 0.1, 0.2]},
        "plot.estimate": {"simulations": {"as believed": simulation}},
        "plot.forecast": {"update": of["counted"]},
        "plot.grid": {
            "table": of["table grid"],
            "x": of["price"],
            "y": "beliefs.effects.reconvictions.mean",
            "measure": "loss_probability",
        },
        "plot.payoff": {"simulation": simulation},
        "plot.portfolio": {"portfolio": of["portfolio"]},
        "plot.posterior": {"known": update},
        "plot.power": {"table": of["table power"]},
        "plot.returns": {"simulation": simulation},
        "plot.sensitivity": {"table": of["table sensitivity"]},
        "plot.solve": {"table": of["table solve"]},
        "plot.tornado": {"table": of["table tornado"]},
        "risk.expected_shortfall": {"loss": of["sample"]},
        "risk.loss_probability": {"loss": of["sample"]},
        "risk.mean": {"sample": of["sample"]},
        "risk.probability": {"event": of["sample"] > 0},
        "risk.quantile": {"sample": of["sample"], "level": 0.5},
        "risk.quantile_bounds": {"sample": of["sample"], "level": 0.5},
        "risk.total_loss_probability": {"loss": of["sample"]},
        "risk.value_at_risk": {"loss": of["sample"]},
    }
    methods: dict[str, tuple[Any, dict[str, Any]]] = {
        "Ledger.balances": (ledger, {}),
        "Ledger.cashflow": (ledger, {"party": "investors"}),
        "Ledger.costs": (ledger, {}),
        "Ledger.drawn": (ledger, {"party": "investors"}),
        "Ledger.irr": (ledger, {"party": "investors"}),
        "Ledger.multiple": (ledger, {"party": "investors"}),
        "Ledger.paid": (ledger, {"party": "investors"}),
        "Ledger.received": (ledger, {"party": "investors"}),
        "Ledger.statement": (ledger, {}),
        "Ledger.to_frame": (ledger, {}),
        "Portfolio.cash": (of["portfolio"], {}),
        "Portfolio.deals": (of["portfolio"], {}),
        "Portfolio.diversification": (of["portfolio"], {}),
        "Portfolio.summary": (of["portfolio"], {}),
        "Scenario.assumptions": (plan, {}),
        "Scenario.by_case": (plan, {}),
        "Scenario.case": (plan, {"name": "base"}),
        "Scenario.data": (plan, {}),
        "Scenario.describe": (plan, {}),
        "Scenario.from_data": (plan, {"data": plan.data()}),
        "Scenario.replace": (plan, {"changes": {of["price"]: 12_000}}),
        "Scenario.suspicions": (plan, {}),
        "Scenario.to_toml": (plan, {}),
        "Simulation.budget": (simulation, {}),
        "Simulation.cash": (simulation, {"party": "investors"}),
        "Simulation.cash_paths": (simulation, {"party": "investors"}),
        "Simulation.cost_per_outcome": (simulation, {}),
        "Simulation.deadweight": (of["with deadweight"], {}),
        "Simulation.dpi": (simulation, {}),
        "Simulation.headroom": (simulation, {}),
        "Simulation.ledger": (simulation, {}),
        "Simulation.position": (simulation, {}),
        "Simulation.save": (simulation, {"file": folder / "again.sib"}),
        "Simulation.summary": (simulation, {}),
        "Simulation.tranches": (simulation, {}),
        "Update.draws": (update, {"simulation": update.posterior}),
        "Update.forecast": (of["counted"], {}),
        "Update.option_to_stop": (update, {}),
        "Update.remaining": (update, {}),
        "Update.rest": (update, {"simulation": update.posterior}),
    }
    found = {name: (functools.reduce(getattr, name.split("."), sib), given) for name, given in asked.items()}
    bound = {name: (getattr(on, name.split(".")[1]), given) for name, (on, given) in methods.items()}
    return {**found, **bound}


def public() -> Iterator[str]:
    """The names of everything public that is called."""
    for name in sib.__all__:
        thing = getattr(sib, name)
        if isinstance(thing, ModuleType):
            inside = getattr(thing, "__all__", [one for one in vars(thing) if not one.startswith("_")])
            for one in inside:
                inner = getattr(thing, one)
                if isinstance(inner, FunctionType) and inner.__module__.startswith(thing.__name__):
                    yield f"{name}.{one}"
        elif isinstance(thing, type):
            yield from _methods(thing)
        elif callable(thing):
            yield name


def _methods(kind: type) -> Iterator[str]:
    for base in kind.__mro__:
        if not base.__module__.startswith("sib"):
            continue
        for one, method in list(vars(base).items()):
            function = getattr(method, "__func__", method)
            name, own = f"{kind.__name__}.{one}", not one.startswith(("_", "model_"))
            if isinstance(function, FunctionType) and own and name not in NO_CALLS:
                yield name


def parameters(call: Callable[..., Any]) -> dict[str, str]:
    """The parameters of a call, and how each is annotated."""
    return {name: str(one.annotation) for name, one in inspect.signature(call).parameters.items()}


NUMBERS = (int, float, np.integer, np.floating, Decimal, Fraction, np.ndarray)
ONLY: dict[str, Callable[[Any], bool]] = {  # by annotation, less None: what else a value cannot be
    "bool": lambda value: isinstance(value, bool | np.bool_),
    "int": lambda value: isinstance(value, int | np.integer) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, NUMBERS) and not isinstance(value, bool) and _finite(value),
    "str": lambda value: isinstance(value, str),
    "Scenario": lambda value: isinstance(value, sib.Scenario),
    "Simulation": lambda value: isinstance(value, sib.Simulation),
    "Update": lambda value: isinstance(value, sib.Update),
    "Portfolio": lambda value: isinstance(value, sib.Portfolio),
    "dt.date": lambda value: isinstance(value, dt.date),
    "pd.DataFrame": lambda value: isinstance(value, pd.DataFrame),
}


def _finite(value: Any) -> bool:
    try:
        return np.ndim(value) == 0 and math.isfinite(float(value))
    except (OverflowError, ValueError):
        return False


def wrong(annotation: str, value: Any) -> bool:
    """Whether an annotation alone says that the value has to be refused."""
    kinds = annotation.split(" | ")
    if value is None and "None" in kinds:
        return False
    known = [kind for kind in kinds if kind != "None"]
    return all(kind in ONLY for kind in known) and not any(ONLY[kind](value) for kind in known)


def fault(call: Callable[..., Any], given: dict[str, Any], parameter: str, value: Any) -> str | None:
    """What is wrong with how a call takes a value; None where nothing is."""
    annotation = parameters(call)[parameter]
    began = time.process_time()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("error")
            for said in (sib.NoiseWarning, sib.EvidenceWarning, sib.TriangleWarning, DeprecationWarning):
                warnings.simplefilter("ignore", said)  # our own, and what libraries tell each other
            call(**{**given, parameter: value})
    except sib.InputError as error:
        return _unclear(error, (parameter, *CALLED.get(parameter, ()), *parameters(call)))
    except BaseException as error:  # noqa: BLE001 -- whatever else comes is a fault
        lines = traceback.extract_tb(error.__traceback__)
        place = next((f"{one.filename.split('sib/', 1)[-1]}:{one.lineno}" for one in reversed(lines)), "")
        return f"{type(error).__name__}: {str(error)[:100]!r} at {place}"
    finally:
        plt.close("all")
    if time.process_time() - began > SLOWEST:
        return f"took {time.process_time() - began:.0f} s"
    return f"taken, though annotated {annotation}" if wrong(annotation, value) else None


def _unclear(error: sib.InputError, names: tuple[str, ...]) -> str | None:
    for problem in error.problems:
        if not all((problem.where.strip(), problem.rule.strip(), problem.remedy.strip())):
            return f"not in four parts: {error}"
    return None if any(name in str(error) for name in names) else f"does not name the parameter: {error}"


def run(seconds: float, seed: int, most: int | None = None) -> tuple[int, list[str]]:
    """Fuzz for so long, or so many calls, each parameter with each junk once; the calls, and what was found."""
    rnd = random.Random(seed)  # noqa: S311 -- nothing is kept secret by it
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # junk may be the name of a file
        calls = valid(Path(folder))
        tries = [(name, one, what) for name, (call, _) in calls.items() for one in parameters(call) for what in junk()]
        rnd.shuffle(tries)
        found, done, ends = [], 0, time.monotonic() + seconds
        for name, parameter, what in tries[:most]:
            if time.monotonic() > ends:
                break
            call, given = calls[name]
            problem = fault(call, given, parameter, junk()[what])
            done += 1
            if problem:
                found.append(f"{name}({parameter}={what}): {problem}")
    return done, sorted(found)


def main(seconds: str = "60", seed: str = "1") -> int:
    """Print what was found."""
    done, found = run(float(seconds), int(seed))
    print(*found, sep="\n")
    print(f"{done} calls, {len(found)} faults", Counter(line.split("(")[0] for line in found).most_common(12))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
