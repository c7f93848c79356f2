"""Draw the pictures anew that tests compare with, to look at each: `python -m tests.show.renew [NAME...]`."""

import re
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from tests.show.gallery import PICTURES

BASELINES = Path(__file__).with_name("pictures")
DARK = ("payoff", "returns", "cash", "budget", "attribution", "tornado", "forecast")
_STYLES = {"light": "default", "dark": "dark_background"}
_SIZE, _DPI = (4.15, 2.95), 72


def file_of(name, style):
    """What a picture's file is called."""
    return f"{re.sub('[^a-z]+', '_', name)}_{style}.png"


def drawn(name, style, file):
    """Draw a picture as large as a quarter of a page."""
    with plt.style.context(_STYLES[style]):
        figure, ax = plt.subplots(figsize=_SIZE, layout="constrained")
        PICTURES[name](ax, False)
        figure.savefig(file, dpi=_DPI, metadata={"Software": None})
        plt.close(figure)


def main(names):
    """Draw those that are named, or all."""
    mpl.use("agg")
    BASELINES.mkdir(exist_ok=True)
    for name in names or PICTURES:
        for style in ("light", "dark") if name in DARK else ("light",):
            drawn(name, style, BASELINES / file_of(name, style))
            print(BASELINES / file_of(name, style))


if __name__ == "__main__":
    main(sys.argv[1:])
