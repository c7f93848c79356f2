"""A page for each deal that ships, from its file: what it was and paid, its terms, what may happen, its sources."""

import itertools
import re
import tomllib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sib
from making import commands
from making.text import comment, fenced, linked, paragraph, plain, table
from sib.analysis.payoff import readable
from sib.show import text

PATHS, SEED = 20_000, 2010
ROOT = Path(__file__).parents[2]
SHIPPED, CONTRACTS = ROOT / "scenarios", ROOT / "tests" / "cases" / "contracts"
_SETTLE = re.compile(r'^#\s+(sib settle \S+(?:\s+#?\s*--result "[^"\n]+")+)', re.MULTILINE)
_PAYS = re.compile(r"^# settle: (.*?) ?-> (.+) (pays|receives) ([\d_.]+)$", re.MULTILINE)
_STYLES = {"light": "default", "dark": "dark_background"}


def names() -> list[str]:
    """The deals that ship: real ones first, then those that never were."""
    return sorted(sib.scenarios().index, key=lambda name: (name.endswith("what-if"), name))


def head(name: str) -> str:
    """The comment at the top of a deal's file."""
    lines = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join(lines[:end])


def settlements(name: str) -> list[str]:
    """The `sib settle` commands at the top of a deal's file: the last is that of what was published."""
    return [re.sub(r"\s+#?\s*", " ", command) for command in _SETTLE.findall(head(name))]


def page(name: str, folder: Path) -> str:
    """The page of a deal; its pictures are written into the folder."""
    scenario = sib.load(name)
    simulation = sib.simulate(scenario, PATHS, rng=SEED)
    figures = scenario.assumptions()
    known = f"{text.provenance(scenario)} `deal.assumptions()` lists each by its path; defaults are left out here."
    parts = [
        f"# {plain(scenario.name)}",
        paragraph(f"{scenario.summary}."),
        fenced(f'import sib\n\ndeal = sib.load("{name}")', "python"),
        "## What it is, and what happened",
        comment(_besides_its_command(name)),
        *_settled(name),
        "## The term sheet",
        f"Read back from the file's terms alone, by `deal.describe()` or `sib describe {name}`.",
        fenced(scenario.describe()),
        "## What may happen",
        f"{PATHS:,} futures, drawn from what the file believes: `sib run {name} --paths {PATHS} --seed {SEED}`. "
        "The standard errors are those of the simulation; they say nothing of whether the beliefs are right.",
        *map(paragraph, text.meaning(simulation).splitlines()[:1]),
        _summary(simulation),
        *_pictures(name, simulation, folder),
        "## What is known, and what is assumed",
        paragraph(known),
        *_provenance(figures),
        "## Sources",
        "\n".join(f"- {linked(source)}" for source in _sources(figures)),
    ]
    return "\n\n".join(parts) + "\n"


def _besides_its_command(name: str) -> str:
    """The comment at the top, without a command that stands there by itself: it is shown with what it prints."""
    blocks = head(name).split("\n#\n")
    commands_ = settlements(name)
    return "\n#\n".join(block for block in blocks if len(commands_) > 1 or _SETTLE.sub("", block).strip())


def _settled(name: str) -> Iterator[str]:
    for command in settlements(name)[-1:]:
        yield "## Settled on a result"
        yield fenced(command, "sh")
        yield fenced(commands.output(command))


def _summary(simulation: sib.Simulation) -> str:
    rows = [
        [plain(line.label), plain(line.value), plain(line.error), plain(line.unit), plain(line.given)]
        for line in text.lines(simulation)
    ]
    heads = ["figure", "estimate", "standard error", "unit", "on which paths"]
    return "{.summary}\n" + table(heads, rows, right=(1, 2))


def _pictures(name: str, simulation: sib.Simulation, folder: Path) -> Iterator[str]:
    deal, names = simulation.scenario.name, readable(simulation.futures.deal)
    compared = {metric.name for metric in simulation.scenario.metrics if metric.compare is not None}
    metric = next((name for name in names if name in compared), names[0])  # what is compared has the tests
    yield from _picture(
        f"{name}-payoff",
        f"{deal}: what is paid for each result of {metric}, and how likely each result is",
        lambda axes: sib.plot.payoff(simulation, metric, ax=axes),
        folder,
    )
    if simulation.scenario.tranches:
        yield from _picture(
            f"{name}-returns",
            f"{deal}: how often investors get back which multiple of their money",
            lambda axes: sib.plot.returns(simulation, ax=axes),
            folder,
        )


def _picture(file: str, says: str, draw: Callable[[Axes], object], folder: Path) -> Iterator[str]:
    """A picture for light pages and one for dark ones."""
    for mode, style in _STYLES.items():
        with (
            plt.style.context(style),
            mpl.rc_context({"svg.hashsalt": file, "savefig.transparent": True, "font.size": 10}),
        ):
            figure = Figure(figsize=(7.2, 4.2), layout="constrained")
            draw(figure.subplots())
            kept = BytesIO()
            figure.savefig(kept, format="svg", metadata={"Date": None})
        (folder / f"{file}-{mode}.svg").write_bytes(kept.getvalue())
        yield f":::{{image}} {file}-{mode}.svg\n:alt: {plain(says)}\n:class: only-{mode}\n:::"


def _provenance(figures: pd.DataFrame) -> Iterator[str]:
    for status, title in (("assumption", "Assumed"), ("source", "From a source"), ("none", "Without either")):
        rows = [
            [
                f"`{path}`",
                plain(_shown(row["value"])),
                plain(row["unit"]),
                f"{_shown(row['low'])} to {_shown(row['high'])}" if row["low"] == row["low"] else "",
                linked("; ".join(said for said in (row["source"], row["note"]) if isinstance(said, str) and said)),
            ]
            for path, row in figures[figures["status"] == status].iterrows()
        ]
        if rows:
            yield f"### {title}"
            reason = "reasoning" if status == "assumption" else "source"
            yield "{.figures}\n" + table(["figure", "value", "unit", "range", reason], rows, right=(1,))


def _shown(value: object) -> str:
    return text.number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _sources(figures: pd.DataFrame) -> list[str]:
    return [source for source in dict.fromkeys(figures.loc[figures["status"] == "source", "source"]) if source]


def elsewhere() -> str:
    """The contracts that ship nowhere and are settled to what was published of them: a test each."""
    parts = [
        "# Contracts that ship nowhere",
        "Written from the cookbook by people who had not seen the code, each settled to what was published of it. They "
        "are in `tests/cases/contracts`; amounts beyond the published ones are arithmetic on the terms.",
    ]
    for file in sorted(CONTRACTS.glob("*.toml")):
        written = file.read_text(encoding="utf-8")
        scenario = sib.Scenario.from_data(tomllib.loads(written))
        rows = [
            [plain(result), plain(party), verb, amount.replace("_", ",")]
            for result, party, verb, amount in _PAYS.findall(written)
        ]
        parts += [
            f"## {plain(scenario.name)}",
            paragraph(f"{scenario.summary}."),
            comment("\n".join(itertools.takewhile(lambda line: line.startswith("#"), written.splitlines()))),
            table(["on a result of", "party", "pays or receives", plain(scenario.currency)], rows, right=(3,)),
        ]
    return "\n\n".join(parts) + "\n"
