"""Reports of shipped deals, and whatever else is named, looked at in a browser: `python -m tests.browser [FILE...]`.

Needs node, /usr/bin/chromium, and playwright-core and axe-core where `NODE_PATH` finds them (npm). What is looked for
is said in check.cjs. `--pictures FOLDER` keeps what was seen.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import sib

CHECK = Path(__file__).with_name("check.cjs")
TWO_SHEETS = ("peterborough", "denver", "newpin")
LONGER = ("medellin-what-if", "rhino-bond")


def checked(*words):
    """Whether the pages pass."""
    return subprocess.run(["node", str(CHECK), *map(str, words)], check=False).returncode == 0


def main(words):
    """Look at reports, at those of two deals after a merger of hostile names, and at the pages that are named."""
    passed = True
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in (*TWO_SHEETS, *LONGER):
            simulation = sib.simulate(sib.load(name), 5_000, rng=1)
            sib.report(simulation, folder / f"{name}.html", hurdle=0.05)
        data = sib.load("peterborough").data()
        data["name"] = data["outcome_payer"] = "<b>$x$</b> 🏠 " + "n" * 60
        hostile = sib.simulate(sib.Scenario.from_data(data), 1_000, rng=1)
        sib.report(hostile, folder / "hostile.html")
        at = words.index("--pictures") if "--pictures" in words else len(words)
        pictures = words[at : at + 2]
        passed &= checked(*pictures, "--pages", "2", *(folder / f"{name}.html" for name in TWO_SHEETS))
        passed &= checked(*pictures, *(folder / f"{name}.html" for name in (*LONGER, "hostile")))
        named = [word for word in words if word not in pictures]
        if named:
            passed &= checked(*pictures, *named)
    return passed


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
