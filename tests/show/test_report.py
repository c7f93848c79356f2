"""Reports: every figure is that of a public call, text of others stays text, and the page needs nothing but itself."""

import importlib
import itertools
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest

import sib
from sib.analysis.figures import FIGURES
from sib.errors import InputError
from sib.show import holdings, text
from sib.show.report.gathered import ASKED_PATHS, DRIVERS_PATHS
from tests.milestones import funnel
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

HOSTILE = [
    "<script>alert(1)</script>",
    "فارسی",
    "🏠 homes",
    "$x$ and $y_2$",
    "n" * 80,
    "\"twice\" & 'once'",
    "</style>",
]


class Read(HTMLParser):
    """What stands on a page: its tables by caption, its texts, and all attributes."""

    def __init__(self, page):
        super().__init__()
        self.tables, self.attributes, self.tags, self.texts = {}, [], [], []
        self._cell = self._rows = self._caption = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attributes]
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th", "caption"):
            self._cell = ""

    def handle_endtag(self, tag):
        if tag == "caption":
            self._caption, self._cell = self._cell, None
        elif tag in ("td", "th"):
            self._rows[-1].append(self._cell)
            self._cell = None
        elif tag == "table":
            self.tables.setdefault(self._caption, self._rows)

    def handle_data(self, data):
        self.texts.append(data)
        if self._cell is not None:
            self._cell += data

    def table(self, begins):
        """The rows below the headings of the table whose caption begins so."""
        return next(rows[1:] for caption, rows in self.tables.items() if caption.startswith(begins))


def read(folder, simulation, **how):
    sib.report(simulation, folder / "report.html", **how)
    return Read((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def drawn_once(monkeypatch):
    """Pictures, which are most of the work, stand on dark as they are drawn on light: `page` has both."""

    pictures = importlib.import_module("sib.show.report.pictures")  # a function there has the name of its module

    def once(place, draw, shows):
        svg = pictures._svg(place, "light", draw)
        return pictures.Picture(place, {"light": svg, "dark": svg}, shows)

    monkeypatch.setattr(pictures, "_drawn", once)


@pytest.fixture(scope="module")
def medellin():
    return sib.simulate(sib.load("medellin-what-if"), 3_000, rng=5)


@pytest.fixture(scope="module")
def page(medellin, tmp_path_factory):
    return read(tmp_path_factory.mktemp("medellin"), medellin, hurdle=Decimal("0.04"))  # any real number


class TestEveryFigureIsThatOfAPublicCall:
    @pytest.mark.slow
    def test_eight_figures_and_the_hurdle(self, page, medellin):
        summary = medellin.summary(hurdle=0.04)
        names = {FIGURES[name].label: name for name in summary.index}
        rows = page.table("What investors risk and payers pay")
        assert len(rows) == 9
        for label, estimate, error, between, _ in rows:
            row = summary.loc[names[label.removesuffix(" (4.0% a year)")]]
            assert estimate == text.figure(row["estimate"], row["unit"])
            assert between == text.between(row["low"], row["high"], row["unit"])
            assert error == "-" or float(error.strip("%").replace(",", "")) >= 0
        assert rows[-1][0] == "IRR reaches the hurdle (4.0% a year)"

    def test_what_is_paid_for_what(self, page, medellin):
        frame = medellin.ledger().to_frame()
        paid = frame["kind"].isin(["outcome payment", "fixed payment"])
        owed = frame["kind"].isin(["owed on outcome payments", "owed on fixed payments"])
        rows = page.table("What is paid for what")
        assert {row[1] for row in rows} <= {payment.name for payment in medellin.scenario.payments}
        total = sum(float(row[3].replace(",", "")) for row in rows)
        assert total == pytest.approx((frame["amount"] * (1.0 * paid - owed)).sum(), abs=0.5 * len(rows))

    def test_sources_of_risk(self, page, medellin):
        found = sib.attribute_risk(medellin.scenario, DRIVERS_PATHS, rng=medellin.rng)
        rows = page.table("Share of the variance")
        assert [row[0] for row in rows] == found.index.tolist()
        shares = [text.figure(one, "probability") for one in found["loss"]]
        assert [row[1].split(" (")[0] for row in rows] == shares

    def test_single_inputs(self, page, medellin):
        found = sib.tornado(medellin.scenario, paths=ASKED_PATHS, points=3, rng=medellin.rng)
        for (path, _, swing), (named, row) in zip(page.table("How far each input"), found.iterrows(), strict=False):
            unit = row["measure_unit"]
            assert path == named
            assert swing == f"{text.figure(row['least'], unit)} to {text.figure(row['most'], unit)}"

    def test_cases(self, page, medellin):
        found = sib.compare(medellin.scenario.by_case(), ASKED_PATHS, rng=medellin.rng)
        rows = page.table("Cases side by side")
        names = {FIGURES[name].label: name for name in found.index}
        assert len(rows) == 5
        for label, *cells, _ in rows:
            row = found.loc[names[label]]
            unit = medellin.summary().loc[names[label], "unit"]
            figures = [text.figure(row[case, "estimate"], unit) for case in medellin.scenario.by_case()]
            assert [cell.split(" (")[0] for cell in cells] == figures

    def test_budget(self, page, medellin):
        found, money = medellin.budget(), medellin.scenario.currency
        (payer,) = found.index.get_level_values("payer").unique()
        rows = page.table(f"What {payer} pays")
        for cells, (year, row) in zip(rows, found.loc[payer].iterrows(), strict=True):
            figures = [text.figure(row[name], money) for name in ("p10", "p50", "p90", "mean", "mean_mcse")]
            assert cells == [year, *figures, text.figure(row["chance_of_any"], "probability")]

    def test_where_figures_come_from(self, page, medellin):
        said = "".join(page.texts)
        assert text.provenance(medellin.scenario) in said
        assert text.in_short(medellin) in said
        status = medellin.scenario.assumptions()["status"]
        assert f"Assumed: {(status == 'assumption').sum()}" in said
        assert said.index("Left at their defaults") < said.index("Assumed:")


class TestThePage:
    def test_needs_nothing_but_itself(self, page):
        assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
        for tag, name, value in page.attributes:
            if name in ("src", "href", "xlink:href", "data"):
                assert value.startswith("#"), (tag, name, value)
            if name == "style":
                assert "url(" not in (value or "") or "url(#" in value

    def test_names_within_pictures_are_their_own(self, page):
        names = [value for _, name, value in page.attributes if name == "id"]
        assert len(names) == len(set(names)) > 100
        used = {value for _, name, value in page.attributes if name in ("xlink:href", "href")}
        used |= {
            f"#{found}" for _, _, value in page.attributes for found in re.findall(r"url\(#([^)]+)\)", value or "")
        }
        assert {one.removeprefix("#") for one in used} <= set(names)

    def test_pictures_say_what_they_show_and_headings_are_in_order(self, page):
        figures = [value for tag, name, value in page.attributes if (tag, name) == ("figure", "aria-label")]
        assert len(figures) == 5
        assert all(re.search(r"\d|furthest|most comes from", figure) for figure in figures)
        levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))

    @pytest.mark.slow
    def test_the_same_bytes_again(self, medellin, tmp_path):
        contents = []
        for name in ("a.html", "b.html"):
            sib.report(medellin, tmp_path / name)
            contents.append((tmp_path / name).read_bytes())
        assert contents[0] == contents[1]

    @pytest.mark.slow
    def test_text_of_others_is_text(self, tmp_path):
        plan = sib.load("peterborough")
        for hostile in HOSTILE:
            data = plan.data()
            data["name"] = data["outcome_payer"] = data["summary"] = hostile
            simulation = sib.simulate(sib.Scenario.from_data(data), 300, rng=1)
            page = read(tmp_path, simulation, title=f"{hostile}!")
            assert not {"script", "alert"} & set(page.tags)
            assert page.tags.count("style") == 1
            assert f"{hostile}!" in page.texts

    @pytest.mark.usefixtures("drawn_once")
    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["denver", "doncaster", "rhino-bond", "newpin", "educate-girls"])
    def test_other_deals(self, name, tmp_path):
        page = read(tmp_path, sib.simulate(sib.load(name), 300, rng=1))
        assert page.table("What investors risk and payers pay")

    @pytest.mark.usefixtures("drawn_once")
    def test_without_capital_cohorts_or_metrics(self, tmp_path):
        for mark in ("tranches = []", '[[payments]]\nname = "principal"'):
            for fragment in (one for one in FRAGMENTS if mark in one):
                page = read(tmp_path, sib.simulate(laid_over(BASE, fragment), 300, rng=1))
                assert "The deal" in page.texts

    @pytest.mark.usefixtures("drawn_once")
    @pytest.mark.slow
    def test_what_cannot_be_asked_is_said(self, tmp_path):
        simulation = sib.simulate(sib.load("peterborough"), 300, rng=1, chance=())
        page = read(tmp_path, simulation)
        assert any(said.startswith("Not told: ") for said in page.texts)


@pytest.mark.usefixtures("drawn_once")
class TestWhatIsEasilySaidWrong:
    @pytest.mark.slow
    def test_what_is_owed_back_comes_off(self, tmp_path):
        fragment = next(one for one in FRAGMENTS if "owed_by" in one)
        simulation = sib.simulate(laid_over(BASE, fragment), 500, rng=1)
        paid = sum(float(row[3].replace(",", "")) for row in read(tmp_path, simulation).table("What is paid for what"))
        assert paid == pytest.approx(simulation.summary().loc["payment_mean", "estimate"], abs=2)

    @pytest.mark.slow
    def test_what_never_pays_is_there(self, tmp_path):
        simulation = sib.simulate(sib.load("peterborough"), 50, rng=1, chance=())
        rows = read(tmp_path, simulation).table("What is paid for what")
        assert [row[1] for row in rows] == ["early", "pooled"]

    @pytest.mark.slow
    def test_a_gate_on_how_sure_a_result_is(self, tmp_path):
        for fragment in (one for one in FRAGMENTS if "confidence" in one or "interval" in one):
            assert read(tmp_path, sib.simulate(laid_over(BASE, fragment), 300, rng=1)).tables

    @pytest.mark.slow
    def test_that_chance_is_off(self, tmp_path):
        simulation = sib.simulate(sib.load("peterborough"), 50, rng=1, chance=("people",))
        said = "".join(read(tmp_path, simulation).texts)
        assert "CHANCE IS SWITCHED OFF but for people." in said
        assert "seed 1, chance=('people',)." in said

    @pytest.mark.slow
    def test_an_update_of_improvements(self, tmp_path):
        known = sib.update(sib.load("peterborough-2017"), {"reconvictions": {"1": 0.084}}, paths=500, rng=1)
        page = read(tmp_path, known.posterior, update=known)
        assert page.table("Investors' cash after")


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Beliefs that move together", "correlation"),  # a source of its own
        ("Cost reimbursement", "Not told: the question asks for a figure that varies."),
    ],
)
def test_whose_doing_the_risk_is_is_said_of_any_deal(tmp_path, title, said):
    scenario = laid_over(BASE, FRAGMENTS[TITLES.index(title)])
    sib.report(sib.simulate(scenario, 50, rng=1), tmp_path / "a.html")
    assert said in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("drawn_once")
class TestMidContractAndPortfolio:
    @pytest.mark.slow
    def test_an_update(self, tmp_path):
        deal = funnel()
        known = sib.update(deal, {deal.metrics[0].name: {"2015-03-31": 5}}, paths=1_000, rng=1)
        page = read(tmp_path, known.posterior, update=known)
        beliefs = known.beliefs.reset_index()
        rows = page.table("What is believed")
        assert [row[0] for row in rows] == beliefs["belief"].tolist()
        assert [row[4] for row in rows] == [f"{one:,.3f}" for one in beliefs["mean"]]
        assert any("given results in hand" in said for said in page.texts)

    @pytest.mark.slow
    def test_a_portfolio(self, tmp_path):
        deals = {"prison": sib.load("peterborough"), "homes": sib.load("denver").replace({"currency": "GBP"})}
        held = sib.portfolio(deals, paths=1_000, rng=1)
        page = read(tmp_path, sib.simulate(deals["prison"], 1_000, rng=1), portfolio=held)
        assert page.table("In the portfolio") == holdings.deals(held).rows


class TestBadInput:
    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"file": "a.pdf"}, "ends in .html"),
            ({"file": 3}, "text or a path"),
            ({"file": "no/a.html"}, "nothing was written"),
            ({"simulation": "denver"}, "sib.simulate"),
            ({"title": ""}, "at most 200 characters"),
            ({"title": 7}, "text or None"),
            ({"hurdle": 5}, "hurdle"),
            ({"update": 1}, "sib.update"),
            ({"portfolio": 1}, "sib.portfolio"),
        ],
    )
    def test_is_refused_before_any_work(self, tmp_path, monkeypatch, simulation, how, said):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sib.show.report.Gathered.of", None)
        arguments = {"simulation": simulation, "file": "a.html", **how}
        with pytest.raises(InputError, match=re.escape(said)):
            sib.report(arguments.pop("simulation"), arguments.pop("file"), **arguments)
        assert not list(tmp_path.iterdir())

    def test_an_update_of_another_deal(self, tmp_path, simulation):
        known = sib.update(sib.load("peterborough-2017"), {"reconvictions": {"1": 0.084}}, paths=300, rng=1)
        with pytest.raises(InputError, match="an update of the same scenario"):
            sib.report(simulation, tmp_path / "a.html", update=known)
