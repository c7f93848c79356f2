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
    "cash": sib.plot.cash,
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
    "solve": lambda plan, ax: sib.plot.solve(
        sib.solve(plan, "payments.pooled.pays.per_unit", -0.07, paths=1_000, rng=1), ax=ax
    ),
}


def test_every_plot_is_held_to_what_all_are():
    assert {*PLOTS, *EVIDENCE, "contract"} == {*sib.plot.__all__, "returns irr"}


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
        for wrong in (table[["value"]], 3):
            with pytest.raises(sib.InputError, match=r"sib\.solve"):
                sib.plot.solve(wrong, ax=ax)
        table.attrs = {}
        with pytest.raises(sib.InputError, match="with its attrs"):
            sib.plot.solve(table, ax=ax)
