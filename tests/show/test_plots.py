"""Plots. Truth: the figures behind them; a plot draws on the axes it is given, has units, and leaves no trace."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
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
