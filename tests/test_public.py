"""What others rely on: the public names, what an import loads, and that the README's example runs."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import sib

ROOT = Path(__file__).parents[1]

NAMES = [
    *("ChainLadder", "EvidenceWarning", "InputError", "Interrupted", "Ledger", "NoiseWarning", "Portfolio", "Scenario"),
    *("ScenarioError", "Simulation", "TriangleWarning", "Update"),
    *(
        "agreement",
        "attribute_risk",
        "calibration",
        "chain_ladder",
        "compare",
        "dispersion_from",
        "expected_case",
        "irr",
        "load",
    ),
    *("minimum_detectable_effect", "multiple", "npv", "open", "overpayment", "payback", "payoff", "people", "plot"),
    *("portfolio", "power", "report", "risk", "sample_size", "scenarios", "sensitivity", "settle", "simulate", "solve"),
    *("sweep", "tornado", "update", "workbook"),
]


def test_public_names():
    assert sib.__all__ == NAMES
    for name in NAMES:
        assert getattr(sib, name).__doc__


def test_the_package_shows_its_own_names_only():
    assert dir(sib) == sorted([*NAMES, "__version__"])


def test_a_name_is_told_alike_to_readers_to_type_checkers_and_to_python():
    source = ast.parse(Path(sib.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in source.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    for_types = {alias.name: node.module for node in block.body for alias in node.names}
    assert for_types == sib._PLACES
    assert for_types.keys() <= set(NAMES)


def test_a_simulation_shows_what_a_user_needs(simulation):
    assert {name for name in dir(simulation) if not name.startswith("_")} == {
        *("scenario", "n_paths", "seed", "rng", "chance", "version", "effective_paths", "futures"),
        *("columns", "paths", "summary", "tranches", "position", "ledger", "save"),
        *("cash", "cash_paths", "budget", "headroom", "cost_per_outcome", "deadweight", "dpi"),
    }


def test_frames_with_estimates_have_one_layout(plan, simulation):
    tables = (
        simulation.tranches(),
        sib.compare({"a": plan}, 100, rng=1),
        sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1).remaining(),
    )
    for table in tables:
        assert table.index.name == "measure"
        assert table.columns.names[1] == "figure"
        assert table.columns.get_level_values("figure").to_list()[:2] == ["estimate", "mcse"]


@pytest.mark.slow
def test_frames_are_what_needs_pandas():
    code = """
import sys, sib
plan = sib.load("peterborough")
simulation = sib.simulate(plan, 100, rng=1)
ledger = sib.settle(plan, {"reconvictions": 0.1})
assert "pandas" not in sys.modules
simulation.summary()
assert "pandas" in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_methods_that_are_relied_on():
    assert {"replace", "to_toml", "assumptions"} <= set(dir(sib.Scenario))
    assert {"to_frame", "statement", "balances", "received", "paid", "cashflow"} <= set(dir(sib.Ledger))
    assert {"summary", "paths", "ledger", "save"} <= set(dir(sib.Simulation))
    assert list(inspect.signature(sib.simulate).parameters)[:5] == ["scenario", "paths", "rng", "executor", "progress"]


@pytest.mark.parametrize("module", ["numpy", "pandas", "pydantic", "matplotlib", "scipy", "typer", "IPython"])
def test_importing_leaves_out(module):
    code = f"import sib, sys; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_readme_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # they write files
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    spaces = [{} for _ in blocks]
    for block, space in zip(blocks, spaces, strict=True):
        exec(block, space)
    plt.close("all")
    # the figures that its comments quote
    first, denver, own = spaces
    assert first["chance"] == pytest.approx(0.475, abs=0.005)
    assert round(first["rate"], 3) == 0.031
    doubtful = sib.simulate(first["doubtful"], rng=2010).summary().loc["payment_probability", "estimate"]
    assert doubtful == pytest.approx(0.048, abs=0.002)
    assert round(sib.expected_case(first["plan"]).irr("investors"), 3) == 0.031
    assert first["risk"].loc["expected_cash_irr", "estimate"] == pytest.approx(-0.076, abs=0.003)
    assert round(denver["paid"], 2) == 9_638_911.36
    assert {file.name for file in tmp_path.iterdir()} == {"denver.xlsx", "denver.html"}
    assert "harder" in own["table"].columns


@pytest.mark.slow
def test_readme_questions_are_answered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan, squares = sib.load("peterborough"), sib.load("peace-squares-what-if")
    price = "payments.*.pays.per_unit"
    space = {
        "sib": sib,
        "plan": plan,
        "simulation": sib.simulate(squares, 2_000, rng=1),
        "ledger": sib.settle(sib.load("peterborough-2017"), {"reconvictions": [0.084, 0.097]}),
        "known": sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1),
        "grid": {price: [0.8, 1.2], "payments.pooled.when.improvement": [0.05, 0.075]},
        "parties": {"trusts": {"measure": "loss_probability", "at_most": 0.45}, "payer": {"values_outcome_at": 15_000}},
    }
    table = README[README.index("| question | call |") :].split("\n\n")[0]
    calls = [call for call in re.findall(r"`([^`]+)`", table) if "..." not in call]
    assert len(calls) > 20
    for call in calls:
        exec(f"answer = {call}", space)
        assert space["answer"] is not None or call.startswith(("sib.report", "sib.workbook")), call
    assert {file.name for file in tmp_path.iterdir()} == {"deal.html", "deal.xlsx"}


def test_readme_is_short_and_its_links_lead_somewhere():
    assert len(README.splitlines()) < 150
    for place in re.findall(r"\]\(([^)#]+)\)", README):
        inside = Path(sib.__file__).parent / place.removeprefix("sib/")  # where the library is installed
        assert (inside if place.startswith("sib/") else ROOT / place).exists(), place


def test_nothing_is_drawn_from_the_global_random_state():
    import numpy as np

    def state():
        return np.random.get_state()[1].tobytes()  # noqa: NPY002 -- the legacy state is what must be left alone

    before = state()
    sib.simulate(sib.load("peterborough"), 100)
    assert state() == before
