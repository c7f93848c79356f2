"""The scenarios that ship, each read once for all tests of a process: they are frozen, and reading one takes time."""

from functools import cache

import sib
from sib.scenario.files import names

NAMES = names()  # what `sib.scenarios()` lists, as `tests/scenario/test_scenario.py` holds


@cache
def shipped(name):
    return sib.load(name)
