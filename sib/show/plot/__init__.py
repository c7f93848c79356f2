"""Plots: functions of results that draw on the axes they are given and return them. They decide nothing."""

from sib.show.plot.agreement import agreement
from sib.show.plot.attribution import attribution
from sib.show.plot.budget import budget
from sib.show.plot.cash import cash
from sib.show.plot.contract import contract
from sib.show.plot.evidence import calibration, estimate, posterior, power
from sib.show.plot.forecast import forecast
from sib.show.plot.grid import grid
from sib.show.plot.payoff import payoff
from sib.show.plot.portfolio import portfolio
from sib.show.plot.returns import returns
from sib.show.plot.sensitivity import sensitivity
from sib.show.plot.solve import solve
from sib.show.plot.tornado import tornado

__all__ = [
    "agreement",
    "attribution",
    "budget",
    "calibration",
    "cash",
    "contract",
    "estimate",
    "forecast",
    "grid",
    "payoff",
    "portfolio",
    "posterior",
    "power",
    "returns",
    "sensitivity",
    "solve",
    "tornado",
]
