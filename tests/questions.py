"""Every public question, asked of every file: `python -m tests.questions [WORD]` from the root of a checkout.

`QUESTIONS` has a line for each public name, method, plot and command that is about a deal; `ABOUT_NO_DEAL` names the
others. `tests/test_questions.py` holds the two to what `sib` has, asks each of each shipped file and of each fragment
of the cookbook, and keeps what is refused in `tests/cases/questions.txt`, to be read by eye.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import inspect
import io
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pydantic
import typer.main
from matplotlib.figure import Figure

import sib
from sib.analysis.evidence.forecast import Forecast
from sib.analysis.payoff import readable
from sib.chance.sources import Chance
from sib.cli import app, main
from sib.errors import InputError
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.run.recipe import Deal
from tests import test_cookbook as cookbook

ROOT = Path(__file__).parents[1]
PATHS, MANY = 200, 2_000  # MANY: where results in hand are weighed

ABOUT_NO_DEAL = {
    *("chain_ladder", "dispersion_from", "irr", "multiple", "npv", "payback"),  # measures of numbers
    *("load", "scenarios", "sib docs", "sib list", "sib new", "sib schema", "sib version"),  # no deal yet
    "Ledger.of",  # of movements
}


def files() -> dict[str, Callable[[], sib.Scenario]]:
    """Every shipped file, every contract among the tests' cases, and every fragment of the cookbook over its deal."""
    paths = sorted([*(ROOT / "scenarios").glob("*.toml"), *(ROOT / "tests/cases/contracts").glob("*.toml")])
    fragments = {"The small deal": "", **dict(zip(cookbook.TITLES, cookbook.FRAGMENTS, strict=True))}
    return {
        **{path.stem: lambda path=path: sib.load(path) for path in paths},
        **{
            title: lambda fragment=fragment: cookbook.laid_over(cookbook.BASE, fragment)
            for title, fragment in fragments.items()
        },
    }


def public() -> set[str]:
    """Every public name that is no error: functions, methods and attributes of classes, plots, commands."""
    found = {f"sib {name}" for name in typer.main.get_command(app).commands}
    kinds = {name: getattr(sib, name) for name in sib.__all__} | {"Forecast": Forecast}
    for name, one in kinds.items():
        if inspect.isclass(one) and issubclass(one, BaseException):
            continue
        if inspect.isclass(one):
            inherited = {*dir(pydantic.BaseModel)} if issubclass(one, pydantic.BaseModel) else set()
            fields = {*getattr(one, "__dataclass_fields__", ()), *getattr(one, "model_fields", ())}
            found |= {f"{name}.{part}" for part in {*dir(one)} - inherited - fields if not part.startswith("_")}
        elif inspect.ismodule(one):
            found |= {f"{name}.{part}" for part in getattr(one, "__all__", ())}
        else:
            found.add(name)
    return found


@dataclass(frozen=True)
class Asked:
    """A deal, and what questions about it start from: each is made once, when it is first needed."""

    title: str
    scenario: sib.Scenario
    folder: Path
    paths: int = PATHS

    @cached_property
    def deal(self) -> Deal:
        return Deal.of(self.scenario)

    @cached_property
    def file(self) -> str:
        path = self.folder / "deal.toml"
        path.write_text(self.scenario.to_toml(), encoding="utf-8")
        return str(path)

    @cached_property
    def simulation(self) -> sib.Simulation:
        return sib.simulate(self.scenario, self.paths, rng=1)

    @cached_property
    def ledger(self) -> sib.Ledger:
        return sib.settle(self.scenario, self.measured)

    @cached_property
    def expected(self) -> dict[str, Any]:
        """Of each metric the results that are believed, without chance, as an evaluator would publish them."""
        surely = Chance(1, np.random.SeedSequence(0), 0, frozenset())
        outcomes = draw(self.deal.model, believe(self.deal.model, surely), surely)
        found: dict[str, Any] = {}
        for metric, outcome in zip(self.deal.model.metrics, outcomes, strict=True):
            if not metric.origin.published:
                continue
            reads = metric.publishes
            rows = [(place,) for place in range(len(metric.results))]
            values = [
                float((outcome.results.read(reads, row) if metric.compared else outcome.results.treated[row])[0])
                for row in rows
            ]
            whole = reads == "units" and metric.law.counts_persons
            found[metric.name] = {
                name: {reads: float(np.floor(value + 1e-9)) if whole else value}
                for name, value in zip(metric.results, values, strict=True)
            }
        return found

    @cached_property
    def metrics(self) -> list[str]:
        """Those that the contract reads and that are published."""
        return readable(self.deal)

    @cached_property
    def measured(self) -> dict[str, Any]:
        return {name: self.expected[name] for name in self.metrics}

    @cached_property
    def compared(self) -> list[str]:
        return [metric.name for metric in self.deal.model.metrics if metric.name in self.scenario.beliefs.effects]

    def first(self, metric: str) -> dict[str, Any]:
        """The first result of a metric, in hand."""
        which = next(iter(self.expected[metric]))
        return {metric: {which: self.expected[metric][which]}}

    def results(self, metric: str) -> list[float]:
        """From nothing to twice what is believed, all of it possible."""
        one = next(each for each in self.deal.model.metrics if each.name == metric)
        values = [next(iter(result.values())) for result in self.expected[metric].values()]
        if one.publishes == "improvement":
            return [0.0, 0.05, 0.1]
        top = sum(values) if one.publishes == "units" else min(2 * max(values), one.law.highest_result)
        return [0.0, top / 2, top]

    def payoff(self, metric: str) -> pd.DataFrame:
        """What a deal pays for results from nothing to twice what is believed."""
        return sib.payoff(self.scenario, self.results(metric), metric)

    @cached_property
    def update(self) -> sib.Update:
        """Given the first result that can be weighed."""
        refused = None
        for metric in self.metrics:
            try:
                return sib.update(self.scenario, self.first(metric), paths=MANY, rng=1)
            except InputError as error:
                refused = error
        raise refused or NothingToAsk

    @cached_property
    def forecast(self) -> Forecast:
        return self.update.forecast()

    @cached_property
    def portfolio(self) -> sib.Portfolio:
        other = self.scenario.replace({"name": "again"})
        return sib.portfolio({"it": self.scenario, "again": other}, paths=PATHS, rng=1)

    @cached_property
    def inputs(self) -> dict[str, float]:
        """Figures that can be varied: prices, amounts of money and shares above zero, with what they are."""
        table = self.scenario.assumptions()
        money = table[table["unit"].isin([self.scenario.currency, "share"]) | table.index.str.contains("pays")]
        found = {}
        for path, value in money["value"].items():
            if isinstance(value, float | int) and not isinstance(value, bool) and value > 0:
                found[str(path)] = float(value)
        return found

    @cached_property
    def varied(self) -> tuple[str, tuple[float, float]]:
        """An input that a rule lets move, by ten per cent down."""
        for path, value in self.inputs.items():
            with contextlib.suppress(InputError):
                for factor in (0.95, 1.0):
                    self.scenario.replace({path: value * factor})
                if not path.startswith("beliefs.discount"):
                    return path, (0.95 * value, value)
        raise NothingToAsk

    @cached_property
    def grid(self) -> dict[str, list[float]]:
        path, ends = self.varied
        rate = next((f"beliefs.discount_rates.{tranche.name}" for tranche in self.scenario.tranches), None)
        second = {rate: [0.02, 0.05]} if rate and "." not in self.scenario.tranches[0].name else {}
        return {path: [*ends], **second}

    @cached_property
    def solved(self) -> pd.DataFrame:
        path, (low, high) = self.varied
        middle = self.scenario.replace({path: 0.5 * (low + high)})
        target = sib.simulate(middle, PATHS, rng=1).summary().loc["payer_net_mean", "estimate"]
        return sib.solve(
            self.scenario, path, target, measure="payer_net_mean", within=(low, high), points=3, paths=PATHS, rng=1
        )

    @cached_property
    def tornado(self) -> pd.DataFrame:
        path, ends = self.varied
        return sib.tornado(self.scenario, {path: ends}, measure="payer_net_mean", points=3, paths=PATHS, rng=1)

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        path, ends = self.varied
        return sib.sensitivity(
            self.scenario, {path: ends}, measure="payer_net_mean", points=16, paths=100, rng=1
        )

    @cached_property
    def agreement(self) -> pd.DataFrame:
        parties = {"payer": {"measure": "payer_net_mean", "at_most": 1e6}}
        return sib.agreement(self.scenario, self.grid, parties, paths=PATHS, rng=1)

    @cached_property
    def swept(self) -> pd.DataFrame:
        return sib.sweep(self.grid, self.scenario, PATHS, rng=1, measures=["payer_net_mean"])

    @cached_property
    def power(self) -> list[pd.DataFrame]:
        return [
            sib.power(self.scenario, [0.0, 0.1], metric, target=0.1, paths=PATHS, rng=1) for metric in self.of_effects
        ]

    @cached_property
    def attribution(self) -> pd.DataFrame:
        return sib.attribute_risk(self.scenario, 1_000, rng=1)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        return sib.calibration(self.scenario, self.of_effects[0], draws=15, posterior=7, rng=1)

    @cached_property
    def of_effects(self) -> list[str | None]:
        """The metrics whose effects may be asked about; what the library says where there are none."""
        return [*self.compared] or [None]

    @cached_property
    def parties(self) -> tuple[str, ...]:
        return self.deal.contract.parties

    @cached_property
    def tranches(self) -> list[str | None]:
        return [None, *(tranche.name for tranche in self.scenario.tranches)]

    @cached_property
    def payers(self) -> list[str | None]:
        return [None, *self.deal.contract.payers]

    def command(self, *words: str) -> str:
        """What a command prints."""
        said, before = io.StringIO(), sys.argv
        sys.argv = ["sib", *words]
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                main()
        except SystemExit as left:
            if left.code == 2:  # four parts, on standard error
                raise RefusedError(said.getvalue()) from None
            if left.code:
                raise
        finally:
            sys.argv = before
        return said.getvalue()

    @property
    def some(self) -> tuple[str, ...]:
        """What most commands are told."""
        return ("--paths", str(PATHS), "--seed", "1")

    @property
    def other(self) -> str:
        """A file of the same deal, one input otherwise."""
        path, (low, _) = self.varied
        file = self.folder / "other.toml"
        file.write_text(self.scenario.replace({path: low}).to_toml(), encoding="utf-8")
        return str(file)

    @property
    def range(self) -> str:
        """An input and its range, as `sib tornado` takes it."""
        path, (low, high) = self.varied
        return f"{path}={low!r},{high!r}"

    @property
    def aim(self) -> tuple[str, ...]:
        """What `sib solve` is told."""
        path, (low, high) = self.varied
        target = float(self.solved.attrs.get("target", self.solved["target"].iloc[0] if "target" in self.solved else 0.0))
        return ("--vary", path, "--target", repr(target), "--measure", "payer_net_mean", "--within", repr(low), repr(high))

    def results_file(self) -> str:
        """A file of results as `sib settle --results` takes it."""
        rows = [
            {"metric": metric, "result": name, "value": value, "reads": reads}
            for metric, results in self.measured.items()
            for name, result in results.items()
            for reads, value in result.items()
        ]
        path = self.folder / "results.csv"
        table = pd.DataFrame(rows, columns=["metric", "result", "value", "reads"])
        by_period = {metric.name for metric in self.deal.model.metrics if metric.each == "period"}
        is_period = table["metric"].isin(by_period)
        table["cohort"] = table["result"].where(~is_period, "")
        table["period"] = table["result"].where(is_period, "")
        table.drop(columns="result").to_csv(path, index=False)
        return str(path)

    def first_file(self) -> str:
        """The first result that is in hand, as a file."""
        ((metric, results),) = self.first(self.metrics[0]).items() if self.metrics else raise_nothing()
        ((which, result),) = results.items()
        ((reads, value),) = result.items()
        one = next(each for each in self.deal.model.metrics if each.name == metric)
        row = {"metric": metric, one.each: which, "value": value, "reads": reads}
        path = self.folder / "first.csv"
        pd.DataFrame([row]).to_csv(path, index=False)
        return str(path)


class NothingToAsk(Exception):
    """A deal that a question cannot be put to: it has no such metric, party, or figure."""


class RefusedError(Exception):
    """What a command refused, in four parts."""


def raise_nothing() -> Any:
    raise NothingToAsk


def ax() -> Any:
    return Figure(figsize=(8, 5)).subplots()


def drawn(axes: Any) -> Any:
    """Axes that are painted, too: what matplotlib cannot show fails only then."""
    axes.figure.savefig(io.BytesIO(), format="png", dpi=40)
    return axes


def saved(asked: Asked) -> sib.Simulation:
    """A simulation that is saved and opened; the same as it was."""
    path = asked.folder / "kept.sib"
    asked.simulation.save(path)
    again = sib.open(path)
    pd.testing.assert_frame_equal(again.summary(), asked.simulation.summary())
    return again


def written(asked: Asked, name: str, write: Callable[[Path], Any]) -> int:
    """How many bytes a file has that is written."""
    path = asked.folder / name
    write(path)
    return path.stat().st_size


def of_each(answer: Callable[[Asked, Any], Any], some: str) -> Callable[[Asked], list[Any]]:
    """A question about each metric, tranche, payer or party."""
    return lambda asked: [answer(asked, one) for one in getattr(asked, some)]


QUESTIONS: dict[str, Callable[[Asked], Any]] = {
    # the scenario
    "Scenario.assumptions": lambda a: a.scenario.assumptions()[["value", "unit", "status"]].astype({"value": "str"}),
    "Scenario.by_case": lambda a: [one.describe() for one in a.scenario.by_case().values()],
    "Scenario.case": lambda a: a.scenario.case("base").describe(),
    "Scenario.data": lambda a: sib.Scenario.from_data(a.scenario.data()) == a.scenario or raise_nothing(),
    "Scenario.describe": lambda a: a.scenario.describe(),
    "Scenario.from_data": lambda a: sib.Scenario.from_data(a.scenario.data()).describe(),
    "Scenario.replace": lambda a: a.scenario.replace({"name": "another"}).describe(),
    "Scenario.suspicions": lambda a: [str(problem) for problem in a.scenario.suspicions()],
    "Scenario.timetable": lambda a: repr(a.scenario.timetable),
    "Scenario.to_toml": lambda a: sib.load(a.file).describe(),
    # a settlement
    "settle": lambda a: a.ledger,
    "expected_case": lambda a: sib.expected_case(a.scenario),
    "Ledger.balances": lambda a: a.ledger.balances("QE"),
    "Ledger.cashflow": of_each(lambda a, party: a.ledger.cashflow(party), "parties"),
    "Ledger.costs": lambda a: a.ledger.costs(),
    "Ledger.drawn": of_each(lambda a, party: a.ledger.drawn(party), "parties"),
    "Ledger.irr": of_each(lambda a, party: MaybeNaN(a.ledger.irr(party)), "parties"),
    "Ledger.multiple": of_each(lambda a, party: MaybeNaN(a.ledger.multiple(party)), "parties"),
    "Ledger.paid": of_each(lambda a, party: a.ledger.paid(party), "parties"),
    "Ledger.received": of_each(lambda a, party: a.ledger.received(party), "parties"),
    "Ledger.statement": lambda a: a.ledger.statement(),
    "Ledger.to_frame": lambda a: a.ledger.to_frame(),
    "workbook": lambda a: written(
        a, "deal.xlsx", lambda path: sib.workbook(a.scenario, path, measured=a.measured, simulation=a.simulation)
    ),
    # a simulation
    "simulate": lambda a: a.simulation,
    "open": lambda a: saved(a).summary(),
    "report": lambda a: written(a, "deal.html", lambda path: sib.report(a.simulation, path, hurdle=0.05)),
    "Simulation.budget": lambda a: a.simulation.budget(above=1_000.0),
    "Simulation.cash": of_each(lambda a, party: a.simulation.cash(party, freq="YE", by="kind"), "parties"),
    "Simulation.cash_paths": of_each(lambda a, party: a.simulation.cash_paths(party).amounts, "parties"),
    "Simulation.chance": lambda a: sorted(a.simulation.chance),
    "Simulation.columns": lambda a: pd.DataFrame(a.simulation.columns),
    "Simulation.cost_per_outcome": of_each(lambda a, payer: a.simulation.cost_per_outcome(payer), "payers"),
    "Simulation.deadweight": lambda a: a.simulation.deadweight(),
    "Simulation.dpi": of_each(lambda a, tranche: a.simulation.dpi(tranche=tranche), "tranches"),
    "Simulation.effective_paths": lambda a: a.simulation.effective_paths,
    "Simulation.headroom": lambda a: a.simulation.headroom(),
    "Simulation.ledger": lambda a: [a.simulation.ledger().to_frame(), a.simulation.ledger(7).statement()],
    "Simulation.n_paths": lambda a: a.simulation.n_paths,
    "Simulation.paths": lambda a: a.simulation.paths,
    "Simulation.position": lambda a: a.simulation.position(party=a.parties[0], rate=0.03),
    "Simulation.rng": lambda a: a.simulation.rng.entropy,
    "Simulation.save": lambda a: written(a, "deal.sib", a.simulation.save),
    "Simulation.seed": lambda a: a.simulation.seed.entropy,
    "Simulation.summary": of_each(
        lambda a, tranche: a.simulation.summary(tranche, hurdle=0.02, hurdle_multiple=1.1), "tranches"
    ),
    "Simulation.tranches": lambda a: a.simulation.tranches(),
    "Simulation.version": lambda a: a.simulation.version,
    # results in hand
    "update": lambda a: a.update,
    "Update.beliefs": lambda a: a.update.beliefs,
    "Update.draws": lambda a: a.update.draws(a.simulation),
    "Update.effective_paths": lambda a: a.update.effective_paths,
    "Update.effects": lambda a: a.update.effects,
    "Update.forecast": lambda a: a.forecast,
    "Update.option_to_stop": lambda a: a.update.option_to_stop(),
    "Update.remaining": lambda a: a.update.remaining(),
    "Update.rest": lambda a: a.update.rest(a.update.posterior),
    "Update.surprise": lambda a: a.update.surprise,
    "Forecast.budget": lambda a: a.forecast.budget,
    "Forecast.by_period": lambda a: a.forecast.by_period,
    "Forecast.metrics": lambda a: list(a.forecast.metrics),
    "Forecast.money": lambda a: a.forecast.money,
    "Forecast.through": lambda a: a.forecast.through,
    "Forecast.to_date": lambda a: a.forecast.to_date,
    # evidence
    "payoff": of_each(lambda a, metric: a.payoff(metric), "metrics"),
    "power": lambda a: a.power,
    "overpayment": of_each(
        lambda a, metric: sib.overpayment(a.scenario, [0.0, 0.1], metric, target=0.1, paths=PATHS, rng=1), "of_effects"
    ),
    "minimum_detectable_effect": of_each(
        lambda a, metric: sib.minimum_detectable_effect(a.scenario, metric=metric), "of_effects"
    ),
    "sample_size": of_each(lambda a, metric: sib.sample_size(a.scenario, 0.1, metric=metric), "of_effects"),
    "calibration": lambda a: a.calibration,
    "people": of_each(lambda a, metric: sib.people(a.scenario, metric, rng=1), "metrics"),
    "attribute_risk": lambda a: a.attribution,
    # decisions
    "agreement": lambda a: a.agreement,
    "compare": lambda a: sib.compare(
        {"it": a.scenario, "less": a.scenario.replace({a.varied[0]: a.varied[1][0]})}, PATHS, rng=1
    ),
    "sensitivity": lambda a: a.sensitivity,
    "solve": lambda a: a.solved,
    "sweep": lambda a: a.swept,
    "tornado": lambda a: a.tornado,
    "portfolio": lambda a: a.portfolio,
    "Portfolio.amount": lambda a: a.portfolio.amount,
    "Portfolio.cash": lambda a: a.portfolio.cash(),
    "Portfolio.currency": lambda a: a.portfolio.currency,
    "Portfolio.deals": lambda a: a.portfolio.deals(),
    "Portfolio.diversification": lambda a: a.portfolio.diversification(),
    "Portfolio.losses": lambda a: a.portfolio.losses,
    "Portfolio.n_paths": lambda a: a.portfolio.n_paths,
    "Portfolio.rng": lambda a: a.portfolio.rng.entropy,
    "Portfolio.seed": lambda a: a.portfolio.seed.entropy,
    "Portfolio.summary": lambda a: a.portfolio.summary(),
    # plots
    "plot.agreement": lambda a: drawn(sib.plot.agreement(a.agreement, ax=ax())),
    "plot.attribution": lambda a: drawn(sib.plot.attribution(a.attribution, ax=ax())),
    "plot.budget": of_each(lambda a, payer: drawn(sib.plot.budget(a.simulation, payer=payer, ax=ax())), "payers"),
    "plot.calibration": lambda a: drawn(sib.plot.calibration(a.calibration, ax=ax())),
    "plot.cash": of_each(lambda a, party: drawn(sib.plot.cash(a.simulation, party=party, ax=ax())), "parties"),
    "plot.contract": of_each(
        lambda a, metric: drawn(sib.plot.contract(a.scenario, a.results(metric), metric, ax=ax())), "metrics"
    ),
    "plot.estimate": of_each(
        lambda a, metric: drawn(sib.plot.estimate({"it": a.simulation}, metric, ax=ax())), "metrics"
    ),
    "plot.forecast": lambda a: [drawn(sib.plot.forecast(a.update, metric, ax=ax())) for metric in a.forecast.metrics],
    "plot.grid": lambda a: drawn(sib.plot.grid(a.swept, *[*a.grid, *a.grid][:2], "payer_net_mean", ax=ax())),
    "plot.payoff": of_each(lambda a, metric: drawn(sib.plot.payoff(a.simulation, metric, ax=ax())), "metrics"),
    "plot.portfolio": lambda a: drawn(sib.plot.portfolio(a.portfolio, ax=ax())),
    "plot.posterior": lambda a: drawn(sib.plot.posterior(a.update, ax=ax())),
    "plot.power": lambda a: [drawn(sib.plot.power(table, ax=ax())) for table in a.power],
    "plot.returns": of_each(
        lambda a, tranche: [
            drawn(sib.plot.returns(a.simulation, measure, tranche=tranche, ax=ax())) for measure in ("multiple", "irr")
        ],
        "tranches",
    ),
    "plot.sensitivity": lambda a: drawn(sib.plot.sensitivity(a.sensitivity, ax=ax())),
    "plot.solve": lambda a: drawn(sib.plot.solve(a.solved, ax=ax())),
    "plot.tornado": lambda a: drawn(sib.plot.tornado(a.tornado, ax=ax())),
    # commands
    "sib run": lambda a: a.command("run", a.file, *a.some, "--out", str(a.folder / "run")),
    "sib report": lambda a: a.command("report", a.file, *a.some, "--out", str(a.folder / "again.html")),
    "sib compare": lambda a: a.command("compare", a.file, a.other, *a.some),
    "sib tornado": lambda a: a.command("tornado", a.file, *a.some, "--range", a.range, "--measure", "payer_net_mean"),
    "sib cash": lambda a: a.command("cash", a.file, a.parties[0], *a.some),
    "sib budget": lambda a: a.command("budget", a.file, *a.some, "--above", "1000"),
    "sib settle": lambda a: a.command("settle", a.file, "--results", a.results_file()),
    "sib update": lambda a: a.command(
        "update", a.file, "--results", a.first_file(), "--paths", str(MANY), "--seed", "1", "--out", str(a.folder)
    ),
    "sib solve": lambda a: a.command("solve", a.file, *a.some, *a.aim),
    "sib workbook": lambda a: a.command("workbook", a.file, "--out", str(a.folder / "again.xlsx")),
    "sib describe": lambda a: a.command("describe", a.file),
    "sib check": lambda a: a.command("check", a.file, "--all"),
}


def gaps(answer: Any) -> set[str]:
    """Where an answer has figures that are not finite, by column or, in tables of figures, by row and column.

    Raises
    ------
    TypeError
        Where something else was answered than a question here is answered with.
    """
    if isinstance(answer, list | tuple):
        return set().union(*map(gaps, answer))
    if isinstance(answer, pd.Series):
        return gaps(answer.to_frame(str(answer.name))) if answer.dtype != object else set()
    if isinstance(answer, pd.DataFrame):
        found = set()
        for column in answer.columns:
            values = answer[column]
            if pd.api.types.is_numeric_dtype(values) and not np.isfinite(values.to_numpy(float)).all():
                found.add(column if isinstance(column, str) else str(column[-1]))
        return found
    if isinstance(answer, np.ndarray):
        return set() if np.isfinite(answer).all() else {"values"}
    if isinstance(answer, MaybeNaN) or answer is None or isinstance(answer, bool | str | dt.date):
        return set()
    if isinstance(answer, int | float | np.number):
        return set() if np.isfinite(float(answer)) else {"value"}
    if isinstance(answer, sib.Ledger):
        return gaps(answer.to_frame())
    if isinstance(answer, sib.Simulation | sib.Update | sib.Portfolio | Forecast | mpl.axes.Axes):
        return set() if repr(answer) else {"repr"}
    raise TypeError(type(answer))


class MaybeNaN(float):
    """A figure that is documented to be NaN where there is none: the rate and the multiple of who puts nothing in."""
