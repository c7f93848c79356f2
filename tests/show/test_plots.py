"""Plots. Truth: the figures behind them; a plot draws on the axes it is given, has units, and leaves no trace."""

import datetime as dt
import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sib
from sib.show.plot.attribution import named
from tests.analysis.two_state import two_state
from tests.milestones import funnel

PLOTS = {
    "payoff": sib.plot.payoff,
    "returns": sib.plot.returns,
    "returns irr": lambda s, **kw: sib.plot.returns(s, "irr", **kw),
    "returns against a hurdle": lambda s, **kw: sib.plot.returns(s, tranche="investors", hurdle=1.2, **kw),
    "cash": sib.plot.cash,
    "cash at a hurdle": lambda s, **kw: sib.plot.cash(s, tranche="investors", hurdle=0.05, **kw),
    "budget": lambda s, **kw: sib.plot.budget(s, above=1_000_000, **kw),
}


@pytest.fixture(autouse=True)
def nothing_is_open():
    """A figure that a test elsewhere left open is none that a plot here has left."""
    plt.close("all")


@pytest.fixture
def ax():
    return Figure(figsize=(8, 5)).subplots()


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
class TestEveryPlot:
    def test_draws_on_the_axes_given(self, plot, simulation, ax):
        assert plot(simulation, ax=ax) is ax
        assert plt.get_fignums() == []

    def test_makes_its_own_axes(self, plot, simulation):
        ax = plot(simulation)
        plt.close(ax.figure)
        assert ax.figure is not None

    def test_every_axis_has_a_unit(self, plot, simulation, ax):
        plot(simulation, ax=ax)
        for axes in ax.figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                label = axis.get_label_text()
                shared = not label and axes is not ax and axis is axes.xaxis
                assert shared or ("(" in label and label.endswith(")")), label

    def test_leaves_the_style_alone(self, plot, simulation, ax):
        before = dict(mpl.rcParams)
        plot(simulation, ax=ax)
        assert dict(mpl.rcParams) == before

    @pytest.mark.parametrize("effect", [-0.5, 0.9], ids=["all lose", "all win"])
    def test_survives_futures_that_are_all_alike(self, plot, plan, ax, effect):
        alike = sib.simulate(plan.replace({"beliefs.effects.reconvictions": effect}), 50, rng=1, chance=())
        plot(alike, ax=ax).figure.savefig("/dev/null", format="png")

    def test_survives_a_single_path(self, plot, plan, ax):
        plot(sib.simulate(plan, 1, rng=1), ax=ax).figure.savefig("/dev/null", format="png")


def test_payoff_line_is_the_payoff(simulation, ax):
    line = sib.plot.payoff(simulation, ax=ax).lines[0]
    x, y = line.get_data()
    np.testing.assert_allclose(y, sib.payoff(simulation.scenario, x)["payment"])


@pytest.mark.parametrize("measure", ["multiple", "irr"])
def test_bars_hold_every_path_that_has_a_return(simulation, ax, measure):
    sib.plot.returns(simulation, measure, ax=ax)
    drawn = sum(bar.get_height() for container in ax.containers for bar in container)
    assert drawn == pytest.approx(simulation.paths[measure].notna().mean())


@pytest.mark.parametrize("kind", [Decimal, Fraction])
def test_a_hurdle_is_any_real_number(simulation, ax, kind):
    said = [
        [text.get_text() for text in sib.plot.returns(simulation, "irr", hurdle=hurdle, ax=ax).get_legend().get_texts()]
        for hurdle in (kind("0.05"), 0.05)
    ]
    assert said[0] == said[1]
    assert any("hurdle of 5% a year" in text for text in said[0])


def test_losses_are_marked_with_their_share(simulation, ax):
    sib.plot.returns(simulation, ax=ax)
    found = simulation.summary()["estimate"]
    text = ax.get_legend().get_texts()[0].get_text()
    assert f"money lost: {found['loss_probability']:.1%} of paths" in text
    assert f"all of it: {found['total_loss_probability']:.1%}" in text


def test_median_line_is_the_median_position(simulation, ax):
    line = sib.plot.cash(simulation, ax=ax).lines[0]
    np.testing.assert_allclose(line.get_ydata()[:-1], simulation.position((0.5,))[0.5])


def test_cash_of_a_party_and_at_a_hurdle(simulation, ax):
    payer = simulation.scenario.outcome_payer
    line = sib.plot.cash(simulation, party=payer, ax=ax).lines[0]
    assert line.get_ydata()[-1] == pytest.approx(
        np.quantile(-simulation.columns["payment"], 0.5, method="inverted_cdf")
    )
    discounted = sib.plot.cash(simulation, hurdle=0.05).lines[0]
    plt.close("all")
    dates, amounts = simulation.cash_paths("investors")
    worth = sib.npv(amounts, (dates - dates[0]).astype(float) / 365, 0.05)
    assert discounted.get_ydata()[-1] == pytest.approx(np.quantile(worth, 0.5, method="inverted_cdf"))


def test_budget_bars_and_whiskers_are_the_table(simulation, ax):
    sib.plot.budget(simulation, above=2_000_000, ax=ax)
    table = simulation.budget(above=2_000_000).droplevel("payer").iloc[:-1]
    bars = next(c for c in ax.containers if hasattr(c, "patches"))
    np.testing.assert_allclose([bar.get_height() for bar in bars.patches], table["mean"])
    (segments,) = (c.get_segments() for c in ax.containers[1].lines[2])
    np.testing.assert_allclose([[a[1], b[1]] for a, b in segments], table[["p10", "p90"]])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == list(table.index)
    said = " ".join(text.get_text() for text in ax.get_legend().get_texts())
    assert f"exceeded in {table['chance_above'].max():.1%} at worst" in said
    assert "payer cap: 8 million" in said


def test_budget_asks_whose_where_several_pay():
    deal = sib.simulate(sib.load("peace-squares-what-if"), 20, rng=1)
    with pytest.raises(sib.InputError) as error:
        sib.plot.budget(deal)
    assert str(error.value) == (
        "payer\n  came:  None\n  rule:  the name of one, where several pay: each has a bill of its own\n"
        "  to do: choose from: insurer, city"
    )
    assert sib.plot.budget(deal, payer="city").get_title(loc="left").startswith("What city pays, and when")
    plt.close("all")


def test_returns_of_a_tranche_mark_the_median_and_the_hurdle(ax):
    denver = sib.simulate(sib.load("denver"), 2_000, rng=1)
    sib.plot.returns(denver, "irr", tranche="jail loans", hurdle=0.03, ax=ax)
    found = denver.summary("jail loans", hurdle=0.03)["estimate"]
    drawn = sum(bar.get_height() for container in ax.containers for bar in container)
    assert drawn == pytest.approx(1 - found["no_irr_probability"])
    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert f"money lost: {found['loss_probability']:.1%} of paths" in said[0]
    assert f"hurdle of 3% a year: reached in {found['hurdle_probability']:.1%}" in said
    marked = {line.get_xdata()[0] for line in ax.lines}
    assert {0.03, 0.0} < marked
    assert ax.get_xlabel() == "internal rate of return of jail loans (% a year)"


def test_rates_begin_at_the_worst_path_and_total_losses_stand_beside_it(simulation, ax):
    sib.plot.returns(simulation, "irr", ax=ax)
    rates = simulation.columns["irr"]
    worst = rates[rates > -1].min()
    assert worst - 0.2 < ax.get_xlim()[0] < worst
    assert "all\nlost" in [tick.get_text() for tick in ax.get_xticklabels()]


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_a_legend_covers_nothing_that_is_drawn(plot, simulation, ax):
    plot(simulation, ax=ax)
    ax.figure.draw_without_rendering()
    boxes = [axes.get_legend().get_window_extent() for axes in ax.figure.axes if axes.get_legend()]
    for box in boxes:
        for line in (line for line in ax.lines if len(line.get_xdata()) > 2 or line.get_xdata()[0] == 1.0):
            points = line.get_transform().transform(np.column_stack(line.get_data(orig=False)).astype(float))
            assert not box.count_contains(points), line.get_label()
        for bar in (bar for c in ax.containers if hasattr(c, "patches") for bar in c.patches if bar.get_height() > 0):
            assert not box.overlaps(bar.get_window_extent())


NAME = "US$9m and US$3m"


def test_no_text_of_a_user_is_read_as_mathematics(plan):
    data = plan.data()
    data.pop("sources")
    (cap,) = (limit for limit in data["limits"] if limit["name"] == "payer cap")
    cap["name"] = "cap of $8m or $9m"
    renamed = sib.Scenario.from_data({**data, "name": NAME, "outcome_payer": NAME.replace("9", "1")})
    simulation = sib.simulate(renamed, 300, rng=1)
    drawn = [plot(simulation) for plot in PLOTS.values()]
    drawn += [sib.plot.estimate({"$1 to $2": simulation}), sib.plot.cash(simulation, party=NAME.replace("9", "1"))]
    ranks = sib.calibration(renamed, draws=20, posterior=15, rng=1)
    drawn.append(sib.plot.calibration(ranks.rename(columns={"1": "$1 and $2"})))
    for ax in drawn:
        texts = [*ax.texts, ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.get_legend().get_texts()]
        for text in texts:
            assert not text._preprocess_math(text.get_text())[1], text.get_text()
    plt.close("all")


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_is_read_on_a_dark_background(plot, simulation):
    """Nothing that says something is drawn in black on it: no line, no text."""
    with plt.style.context("dark_background"):
        ax = plot(simulation)
        colours = {mpl.colors.to_hex(line.get_color()) for line in ax.lines if line.get_visible()}
        colours |= {mpl.colors.to_hex(text.get_color()) for text in [*ax.texts, ax.xaxis.label, ax._left_title]}
        assert "#000000" not in colours
        plt.close("all")


def test_refuses_an_unknown_measure(simulation):
    with pytest.raises(sib.InputError, match="one of multiple, irr"):
        sib.plot.returns(simulation, "multple")


GRID = {"payments.*.pays.per_unit": [0.8, 1.0, 1.3], "beliefs.effects.reconvictions.mean": [0.02, 0.06, 0.09, 0.14]}
EFFECT = "beliefs.effects.reconvictions.mean"
TERMS = {"payments.*.pays.per_unit": [0.5, 1, 1.5], "payments.pooled.when.improvement": [0.05, 0.10]}
PARTIES = {"investors": {"measure": "loss_probability", "at_most": 0.5}, "ministry": {"values_outcome_at": 15_000}}

EVIDENCE = {
    "power": lambda plan, ax: sib.plot.power(sib.power(plan, paths=200, rng=1), ax=ax),
    "estimate": lambda plan, ax: sib.plot.estimate({"as believed": sib.simulate(plan, 200, rng=1)}, ax=ax),
    "posterior": lambda plan, ax: sib.plot.posterior(
        sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=200, rng=1), ax=ax
    ),
    "calibration": lambda plan, ax: sib.plot.calibration(sib.calibration(plan, draws=30, posterior=31, rng=1), ax=ax),
    "attribution": lambda plan, ax: sib.plot.attribution(sib.attribute_risk(plan, 1_000, rng=1), ax=ax),
    "portfolio": lambda plan, ax: sib.plot.portfolio(sib.portfolio({"US$9m and US$3m": plan}, paths=500, rng=1), ax=ax),
    "grid": lambda plan, ax: sib.plot.grid(
        sib.sweep(GRID, plan, paths=200, rng=1, measures=["loss_probability"]),
        *GRID,
        "loss_probability",
        contour=0.5,
        ax=ax,
    ),
    "sensitivity": lambda plan, ax: sib.plot.sensitivity(
        sib.sensitivity(plan, {EFFECT: None}, measure="npv_mean", points=16, paths=50, rng=1), ax=ax
    ),
    "agreement": lambda plan, ax: sib.plot.agreement(sib.agreement(plan, TERMS, PARTIES, paths=50, rng=1), ax=ax),
    "tornado": lambda plan, ax: sib.plot.tornado(sib.tornado(plan, points=2, paths=500, rng=1), ax=ax),
    "solve": lambda plan, ax: sib.plot.solve(
        sib.solve(plan, "payments.pooled.pays.per_unit", -0.07, paths=1_000, rng=1), ax=ax
    ),
    "forecast": lambda plan, ax: sib.plot.forecast(
        sib.update(funnel(), {"job": {"2015-03-31": 20}}, paths=200, rng=1), "job", ax=ax
    ),
}


def test_every_plot_is_held_to_what_all_are():
    ways = {"returns irr", "returns against a hurdle", "cash at a hurdle"}
    assert {*PLOTS, *EVIDENCE, "contract"} == {*sib.plot.__all__, *ways}


def test_contract_line_is_the_payoff_over_the_capital(plan, ax):
    assert sib.plot.contract(plan, [0.0, 0.2], ax=ax) is ax
    x, y = ax.lines[0].get_data()
    assert y.tolist() == (sib.payoff(plan, x)["payment"] / 5_000_000).tolist()
    assert "(" in ax.get_xlabel()
    assert "(" in ax.get_ylabel()


@pytest.mark.filterwarnings("ignore::sib.EvidenceWarning")
@pytest.mark.parametrize("plot", EVIDENCE.values(), ids=EVIDENCE)
def test_plots_of_evidence_draw_where_they_are_told_with_units(plot, plan, ax):
    assert plot(plan, ax) is ax
    assert plt.get_fignums() == []
    assert "(" in ax.get_xlabel()
    assert ax.get_ylabel()
    assert ax.get_title(loc="left")
    ax.figure.savefig("/dev/null", format="png")


def test_power_curve_is_the_table(plan, ax):
    table = sib.power(plan, [0.0, 0.05, 0.10], paths=500, rng=1)
    sib.plot.power(table, ax=ax)
    x, y = ax.lines[0].get_data()
    assert (x.tolist(), y.tolist()) == (table.index.tolist(), table["closed_form"].tolist())
    words = " ".join(text.get_text() for text in ax.get_legend().get_texts())
    assert f"{table.loc[0.0, 'false_payment_probability']:.1%} where the true effect is 0%" in words
    assert f"{table.loc[0.10, 'missed_payment_probability']:.1%} where the true effect is 10%" in words


def test_attribution_bars_are_the_shares_largest_on_top(plan, ax):
    table = sib.attribute_risk(plan, 1_000, rng=1)
    sib.plot.attribution(table, ax=ax)
    bars = [c for c in ax.containers if hasattr(c, "patches")]
    for container, figure in zip(bars, ("payment", "multiple", "loss"), strict=True):
        widths = [bar.get_width() for bar in container.patches]
        assert sorted(widths) == pytest.approx(sorted(table[figure]))
    assert ax.get_yticklabels()[-1].get_text() == "the true effect on reconvictions"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("correlation", "beliefs that move together"),
        ("timing.jobs", "the pace to jobs"),
        ("levels.jobs.between_cohorts", "the true level of jobs, from cohort to cohort"),
    ],
)
def test_a_source_is_named_in_words(source, words):
    assert named(source) == words


def test_attribution_names_every_source(plan):
    ax = Figure(figsize=(8, 9)).subplots()
    data = plan.data()
    data.pop("sources")
    data["beliefs"] |= {
        "drift": {"reconvictions": {"sd": 0.02}},
        "engagement": {"share": 0.8, "sd": 0.1},
        "referrals": {"mean": 0.9, "sd": 0.1},
        "overruns": {"service": {"sd": 0.1}},
        "delays": {"reconvictions": {"months": [0, 6], "chances": [0.5, 0.5]}},
        "evaluation": {"reconvictions": {"bias_sd": 0.02}},
        "hazards": {"it closes": 0.1},
    }
    data["limits"] = []  # the cap on the return is for costs that are certain
    data["events"] = [
        {"name": "it closes", "date": dt.date(2011, 1, 1), "until": dt.date(2013, 1, 1), "costs": ["service"]}
    ]
    table = sib.attribute_risk(sib.Scenario.from_data(data), 1_000, rng=1)
    sib.plot.attribution(table, ax=ax)
    names = {label.get_text().replace("\n", " ") for label in ax.get_yticklabels()}
    assert names == {
        "the true effect on reconvictions",
        "the true effect on reconvictions, from cohort to cohort",
        "the evaluator's bias in reconvictions",
        "drift of reconvictions",
        "how many take part",
        "how many come",
        "overrun of service",
        "it closes, on some day",
        "delayed results of reconvictions",
        "people: luck of those served",
        "measurement: luck of the comparison",
    }


def grid_of(values, errors=0.01):
    """A table as `sweep` returns it: a figure of x and y, with its error."""
    xs, ys = [0.0, 1.0, 3.0], [10.0, 20.0, 40.0, 50.0]
    rows = [(x, y, "npv_mean", values(x, y), errors, "GBP") for x in xs for y in ys]
    return pd.DataFrame(rows, columns=["x", "y", "measure", "estimate", "mcse", "unit"])


def test_grid_cells_are_the_figures_at_their_places(ax):
    sib.plot.grid(grid_of(lambda x, y: 100 * x + y).sample(frac=1, random_state=1), "x", "y", "npv_mean", ax=ax)
    (cells,) = ax.collections
    np.testing.assert_array_equal(
        cells.get_array(), [[y + 100 * x for x in (0.0, 1.0, 3.0)] for y in (10.0, 20.0, 40.0, 50.0)]
    )
    edges = cells.get_coordinates()
    np.testing.assert_array_equal(edges[0, :, 0], [-0.5, 0.5, 2.0, 4.0])
    np.testing.assert_array_equal(edges[:, 0, 1], [5.0, 15.0, 30.0, 45.0, 55.0])


def test_grid_line_is_where_a_linear_figure_is_the_target(ax):
    """10 x + y = 35, exactly: between the points of the grid the line is straight."""
    sib.plot.grid(grid_of(lambda x, y: 10 * x + y), "x", "y", "npv_mean", contour=35, ax=ax)
    line = np.concatenate([path.vertices for path in ax.collections[1].get_paths()])
    assert len(line) > 3
    np.testing.assert_allclose(10 * line[:, 0] + line[:, 1], 35)
    assert ax.get_title(loc="left") == "Net present value, mean\nline: 35"


def test_grid_points_within_two_errors_of_the_target_are_marked(ax):
    sib.plot.grid(grid_of(lambda x, y: 10 * x + y, errors=2.5), "x", "y", "npv_mean", contour=45, ax=ax)
    marked = set(zip(*map(tuple, ax.lines[0].get_data()), strict=True))
    assert marked == {(0.0, 40.0), (0.0, 50.0), (1.0, 40.0), (3.0, 20.0), (3.0, 10.0)}
    assert "circles: within 2 standard errors" in ax.get_title(loc="left")


def test_grid_says_where_the_target_is_nowhere(ax):
    sib.plot.grid(grid_of(lambda x, y: 10 * x + y), "x", "y", "npv_mean", contour=1_000, ax=ax)
    assert ax.get_title(loc="left") == "Net present value, mean\nnowhere crossed: 1,000"
    assert not ax.lines[0].get_xdata().size


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("z", "y", "npv_mean"), "did you mean|known here: x, y"),
        (("x", "x", "npv_mean"), "another input than across"),
        (("x", "y", "npv"), "a figure that the table has"),
        (("x", "name", "npv_mean"), "an input whose values are numbers"),
    ],
)
def test_grid_refuses_what_the_table_has_not(given, said):
    table = grid_of(lambda x, y: x + y)
    if "name" in given:
        table.insert(0, "name", "a")
    with pytest.raises(sib.InputError, match=said):
        sib.plot.grid(table, *given)


def test_grid_of_three_inputs_is_one_value_of_the_third(ax):
    table = pd.concat([grid_of(lambda x, y: x + y).assign(z=z) for z in (1, 2)])[["z", *grid_of(max).columns]]
    with pytest.raises(sib.InputError, match="one row for each point"):
        sib.plot.grid(table, "x", "y", "npv_mean")
    sib.plot.grid(table[table["z"] == 1], "x", "y", "npv_mean", ax=ax)


def test_grid_of_one_value_each_way_is_a_cell(plan, ax):
    table = sib.sweep({"tranches.*.amount": [1.1], "cohorts.1.size": [900]}, plan, paths=50, rng=1)
    sib.plot.grid(table, "tranches.*.amount", "cohorts.1.size", "npv_mean", contour=0, ax=ax)
    assert ax.get_ylabel() == "cohorts.1.size (persons)"
    ax.figure.savefig("/dev/null", format="png")


def test_tornado_bars_go_from_the_base_case_to_the_extremes(ax):
    table = sib.tornado(sib.load("essex"), measure="npv_mean", paths=500, rng=1)
    sib.plot.tornado(table, ax=ax)
    bars = {}
    for patch in ax.patches:
        bars.setdefault(round(patch.get_y() + patch.get_height() / 2), []).append(patch)
    assert sorted(bars) == list(range(len(table)))
    for place, (_, row) in enumerate(table[::-1].iterrows()):
        ends = [x for bar in bars[place] for x in (bar.get_x(), bar.get_x() + bar.get_width())]
        assert (min(ends), max(ends)) == pytest.approx((row["least"], row["most"]))
        assert any(x == pytest.approx(row["at_base"]) for x in ends)
        inside = [bar for bar in bars[place] if bar.get_hatch() == "////"]
        assert bool(inside) == row["inside"]
    assert ax.lines[0].get_xdata()[0] == table["at_base"].iloc[0]
    assert ax.get_xlabel() == "Net present value, mean (GBP million)"
    assert ax.get_yticklabels()[-1].get_text().replace("\n", " ") == f"{table.index[0]} (relative improvement)"
    assert "(0.7125)" in {text.get_text() for text in ax.texts}  # where it was found, between the ends


def test_tornado_shows_what_users_wrote_as_it_stands(plan, ax):
    name = "early $1 or $2"
    changes = {"payments.early.name": name, "payments.pooled.when.unpaid": name}
    changes |= {f"limits.{cap} cap.on": [name, "pooled"] for cap in ("return", "payer")}
    path = "payments.early $1 or $2.pays.per_unit"
    sib.plot.tornado(sib.tornado(plan.replace(changes), {path: None}, paths=100, rng=1), ax=ax)
    assert r"early \$1 or \$2" in ax.get_yticklabels()[0].get_text()
    ax.figure.savefig("/dev/null", format="png")


def test_tornado_without_a_bar_is_refused(plan):
    ranges = {"beliefs.effects.reconvictions.sd": (-2, -1), "payments.early.pays.per_unit": (10_000, 18_000)}
    table = sib.tornado(plan, ranges, paths=10).iloc[[1]]
    with pytest.raises(sib.InputError, match="refused"):
        sib.plot.tornado(table)


@pytest.mark.parametrize(
    "plot", [sib.plot.power, sib.plot.attribution, sib.plot.tornado, sib.plot.sensitivity, sib.plot.agreement]
)
def test_plots_of_evidence_refuse_another_table(plot):
    with pytest.raises(sib.InputError) as error:
        plot(pd.DataFrame({"a": [1.0]}))
    assert error.value.problems[0].where == "table"


def test_portfolio_bars_are_what_deals_risk_largest_contribution_on_top(plan, ax):
    names = ("one", "of $9m and $3m", "another")
    held = sib.portfolio(dict.fromkeys(names, plan), amounts={"one": 1e6, "another": 3e6}, paths=2_000, rng=1)
    sib.plot.portfolio(held, ax=ax)
    table = held.deals().sort_values("contribution")
    alone, added = ({bar.get_y(): bar.get_width() for bar in c.patches} for c in ax.containers if hasattr(c, "patches"))
    for bars, figure in ((alone, "es_95"), (added, "contribution")):
        assert [bars[y] for y in sorted(bars)] == pytest.approx(table[figure].to_list())
    labels = {
        y: label.get_text().replace("\\", "") for y, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }
    assert [labels[y] for y in sorted(labels)] == table.index.to_list()


def test_of_many_deals_those_that_contribute_most_have_bars(plan, ax):
    held = sib.portfolio({f"deal {i}": plan for i in range(23)}, paths=500, rng=1)
    sib.plot.portfolio(held, ax=ax)
    shown = len(ax.get_yticklabels())
    assert 12 <= shown <= 20
    rest = held.deals()["contribution"].nsmallest(23 - shown).sum()
    assert f"{23 - shown} others add {rest / 1e6:,.2f}m" in ax.get_title(loc="left").replace("\n", " ")


def test_portfolio_plot_refuses_a_simulation(simulation):
    with pytest.raises(sib.InputError, match="a Portfolio, not a Simulation"):
        sib.plot.portfolio(simulation)


def test_sensitivity_bars_are_the_shares_largest_on_top(plan, ax):
    ranges = {"payments.*.pays.per_unit": (0.8, 1.2), EFFECT: (0.0, 0.15), "beliefs.effects.reconvictions.sd": None}
    table = sib.sensitivity(plan, ranges, measure="loss_probability", points=16, paths=500, rng=1)
    sib.plot.sensitivity(table, ax=ax)
    rows = table.drop(index="dummy").sort_values("total")
    bars = [container for container in ax.containers if hasattr(container, "patches")]
    for container, name in zip(bars, ("total", "first"), strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in container.patches], rows[name])
    assert ax.get_yticklabels()[-1].get_text() == EFFECT
    diamonds, dummy = ax.lines[-3], ax.lines[-2]
    assert diamonds.get_xdata().tolist() == rows["pawn"].tolist()
    assert dummy.get_xdata()[0] == table.loc["dummy", "pawn"]


def test_sensitivity_of_what_does_not_vary_is_no_picture(plan):
    ranges = {"beliefs.discount_rates.investors": (0.01, 0.05)}
    table = sib.sensitivity(plan, ranges, measure="loss_probability", points=16, paths=50, rng=1)
    with pytest.raises(sib.InputError, match="varies"):
        sib.plot.sensitivity(table)


PRICE, CAPITAL = "payments.price.pays.per_unit", ("tranches.investor.amount", "costs.service.amount")
OF_A_COIN = {"US$1 bank and US$2 fund": {"measure": "npv_mean", "at_least": 0}, "payer": {"values_outcome_at": 3.0}}


class TestTheMapOfAnAgreement:
    """On a coin whose worth is linear in both inputs: 0.7 P / 1.05^4 less the capital, and 0.7 (3 - P)."""

    @pytest.fixture
    def table(self):
        grid = {PRICE: [1.0, 2.0, 4.0], CAPITAL: [0.8, 1.0, 1.5]}
        return sib.agreement(two_state(), grid, OF_A_COIN, paths=10, chance=(), rng=1)

    def test_borders_are_where_worths_are_what_is_needed(self, table, ax):
        sib.plot.agreement(table, ax=ax)
        lines = [c for c in ax.collections if np.size(c.get_linewidth()) and c.get_linewidth()[0] == 2]
        bank, payer = (line.get_paths()[0].vertices for line in lines)
        np.testing.assert_allclose(0.7 * bank[:, 0], 1.05**4 * bank[:, 1])
        np.testing.assert_allclose(payer[:, 0], 3.0)
        assert (bank[:, 1].min(), bank[:, 1].max()) == pytest.approx((0.8, 1.5))

    def test_green_is_where_all_agree(self, table, ax):
        sib.plot.agreement(table, ax=ax)
        canvas = FigureCanvasAgg(ax.figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
        for price in (1.1, 1.5, 2.0, 2.6, 2.9, 3.1, 3.9):
            for capital in (0.85, 1.1, 1.4):
                column, row = ax.transData.transform((price, capital)).astype(int)
                green = tuple(pixels[pixels.shape[0] - row, column, :3]) != (255, 255, 255)
                assert green == (price <= 3 and 0.7 * price >= 1.05**4 * capital)

    def test_names_stand_as_they_are_and_say_what_is_needed(self, table, ax):
        sib.plot.agreement(table, ax=ax)
        texts = [text.get_text() for text in ax.get_legend().get_texts()]
        assert r"US\$1 bank and US\$2 fund: at least 0" in texts
        assert "all agree" in texts
        ax.figure.savefig("/dev/null", format="png")

    def test_where_a_worth_is_not_given_nobody_agrees(self, table, ax):
        table.loc[(table["party"] == "payer") & (table[PRICE] == 2.0), ["worth", "agrees"]] = [np.nan, False]
        sib.plot.agreement(table, ax=ax).figure.savefig("/dev/null", format="png")

    def test_a_row_of_points_is_no_map(self, ax):
        table = sib.agreement(two_state(), {PRICE: [1.0, 2.0], CAPITAL: [1.0]}, OF_A_COIN, paths=10)
        with pytest.raises(sib.InputError, match="two values at least of each input"):
            sib.plot.agreement(table)


class TestSolve:
    CAP = "limits.payer cap.amount"

    def test_shows_what_was_scanned_the_target_and_the_roots(self, plan, ax):
        asked = {"measure": "payment_mean", "within": (0, 0.3), "paths": 2_000, "rng": 1}
        table = sib.solve(plan, "payments.early.when.improvement", 4.1e6, **asked)
        sib.plot.solve(table, ax=ax)
        scan = table.attrs["scan"]
        assert [line.tolist() for line in ax.lines[0].get_data()] == [scan["value"], scan["estimate"]]
        (target,) = (line for line in ax.lines if line.get_label().startswith("target"))
        assert set(target.get_ydata()) == {4.1e6}
        roots = [line.get_xdata()[0] for line in ax.lines if line.get_label().startswith("met at")]
        assert roots == table["value"].tolist()
        assert len(ax.patches) == len(table)

    def test_a_jump_reaches_from_side_to_side_and_a_stretch_from_end_to_end(self, plan, ax):
        asked = {"within": (2e6, 12e6), "paths": 1_000, "rng": 1}
        table = sib.solve(plan, self.CAP, 0.7, measure="loss_probability", **asked)
        sib.plot.solve(table, ax=ax)
        (jump,) = (line for line in ax.lines if line.get_label().startswith("jumps over"))
        assert jump.get_ydata().tolist() == [table["left"].item(), table["right"].item()]
        most = sib.simulate(plan, 1_000, rng=1).summary().loc["payment_p95", "estimate"]
        table = sib.solve(plan, self.CAP, most, measure="payment_p95", **asked)
        sib.plot.solve(table, ax=ax)
        (stretch,) = (line for line in ax.lines if line.get_label().startswith("at the target"))
        assert stretch.get_xdata().tolist() == [table["low"].item(), table["high"].item()]

    def test_text_of_users_is_no_formula(self, plan, ax):
        named = plan.replace({"name": "US$9m and US$3m"})
        asked = {"measure": "loss_probability", "within": (0.2, 4), "paths": 500, "rng": 1}
        sib.plot.solve(sib.solve(named, "payments.*.pays.per_unit", 0.6, **asked), ax=ax)
        assert ax.get_title(loc="left").endswith(r"US\$9m and US\$3m")
        assert ax.get_xscale() == "log"
        ax.figure.savefig("/dev/null", format="png")

    def test_refuses_what_is_no_solution(self, plan, ax):
        table = sib.solve(plan, "payments.pooled.pays.per_unit", -0.07, paths=200, rng=1)
        for wrong, said in ((table[["value"]], r"sib\.solve"), (3, "a DataFrame")):
            with pytest.raises(sib.InputError, match=said):
                sib.plot.solve(wrong, ax=ax)
        table.attrs = {}
        with pytest.raises(sib.InputError, match="with its attrs"):
            sib.plot.solve(table, ax=ax)


@pytest.fixture(scope="module")
def in_mid_contract():
    return sib.update(funnel(), {"job": {"2015-03-31": 20, "2015-06-30": 9}}, paths=1_000, rng=1)


class TestForecast:
    """Truth: the tables that `Update.forecast` returns."""

    def test_draws_actual_plan_and_forecast(self, in_mid_contract, ax):
        table = in_mid_contract.forecast().to_date.loc["job"]
        plan, middle, points = sib.plot.forecast(in_mid_contract, "job", ax=ax).lines
        np.testing.assert_allclose(plan.get_ydata()[1:], table["plan"])
        np.testing.assert_allclose(points.get_ydata(), [0, 20, 29])
        assert points.get_xdata()[-1] == np.datetime64("2015-06-30")
        assert middle.get_ydata()[0] == 29
        np.testing.assert_allclose(middle.get_ydata()[1:], table["p50"].iloc[2:])
        np.testing.assert_array_equal(middle.get_xdata()[1:], table.index[2:].to_numpy("datetime64[D]"))
        assert ax.get_ylabel() == "job, to date (persons)"
        assert plt.get_fignums() == []

    def test_nothing_that_is_drawn_lies_under_the_legend(self, in_mid_contract, ax):
        found = [
            sib.plot.forecast(in_mid_contract, metric, ax=Figure(figsize=(8, 4.8)).subplots())
            for metric in in_mid_contract.forecast().metrics
        ]
        for axes in found:
            FigureCanvasAgg(axes.figure).draw()
            box = axes.get_legend().get_window_extent()
            lows = [line.get_window_extent().y0 for line in axes.lines]
            lows += [patch.get_window_extent().y0 for patch in axes.collections]
            assert min(lows) >= box.y1 - 1
            assert box.y0 >= 0

    def test_of_what_is_not_reported_no_actual_is_shown(self, in_mid_contract, ax):
        other = next(name for name in in_mid_contract.forecast().metrics if name != "job")
        sib.plot.forecast(in_mid_contract, other, ax=ax)
        said = [text.get_text() for text in ax.get_legend().get_texts()]
        assert [one.split(":")[0] for one in said] == ["plan", "forecast"]

    def test_a_last_period_that_is_not_over_ends_on_its_last_day(self, in_mid_contract, ax):
        partly = sib.update(in_mid_contract.prior, in_mid_contract.observed, through=dt.date(2015, 5, 31))
        points = sib.plot.forecast(partly, "job", ax=ax).lines[-1]
        assert points.get_xdata()[-1] == np.datetime64("2015-05-31")

    def test_a_chain_ladder_stands_beside_the_last_actual_with_two_errors(self, in_mid_contract, ax):
        ladder = sib.chain_ladder([[10.0, 20.0], [19.0, math.nan]])
        ladder = replace(ladder, total=pd.Series({"latest": 29.0, "ultimate": 60.0, "standard_error": 7.0}))
        sib.plot.forecast(in_mid_contract, "job", chain_ladder=ladder, ax=ax)
        ends = [y for _, y in ax.containers[0].lines[2][0].get_segments()[0]]
        assert ends == [46.0, 74.0]
        assert "chain ladder" in ax.get_legend().get_texts()[-1].get_text()
        other = replace(ladder, total=ladder.total.replace(29.0, 31.0))
        with pytest.raises(sib.InputError, match="of 29 at most"):
            sib.plot.forecast(in_mid_contract, "job", chain_ladder=other)

    def test_an_unknown_metric_is_refused(self, in_mid_contract):
        with pytest.raises(sib.InputError, match='did you mean "job"'):
            sib.plot.forecast(in_mid_contract, "jop")
