"""Names of any printable characters, and the paths that they stand in. Truth: what is written leads back to it."""

import datetime as dt
import tomllib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.testing import CliRunner

import sib
from sib.analysis.written import of_words
from sib.cli import app
from sib.model.prior import sources
from sib.run.recipe import Deal
from sib.scenario.paths import assign, every, in_quotes, lookup, path_of, steps_of
from sib.scenario.rules.names import RESERVED
from sib.show.plot.attribution import named
from sib.terms.base import spelt

PRINTABLE = st.one_of(
    st.sampled_from(list(""".,"'=:[]#$\\ ;{}()%~a1é""")),
    st.characters(codec="utf-8", exclude_categories=("C", "Z")),
)
NAMES = st.text(PRINTABLE, min_size=1, max_size=12).map(spelt)
CARD = "Entry to work (16 hrs, 26 wks), tier 1.2"
START = dt.date(2020, 1, 1)


def deal(metrics, payments, cohorts, tranches, cost, event, limit, parties):
    """A deal with these names; its first metric is compared, the others are verified milestones."""
    first, *others = metrics
    city, charity, provider = parties
    milestone = {"kind": "total", "better": "higher", "once": True, "reported": {"months_after_enrolment": 12}}
    return sib.Scenario.from_data(
        {
            "name": "A deal with names",
            "summary": "of any kind",
            "currency": "EUR",
            "start": START,
            "outcome_payer": city,
            "parties": [charity, provider],
            "cohorts": [
                {"name": name, "size": 100, "enrol": {"starts": dt.date(2020 + i, 1, 1), "months": 6}}
                for i, name in enumerate(cohorts)
            ],
            "metrics": [
                {
                    "name": first,
                    "kind": "count",
                    "better": "lower",
                    "window_months": 12,
                    "compare": {"design": "matched", "controls": 2},
                    "reported": {"months_after_enrolment": 12},
                },
                *({"name": name, **milestone} for name in others),
            ],
            "payments": [
                {"name": payment, "metric": metric, "scope": "cohort", "pays": {"per_unit": 100}}
                for payment, metric in zip(payments, metrics, strict=True)
            ],
            "limits": [{"name": limit, "on": payments[1:], "amount": 12_000}],
            "tranches": [{"name": name, "amount": 50_000} for name in tranches],
            "remainders": [{"name": limit, "shares": {tranches[0]: 0.5, charity: 0.5}}],
            "costs": [{"name": cost, "to": provider, "per": "cohort", "amount": 50_000}],
            "events": [
                {"name": event, "date": dt.date(2020, 12, 31), "until": dt.date(2021, 6, 1), "payments": payments[:1]}
            ],
            "beliefs": {
                "comparison": {first: {"mean": 2, "shape": 0.8}},
                "effects": {first: {"distribution": "normal", "mean": 0.1, "sd": 0.05, "between_cohorts": 0.01}},
                "evaluation": {first: {"bias_sd": 0.02}},
                "drift": {first: {"trend": -0.01, "sd": 0.02}},
                "levels": dict.fromkeys(others, 0.5),
                "deadweight": dict.fromkeys(others, 0.25),
                "overruns": {cost: {"sd": 0.1}},
                "hazards": {event: 0.05},
                "discount_rates": dict.fromkeys(tranches, 0.03),
            },
        }
    )


@st.composite
def named_deals(draw):
    """Deals whose names are all different, and none of them reserved."""
    found = draw(st.lists(NAMES, min_size=15, max_size=15, unique=True))
    assume(not {*found} & {"vehicle", *RESERVED})
    return deal(found[:3], found[3:6], found[6:8], found[8:10], found[10], found[11], found[12], found[12:15])


EXAMPLE = deal(
    [CARD, '"Level 2" certificate', "a = b: [c] #1, 'd' \\ $x$"],
    ["tier 1.2", "payments.early", "ministry's"],
    ["1.", "2"],
    ["A. Lender", 'B.V. "Fund"'],
    "St. John's",
    "no. 7",
    "max. 1.5",
    ["City Inc.", "Found. e.V.", "Prov. Ltd."],
)


@given(st.lists(st.one_of(NAMES, st.sampled_from(['"x"', "'x'", "'x", '"x', "", "a.b", "\\"])), min_size=1))
def test_steps_are_read_back_from_their_path(steps):
    assume(steps[0] != "sources")
    assert steps_of(path_of(steps)) == steps
    rest = steps_of(path_of(["sources", path_of(steps)]))
    assert rest == ["sources", path_of(steps)]


@given(named_deals(), st.integers(0, 500))
def test_what_is_written_reads_back_equal_and_every_path_leads_to_what_it_is_about(scenario, some):
    assert sib.Scenario.from_data(tomllib.loads(scenario.to_toml())) == scenario
    assert scenario.describe()
    data = scenario.data()
    paths = list(every(data))
    for path in paths:
        assert path_of(steps_of(path)) == path
        if not isinstance(lookup(data, path), dict | list) and steps_of(path)[-1] != "name":
            changed = scenario.data()
            assign(changed, path, 12345)
            assert lookup(changed, path) == 12345
    path = paths[some % len(paths)]
    assert scenario.replace({path: lookup(data, path)}) == scenario


@given(named_deals())
def test_every_figure_can_have_a_source(scenario):
    plain = scenario.assumptions()
    assert plain.index.is_unique
    written = plain.index[plain["status"] == "none"]
    paths = [path for path in written if not path.endswith(".value")]  # a bare number stands for its table
    cited = scenario.replace({f"sources.{path}": f"report {i}" for i, path in enumerate(paths)})
    assert sib.Scenario.from_data(tomllib.loads(cited.to_toml())) == cited
    found = cited.assumptions().loc[paths]
    assert found["source"].tolist() == [f"report {i}" for i in range(len(paths))]
    assert set(found["status"]) == {"source"}


@given(named_deals(), NAMES)
def test_a_source_goes_with_a_changed_figure_and_stays_with_a_new_name(scenario, new):
    payment, other = scenario.payments[0].name, scenario.payments[1].name
    assume(new not in {one.name for one in scenario.payments})
    price = [path_of(["payments", name, "pays"]) for name in (payment, other)]
    cited = scenario.replace({f"sources.{path}": "the contract" for path in price})
    changed = cited.replace({f"{price[0]}.per_unit": 101})
    assert set(changed.sources) == {price[0] + ".per_unit", *price}
    table = changed.assumptions()
    assert table.loc[f"{price[0]}.per_unit", "status"] == "analyst"
    assert table.loc[f"{price[1]}.per_unit", "status"] == "source"
    gone = cited.replace({price[0]: {"per_unit": 101}})
    assert gone.assumptions().loc[f"{price[0]}.per_unit", "status"] == "analyst"
    renamed = cited.replace(
        {
            path_of(["payments", other, "name"]): new,
            path_of(["limits", scenario.limits[0].name, "on"]): [new, scenario.payments[2].name],
        }
    )
    assert renamed.assumptions().loc[path_of(["payments", new, "pays", "per_unit"]), "status"] == "source"


@given(named_deals())
def test_the_command_line_settles_as_a_mapping_does(scenario):
    model = Deal.of(scenario).model
    first, *others = (metric.name for metric in scenario.metrics)
    measured = {first: [0.1, 0.2], **{name: {"units": 40} for name in others}}
    words = [f"{in_quotes(first)}=[0.1, 0.2]", *(f"{in_quotes(name)}.units=40" for name in others)]
    assert of_words(words, model) == measured
    ledger = sib.settle(scenario, of_words(words, model))
    assert ledger.to_frame().equals(sib.settle(scenario, measured).to_frame())
    # 100 persons have 2 events: 20 and 40 fewer at 100 each; 40 of each milestone at 100, under 12,000
    assert ledger.paid(scenario.outcome_payer) == pytest.approx(6_000 + 8_000)
    for name in others:
        if name == name.strip() and name[0] not in "\"'":
            assert of_words([f"{name}=40"], model) == {name: 40}
            assert of_words([f"{name}.units=[4, 5]"], model) == {name: [{"units": 4}, {"units": 5}]}


@given(named_deals())
def test_every_path_has_columns_of_its_own(scenario):
    simulation = sib.simulate(scenario, 2, rng=1)
    paths = simulation.paths
    assert paths.columns.is_unique
    for metric, reads in zip(scenario.metrics, ("improvement", "units", "units"), strict=True):
        for result in (*(cohort.name for cohort in scenario.cohorts), "pooled"):
            assert path_of([metric.name, result, reads]) in paths
    for tranche in scenario.tranches:
        assert path_of([tranche.name, "drawn"]) in paths
    model = simulation.futures.deal.model
    found = sources(model)
    assert len(set(found)) == len(found)
    for source in found:
        lookup(scenario.data()["beliefs"], source)
        assert named(source)


def test_the_names_of_a_rate_card():
    text = EXAMPLE.describe()
    assert f"EUR 100 for each unit of `{CARD}` avoided" in text
    path = 'payments."tier 1.2".pays.per_unit'
    assert path in EXAMPLE.assumptions().index
    assert EXAMPLE.replace({path: 120}).payments[0].pays.per_unit == 120
    assert EXAMPLE.replace({"payments.'tier 1.2'.pays.per_unit": 120}) == EXAMPLE.replace({path: 120})
    assert EXAMPLE.replace({"payments.ministry's.pays.per_unit": 90}).payments[2].pays.per_unit == 90
    table = sib.sweep({path: [100, 200]}, EXAMPLE, 50, rng=1, measures=["payment_mean"])
    assert table[path].tolist() == [100, 200]
    assert table["estimate"].is_monotonic_increasing
    assert sib.settle(EXAMPLE, {metric.name: 0.1 if i == 0 else 10 for i, metric in enumerate(EXAMPLE.metrics)})


def test_a_source_is_not_of_a_name_that_begins_alike():
    scenario = EXAMPLE.replace({'payments."payments.early".name': "tier 1", "limits": None})
    scenario = scenario.replace({"payments.ministry's.name": "tier 10"})
    cited = scenario.replace({"sources": {"payments.tier 10.pays": "the contract"}})
    changed = cited.replace({"payments.tier 1.pays": {"per_unit": 7}})
    assert changed.assumptions().loc["payments.tier 10.pays.per_unit", "source"] == "the contract"
    renamed = cited.replace({"payments.tier 1.name": "first"})
    assert "payments.tier 10.pays" in renamed.sources


def test_a_path_is_read_in_either_quotes_and_its_source_kept_in_one():
    cited = EXAMPLE.replace({"sources.payments.'tier 1.2'.pays": "the contract"})
    assert list(cited.sources) == ['payments."tier 1.2".pays']
    assert cited.assumptions().loc['payments."tier 1.2".pays.per_unit', "source"] == "the contract"
    assert cited.replace({"sources.payments.'tier 1.2'.pays": None}) == EXAMPLE.replace({"sources": {}})


REFUSED = {
    "a name without quotes": (
        {"payments.tier 1.2.pays.per_unit": 5},
        "A deal with names: payments.tier 1.2.pays.per_unit\n  came:  5\n"
        "  rule:  full stops separate the steps of a path; a name that holds one stands in quotes\n"
        '  to do: write payments."tier 1.2".pays.per_unit',
    ),
    "the name of a table's key without quotes": (
        {f"beliefs.evaluation.{CARD}.bias": 0.1},
        f"A deal with names: beliefs.evaluation.{CARD}.bias\n  came:  0.1\n"
        "  rule:  full stops separate the steps of a path; a name that holds one stands in quotes\n"
        f'  to do: write beliefs.evaluation."{CARD}".bias',
    ),
    "a name that is misspelt": (
        {'payments."tier 1.3".pays.per_unit': 5},
        'A deal with names: payments."tier 1.3".pays.per_unit\n  came:  5\n'
        '  rule:  `payments` has no `tier 1.3`\n  to do: did you mean "tier 1.2"?',
    ),
    "a source of a name without quotes": (
        {"sources.payments.tier 1.2.pays": "the contract"},
        "A deal with names: sources.payments.tier 1.2.pays\n  came:  'payments.tier 1.2.pays'\n"
        "  rule:  a source is given for a key that the scenario writes out; a name that holds full stops stands in"
        " quotes in its path\n  to do: write 'payments.\"tier 1.2\".pays'",
    ),
    "a source by a number": (
        {"sources.payments.0.pays": "the contract"},
        "A deal with names: sources.payments.0.pays\n  came:  'payments.0.pays'\n"
        "  rule:  a source names items of lists by their names, so that it stays with its figure\n"
        "  to do: write 'payments.\"tier 1.2\".pays'",
    ),
    "two sources of one key": (
        {"sources": {'payments."tier 1.2"': "one", "payments.'tier 1.2'": "two"}},
        "A deal with names: sources.payments.'tier 1.2'\n  came:  \"payments.'tier 1.2'\"\n"
        "  rule:  a key has one source; two of these are one path, its quotes written in two ways\n"
        "  to do: remove one of the two",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    changes, text = REFUSED[case]
    with pytest.raises(sib.ScenarioError) as error:
        EXAMPLE.replace(changes)
    assert str(error.value) == text


def test_a_long_path_of_full_stops_is_refused_in_time():
    with pytest.raises(sib.ScenarioError):
        EXAMPLE.replace({"." * 5_000: 1})


def test_no_part_of_a_name_is_taken_for_a_key():
    cohort = "north, units"
    renamed = EXAMPLE.replace({'cohorts."1.".name': cohort, "cohorts.2.name": "south"})
    first, *others = (metric.name for metric in renamed.metrics)
    with pytest.raises(sib.InputError) as error:
        sib.settle(renamed, {first: {cohort: [0.1, 0.2], "south": 0.1}, **dict.fromkeys(others, 0)})
    assert str(error.value).endswith(
        "cohort north, units\n  came:  [0.1, 0.2]\n  rule:  one figure in each result\n"
        "  to do: give a list of results instead: [..., ...]"
    )


@pytest.mark.slow
def test_pictures_of_metrics_have_files_of_their_own(tmp_path):
    metrics = ["a", "a_b_2", "a.b", "a b"]
    scenario = deal(metrics, ["p", "q", "r", "s"], ["1", "2"], ["x", "y"], "care", "e", "l", ["p", "qqq", "rr"])
    file = tmp_path / "names.toml"
    file.write_text(scenario.to_toml(), encoding="utf-8")
    assert CliRunner().invoke(app, ["run", str(file), "--paths", "50", "--out", str(tmp_path / "out")]).exit_code == 0
    assert len(list((tmp_path / "out").glob("payoff_*.png"))) == len(metrics)


class TestOneNameInAnother:
    """`jobs` and `jobs.units`: what could be either is refused, and quotes tell them apart."""

    SCENARIO = deal(
        ["arrests", "jobs", "jobs.units"], ["a", "b", "c"], ["1", "2"], ["x", "y"], "care", "e", "l", ["p", "qqq", "rr"]
    )
    MODEL = Deal.of(SCENARIO).model

    def test_what_could_be_either(self):
        with pytest.raises(sib.InputError) as error:
            of_words(["jobs.units=40"], self.MODEL)
        assert str(error.value) == (
            "--result\n  came:  'jobs.units=40'\n  rule:  one metric; this is `jobs.units`, or the units of `jobs`\n"
            '  to do: put the name in quotes: "jobs.units" or "jobs".units'
        )

    @pytest.mark.parametrize(
        ("word", "found"),
        [
            ('"jobs.units"=40', {"jobs.units": 40}),
            ('"jobs".units=40', {"jobs": {"units": 40}}),
            ("'jobs.units'.units=40", {"jobs.units": {"units": 40}}),
            ("jobs.units.units=40", {"jobs.units": {"units": 40}}),
            ("jobs=40", {"jobs": 40}),
            ("jobs.unit=40", {"jobs": {"unit": 40}}),  # settle says which readings there are
            ("job.units=40", {"job": {"units": 40}}),
        ],
    )
    def test_what_is_told_apart(self, word, found):
        assert of_words([word], self.MODEL) == found

    def test_paths_and_columns(self):
        assert self.SCENARIO.replace({'beliefs.levels."jobs.units"': 0.25}).beliefs.levels["jobs"].value == 0.5
        columns = sib.simulate(self.SCENARIO, 2, rng=1).paths.columns
        assert {"jobs.1.units", '"jobs.units".1.units', "jobs.pooled.units", '"jobs.units".pooled.units'} <= {*columns}
