"""What the commands are added to, each by its own file."""

import typer

app = typer.Typer(
    help="Simulate social impact bonds: what a contract pays, to whom, when, and what its investors risk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
