"""Notebook display, through IPython's own formatter."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import sib
from sib.show.display import register
from sib.show.text import meaning


@pytest.fixture(scope="module")
def html():
    shell = InteractiveShell.instance()
    shell.display_formatter.active_types = shell.display_formatter.format_types  # as in a notebook
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


def test_portfolio_shows_its_deals(html, plan):
    held = sib.portfolio({"north <b>": plan, "south": plan}, amounts={"south": 1e6}, paths=1_000, rng=1)
    text = html(held)
    assert "north &lt;b&gt;" in text
    assert f"{held.deals().loc['south', 'contribution']:,.0f}" in text
    assert "GBP 6,000,000 in 2 deals, 1,000 simulated futures" in text
    found = held.summary()["estimate"]
    assert f"lose money in {100 * found['loss_probability']:.1f}% of them" in text
    assert f"they lose GBP {found['es_95']:,.0f} on average" in text


def test_portfolio_is_one_line_of_text(plan):
    held = sib.portfolio({"north": plan}, paths=1_000, rng=5)
    loss = held.summary().loc["loss_probability", "estimate"]
    assert repr(held).startswith(f"<Portfolio of 1 deal, GBP 5,000,000: 1,000 paths, loss probability {loss:.3f} (mcse")
    assert repr(held).endswith("entropy 5>")


def test_names_are_escaped(html, plan):
    text = html(plan.replace({"name": "<script>alert(1)</script>"}))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_meaning_in_words(simulation):
    found = simulation.summary()["estimate"]
    text = meaning(simulation)
    assert "of the GBP 5,000,000 committed by investors" in text
    assert f"Money is lost in {100 * found['loss_probability']:.1f}% of futures" in text
    assert text.endswith("again: seed 1.")


def test_an_update_and_a_chain_ladder_show_their_tables(html, plan):
    known = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=500, rng=1)
    text = html(known)
    assert "mathjax_ignore" in text
    assert f"{known.surprise['mean'].item():.4g}" in text
    ladder = sib.chain_ladder([[1_200_000.0, 2_400_000.0], [1_388_889.0, float("nan")]])
    text = html(ladder)
    assert "1,388,889" in text
    assert "2,777,778" in text  # twice as much, as the first origin came to
    assert "e+0" not in text


def test_no_dollar_is_typeset_and_no_markup_is_read(html, plan):
    named = plan.replace({"name": "<b>$9m to $3m</b>"})
    for value in (sib.simulate(named, 100, rng=1), named, sib.settle(named, {"reconvictions": 0.09})):
        text = html(value)
        assert text.strip().startswith('<div class="tex2jax_ignore mathjax_ignore">')
        assert "<b>$9m" not in text
