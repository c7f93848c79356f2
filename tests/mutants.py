"""Mutants: `python -m tests.mutants [NUMBER] [SEED] [FROM]` from the root of a checkout.

Changes one thing at random in `settlement`, `model` or `measures`, a sign, a bound, a comparison, a figure, and runs
the tests that come to its line, the quickest first. Which these are is found once, by running all but the slow ones
under `coverage`. A mutant that none of them notices survived, and is printed with its line: it is a missing test, or
changes nothing, or is noticed by what takes longer. FROM takes up a long run at that mutant.
"""

from __future__ import annotations

import ast
import bisect
import copy
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]
ROOMS = ("settlement", "model", "measures")
LEFT_OUT = ("benchmarks", "fuzz", "fuzz_kept", "book", "growth", "questions", "text")  # slow, and about other things
SECONDS = 120.0  # of tests that a mutant is tried with
SLOWEST = 900.0  # seconds by which they have ended, unless the mutant goes on for ever

OTHER: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.USub: ast.UAdd,
    ast.Not: ast.UAdd,
}
NAMES = {"minimum": "maximum", "min": "max", "any": "all", "cumsum": "array", "ceil": "floor"}
NAMES |= {after: before for before, after in NAMES.items() if after != "array"}


def places(tree: ast.AST) -> Iterator[ast.AST]:
    """What can be changed, outside annotations, imports, texts and errors."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if _changes(node):
            yield node
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases"):
                continue
            inside = value if isinstance(value, list) else [value]
            waiting += [one for one in inside if isinstance(one, ast.AST)]


def _changes(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.AugAssign):
        return type(node.op) in OTHER
    if isinstance(node, ast.Compare):
        return type(node.ops[0]) in OTHER
    if isinstance(node, ast.Constant):
        return isinstance(node.value, bool | int | float)
    if isinstance(node, ast.Attribute | ast.Name):
        return (node.attr if isinstance(node, ast.Attribute) else node.id) in NAMES
    return isinstance(node, ast.If | ast.IfExp)


def change(node: ast.AST) -> None:
    """Change it in place."""
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.AugAssign):
        node.op = OTHER[type(node.op)]()
    elif isinstance(node, ast.Compare):
        node.ops[0] = OTHER[type(node.ops[0])]()
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.Attribute):
        node.attr = NAMES[node.attr]
    elif isinstance(node, ast.Name):
        node.id = NAMES[node.id]
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)


def mutants(number: int, seed: int) -> list[tuple[Path, int]]:
    """So many places, by file and number: each place of the rooms as likely as any."""
    files = sorted(file for room in ROOMS for file in (ROOT / "sib" / room).rglob("*.py"))
    found = [(file, n) for file in files for n, _ in enumerate(places(ast.parse(file.read_text(encoding="utf-8"))))]
    return random.Random(seed).sample(found, number)  # noqa: S311 -- nothing is kept secret by it


def mutate(file: Path, number: int) -> tuple[str, str]:
    """A file's text with one place changed, and what was changed."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node = list(places(tree))[number]
    before = ast.unparse(copy.deepcopy(node))
    change(node)
    after = ast.unparse(node)
    line = getattr(node, "lineno", 0)
    told = f"{file.relative_to(ROOT)}:{line}: {before.splitlines()[0]}  ->  {after.splitlines()[0]}"
    return ast.unparse(ast.fix_missing_locations(tree)), told


class Tests:
    """Which tests come to which lines of a checkout, and how long they take."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        covered = [f"--cov=sib/{room}" for room in ROOMS]
        left_out = [f"--ignore=tests/test_{name}.py" for name in LEFT_OUT]
        lasted = ["--durations=0", "--durations-min=0", "-vv"]
        done = self.run("--brief", "-n", "2", *left_out, *covered, "--cov-context=test", "--cov-report=", *lasted)
        if done.returncode != 0:
            print(done.stdout[-3000:])
            sys.exit("the tests fail on what is not changed")
        self.seconds: dict[str, float] = {}
        for took, test in re.findall(r"^([\d.]+)s (?:call|setup) +(.+?) *$", done.stdout, re.MULTILINE):
            self.seconds[test] = self.seconds.get(test, 0.0) + float(took)
        from coverage import CoverageData  # of the extra `dev`, and this file is collected without it

        self.data = CoverageData(str(checkout / ".coverage"))
        self.data.read()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run tests there."""
        quiet = ["-q", "-x", "--no-header", "-p", "no:cacheprovider"]
        environment = {**os.environ, "PYTHONPATH": str(self.checkout), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", *quiet, *arguments]
        options = {"cwd": self.checkout, "env": environment, "capture_output": True, "text": True, "check": False}
        return subprocess.run(command, timeout=SLOWEST if "-n" not in arguments else None, **options)

    def of(self, file: Path, line: int) -> list[str]:
        """Those that come to a line, the quickest first, as many as there is time for.

        Of a line that is run as the module is imported, those that come to any of its lines.
        """
        lines = self.data.contexts_by_lineno(str(file))
        found = self._named(lines.get(line, [])) or self._named(itertools.chain.from_iterable(lines.values()))
        in_order = sorted(found & self.seconds.keys(), key=lambda test: (self.seconds[test], test))
        total = list(itertools.accumulate(self.seconds[test] for test in in_order))
        return in_order[: max(bisect.bisect(total, SECONDS), 1)]

    @staticmethod
    def _named(contexts: Iterable[str]) -> set[str]:
        return {context.rpartition("|")[0] for context in contexts if "|" in context}

    def notice(self, file: Path, line: int) -> str | None:
        """By what a mutant there is noticed; None by nothing."""
        tests = self.of(file, line)
        if not tests:
            return None
        try:
            done = self.run(*tests)
        except subprocess.TimeoutExpired:
            return "never ending"
        if done.returncode == 0:
            return None
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        return failed[1] if failed else done.stdout[-200:]


def main(number: str = "150", seed: str = "2026", first: str = "0") -> int:
    """Try them one by one; print each, and the score."""
    killed, tried = 0, mutants(int(number), int(seed))[int(first) :]
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder).resolve() / "checkout"
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*cache"))
        for room in ROOMS:  # written anew and not changed, nothing is to be noticed
            for file in (ROOT / "sib" / room).rglob("*.py"):
                text = ast.unparse(ast.parse(file.read_text(encoding="utf-8")))
                (copied / file.relative_to(ROOT)).write_text(text, encoding="utf-8")
        tests = Tests(copied)
        for place, (file, n) in enumerate(tried, int(first)):
            target = copied / file.relative_to(ROOT)
            unchanged = target.read_text(encoding="utf-8")
            line = getattr(list(places(ast.parse(unchanged)))[n], "lineno", 0)
            text, told = mutate(file, n)
            target.write_text(text, encoding="utf-8")
            by = tests.notice(target, line)
            target.write_text(unchanged, encoding="utf-8")
            killed += by is not None
            how = f"SURVIVED {len(tests.of(target, line))} tests" if by is None else f"noticed by {by}"
            print(f"{place}: {told}: {how}", flush=True)
    print(f"{killed} of {len(tried)} noticed: {killed / max(len(tried), 1):.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
