"""`sib version`."""

import sib
from sib.cli.app import app


@app.command()
def version() -> None:
    """Print the version."""
    print(sib.__version__)
