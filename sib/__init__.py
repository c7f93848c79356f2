"""Simulate social impact bonds: what a contract pays, to whom, when, and what its investors risk.

>>> import sib
>>> plan = sib.load("peterborough")
>>> simulation = sib.simulate(plan, paths=10_000, rng=2010)
>>> risk = simulation.summary()

The conventions that change answers are numbered in `CONVENTIONS.md`, beside this file.
"""

from importlib.metadata import version as _version

from sib.analysis.attribution import attribute_risk
from sib.analysis.calibration import calibration
from sib.analysis.compare import compare
from sib.analysis.ledger import Ledger
from sib.analysis.overpayment import overpayment
from sib.analysis.payoff import payoff
from sib.analysis.people import people
from sib.analysis.power import power
from sib.analysis.settle import settle
from sib.analysis.simulate import simulate
from sib.analysis.simulation import Simulation
from sib.analysis.sizing import minimum_detectable_effect, sample_size
from sib.analysis.update import EvidenceWarning, Update, update
from sib.engine.dispersion import dispersion_from
from sib.measures import risk
from sib.measures.cashflow import multiple, npv, payback
from sib.measures.irr import irr
from sib.show import display as _display
from sib.show import plot
from sib.terms.errors import InputError, ScenarioError
from sib.terms.scenario import Scenario
from sib.terms.shipped import load, scenarios

__version__ = _version("sib")

__all__ = [
    "EvidenceWarning",
    "InputError",
    "Ledger",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "Update",
    "attribute_risk",
    "calibration",
    "compare",
    "dispersion_from",
    "irr",
    "load",
    "minimum_detectable_effect",
    "multiple",
    "npv",
    "overpayment",
    "payback",
    "payoff",
    "people",
    "plot",
    "power",
    "risk",
    "sample_size",
    "scenarios",
    "settle",
    "simulate",
    "update",
]

_display.register()
