"""The cookbook, scenarios/README.md: each fragment is a valid contract and pays what the page says, by hand."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import get_args

import pytest

import sib
from sib.analysis.written import of_words
from sib.run.recipe import Deal
from sib.scenario.scenario import json_schema
from sib.terms.design import Design
from sib.terms.metric import Metric

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PAGE = (SCENARIOS / "README.md").read_text(encoding="utf-8")
BASE, *FRAGMENTS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
TITLES = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
SETTLE = re.compile(r"^# settle: (.*?) ?-> (.+) (pays|receives) ([\d_.]+)$", re.MULTILINE)
# keys that no page shows yet; a new one does not belong here, but in a fragment
SHOWN_NOWHERE = {"bias_between_cohorts", "effective_persons", "paid_by", "person_sd"}


@lru_cache(256)  # a scenario is frozen, and many files of tests ask for the same
def laid_over(base, fragment):
    """A fragment over the deal at the top of the page, as the page says; one with a name is a deal of its own."""
    data, over = tomllib.loads(base), tomllib.loads(fragment)
    if "name" in over:
        data = {"metrics": [], "tranches": [], "beliefs": {}}
    elif "rate_cards" in over and "payments" not in over:
        del data["payments"]
    for key, value in over.items():
        if key == "metrics":
            names = {item["name"] for item in value}
            data[key] = [item for item in data[key] if item["name"] not in names] + value
        elif key == "beliefs":
            for table, entries in value.items():
                data[key].setdefault(table, {}).update(entries)
        else:
            data[key] = value
    data["beliefs"]["discount_rates"] = {tranche["name"]: 0.03 for tranche in data["tranches"]}
    return sib.Scenario.from_data(data)


def results(text, scenario):
    """What stands after `# settle:` as `settle` takes it: the page says that each part is a `--result`."""
    return of_words(filter(None, map(str.strip, text.split(" ; "))), Deal.of(scenario).model)


def test_there_is_a_fragment_for_each_title():
    assert len(TITLES) == len(FRAGMENTS) > 45


@pytest.mark.parametrize("word", [*get_args(Design), *get_args(Metric.model_fields["kind"].annotation)])
def test_every_design_and_kind_is_on_the_page(word):
    assert f'"{word}"' in PAGE


def test_every_key_is_on_the_page_or_in_a_shipped_deal():
    text = PAGE + "".join(file.read_text(encoding="utf-8") for file in SCENARIOS.glob("*.toml"))
    schema = json_schema()
    keys = {key for noun in (schema, *schema["$defs"].values()) for key in noun.get("properties", {})}
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == SHOWN_NOWHERE


@pytest.mark.parametrize("fragment", [BASE, *FRAGMENTS], ids=["the small deal", *TITLES])
def test_fragment(fragment):
    scenario = laid_over(BASE, "" if fragment is BASE else fragment)
    lines = SETTLE.findall(fragment)
    assert lines, "a fragment says what it pays"
    for given, party, verb, amount in lines:
        ledger = sib.settle(scenario, results(given, scenario))
        total = {"pays": ledger.paid, "receives": ledger.received}[verb](party)
        assert total == pytest.approx(float(amount.replace("_", "")), abs=0.005), (given, party)
    assert sib.Scenario.from_data(tomllib.loads(scenario.to_toml())) == scenario
    assert scenario.describe()
    simulation = sib.simulate(scenario, 200, rng=1)
    if scenario.tranches:
        assert simulation.summary()["estimate"].drop(["irr_mean", "irr_median", "irr_p05", "irr_p95"]).notna().all()
