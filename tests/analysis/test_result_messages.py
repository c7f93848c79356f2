"""Results that make no sense are refused in four parts. Whole messages, which stand in tests/cases/results.txt."""

from pathlib import Path

import pytest

import sib
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

TEXTS = (Path(__file__).parents[1] / "cases" / "results.txt").read_text(encoding="utf-8")
EXPECTED = {name: text for name, _, text in (case.partition("\n") for case in TEXTS.removeprefix("## ").split("\n## "))}
SMALL = laid_over(BASE, "")
BURGLARIES = laid_over(BASE, next(fragment for fragment in FRAGMENTS if 'name = "burglaries"' in fragment))
FUNNEL = laid_over(BASE, FRAGMENTS[TITLES.index("A funnel")])
SHARE = laid_over(
    BASE,
    '[[metrics]]\nname = "finished"\nkind = "proportion"\nbetter = "higher"\namong = "jobs"\n'
    'compare = { design = "none" }\n[beliefs.levels]\nfinished = 0.5\n'
    '[[payments]]\nname = "p"\nmetric = "finished"\nscope = "cohort"\npays = { per_unit = 100 }\n',
)
HUGE = 10**400


def settled(scenario, **measured):
    return lambda: sib.settle(scenario, {name.replace("_", " "): result for name, result in measured.items()})


CASES = {
    "a share of persons for a milestone": settled(SMALL, arrests=0.1, jobs=0.83),
    "a share of a cohort for a milestone": settled(SMALL, arrests=0.1, jobs=[0.83, 20]),
    "half a person": settled(SMALL, arrests=0.1, jobs=91.5),
    "a share of those who could reach a milestone": settled(FUNNEL, jobs=50, keeps_job=0.6),
    "a share of persons that is in hand": lambda: sib.update(SMALL, {"jobs": {"1": 0.83}}),
    "more than the cohort": settled(SMALL, arrests=0.1, jobs=[101, 20]),
    "a proportion in per cent": settled(SMALL, arrests=0.1, reconvicted={"level": 83}),
    "an improvement in per cent": settled(SMALL, arrests=0.1, reconvicted=83),
    "a list inside a result": settled(SMALL, arrests={"level": [1, 1]}),
    "a list inside a milestone": settled(SMALL, arrests=0.1, jobs={"level": [1, 1]}),
    "a list of lists": settled(SMALL, arrests=[[0.1, 0.2], 0.1]),
    "a count for units avoided, in all": settled(BURGLARIES, burglaries={"units": 763}),
    "a count for units avoided, in a period": settled(BURGLARIES, burglaries=[{"units": 110}, 0, 0]),
    "a count for units avoided, over persons": settled(SMALL, arrests={"units": 763}),
    "persons assessed of a total": settled(SMALL, arrests=0.1, days_housed={"units": 300, "n": 20}),
    "persons assessed of a total, by period": settled(SMALL, arrests=0.1, days_housed=[{"units": 300, "n": 20}, 1, 1]),
    "persons assessed of a milestone": settled(SMALL, arrests=0.1, jobs={"units": 30, "n": 100}),
    "persons assessed of a compared total": settled(BURGLARIES, burglaries={"level": 270, "n": 20}),
    "units of nobody": settled(SHARE, jobs=0, finished={"units": 5}),
    "a misspelt way": settled(SMALL, arrests={"unit": 40}),
    "an enormous improvement": settled(SMALL, arrests=HUGE),
    "an enormous number of units": settled(SMALL, arrests={"units": HUGE}),
    "an enormous total": settled(SMALL, arrests=0.1, days_housed=HUGE),
    "an enormous result of one cohort": settled(SMALL, arrests={"1": HUGE, "2": 0.1}),
    "enormously many persons assessed": settled(SMALL, arrests={"level": 1.8, "n": HUGE}),
    "an enormous result in hand": lambda: sib.update(SMALL, {"arrests": {"1": HUGE}}),
    "an enormous result to pay for": lambda: sib.payoff(SMALL, [HUGE]),
    "an enormous result of another metric": lambda: sib.payoff(SMALL, [0.1], others={"jobs": HUGE}),
}


def refused(call):
    with pytest.raises(sib.InputError) as error:
        call()
    return str(error.value)


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert refused(CASES[case]) == EXPECTED[case].rstrip("\n")


def test_each_text_has_its_case():
    assert set(EXPECTED) == set(CASES)


def test_names_of_any_size_are_refused():
    for name in (HUGE, 10**5000):
        assert "text, not" in refused(lambda name=name: sib.settle(SMALL, {name: 1}))
        assert "results by cohort name" in refused(lambda name=name: sib.settle(SMALL, {"arrests": {name: 1}}))
