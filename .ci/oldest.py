"""Print constraints that pin every dependency to the oldest version that `pyproject.toml` allows."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
for wanted in [
    *project["dependencies"],
    *(one for extra in project["optional-dependencies"].values() for one in extra),
]:
    if ">=" in wanted:
        print(re.sub(r">=", "==", wanted))
