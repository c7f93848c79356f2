"""What all tests share: how hard hypothesis tries, what a brief run leaves out, no screen for plots, draws counted."""

import gc

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, settings

import sib
from sib.run import blocks

mpl.use("agg")

settings.register_profile(
    "ci", max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("brief", settings.get_profile("ci"), max_examples=15)
settings.load_profile("ci")


def pytest_addoption(parser):
    parser.addoption("--nightly", action="store_true", help="look much harder for deals that break a law")
    parser.addoption("--brief", action="store_true", help="few random deals and nothing slow: all are tested elsewhere")


def pytest_configure(config):
    if config.getoption("--nightly"):
        settings.load_profile("nightly")
    elif config.getoption("--brief"):
        settings.load_profile("brief")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported and collected lives to the end: to look through it again and again takes a quarter longer."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(config, items):
    if config.getoption("--brief"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session")
def plan():
    """The plan of 2010."""
    return sib.load("peterborough")


@pytest.fixture(scope="session")
def went():
    """The deal as it went, to 2017."""
    return sib.load("peterborough-2017")


@pytest.fixture(scope="session")
def simulation(plan):
    return sib.simulate(plan, paths=20_000, rng=1)


@pytest.fixture
def drawn(monkeypatch):
    """How many blocks have been drawn: what was asked of each."""
    done, draw = [], blocks.draw

    def counted(*args, **kwargs):
        done.append(args)
        return draw(*args, **kwargs)

    monkeypatch.setattr(blocks, "draw", counted)
    return done
