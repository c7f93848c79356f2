"""The command line: `sib run`, `settle`, `solve`, `describe`, `compare`, `tornado`, `cash`, `budget`, `update`, ...

Prints what the library returns.

There is never a traceback: wrong input ends with exit code 2 and the error's four parts on standard error.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

import sib
from sib.analysis import written
from sib.analysis.cash import By
from sib.analysis.figures import FIGURES
from sib.analysis.payoff import readable
from sib.analysis.summary import unit_of
from sib.errors import InputError, Problem, nearest
from sib.run.recipe import Deal
from sib.scenario import layout
from sib.scenario.scenario import json_schema
from sib.scenario.starters import STARTERS
from sib.show import cash_text, checked, solved, statement, text, updated
from sib.show import tornado as tornado_page
from sib.show.export import to_csv

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="Simulate social impact bonds: what a contract pays, to whom, when, and what its investors risk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

LONG = 500_000  # paths from which a progress bar is shown

ScenarioArgument = Annotated[str, typer.Argument(metavar="NAME_OR_FILE", help="A shipped scenario, or a TOML file.")]
PathsOption = Annotated[int, typer.Option(help="How many futures to simulate.")]
SeedOption = Annotated[int | None, typer.Option(help="A whole number: the same one gives the same futures.")]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the terminal cannot show is no reason to fail
    try:
        app()
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


@app.command()
def run(
    scenario: ScenarioArgument,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the tables (CSV) and pictures (PNG).")] = None,
    resume: Annotated[
        Path | None, typer.Option(help="A folder that keeps what is finished, so that a run can be stopped and go on.")
    ] = None,
) -> None:
    """Simulate a scenario and print what investors risk."""
    _checked_seed(seed)
    loaded = sib.load(scenario)
    if out is not None:
        _make_folder(out)
    try:
        simulation = sib.simulate(loaded, paths, rng=seed, progress=paths >= LONG, resume=resume)
    except sib.Interrupted as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        raise typer.Exit(130) from None
    print(text.report(simulation))
    if out is not None:
        print(f"\nWritten to {out}: {', '.join(_write(simulation, out))}")


@app.command()
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="NAME_OR_FILE...", help="Two or more scenarios; one with --cases.")
    ],
    cases: Annotated[bool, typer.Option("--cases", help="One scenario in each of its cases.")] = False,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Put scenarios side by side on the same simulated futures; differences are from the first."""
    _checked_seed(seed)
    loaded = _cases_of(scenarios) if cases else _each_of(scenarios)
    seed = secrets.randbits(32) if seed is None else seed
    table = sib.compare(loaded, paths, rng=seed, progress=paths >= LONG)
    first = next(iter(loaded))
    print(_side_by_side(table, loaded[first].currency))
    print(f"\nDifferences are from {first}; the standard error is the difference's own.")
    print("Rows on the multiple and on losses are over paths on which capital was drawn, rows on the IRR, but for that")
    print(f"of the expected cash, over those that have one. {paths:,} futures; the same again: --seed {seed}.")


def _each_of(scenarios: list[str]) -> dict[str, sib.Scenario]:
    """Scenarios by what they are called in a table: a file by its name, where no other has it."""
    names = [Path(name).stem if name.endswith(".toml") else name for name in scenarios]
    labels = [name if names.count(name) == 1 else full for name, full in zip(names, scenarios, strict=True)]
    if len(set(labels)) < len(labels) or len(labels) < 2:
        raise InputError(
            Problem("scenarios", " ".join(scenarios), "two or more different scenarios", "name each of them once")
        )
    return {label: sib.load(name) for label, name in zip(labels, scenarios, strict=True)}


def _cases_of(scenarios: list[str]) -> dict[str, sib.Scenario]:
    """One scenario in each of its cases."""
    if len(scenarios) > 1:
        rule = "one scenario, whose cases are compared"
        raise InputError(Problem("--cases", " ".join(scenarios), rule, "name one, or leave --cases out"))
    found = sib.load(scenarios[0]).by_case()
    if len(found) < 2:
        remedy = "add [[cases]] to the file, each with a name and changes by path"
        raise InputError(Problem("--cases", scenarios[0], "a scenario that has cases", remedy))
    return found


@app.command()
def tornado(
    scenario: ScenarioArgument,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="PATH=LOW,HIGH",
            help="An input and its range; PATH alone for the file's own range, or 10% either way. Give it once for each"
            " input. * stands for a step of a path or a part of one, and several paths with a comma between them move"
            " together: by a factor. Without it, every figure to which the file gives a range.",
        ),
    ] = None,
    measure: Annotated[str, typer.Option(help="A figure of the summary.")] = "loss_probability",
    tranche: Annotated[str | None, typer.Option(help="Of one tranche; of all by default.")] = None,
    payer: Annotated[str | None, typer.Option(help="Of what one payer pays; of all by default.")] = None,
    points: Annotated[int, typer.Option(help="At how many points of its range each input is looked at.")] = 5,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """How far each input by itself moves a figure, over its range."""
    _checked_seed(seed)
    seed = secrets.randbits(32) if seed is None else seed
    table = sib.tornado(
        sib.load(scenario),
        dict(map(_range, ranges)) if ranges else None,
        measure=measure,
        tranche=tranche,
        payer=payer,
        points=points,
        paths=paths,
        rng=seed,
        progress=paths >= LONG,
    )
    print(tornado_page.page(table, paths, seed))


def _range(words: str) -> tuple[str | tuple[str, ...], tuple[float, float] | None]:
    """An input and its range, as they are written on the command line."""
    names, equals, ends = words.rpartition("=") if "=" in words else (words, "", "")
    paths = tuple(name.strip() for name in names.split(","))
    try:
        pair = tuple(float(end.replace("_", "")) for end in ends.split(",")) if equals else None
    except ValueError:
        pair = ()
    if pair is not None and len(pair) != 2:
        rule = "PATH=LOW,HIGH, two numbers without thousands commas"
        raise InputError(Problem("--range", words, rule, 'write, for example, --range "tranches.*.interest=0.9,1.1"'))
    return paths[0] if len(paths) == 1 else paths, pair


@app.command()
def cash(
    scenario: ScenarioArgument,
    party: Annotated[str | None, typer.Argument(metavar="PARTY", help="Whose: a payer, a tranche, ...")] = None,
    freq: Annotated[
        str, typer.Option(help="ME, QE, YE, ..., or MM-DD for financial years that begin on that day.")
    ] = "QE",
    by: Annotated[str | None, typer.Option(help="Split by kind (of movement) or party (on the other side).")] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Print a party's cash by period: quantiles and mean."""
    _checked_seed(seed)
    simulation = sib.simulate(sib.load(scenario), paths, rng=seed, progress=paths >= LONG)
    found = simulation.cash(cast(str, party), freq=_day(freq) or freq, by=cast(By | None, by))  # checked there
    print(cash_text.cash(simulation, str(party), found))


@app.command()
def budget(
    scenario: ScenarioArgument,
    payer: Annotated[str | None, typer.Option(help="Whose bill; by default each payer's by itself.")] = None,
    year_starts: Annotated[str, typer.Option(metavar="MM-DD", help="On which day financial years begin.")] = "04-01",
    above: Annotated[float | None, typer.Option(help="A budget for each year: how likely it is exceeded.")] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Print what each outcome payer's bill comes to in each financial year, and in all."""
    _checked_seed(seed)
    day = _year(year_starts)
    simulation = sib.simulate(sib.load(scenario), paths, rng=seed, progress=paths >= LONG)
    print(cash_text.budget(simulation, simulation.budget(year_starts=day, payer=payer, above=above)))


@app.command()
def settle(
    scenario: ScenarioArgument,
    result: Annotated[
        list[str] | None,
        typer.Option(
            help="METRIC=VALUE, or METRIC=[VALUE, VALUE] with one a cohort or period; METRIC.points=VALUE says what"
            " the value is (improvement, points, units or level). METRIC may stand in quotes. No comma stands in a"
            " value. Give it once for each metric. One value is the result over all; units in all are spread over the"
            " periods as the file's beliefs expect."
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A CSV file with a row a result: columns metric and value, and any of cohort or period (empty for the"
            " result over all), n, standard_error, reads.",
        ),
    ] = None,
) -> None:
    """Settle a scenario on measured results: each claim, who pays whom, and what each tranche makes of it."""
    loaded = sib.load(scenario)
    model = Deal.of(loaded).model
    measured = written.of_words(result or [], model)
    for name, given in (written.of_file(model, results) if results is not None else {}).items():
        if name in measured:
            rule = "the results of a metric in one place"
            raise InputError(Problem("--result", name, rule, f"leave it out, or out of {results}"))
        measured[name] = given
    ledger = sib.settle(loaded, measured)
    if measured:
        print(f"{statement.read(loaded, model, measured)}\n")
    print(f"{statement.statement(loaded, ledger)}\n")
    print(text.settlement(loaded, ledger))


@app.command()
def update(
    scenario: ScenarioArgument,
    results: Annotated[
        Path, typer.Option(metavar="FILE", help="A CSV file of the results so far, as for `sib settle --results`.")
    ],
    through: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The last day that is counted, where the last period is not over."),
    ] = None,
    year_starts: Annotated[str, typer.Option(metavar="MM-DD", help="On which day financial years begin.")] = "04-01",
    out: Annotated[Path | None, typer.Option(help="A folder for the tables (CSV) and pictures (PNG).")] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Update a deal in mid-contract: what to believe now, what to expect, what is at stake, and each payer's bill."""
    _checked_seed(seed)
    loaded = sib.load(scenario)
    starts = _year(year_starts)
    claims = written.of_file(Deal.of(loaded).model, results)
    if out is not None:
        _make_folder(out)
    found = sib.update(
        loaded, claims, through=_date("--through", through), paths=paths, rng=seed, progress=paths >= LONG
    )
    forecast = found.forecast(year_starts=starts)
    print(updated.page(found, forecast))
    if out is not None:
        names = _file_names("forecast", list(forecast.metrics))
        pictures = {file: partial(sib.plot.forecast, found, metric) for file, metric in names.items()}
        print(f"\nWritten to {out}: {', '.join(_write_all(updated.tables(found, forecast), pictures, out))}")


def _date(option: str, words: str | None) -> dt.date | None:
    """A date as it is written on the command line."""
    try:
        return None if words is None else dt.date.fromisoformat(words)
    except ValueError:
        raise InputError(Problem(option, words, "a date as YYYY-MM-DD", "write, for example, 2027-08-15")) from None


@app.command()
def solve(
    scenario: ScenarioArgument,
    vary: Annotated[
        list[str],
        typer.Option(help="The path of a figure, or a pattern with *; several move together by one factor."),
    ],
    target: Annotated[float, typer.Option(help="What the measure is to be: a decimal (0.05 for 5%), or money.")],
    measure: Annotated[str, typer.Option(help="A figure of the summary.")] = "expected_cash_irr",
    within: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="Between which values to look; by default the file's own range."),
    ] = None,
    tranche: Annotated[str | None, typer.Option(help="Of one tranche; by default of all.")] = None,
    payer: Annotated[str | None, typer.Option(help="Of what one payer pays; by default of all.")] = None,
    points: Annotated[int, typer.Option(help="How many values are scanned for roots.")] = 9,
    result: Annotated[
        list[str] | None,
        typer.Option(help="METRIC=VALUE, as for `sib settle`: settles measured results and simulates nothing."),
    ] = None,
    paths: PathsOption = 100_000,
    seed: SeedOption = None,
) -> None:
    """Find the value of an input at which a measure meets a target."""
    _checked_seed(seed)
    loaded = sib.load(scenario)
    measured = written.of_words(result, Deal.of(loaded).model) if result else None
    seed = secrets.randbits(32) if seed is None else seed
    found = sib.solve(
        loaded,
        vary,
        target,
        measure=measure,
        within=within,
        tranche=tranche,
        payer=payer,
        points=points,
        results=measured,
        paths=paths,
        rng=seed,
        progress=paths >= LONG,
    )
    print(solved.page(found))
    if measured is None:
        print(f"{paths:,} futures; the same again: --seed {seed}.")


@app.command()
def describe(scenario: ScenarioArgument) -> None:
    """Print a scenario's contract as a term sheet in plain English."""
    print(sib.load(scenario).describe(), end="")


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that complete and check as you type."""
    print(json.dumps(json_schema(), indent=2))


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The TOML file to make; it must not exist yet.")],
    kind: Annotated[
        str, typer.Option(help="What is paid for: results of cohorts (cohort), items (rate-card), or a loan (loan).")
    ] = "cohort",
) -> None:
    """Make a commented starting scenario that runs as it stands."""
    if kind not in STARTERS:
        raise InputError(Problem("--kind", kind, f"one of: {', '.join(STARTERS)}", nearest(kind, STARTERS)))
    try:
        with file.open("x", encoding="utf-8", newline="\n") as new_file:
            new_file.write(STARTERS[kind])
    except FileExistsError:
        rule = "a file that does not exist yet: nothing is overwritten"
        raise InputError(Problem("FILE", str(file), rule, "give another name, or remove the old file")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            Problem("FILE", str(file), "a file that can be written", f"check the path ({reason})")
        ) from None
    print(f"Made {file}. Change it, then: sib check {file}, sib describe {file}, sib run {file}")


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios that ship with the library."""
    found = sib.scenarios()
    width = max(len(name) for name in found.index)
    for name, row in found.iterrows():
        print(f"{name!s:<{width}}  {row['title']}\n{'':<{width}}  {row['summary']}")


@app.command()
def check(
    scenario: ScenarioArgument,
    each: Annotated[bool, typer.Option("--all", help="Print each figure by itself, however many there are.")] = False,
) -> None:
    """Check a scenario: what is odd in it, and which figures have no source, by table."""
    loaded = sib.load(scenario)
    believed = ""
    if loaded.receipts_pay_costs_until is not None or loaded.beliefs.overruns:
        believed = text.as_believed(loaded, sib.expected_case(loaded))
    print(checked.page(scenario, loaded, believed, each=each))


@app.command()
def version() -> None:
    """Print the version."""
    print(sib.__version__)


def _checked_seed(seed: int | None) -> None:
    if seed is not None and seed < 0:
        raise InputError(Problem("--seed", seed, "a whole number from 0 up", "write, for example, --seed 2010"))


def _day(text: str) -> tuple[int, int] | None:
    """A month and a day, where a text is one."""
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text)
    return None if found is None else (int(found[1]), int(found[2]))


def _year(starts: str) -> tuple[int, int]:
    """The day on which financial years begin, as it is written on the command line."""
    day = _day(starts)
    if day is None:
        raise InputError(Problem("--year-starts", starts, "a month and a day", "write, for example, 04-01"))
    return day


def _make_folder(folder: Path) -> None:
    """Make the folder before any work is done, so that none is lost where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> InputError:
    remedy = f"choose another ({error.strerror})"
    return InputError(Problem("--out", str(folder), "a folder that can be written to", remedy))


def _write(simulation: sib.Simulation, folder: Path) -> list[str]:
    """Write tables and pictures into a folder; returns the files' names."""
    tables: dict[str, pd.DataFrame] = {
        "summary.csv": simulation.summary(),
        "ledger_mean.csv": simulation.ledger().to_frame().set_index("date"),
        "assumptions.csv": simulation.scenario.assumptions(),
    }
    capital = bool(simulation.scenario.tranches)
    if capital:
        tables["position.csv"] = simulation.position()
    if len(simulation.scenario.tranches) > 1:
        tables["tranches.csv"] = simulation.tranches()
    pictures: dict[str, Callable[..., object]] = {
        **_payoffs(simulation),
        **{f"returns_{of}.png": partial(sib.plot.returns, simulation, of) for of in ("multiple", "irr") if capital},
    }
    if capital:
        pictures["cash.png"] = partial(sib.plot.cash, simulation)
    return _write_all(tables, pictures, folder)


def _write_all(
    tables: Mapping[str, pd.DataFrame], pictures: Mapping[str, Callable[..., object]], folder: Path
) -> list[str]:
    """Write files by their names; returns these."""
    from matplotlib.figure import Figure

    try:
        for name, table in tables.items():
            to_csv(table, folder / name)
        for name, draw in pictures.items():
            figure = Figure(figsize=(8, 4.8), layout="constrained")
            draw(ax=figure.subplots())
            figure.savefig(folder / name, dpi=150)
    except OSError as error:
        raise _unwritable(folder, error) from None
    return [*tables, *pictures]


def _payoffs(simulation: sib.Simulation) -> dict[str, Callable[..., object]]:
    """A payoff picture for each metric that the contract reads, by the name of its file."""
    read = readable(simulation.futures.deal)
    if len(read) == 1:
        return {"payoff.png": partial(sib.plot.payoff, simulation)}
    files = _file_names("payoff", read)
    return {file: partial(sib.plot.payoff, simulation, metric) for file, metric in files.items()}


def _file_names(what: str, metrics: Sequence[str]) -> dict[str, str]:
    """Metrics by the name of the picture of each, in letters that every file system takes."""
    names: dict[str, str] = {}
    for number, metric in enumerate(metrics):
        name = re.sub(r"[^A-Za-z0-9]+", "_", metric).strip("_") or str(number)
        while f"{what}_{name}.png" in names:
            name += f"_{number}"
        names[f"{what}_{name}.png"] = metric
    return names


def _side_by_side(table: pd.DataFrame, currency: str) -> str:
    names = list(dict.fromkeys(table.columns.get_level_values(0)))
    heads = ["", *[names[0], *[head for name in names[1:] for head in (name, "difference", "std error")]], "unit"]
    body = []
    for measure, row in table.iterrows():
        unit = unit_of(str(measure), currency)
        cells = [FIGURES[str(measure)].label, text.figure(row[names[0], "estimate"], unit)]
        for name in names[1:]:
            cells += [text.figure(row[name, key], unit) for key in ("estimate", "difference")]
            cells.append(text.error_of_difference(row[name], unit))
        body.append([*cells, text.UNITS.get(unit, unit)])
    return layout.table(body, heads, (0, len(heads) - 1))
