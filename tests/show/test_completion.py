"""Completion, through IPython's own completer. Truth: what `load` and `replace` take."""

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import sib
from sib.show.completion import completions, register


@pytest.fixture(scope="module")
def completed():
    shell = InteractiveShell.instance()
    shell.user_ns.update(sib=sib, load=sib.load, plan=sib.load("peterborough"), other={"load": print})
    register()
    register()  # a second time changes nothing

    def offered(text):
        with provisionalcompleter():
            found = list(shell.Completer.completions(text, len(text)))
        return [text[: one.start] + one.text for one in found]

    return offered


def test_load_offers_the_shipped_scenarios(completed):
    assert completed('sib.load("') == [f'sib.load("{name}' for name in sorted(sib.scenarios().index)]
    assert completed("a = load('den") == ["a = load('denver"]


def test_replace_offers_the_paths_of_the_scenario(completed):
    found = completed('plan.replace({"tranches.investors.am')
    assert found == ['plan.replace({"tranches.investors.amount']
    found = completed("plan.replace({'start': plan.start, \n 'limits.payer c")
    assert "plan.replace({'start': plan.start, \n 'limits.payer cap.amount" in found


def test_every_path_that_is_offered_can_be_replaced(plan):
    _, paths = completions('plan.replace({"', {"plan": plan})
    assert {"cohorts.1.size", "payments.early.when.improvement", "beliefs.effects.reconvictions.mean"} <= set(paths)
    for path in paths:
        with pytest.raises(sib.ScenarioError, match=r"(?s).*"):
            plan.replace({path: "nonsense", "start": "nonsense"})
        assert not any(problem.rule.startswith("there is no key") for problem in _problems(plan, path))


def test_names_with_full_stops_are_offered_in_quotes():
    plan = sib.load("peterborough")
    plan = plan.replace({"limits": None, "payments.early.name": "tier 1.2", "payments.pooled.when.unpaid": "tier 1.2"})
    _, paths = completions('plan.replace({"payments.', {"plan": plan})
    assert r"payments.\"tier 1.2\".pays.per_unit" in paths
    written, paths = completions(r'plan.replace({"start": 1, "payments.\"tier 1.2\".pays.per', {"plan": plan})
    assert (written, paths) == (r"payments.\"tier 1.2\".pays.per", [r"payments.\"tier 1.2\".pays.per_unit"])
    written, paths = completions('plan.replace({\'payments."tier 1.2".pays.per', {"plan": plan})
    assert paths == ['payments."tier 1.2".pays.per_unit']


def _problems(plan, path):
    try:
        plan.replace({path: {}})
    except sib.InputError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(
    "text",
    [
        'np.load("den',
        'plan.replace({"a": "tranches',
        'plan.replace({"a": {"tranches',
        'plan.replace({"a": 1}); "tranches',
        'plan.replace("tranches',
        'nobody.replace({"tranches',
        'plan.replace({"tranches": 1, ',
        'load("denver").name',
        "",
    ],
)
def test_nothing_else_is_offered(text, plan):
    assert completions(text, {"sib": sib, "load": sib.load, "plan": plan}) == ("", [])
