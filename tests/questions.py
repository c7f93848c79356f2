"""Every public question, asked of every file: `python -m tests.questions [WORD]` from the root of a checkout.

`QUESTIONS` has a line for each public name, method, plot and command that is about a deal; `ABOUT_NO_DEAL` names the
others. `tests/test_questions.py` holds the two to what `sib` has. With a word, files with that word in their names;
without one it is said too what `answers.py` knows of no file any more.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pydantic
import typer.main
from matplotlib.figure import Figure

import sib
from sib.analysis.evidence.forecast import Forecast
from sib.cli import app
from sib.errors import InputError
from tests.answers import WITHOUT_CAPITAL, MaybeNaN, gaps, is_true, unknown, unmet
from tests.asked import MANY, PATHS, Asked, NothingError, RefusedError, files, nothing

ABOUT_NO_DEAL = {
    *("chain_ladder", "dispersion_from", "irr", "multiple", "npv", "payback"),  # measures of numbers
    *("load", "scenarios", "sib docs", "sib list", "sib new", "sib schema", "sib version"),  # no deal yet
    *(f"risk.{name}" for name in sib.risk.__all__),  # measures of samples
    "Ledger.of",  # of movements
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
    return lambda asked: [_answered(answer, asked, one) for one in getattr(asked, some)]


def _answered(answer: Callable[[Asked, Any], Any], asked: Asked, one: Any) -> Any:
    """An answer, or its refusal: of what is asked of several, each stands for itself."""
    try:
        return answer(asked, one)
    except InputError as error:
        return error


def as_the_summary_has(simulation: sib.Simulation, table: pd.DataFrame) -> list[Any]:
    """Deals side by side, and the figures of the first that its own summary has: those are to be there."""
    summary = simulation.summary()["estimate"]
    return [table, table[("it", "estimate")].reindex(summary.dropna().index).rename("a figure of the summary")]


QUESTIONS: dict[str, Callable[[Asked], Any]] = {
    # the scenario
    "Scenario.assumptions": lambda a: a.scenario.assumptions()[["value", "unit", "status"]].astype({"value": "str"}),
    "Scenario.by_case": lambda a: [one.describe() for one in a.scenario.by_case().values()],
    "Scenario.case": lambda a: a.scenario.case("base").describe(),
    "Scenario.data": lambda a: sib.Scenario.from_data(a.scenario.data()) == a.scenario or nothing(),
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
    "Simulation.dpi": of_each(  # on earlier dates there may be no capital yet
        lambda a, tranche: a.simulation.dpi(tranche=tranche).iloc[-1:], "tranches"
    ),
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
    "compare": lambda a: as_the_summary_has(
        a.simulation,
        sib.compare({"it": a.scenario, "less": a.scenario.replace({a.varied[0]: a.varied[1][0]})}, PATHS, rng=1),
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
    "plot.grid": lambda a: drawn(sib.plot.grid(a.swept, *a.grid, "payer_net_mean", ax=ax())),
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


def unsound(asked: Asked, name: str) -> str:
    """What is wrong with the answer to a question; nothing where it is sound, or refused as it should be."""
    try:
        answer = QUESTIONS[name](asked)
        refused = [one for one in (answer if isinstance(answer, list) else ()) if isinstance(one, InputError)]
        untrue = [one for one in refused if not is_true(name, one)]
        if untrue:
            return f"refused: {untrue[0]}"
        found = gaps([one for one in answer if not isinstance(one, InputError)] if refused else answer)
    except NothingError:
        return ""
    except (InputError, RefusedError) as error:
        return "" if is_true(name, error) else f"refused: {error}"
    except Exception:  # noqa: BLE001 -- whatever it is, it is what is looked for
        return traceback.format_exc()
    left = set() if name in WITHOUT_CAPITAL and not asked.scenario.tranches else unknown(name, found)
    return f"not finite: {', '.join(sorted(left))}" if left else ""


TAKE_TIME = tuple(  # which the suite asks of a few files each
    name
    for name in QUESTIONS
    if name.startswith(("plot.", "sib ", "Update.", "Forecast.", "Portfolio."))
    or name in ("attribute_risk", "sample_size", "minimum_detectable_effect", "calibration", "sensitivity", "tornado")
    or name in ("report", "workbook", "solve", "agreement", "sweep", "compare", "power", "update", "portfolio")
    or name in ("overpayment",)
)


@contextlib.contextmanager
def strictly() -> Iterator[None]:
    """Have every warning be an error, but for those that the library gives by design."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in (sib.EvidenceWarning, sib.NoiseWarning, sib.TriangleWarning):
            warnings.simplefilter("ignore", kind)
        yield


def ask_all(word: str = "") -> int:
    """Ask everything of every file whose name has a word in it; says what is unsound, and how many questions it was."""
    mpl.use("agg")
    answers = wrong = 0
    start = time.monotonic()
    for title, make in files().items():
        if word not in title:
            continue
        with tempfile.TemporaryDirectory() as folder, strictly():
            asked = Asked(title, make(), Path(folder))
            for name in QUESTIONS:
                said = unsound(asked, name)
                answers += 1
                wrong += bool(said)
                if said:
                    print(f"{title}: {name}\n{said}", flush=True)
        print(f"{title}: {answers} asked, {wrong} unsound, {time.monotonic() - start:.0f} s", flush=True)
    for name, what in [] if word else unmet():
        print(f"of no file any more: {name}: {what}")
        wrong += 1
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(ask_all(*sys.argv[1:2]))
