"""The bits of a seed: every shipped scenario at a fixed seed as hashes, so that a rebuilt library can be held to them.

`python -m tests.bits write FILE` writes them down, `python -m tests.bits check FILE` holds today's code against them.
`tests/cases/bits.json` was written anew with version 0.2.0, when every draw became a quantile at a coordinate. Until
then it had been as before the library was rebuilt in its present rooms, but for deals in which overdue costs, what is
owed back, or month ends had come to mean something else. A table has the rows and columns that there were when it was
written, whatever has come since. Hashes hold for one version of NumPy on one kind of machine, which the file names;
elsewhere write them again with the code to compare with.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import sib

SEED, PATHS, SHOWN = 2010, 20_000, 1_000  # paths: more than a block, so that blocks are joined
MOVEMENT = ["date", "payer", "payee", "label", "amount"]
ROWS = [  # of a summary: the rows that there were when it was written
    *("payment_probability", "loss_probability", "total_loss_probability", "no_irr_probability"),
    *("expected_cash_irr", "multiple_mean", "multiple_median", "irr_mean", "irr_median", "irr_p05"),
    *("irr_p95", "npv_mean", "var_95", "es_95", "drawn_mean", "payment_mean", "payment_p95"),
    *("payer_net_mean", "payer_net_p95", "late_cost_probability", "unpaid_cost_probability"),
    *("unpaid_cost_mean", "arrears_max_mean", "arrears_max_p95", "capital_needed_p95", "redrawn_mean"),
]
COLUMNS = ["estimate", "mcse", "low", "high", "unit", "given", "paths"]
BESIDE = [*COLUMNS[:4], "difference", "difference_mcse", "difference_low", "difference_high"]
LATER: list[str] = []  # columns of paths since then


def digest(frame: pd.DataFrame | pd.Series) -> str:
    """Every number of a table to its last bit, with its labels."""
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    found = hashlib.sha256()
    for name in table.columns:
        column = table[name]
        numbers = pd.api.types.is_numeric_dtype(column)
        found.update(f"{name}\x1f".encode())
        found.update(column.to_numpy(dtype=float).tobytes() if numbers else "\x1f".join(map(str, column)).encode())
    found.update("\x1f".join(map(str, table.index)).encode())
    return found.hexdigest()[:16]


def numbers(frame: pd.DataFrame | pd.Series) -> str:
    """Every number of a table to its last bit, wherever it stands."""
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    values = np.sort(table.select_dtypes("number").to_numpy(float).ravel())
    return hashlib.sha256(values.tobytes()).hexdigest()[:16]


def then(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that there were of tables side by side."""
    return table.loc[:, table.columns.get_level_values("figure").isin(BESIDE)]


def simulated() -> Iterator[tuple[str, Callable[[], str]]]:
    """Of each shipped scenario the summary, the mean ledger and the first paths."""
    for name in sib.scenarios().index:
        simulation = sib.simulate(sib.load(name), PATHS, rng=SEED)
        yield f"{name}: summary", lambda s=simulation: digest(s.summary().loc[ROWS, COLUMNS])
        yield f"{name}: mean ledger", lambda s=simulation: digest(s.ledger().to_frame()[MOVEMENT])
        yield f"{name}: paths", lambda s=simulation: digest(s.paths.head(SHOWN).drop(columns=LATER))
        yield f"{name}: tranches", lambda s=simulation: numbers(then(s.tranches().loc[ROWS]))
        yield f"{name}: position", lambda s=simulation: numbers(s.position())
        yield f"{name}: one path", lambda s=simulation: digest(s.ledger(PATHS - 1).to_frame()[MOVEMENT])


def asked() -> Iterator[tuple[str, Callable[[], str]]]:
    """What else is asked of scenarios."""
    plan, denver = sib.load("peterborough"), sib.load("denver")
    better = plan.replace({"beliefs.effects.reconvictions.mean": 0.12})
    known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=4_000, rng=SEED)
    grid = {"payments.early.pays.per_unit": [10_000, 13_720]}
    yield (
        "stratified",
        lambda: digest(sib.simulate(plan, PATHS, rng=SEED, stratified=True).summary().loc[ROWS, COLUMNS]),
    )
    yield (
        "sobol",
        lambda: digest(sib.simulate(plan, PATHS, rng=SEED, sampling="sobol").summary().loc[ROWS, COLUMNS]),
    )
    yield (
        "people alone",
        lambda: digest(sib.simulate(denver, PATHS, rng=SEED, chance=("people",)).summary().loc[ROWS, COLUMNS]),
    )
    yield "compare", lambda: numbers(then(sib.compare({"a": plan, "b": better}, PATHS, rng=SEED, measures=ROWS)))
    yield "sweep", lambda: numbers(sib.sweep(grid, plan, PATHS, rng=SEED, measures=ROWS)[[*grid, *COLUMNS]])
    yield "power", lambda: numbers(sib.power(plan, [0.0, 0.1], paths=4_000, rng=SEED))
    yield "overpayment", lambda: numbers(sib.overpayment(plan, [0.0, 0.1], paths=4_000, rng=SEED))
    yield "attribution", lambda: numbers(sib.attribute_risk(plan, paths=2_000, rng=SEED))
    yield "attribution, rate card", lambda: numbers(sib.attribute_risk(sib.load("reboot-west"), paths=1_000, rng=SEED))
    yield "posterior", lambda: digest(known.posterior.summary().loc[ROWS, COLUMNS])
    yield "effects", lambda: numbers(known.effects)
    yield "surprise", lambda: digest(known.surprise)
    yield "remaining", lambda: numbers(known.remaining())
    yield "option to stop", lambda: digest(known.option_to_stop())
    yield "calibration", lambda: digest(sib.calibration(plan, draws=20, posterior=15, rng=SEED))
    yield "people", lambda: numbers(sib.people(plan, rng=SEED))
    yield "payoff", lambda: digest(sib.payoff(plan, np.linspace(0, 0.3, 31)))
    yield "sample size", lambda: digest(sib.sample_size(plan, 0.1).drop(["alpha", "power"], errors="ignore"))
    yield (
        "detectable effect",
        lambda: digest(sib.minimum_detectable_effect(plan).drop(["alpha", "power"], errors="ignore")),
    )


def hashes() -> dict[str, str]:
    """Everything, by what it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: of() for part in (simulated(), asked()) for name, of in part}


def main(command: str, file: str) -> int:
    """Write the hashes down, or hold today's against them."""
    made_on = {"numpy": np.__version__, "machine": platform.machine(), "python": platform.python_version()}
    found = hashes()
    if command == "write":
        Path(file).write_text(json.dumps({"made_on": made_on, "hashes": found}, indent=1) + "\n", encoding="utf-8")
        return 0
    written = json.loads(Path(file).read_text(encoding="utf-8"))
    if written["made_on"]["numpy"] != np.__version__:
        print(f"made with NumPy {written['made_on']['numpy']}; this is {np.__version__}")
    differ = [name for name, was in written["hashes"].items() if found.get(name) != was]
    print(f"{len(written['hashes']) - len(differ)} of {len(written['hashes'])} as they were", *differ, sep="\n  ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
