"""Notebook display, through IPython's own formatter."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import start_ipython

import sib
from sib.show.display import register
from sib.show.text import meaning


@pytest.fixture(scope="module")
def html():
    shell = start_ipython() or InteractiveShell.instance()
    register()
    return lambda value: shell.display_formatter.format(value)[0].get("text/html")


def test_simulation_shows_its_summary(html, simulation):
    text = html(simulation)
    assert "Investors lose money" in text
    assert "20,000 simulated futures" in text
    assert f"{100 * simulation.summary().loc['loss_probability', 'estimate']:.1f}%" in text


def test_scenario_shows_its_figures_and_sources(html, plan):
    text = html(plan)
    assert "tranches.investors.amount" in text
    assert "BBC News" in text


def test_ledger_shows_its_movements(html, went):
    assert "One Service vehicle" in html(sib.settle(went, {"reconvictions": 0.09}))


def test_names_are_escaped(html, plan):
    text = html(plan.replace({"name": "<script>alert(1)</script>"}))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_meaning_in_words(simulation):
    found = simulation.summary()["estimate"]
    text = meaning(simulation)
    assert "investors commit GBP 5,000,000" in text
    assert f"They lose money in {100 * found['loss_probability']:.1f}% of futures" in text
    assert text.endswith("rng=1.")
