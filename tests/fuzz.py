"""Fuzz scenario files: `python -m tests.fuzz [SECONDS] [SEED] [KIND]` from the root of a checkout.

`changed`, which is what it does by default, changes every shipped file at random, as data and as text, and makes TOML
of its own. `spliced` lays fragments of the cookbook over each other and over shipped files, with figures at extremes.
`bounds` puts every figure of every shipped file at its bounds, until all have been looked at. Each file has to end in a
valid scenario that is settled, simulated and asked to finite figures, or in an error of four parts: nothing else,
within seconds and 1 GB. What is found becomes a case in `test_found.py`.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import random
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

import sib
from sib.run.recipe import Deal
from tests import splices
from tests.answers import gaps
from tests.asked import Asked
from tests.memory import peak

SLOWEST, LARGEST, FEWEST = 20.0, 1000.0, 60  # seconds of work a file, MB in all, files however slow the machine is
EACH = 0.015  # seconds more for each result of a deal, of all that is asked: there may be thousands
FILE = "fuzzed.toml"
VALUES: list[Any] = [
    *(0, -1, 1, 2, 0.5, 7.5, -5, 1e6, 10**30, 1e308, 1e-308, float("nan"), float("inf"), True, None),
    *("", "x", "1", "early", "investors", "pooled", "cohort", "é=", "=1+1", "<b>", "a.b", "$x_{", "../../x"),
    *(dt.date(1899, 1, 1), dt.date(2199, 12, 31), dt.date(2010, 9, 9), dt.datetime(2010, 1, 1), dt.time(1)),
    *([], {}, [[]], [1, 2], {"a": 1}, [["x", 1]], [[0.1, 1], [0.1, 2]], [0.1] * 2000, ["x"] * 500),
]
WORDS = [
    "amount",
    "name",
    "steps",
    "cohort",
    "cohorts",
    "metrics",
    "payments",
    "when",
    "pays",
    "beliefs",
    "sources",
    "to",
]


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested data."""
    found = [path] if path else []
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places(value, (*path, key))
    return found


def changed(data: dict[str, Any], rnd: random.Random) -> dict[str, Any]:
    """A few changes: other values, keys gone or new, items doubled."""
    data = copy.deepcopy(data)
    if rnd.random() < 0.7:
        data.pop("sources", None)
    for _ in range(rnd.choice((1, 1, 1, 2, 3, 8))):
        where = rnd.choice(places(data) or [("name",)])
        holder: Any = data
        for key in where[:-1]:
            holder = holder[key]
        how = rnd.random()
        if how < 0.6:
            holder[where[-1]] = copy.deepcopy(rnd.choice(VALUES))
        elif how < 0.75:
            del holder[where[-1]]
        elif how < 0.85 and isinstance(holder, dict):
            holder[rnd.choice(WORDS)] = copy.deepcopy(rnd.choice(VALUES))
        elif isinstance(holder, list):
            holder += copy.deepcopy(holder) * rnd.choice((1, 1, 1, 40))
        else:
            holder[where[-1]] = [holder[where[-1]]]
    return data


def text_of(data: dict[str, Any]) -> str:
    """As TOML, without what TOML has no word for."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(each) for key, each in value.items() if each is not None}
        if isinstance(value, list):
            return [plain(each) for each in value if each is not None]
        return value

    return tomli_w.dumps(plain(data))


def torn(text: str, rnd: random.Random) -> bytes:
    """Changes of the text itself: bytes, lines and numbers."""
    how = rnd.randrange(6)
    if how == 0:
        raw = bytearray(text.encode())
        for _ in range(rnd.choice((1, 3, 30))):
            raw[rnd.randrange(len(raw))] = rnd.randrange(256)
        return bytes(raw)
    lines = text.splitlines()
    at = rnd.randrange(len(lines))
    if how == 1:
        lines[at : at + rnd.choice((1, 5, 50))] = []
    elif how == 2:
        lines[at:at] = lines[at : at + rnd.choice((1, 5, 50))] * rnd.choice((1, 2, 200))
    elif how == 3:
        rnd.shuffle(lines)
    elif how == 4:
        lines[at] += "[" * rnd.choice((1, 5000))
    else:
        lines[at] = lines[at].translate(str.maketrans("0123456789", "".join(rnd.choices("0123456789", k=10))))
    return "\n".join(lines).encode()


def made_up(rnd: random.Random, depth: int = 0) -> Any:
    """Data of no scenario, with the words of one."""
    if depth > 4 or rnd.random() < 0.3:
        value = rnd.choice(VALUES)
        return "x" if value is None else copy.deepcopy(value)
    if rnd.random() < 0.7:
        return {rnd.choice(WORDS): made_up(rnd, depth + 1) for _ in range(rnd.randrange(5))}
    return [made_up(rnd, depth + 1) for _ in range(rnd.randrange(4))]


def torn_and_changed(seed: int) -> Iterator[bytes]:
    """Shipped files, changed, and files of no scenario, without end."""
    rnd = random.Random(seed)  # noqa: S311 -- files, not secrets
    shipped = [sib.load(name) for name in sib.scenarios().index]
    texts = [scenario.to_toml() for scenario in shipped]
    data = [scenario.data() for scenario in shipped]
    while True:
        how = rnd.random()
        try:
            if how < 0.65:
                yield text_of(changed(rnd.choice(data), rnd)).encode()
            elif how < 0.9:
                yield torn(rnd.choice(texts), rnd)
            else:
                yield text_of({key: made_up(rnd) for key in rnd.sample(WORDS, 6)}).encode()
        except (TypeError, ValueError, RecursionError):
            continue  # data that TOML cannot hold


def written(deals: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[bytes]:
    """Deals as files, with what they are in the first line."""
    for what, data in deals:
        with contextlib.suppress(TypeError, ValueError):  # data that TOML cannot hold
            yield f"# {what}\n{text_of(data)}".encode()


FILES: dict[str, Callable[[int], Iterator[bytes]]] = {
    "changed": torn_and_changed,
    "spliced": lambda seed: written(splices.spliced(seed)),
    "bounds": lambda seed: written(splices.bounds(seed)),
}


def outcome(content: bytes, folder: Path) -> str:
    """What becomes of one file.

    Raises
    ------
    AssertionError
        Where a figure is not finite, or the scenario does not come back as it was.
    """
    file = folder / FILE
    file.write_bytes(content)
    try:
        scenario = sib.load(file)
    except sib.ScenarioError as error:
        return "refused" if in_four_parts(error) else "refused without a word"
    assert sib.Scenario.from_data(tomllib.loads(scenario.to_toml())) == scenario
    asked = Asked("fuzzed", scenario, folder, paths=40)
    try:
        simulation = asked.simulation
    except sib.ScenarioError as error:
        return "refused when compiled" if in_four_parts(error) else "refused without a word"
    for name in ("payment", "drawn", "received", "npv"):
        assert np.isfinite(simulation.columns[name]).all(), name
    summary = simulation.summary()
    known = (summary["paths"] > 0) & ~summary["given"].str.contains("too few, more than|has no IRR")
    assert np.isfinite(summary.loc[known, "estimate"]).all(), summary
    assert len(scenario.describe()) > 0
    assert simulation.ledger(3).to_frame()["amount"].ge(0).all()
    assert not gaps(simulation.budget())
    assert not gaps(sib.expected_case(scenario))
    refused = 0
    for ask in (lambda: asked.ledger, lambda: [asked.payoff(metric)["payment"] for metric in asked.metrics]):
        try:
            assert not gaps(ask())
        except sib.InputError as error:
            if not in_four_parts(error):
                return "refused without a word"
            refused += 1
    return "valid, a question refused" if refused else "valid"


def results_in(folder: Path) -> int:
    """How many results the metrics of the deal that was looked at have; none where it was refused."""
    try:
        return sum(len(metric.results) for metric in Deal.of(sib.load(folder / FILE)).model.metrics)
    except sib.ScenarioError:
        return 0


def in_four_parts(error: sib.InputError) -> bool:
    """Whether an error says which input, what came, the rule, and what to do."""
    return all(each.where.strip() and each.rule.strip() and each.remedy.strip() for each in error.problems)


def fuzz(seconds: float, seed: int, kind: str = "changed") -> Counter[str]:
    """Fuzz for a while, or until all has been looked at; stops at the first file that ends otherwise, and keeps it.

    Raises
    ------
    SystemExit
        Where one does.
    """
    warnings.simplefilter("error")
    found: Counter[str] = Counter()
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        for content in FILES[kind](seed):
            if time.monotonic() > until and sum(found.values()) >= FEWEST:
                return found
            start = time.process_time()
            with keeping(content, f"fuzzed-{kind}-{seed}-{sum(found.values())}.toml"):
                found[outcome(content, Path(folder))] += 1
                taken = time.process_time() - start
                memory = peak()
                most = SLOWEST if taken < SLOWEST else SLOWEST + EACH * results_in(Path(folder))
                assert taken < most, f"{taken:.0f} seconds"
                assert memory < LARGEST, f"{memory:.0f} MB"
    return found


@contextlib.contextmanager
def keeping(content: bytes, name: str) -> Iterator[None]:
    """Stop at the first thing that goes wrong with a file, and keep the file."""
    try:
        yield
    except BaseException:  # noqa: BLE001 -- whatever it is, it is what is looked for
        traceback.print_exc()
        Path(name).write_bytes(content)
        message = f"kept as {name}"
        raise SystemExit(message) from None


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[1:]))
    print(dict(fuzz(float(given.get(0, 60.0)), int(given.get(1, 1)), given.get(2, "changed"))))
