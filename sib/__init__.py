"""Simulate social impact bonds: what a contract pays, to whom, when, and what its investors risk.

>>> import sib
>>> plan = sib.load("peterborough")
>>> simulation = sib.simulate(plan, paths=10_000, rng=2010)
>>> risk = simulation.summary()

The conventions that change answers are numbered in `CONVENTIONS.md`, beside this file.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sib.errors import InputError, ScenarioError
from sib.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from sib.analysis.decide.agreement import agreement
    from sib.analysis.decide.compare import compare
    from sib.analysis.decide.holdings import Portfolio
    from sib.analysis.decide.portfolio import portfolio
    from sib.analysis.decide.sensitivity import NoiseWarning, sensitivity
    from sib.analysis.decide.solve import solve
    from sib.analysis.decide.sweep import sweep
    from sib.analysis.decide.tornado import tornado
    from sib.analysis.evidence.attribution import attribute_risk
    from sib.analysis.evidence.calibration import calibration
    from sib.analysis.evidence.chain_ladder import ChainLadder, TriangleWarning, chain_ladder
    from sib.analysis.evidence.overpayment import overpayment
    from sib.analysis.evidence.people import people
    from sib.analysis.evidence.power import power
    from sib.analysis.evidence.sizing import minimum_detectable_effect, sample_size
    from sib.analysis.evidence.update import EvidenceWarning, Update, update
    from sib.analysis.expected_case import expected_case
    from sib.analysis.ledger import Ledger
    from sib.analysis.payoff import payoff
    from sib.analysis.progress import Interrupted
    from sib.analysis.saved import open  # noqa: A004 -- as one opens a file
    from sib.analysis.settle import settle
    from sib.analysis.simulate import simulate
    from sib.analysis.simulation import Simulation
    from sib.measures import risk
    from sib.measures.cashflow import multiple, npv, payback
    from sib.measures.irr import irr
    from sib.model.dispersion import dispersion_from
    from sib.scenario.files import load, scenarios
    from sib.scenario.scenario import Scenario
    from sib.show import plot
    from sib.show.report import report
    from sib.show.workbook import workbook

# What is imported when it is first asked for, so that a notebook's first cell does not wait for all of it.
_LATER = {
    "analysis.evidence.attribution": ("attribute_risk",),
    "analysis.evidence.calibration": ("calibration",),
    "analysis.evidence.chain_ladder": ("ChainLadder", "TriangleWarning", "chain_ladder"),
    "analysis.decide.agreement": ("agreement",),
    "analysis.decide.compare": ("compare",),
    "analysis.decide.holdings": ("Portfolio",),
    "analysis.decide.portfolio": ("portfolio",),
    "analysis.saved": ("open",),
    "analysis.expected_case": ("expected_case",),
    "analysis.ledger": ("Ledger",),
    "analysis.evidence.overpayment": ("overpayment",),
    "analysis.payoff": ("payoff",),
    "analysis.evidence.people": ("people",),
    "analysis.progress": ("Interrupted",),
    "analysis.evidence.power": ("power",),
    "analysis.settle": ("settle",),
    "analysis.simulate": ("simulate",),
    "analysis.simulation": ("Simulation",),
    "analysis.evidence.sizing": ("minimum_detectable_effect", "sample_size"),
    "analysis.decide.sensitivity": ("NoiseWarning", "sensitivity"),
    "analysis.decide.solve": ("solve",),
    "analysis.decide.sweep": ("sweep",),
    "analysis.decide.tornado": ("tornado",),
    "analysis.evidence.update": ("EvidenceWarning", "Update", "update"),
    "model.dispersion": ("dispersion_from",),
    "scenario.files": ("load", "scenarios"),
    "scenario.scenario": ("Scenario",),
    "measures": ("risk",),
    "measures.cashflow": ("multiple", "npv", "payback"),
    "measures.irr": ("irr",),
    "show": ("plot",),
    "show.report": ("report",),
    "show.workbook": ("workbook",),
}
_PLACES = {name: f"sib.{module}" for module, names in _LATER.items() for name in names}

__all__ = [
    "ChainLadder",
    "EvidenceWarning",
    "InputError",
    "Interrupted",
    "Ledger",
    "NoiseWarning",
    "Portfolio",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "TriangleWarning",
    "Update",
    "agreement",
    "attribute_risk",
    "calibration",
    "chain_ladder",
    "compare",
    "dispersion_from",
    "expected_case",
    "irr",
    "load",
    "minimum_detectable_effect",
    "multiple",
    "npv",
    "open",
    "overpayment",
    "payback",
    "payoff",
    "people",
    "plot",
    "portfolio",
    "power",
    "report",
    "risk",
    "sample_size",
    "scenarios",
    "sensitivity",
    "settle",
    "simulate",
    "solve",
    "sweep",
    "tornado",
    "update",
    "workbook",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        message = f"module 'sib' has no attribute {name!r}"
        raise AttributeError(message)
    module = import_module(_PLACES[name])
    found = getattr(module, name, None) or import_module(f"{_PLACES[name]}.{name}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


if "IPython" in sys.modules:
    from sib.show import completion, display

    display.register()
    completion.register()
