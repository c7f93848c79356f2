"""Plots. Truth: the figures behind them; a plot draws on the axes it is given, has units, and leaves no trace."""

import datetime as dt

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import sib

PLOTS = {
    "payoff": sib.plot.payoff,
    "returns": sib.plot.returns,
    "returns irr": lambda s, **kw: sib.plot.returns(s, "irr", **kw),
    "returns against a hurdle": lambda s, **kw: sib.plot.returns(s, tranche="investors", hurdle=1.2, **kw),
    "cash": sib.plot.cash,
    "cash at a hurdle": lambda s, **kw: sib.plot.cash(s, tranche="investors", hurdle=0.05, **kw),
    "budget": lambda s, **kw: sib.plot.budget(s, above=1_000_000, **kw),
}


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
    assert "payer cap: 8 million" in " ".join(text.get_text() for text in ax.texts)


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
    with pytest.raises(sib.InputError, match="multiple or irr"):
        sib.plot.returns(simulation, "multple")


EVIDENCE = {
    "power": lambda plan, ax: sib.plot.power(sib.power(plan, paths=200, rng=1), ax=ax),
    "estimate": lambda plan, ax: sib.plot.estimate({"as believed": sib.simulate(plan, 200, rng=1)}, ax=ax),
    "posterior": lambda plan, ax: sib.plot.posterior(
        sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=200, rng=1), ax=ax
    ),
    "calibration": lambda plan, ax: sib.plot.calibration(sib.calibration(plan, draws=30, posterior=31, rng=1), ax=ax),
    "attribution": lambda plan, ax: sib.plot.attribution(sib.attribute_risk(plan, 1_000, rng=1), ax=ax),
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
    words = " ".join(text.get_text() for text in ax.texts)
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


def test_attribution_names_every_source(plan, ax):
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


@pytest.mark.parametrize("plot", [sib.plot.power, sib.plot.attribution])
def test_plots_of_evidence_refuse_another_table(plot):
    with pytest.raises(sib.InputError) as error:
        plot(pd.DataFrame({"a": [1.0]}))
    assert error.value.problems[0].where == "table"
