"""Every picture where it is put: in a quarter of a page and on a slide, on light and on dark, with long names too.

What must hold of each is measured, whatever the version of matplotlib: no text on another, none cut, no legend on
data, text that can be read, no dollar that begins a formula. Beside that each is compared with the picture that
somebody looked at and found right, in `pictures/`; `python -m tests.show.renew` draws these anew, to be looked at.
"""

import itertools
import re

import matplotlib.pyplot as plt
import pytest
from matplotlib.testing.compare import compare_images

from sib.show.plot.colours import luminance
from tests.show.gallery import PICTURES
from tests.show.renew import BASELINES, DARK, drawn, file_of

PLACES = {  # rows and columns, inches, the style
    "quarter of a page": (2, 2, (8.3, 5.9), {}),
    "slide": (1, 1, (13.3, 7.5), {"font.size": 18}),
}
STYLES = {"light, plain names": ("default", False), "dark, long names": ("dark_background", True)}
_ALIKE = 6.0  # root of the mean square of the difference, of 255: hinting of letters; a legend that moved makes ten


def groups(size):
    names = list(PICTURES)
    return [names[begin : begin + size] for begin in range(0, len(names), size)]


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


CASES = [
    pytest.param(names, place, style, id=f"{', '.join(names)}: {place}, {style}")
    for place, (rows, columns, *_) in PLACES.items()
    for style in STYLES
    for names in groups(rows * columns)
]


def texts_of(figure):
    """All texts that can be seen, with their boxes."""
    canvas = figure.canvas
    canvas.draw()
    renderer = canvas.get_renderer()
    found = []
    for axes in figure.axes:
        shown = [axis for axis in (axes.xaxis, axes.yaxis) if axis.get_visible()]
        ticks = [label for axis in shown for tick in axis._update_ticks() for label in (tick.label1, tick.label2)]
        legend = axes.get_legend()
        own = [axes.title, axes._left_title, axes._right_title, axes.xaxis.label, axes.yaxis.label, *axes.texts, *ticks]
        own += [] if legend is None else legend.get_texts()
        found += [text for text in own if text.get_visible() and text.get_text().strip()]
    return [(text, text.get_window_extent(renderer)) for text in found]


@pytest.mark.slow
@pytest.mark.parametrize(("names", "place", "style"), CASES)
def test_fits_where_it_is_put(names, place, style):
    rows, columns, size, rc = PLACES[place]
    used, long = STYLES[style]
    with plt.style.context(used), plt.rc_context(rc):
        figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
        for ax, name in itertools.zip_longest(axes.flat, names):
            if name is None:
                ax.remove()
            else:
                PICTURES[name](ax, long)
        found = texts_of(figure)
        paper = luminance(figure.get_facecolor())
        frame = figure.bbox
        for text, box in found:
            said = text.get_text()
            assert not re.search(r"(?<!\\)\$", said), f"a formula: {said!r}"
            cut = max(frame.x0 - box.x0, box.x1 - frame.x1, frame.y0 - box.y0, box.y1 - frame.y1)
            assert cut <= 1.5, f"cut by {cut:.1f} pixels: {said!r}"
            light, dark = sorted((paper, luminance(text.get_color())), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"hard to read: {said!r}"
        for (one, a), (other, b) in itertools.combinations(found, 2):
            across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert across <= 1.5 or down <= 1.5, f"on each other: {one.get_text()!r} and {other.get_text()!r}"
        for ax in figure.axes:
            if (legend := ax.get_legend()) is not None:
                box, inside = legend.get_window_extent(), ax.get_window_extent()
                assert min(box.x1, inside.x1) <= max(box.x0, inside.x0) or box.y1 <= inside.y0, "a legend on the data"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "style"), [*zip(PICTURES, itertools.repeat("light")), *zip(DARK, itertools.repeat("dark"))]
)
def test_is_the_picture_that_was_looked_at(name, style, tmp_path):
    new = tmp_path / file_of(name, style)
    drawn(name, style, new)
    apart = compare_images(BASELINES / new.name, new, tol=_ALIKE)
    assert apart is None, f"{apart}\nLook at it; if it is right: python -m tests.show.renew"
