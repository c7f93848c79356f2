"""Plots: functions of results that draw on the axes they are given and return them. They decide nothing."""

from sib.show.plot.attribution import attribution
from sib.show.plot.budget import budget
from sib.show.plot.cash import cash
from sib.show.plot.contract import contract
from sib.show.plot.evidence import calibration, estimate, posterior, power
from sib.show.plot.payoff import payoff
from sib.show.plot.returns import returns

__all__ = [
    "attribution",
    "budget",
    "calibration",
    "cash",
    "contract",
    "estimate",
    "payoff",
    "posterior",
    "power",
    "returns",
]
