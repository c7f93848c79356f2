"""The command line, from its own help, and what its commands print."""

import shlex
from typing import Any

import typer
from typer.testing import CliRunner

from making.text import linked, paragraph, plain, table
from sib.cli import app


def output(line: str) -> str:
    """What a line of the shell that begins with `sib` prints; one that is refused ends the build."""
    done = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
    if done.exit_code:
        message = f"{line}: {done.output}"
        raise RuntimeError(message)
    return done.stdout


def page() -> str:
    """All commands, in the order of `sib --help`: what each does, what it takes."""
    group: Any = typer.main.get_command(app)
    parts = [
        "# Commands",
        "Each prints what the library returns. Wrong input is refused in four parts (which input, what came, the rule, "
        "what to do), and ends with exit code 2.",
        *(part for name, command in group.commands.items() for part in _command(name, command)),
    ]
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: Any) -> list[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    usage = " ".join(["sib", name, *map(_usage, arguments), *(["[OPTIONS]"] if options else [])])
    rows = [[f"`{_metavar(one)}`", "", linked(getattr(one, "help", None) or "")] for one in arguments]
    rows += [
        [f"`{' '.join([*one.opts, _metavar(one)]).strip()}`", _default(one), linked(one.help or "")] for one in options
    ]
    what = table(["argument or option", "default", "what it is"], rows)
    return [
        f"## sib {name}",
        paragraph(" ".join((command.help or "").split())),
        f"```sh\n{usage}\n```",
        *([what] if rows else []),
    ]


def _usage(argument: Any) -> str:
    name = _metavar(argument) + ("..." if argument.nargs != 1 and not _metavar(argument).endswith("...") else "")
    return name if argument.required else f"[{name.strip('[]')}]"


def _metavar(one: Any) -> str:
    return "" if getattr(one, "is_flag", False) else str(one.metavar or one.name).upper()


def _default(one: Any) -> str:
    value = one.default() if callable(one.default) else one.default
    plainly = value not in (None, (), [], False) and not str(value).startswith("Sentinel")
    return plain(f"{value:,}" if isinstance(value, int) else value) if plainly else ""
