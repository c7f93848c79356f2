"""Every plot once, of few paths: what the tests of all plots and the baselines of their pictures are made of."""

import warnings
from functools import cache

import sib
from tests.analysis.two_state import two_state
from tests.milestones import funnel

NAME = "of $9m and $3m, <b>bold</b>, \N{GRINNING FACE} \u05e9\u05dc\u05d5\u05dd, =1+1, x_1^2, a name that goes on"
LONG = f"{NAME} and on, and on and on, in all two hundred characters, as many as a deal may have; and {NAME}"[:200]
PRICE, CAPITAL = "payments.price.pays.per_unit", ("tranches.investor.amount", "costs.service.amount")
EFFECT = "beliefs.effects.reconvictions.mean"
GRID = {"payments.*.pays.per_unit": [0.8, 1.0, 1.3], EFFECT: [0.02, 0.06, 0.09, 0.14]}
TERMS = {"payments.*.pays.per_unit": [0.5, 1, 1.5], "payments.pooled.when.improvement": [0.05, 0.10]}
PARTIES = {"investors": {"measure": "loss_probability", "at_most": 0.5}, "ministry": {"values_outcome_at": 15_000}}


@cache
def plan(long):
    """Peterborough; with names as long as may be, that could be read as something else."""
    deal = sib.load("peterborough")
    if not long:
        return deal
    data = deal.data()
    data.pop("sources")
    (cap,) = (limit for limit in data["limits"] if limit["name"] == "payer cap")
    cap["name"] = NAME[:80]
    return sib.Scenario.from_data({**data, "name": LONG, "outcome_payer": f"by {NAME}"[:80]})


@cache
def simulation(long):
    return sib.simulate(plan(long), 1_000, rng=1)


@cache
def denver(long):
    deal = sib.load("denver")
    return sib.simulate(deal.replace({"name": LONG}) if long else deal, 500, rng=1)


@cache
def truths(long):
    none = plan(long).replace({"beliefs.effects.reconvictions": 0.0})
    return {LONG if long else "no effect": sib.simulate(none, 500, rng=1), "as believed": simulation(long)}


@cache
def table(question, long):
    """A table, or what else a question returns."""
    deal, say = plan(long), (lambda name: f"{name} {LONG}" if long else name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sib.EvidenceWarning)
        match question:
            case "power":
                return sib.power(deal, paths=300, rng=1)
            case "update":
                return sib.update(deal, {"reconvictions": {"1": 0.084}}, paths=500, rng=1)
            case "counts":
                return sib.update(funnel(), {"job": {"2015-03-31": 9, "2015-06-30": 14}}, paths=500, rng=1)
            case "calibration":
                return sib.calibration(deal, draws=100, posterior=31, rng=1)
            case "attribution":
                return sib.attribute_risk(deal, 1_000, rng=1)
            case "portfolio":
                return sib.portfolio({say("US$9m and US$3m"): deal, say("south"): deal}, paths=500, rng=1)
            case "grid":
                return sib.sweep(GRID, deal, paths=200, rng=1, measures=["loss_probability"])
            case "sensitivity":
                ranges = {EFFECT: (0.0, 0.15), "payments.*.pays.per_unit": (0.8, 1.2)}
                return sib.sensitivity(deal, ranges, measure="npv_mean", points=16, paths=50, rng=1)
            case "agreement":
                parties = {say(name): party for name, party in PARTIES.items()}
                return sib.agreement(deal, TERMS, parties, paths=50, rng=1)
            case "tornado":
                return sib.tornado(deal, points=2, paths=300, rng=1)
            case "inside":
                return sib.tornado(sib.load("essex"), measure="npv_mean", points=5, paths=100, rng=1)
            case "solve":
                return sib.solve(
                    deal, "payments.pooled.pays.per_unit", -0.07, within=(10_000, 18_000), paths=500, rng=1
                )
            case "gap":
                return sib.solve(two_state(), PRICE, 0.0, measure="npv_mean", within=(0.5, 4.0), paths=100, rng=1)
    raise ValueError(question)


PICTURES = {
    "payoff": lambda ax, long: sib.plot.payoff(simulation(long), ax=ax),
    "payoff of recycled money": lambda ax, long: sib.plot.payoff(denver(long), "jail days", ax=ax),
    "returns": lambda ax, long: sib.plot.returns(simulation(long), hurdle=1.2, ax=ax),
    "returns irr": lambda ax, long: sib.plot.returns(simulation(long), "irr", hurdle=0.05, ax=ax),
    "cash": lambda ax, long: sib.plot.cash(simulation(long), ax=ax),
    "cash at a hurdle": lambda ax, long: sib.plot.cash(simulation(long), tranche="investors", hurdle=0.05, ax=ax),
    "budget": lambda ax, long: sib.plot.budget(simulation(long), above=1_000_000, ax=ax),
    "contract": lambda ax, long: sib.plot.contract(plan(long), [0.0, 0.2], measured=0.0905, ax=ax),
    "power": lambda ax, long: sib.plot.power(table("power", long), ax=ax),
    "estimate": lambda ax, long: sib.plot.estimate(truths(long), ax=ax),
    "posterior": lambda ax, long: sib.plot.posterior(table("update", long), ax=ax),
    "posterior of counts": lambda ax, long: sib.plot.posterior(table("counts", long), "job", ax=ax),
    "calibration": lambda ax, long: sib.plot.calibration(table("calibration", long), ax=ax),
    "attribution": lambda ax, long: sib.plot.attribution(table("attribution", long), ax=ax),
    "portfolio": lambda ax, long: sib.plot.portfolio(table("portfolio", long), ax=ax),
    "grid": lambda ax, long: sib.plot.grid(table("grid", long), *GRID, "loss_probability", contour=0.5, ax=ax),
    "sensitivity": lambda ax, long: sib.plot.sensitivity(table("sensitivity", long), ax=ax),
    "agreement": lambda ax, long: sib.plot.agreement(table("agreement", long), ax=ax),
    "tornado": lambda ax, long: sib.plot.tornado(table("tornado", long), ax=ax),
    "tornado inside": lambda ax, long: sib.plot.tornado(table("inside", long), ax=ax),
    "solve": lambda ax, long: sib.plot.solve(table("solve", long), ax=ax),
    "forecast": lambda ax, long: sib.plot.forecast(table("counts", long), "job", ax=ax),
}
