"""Draws the pictures of `test_pictures` anew: `python -m tests.show.renew`. Look at each before it is kept."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from tests.show.gallery import PICTURES

FOLDER = Path(__file__).parent / "pictures"
CASES = {
    **{name: (name, "default", False) for name in PICTURES},
    **{f"{name}, dark": (name, "dark_background", False) for name in ("payoff", "returns", "tornado", "agreement")},
    **{f"{name}, long names": (name, "default", True) for name in ("budget", "portfolio")},
}


def draw(case, file):
    name, look, long = CASES[case]
    with plt.style.context(["default", look]):
        figure, ax = plt.subplots(figsize=(4.15, 2.95), layout="constrained")
        PICTURES[name](ax, long)
        figure.savefig(file, dpi=72, metadata={"Software": None})
        plt.close(figure)


if __name__ == "__main__":
    mpl.use("agg")
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        draw(case, FOLDER / f"{case}.png")
