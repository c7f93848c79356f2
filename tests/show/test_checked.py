"""What `sib check` prints. Truth: the scenario's own table of figures, counted by hand, and the length of a page."""

import re

import pytest

import sib
from sib.show.checked import page
from tests.scenario.test_rate_card_words import deal
from tests.shipped import NAMES as SHIPPED

PAGE = 60  # lines


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_is_one_page(name):
    assert len(page(name, sib.load(name), "").splitlines()) <= PAGE


def test_a_rate_card_of_twenty_three_items_is_one_page():
    scenario = deal({f"item {number}": 100 * number for number in range(1, 24)})
    text = page("card.toml", scenario, "")
    assert len(text.splitlines()) <= PAGE
    assert max(map(len, text.splitlines())) <= 100
    assert len(page("card.toml", scenario, "", each=True).splitlines()) > 100


def test_figures_are_counted_by_table_and_none_is_left_out():
    scenario = deal()
    figures = scenario.assumptions()
    _, *parts = page("a deal.toml", scenario, "").split("\n\n")
    assert parts[-1] == 'Each figure by itself: sib check "a deal.toml" --all'
    for status, part in zip(("none", "default"), parts, strict=False):
        counts = [int(count) for count in re.findall(r"  (\d+) figures?  ", part)]
        assert sum(counts) == (figures["status"] == status).sum()
        assert part.partition("\n")[0].endswith(f": {sum(counts)} figures")
    table = [line.split()[0] for line in parts[0].splitlines()[3:]]
    # prices first, then what is believed of results, then whose money it is
    assert table[:5] == ["payments", "beliefs.effects", "beliefs.levels", "beliefs.comparison", "tranches"]
    # 3 prices, and 3 that are paid at once by default
    assert re.search(r"^payments +3 figures  payments.pay enters work.pays.per_unit = 600.0$", parts[0], re.M)


def test_what_is_odd_stands_first_and_is_not_all_of_the_page():
    names = [f"lender {number}" for number in range(12)]
    tranches = "".join(f'[[tranches]]\nname = "{name}"\namount = 20_000\ninterest = 0.4\n' for name in names)
    tranches += '[[remainders]]\nname = "rest"\nshares = { city = 1.0 }\n'
    scenario = deal(extra=tranches)
    text = page("odd.toml", scenario, "SUSPICIOUS: costs are late\n")
    said = text.split("\n\n")[1].splitlines()
    assert said[:2] == ["SUSPICIOUS: costs are late", "SUSPICIOUS: these can be, but seldom are"]
    assert said[2].startswith("  tranches.lender 0.interest = 0.4: ")
    assert (len(said), said[-1]) == (13, "  and 2 more: see them with --all")
    assert len(text.splitlines()) <= PAGE
    assert page("odd.toml", scenario, "", each=True).count("interest = 0.4: ") == 12
