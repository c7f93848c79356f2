"""Mutants: `python -m tests.mutants [NUMBER] [SEED] [FROM]` from the root of a checkout.

Changes one thing at random in `settlement`, `model` or `measures`, a sign, a bound, a comparison, a figure, and runs
the tests: those of its room, then those of contracts, then all. A mutant that no test notices survived, and is printed
with its line: it is a missing test, or changes nothing. FROM takes up a long run at that mutant.
"""

from __future__ import annotations

import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]
ROOMS = ("settlement", "model", "measures")
CONTRACTS = ("published", "contracts", "right_money", "found", "cookbook", "conventions", "laws")
SLOWEST = 1800.0  # seconds of all tests: what takes longer is noticed

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


def noticed(copied: Path, room: str) -> str | None:
    """By which tests a mutant is noticed; None by none."""
    stages = {
        room: [f"tests/{room}"],
        "contracts": [f"tests/test_{name}.py" for name in CONTRACTS],
        "all": ["tests", "sib", "-n", "2", "--dist", "loadscope"],
    }
    quiet = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    environment = {**os.environ, "PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1"}
    for name, tests in stages.items():
        command = [sys.executable, "-m", "pytest", *quiet, *tests]
        try:
            done = subprocess.run(
                command, cwd=copied, env=environment, capture_output=True, timeout=SLOWEST, check=False
            )
        except subprocess.TimeoutExpired:
            return f"{name} (for ever)"
        if done.returncode != 0:
            return name
    return None


def main(number: str = "150", seed: str = "2026", first: str = "0") -> int:
    """Try them one by one; print each, and the score."""
    killed, tried = 0, mutants(int(number), int(seed))[int(first) :]
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "checkout"
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*cache"))
        for room in ROOMS:  # written anew and not changed, nothing is to be noticed
            for file in (ROOT / "sib" / room).rglob("*.py"):
                text = ast.unparse(ast.parse(file.read_text(encoding="utf-8")))
                (copied / file.relative_to(ROOT)).write_text(text, encoding="utf-8")
        by = noticed(copied, "settlement")
        if by is not None:
            print(f"the tests fail on what is not changed: {by}")
            return 1
        for place, (file, n) in enumerate(tried, int(first)):
            target = copied / file.relative_to(ROOT)
            unchanged = target.read_text(encoding="utf-8")
            text, told = mutate(file, n)
            target.write_text(text, encoding="utf-8")
            by = noticed(copied, file.relative_to(ROOT).parts[1])
            target.write_text(unchanged, encoding="utf-8")
            killed += by is not None
            print(f"{place}: {'SURVIVED' if by is None else f'noticed by {by}'}: {told}", flush=True)
    print(f"{killed} of {len(tried)} noticed: {killed / max(len(tried), 1):.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
