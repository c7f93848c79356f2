"""Who a contract names is introduced. Truth: a name with one letter changed is nobody, wherever it stands."""

import re
import tomllib
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.analysis.earlier import as_written_today
from sib.scenario.rules.names import alike
from tests.shipped import NAMES as SHIPPED
from tests.shipped import shipped
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

DEALS = {name: shipped(name).data() for name in SHIPPED}
DEALS |= {title: laid_over(BASE, fragment).data() for title, fragment in zip(TITLES, FRAGMENTS, strict=True)}


def places(data):
    """Where parties are named: the table or list, and the key, index or key of shares in it."""
    yield from ((data, key) for key in ("outcome_payer", "vehicle") if key in data)
    yield from ((data["parties"], i) for i in range(len(data.get("parties", ()))))
    for tranche in data["tranches"]:
        yield tranche, "name"
        if "guarantee" in tranche:
            yield tranche["guarantee"], "by"
    for group, keys in {
        "payments": ("payer", "to", "owed_by"),
        "limits": ("payer",),
        "costs": ("to",),
        "events": ("paid_by",),
    }.items():
        for item in data.get(group, ()):
            yield from ((item, key) for key in keys if key in item)
    for group, key in (("payments", "payers"), ("remainders", "shares"), ("events", "redeems")):
        for item in data.get(group, ()):
            yield from ((item[key], name) for name in item.get(key, ()))
    for tier in (tier for item in data.get("remainders", ()) for tier in item.get("tiers", ())):
        yield from ((tier["shares"], name) for name in tier["shares"])
        if "until" in tier:
            yield tier["until"], "tranche"


def named(place):
    """The name that stands in a place."""
    item, key = place
    return item[key] if isinstance(item[key], str) else key


def rename(place, name):
    """Write another name in a place."""
    item, key = place
    if isinstance(item[key], str):
        item[key] = name
    else:
        item[name] = item.pop(key)


def one_letter_off(name):
    """The name with a letter more, a letter less and another letter, each somewhere in it."""
    at = len(name) // 2
    return name[:at] + "x" + name[at:], name[:at] + name[at + 1 :], name[:-1] + "z"


@pytest.mark.parametrize("deal", DEALS)
def test_a_name_with_one_letter_changed_is_refused(deal):
    whole = DEALS[deal] | {"sources": {}}
    names = [named(place) for place in places(whole)]
    for number, name in enumerate(names):
        for other in one_letter_off(name):
            changed = deepcopy(whole)
            place = list(places(changed))[number]
            rename(place, other)
            if names.count(name) == 1 and place[1] != "name":  # who stands in one place may be called anything
                assert sib.Scenario.from_data(changed), (name, other)
                continue
            with pytest.raises(sib.ScenarioError) as error:
                sib.Scenario.from_data(changed)
            said = str(error.value)
            assert name in said or other in said


def test_names_almost_alike_are_two_where_both_are_listed():
    data = tomllib.loads(BASE)
    data["costs"].append(data["costs"][0] | {"name": "more", "to": "providers", "amount": 0})
    with pytest.raises(sib.ScenarioError) as error:
        sib.Scenario.from_data(data)
    assert str(error.value) == (
        "costs.service.to\n"
        "  came:  'provider'\n"
        "  rule:  a cost is paid to a party; this one is called almost as another is, `providers`\n"
        '  to do: write "providers", or list both where they are two: parties = ["providers", "provider"]'
    )
    assert sib.Scenario.from_data(data | {"parties": ["provider", "providers"]})


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_alike_is_one_step_from_one_to_the_other(one, other):
    steps = {one[:i] + letter + one[i + 1 :] for i in range(len(one)) for letter in "abc"}
    steps |= {one[:i] + letter + one[i:] for i in range(len(one) + 1) for letter in "abc"}
    steps |= {one[:i] + one[i + 1 :] for i in range(len(one))}
    steps |= {one[:i] + one[i + 1] + one[i] + one[i + 2 :] for i in range(len(one) - 1)}
    assert alike(one, other) == (other in steps - {one})


def test_a_party_that_does_nothing_is_shown_to_do_nothing():
    data = tomllib.loads(BASE) | {"parties": ["ministry"]}
    assert "- ministry: listed, but no term names it.\n" in sib.Scenario.from_data(data).describe()


@pytest.mark.parametrize("deal", DEALS)
def test_a_scenario_that_was_saved_before_parties_were_introduced_still_opens(deal):
    data = {key: value for key, value in DEALS[deal].items() if key not in ("parties", "sources")}
    opened = sib.Scenario.from_data(as_written_today(data))
    assert set(opened.timetable.parties) == set(sib.Scenario.from_data(DEALS[deal]).timetable.parties)


@pytest.mark.parametrize("deal", DEALS)
def test_describe_opens_with_all_parties(deal):
    scenario = sib.Scenario.from_data(DEALS[deal])
    heading, *lines = re.sub(r"\n  ", " ", scenario.describe()).split("\n\n")[2].split("\n")
    assert heading == "PARTIES"
    assert [line.partition(": ")[0] for line in lines] == [f"- {name}" for name in scenario.timetable.parties]
    assert not any("listed, but" in line for line in lines)
