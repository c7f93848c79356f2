"""What holds for every plot, in a panel and on a slide, light and dark: nothing cut, nothing over another."""

from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.legend import Legend
from matplotlib.text import Text

from sib.show.plot.colours import luminance
from tests.show.gallery import PICTURES

pytestmark = pytest.mark.slow

PANEL, SLIDE = ((8.3, 5.9), 10, (2, 2)), ((13.3, 7.5), 18, (1, 1))
LOOKS = {
    "panel": (PANEL, "default", False),
    "panel, dark, long names": (PANEL, "dark_background", True),
    "slide": (SLIDE, "default", False),
}
TOUCH = 1.0  # pixel by which boxes of texts may touch


def drawn(name, look):
    (size, font, grid), style, long = LOOKS[look]
    with plt.style.context(style), mpl.rc_context({"font.size": font}):
        figure = plt.figure(figsize=size, layout="constrained")
        ax = figure.subplots(*grid, squeeze=False)[0, 0]
        PICTURES[name](ax, long)
        figure.draw_without_rendering()
    return figure, ax


def texts(figure, ax):
    """Every text that is seen in the panel, with its box."""
    mine = [one for one in figure.axes if one.get_position().bounds == ax.get_position().bounds or len(figure.axes) < 4]
    found = [text for axes in mine for text in axes.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [(text, text.get_window_extent()) for text in dict.fromkeys(found)]
    ticks = {label for axes in mine for axis in (axes.xaxis, axes.yaxis) for label in out_of_view(axis)}
    return [(text, box) for text, box in boxes if text not in ticks]


def out_of_view(axis):
    low, high = sorted(axis.get_view_interval())
    spare = 1e-6 * (high - low)
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return [
        one for tick in ticks if not low - spare <= tick.get_loc() <= high + spare for one in (tick.label1, tick.label2)
    ]


def overlap(one, other):
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return width > TOUCH and height > TOUCH


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_read(name, look):
    figure, ax = drawn(name, look)
    try:
        found = texts(figure, ax)
        whole = figure.bbox
        for text, box in found:
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1
            assert inside, f"cut: {text.get_text()!r}"
            assert not text._preprocess_math(text.get_text())[1], f"read as mathematics: {text.get_text()!r}"
            light, dark = sorted((luminance(text.get_color()), luminance(figure.get_facecolor())), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, text.get_text()
        over = [(a.get_text(), b.get_text()) for (a, p), (b, q) in combinations(found, 2) if overlap(p, q)]
        assert not over
        legend = ax.get_legend()
        if legend is not None:
            assert isinstance(legend, Legend)
            assert legend.get_window_extent().y1 <= ax.get_window_extent().y0
        assert ax.get_xlabel().endswith(")")
        assert ax.get_ylabel().endswith(")")
    finally:
        plt.close(figure)
