"""A deal, and what questions about it start from. Used by `questions.py` and `fuzz.py`."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import sib
from sib.analysis.evidence.forecast import Forecast
from sib.analysis.payoff import readable
from sib.chance.sources import Chance
from sib.cli import main
from sib.errors import InputError
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.run.recipe import Deal
from tests import test_cookbook as cookbook

ROOT = Path(__file__).parents[1]
PATHS, MANY = 200, 2_000  # MANY: where results in hand are weighed


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


class NothingError(Exception):
    """A deal that a question cannot be put to: it has no such metric, party, or figure."""


class RefusedError(Exception):
    """What a command refused, in four parts."""


def nothing() -> Any:
    raise NothingError


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
        raise refused or NothingError

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
    def ranges(self) -> dict[str, tuple[float, float]]:
        """The first two inputs that a rule lets move, together too, by five per cent down."""
        found: dict[str, tuple[float, float]] = {}
        for path, value in self.inputs.items():
            more = {**found, path: (0.95 * value, value)}
            with contextlib.suppress(InputError):
                for corner in product(*more.values()):
                    self.scenario.replace(dict(zip(more, corner, strict=True)))
                found = more
            if len(found) == 2:
                break
        return found

    @property
    def varied(self) -> tuple[str, tuple[float, float]]:
        """The first of them."""
        if not self.ranges:
            raise NothingError
        return next(iter(self.ranges.items()))

    @cached_property
    def grid(self) -> dict[str, list[float]]:
        if len(self.ranges) < 2:
            raise NothingError
        return {path: [*ends] for path, ends in self.ranges.items()}

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
        return sib.sensitivity(self.scenario, {path: ends}, measure="payer_net_mean", points=16, paths=100, rng=1)

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
        return sib.calibration(self.scenario, self.of_effects[0], draws=15, posterior=15, rng=1)

    @cached_property
    def of_effects(self) -> list[str | None]:
        """The metrics whose effects may be asked about, those first that the contract reads; None where there are none.

        The library then says that there are none.
        """
        return [name for name in self.compared if name in self.metrics] or [*self.compared] or [None]

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
        target = float(self.solved.attrs["target"])
        return (
            "--vary",
            path,
            "--target",
            repr(target),
            "--measure",
            "payer_net_mean",
            "--within",
            repr(low),
            repr(high),
        )

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
        ((metric, results),) = self.first(self.metrics[0]).items() if self.metrics else nothing()
        ((which, result),) = results.items()
        ((reads, value),) = result.items()
        one = next(each for each in self.deal.model.metrics if each.name == metric)
        row = {"metric": metric, one.each: which, "value": value, "reads": reads}
        path = self.folder / "first.csv"
        pd.DataFrame([row]).to_csv(path, index=False)
        return str(path)
