"""`sib version`."""

import sib
from sib.cli.app import app
from sib.cli.terminal import say


@app.command()
def version() -> None:
    """Print the version."""
    say(sib.__version__)
