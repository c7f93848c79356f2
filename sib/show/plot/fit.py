"""How a picture fits into the place that it has, a panel of a quarter of a page as well as a slide.

A plot draws its data, and hands its texts to `finish`: sizes follow from the font of the style and from the width of
the panel, what is too long goes on in another line, and the legend stands below the axes, where no data are. Nothing is
cut thanks to matplotlib's constrained layout, which a figure gets that has no layout of its own. How wide axes are
depends on what stands in the panels beside them; so lines are broken anew as often as axes are laid out or drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

from sib.show.plot.words import plain, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

_LETTERS: Final = 40.0  # font sizes by which a panel is wide enough for the font of the style
_LEAST: Final = 7.0  # points: no text is smaller, but where the style has it smaller
_LINE: Final = 1.25  # font sizes from line to line
_TIED: Final = "\N{NO-BREAK SPACE}"
_SIGN: Final = 3.0  # font sizes that the sign of an entry of a legend takes
_BETWEEN: Final = 1.2  # font sizes between its columns
_EDGE: Final = 8.0  # points about a panel, in all
_LABEL, _HEAD, _ENTRY = 3, 3, 3  # lines of a label of the axis on the side, of a title, of an entry of a legend
_SPARE: Final = 0.9  # of the room that columns may take at first, so that they still fit when all is laid out
_TITLE: Final = 1.1  # font sizes


@dataclass(frozen=True)
class Place:
    """The place that a figure has for some axes, in points, and the size of the font there."""

    width: float
    height: float
    size: float

    @property
    def small(self) -> float:
        """The size of what is read second: tick labels, legends, notes."""
        return 0.9 * self.size

    def inside(self, entries: float) -> float:
        """About how high the axes are: without title, tick labels, label, and a legend of so many lines."""
        said = _LINE * (2 * _TITLE * self.size + 1.5 * self.small + 1.6 * self.size + entries * self.small)
        return max(self.height - said - 2 * _EDGE, 5 * self.size)


def place(ax: Axes) -> Place:
    """The place that a figure has for some axes."""
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties

    spec, box = ax.get_subplotspec(), ax.figure.bbox
    if spec is None or spec.get_topmost_subplotspec() is not spec:
        at = ax.get_position(original=True)
        share = (min(at.width + 0.1, 1.0), min(at.height + 0.15, 1.0))
    else:
        grid = spec.get_gridspec()
        share = (_share(grid.get_width_ratios(), spec.colspan), _share(grid.get_height_ratios(), spec.rowspan))
    points = 72.0 / ax.figure.dpi
    across, up = share[0] * box.width * points - _EDGE, share[1] * box.height * points - _EDGE
    size = FontProperties(size=mpl.rcParams["font.size"]).get_size_in_points()
    return Place(across, up, min(size, max(across / _LETTERS, _LEAST)))


def _share(ratios: Any, taken: range) -> float:
    """The share of a grid's columns or rows that some of them take."""
    return float(sum(ratios[taken.start : taken.stop]) / sum(ratios))


def note(ax: Axes, text: str, at: tuple[Any, Any], *, shift: tuple[float, float] = (0, 0), **looks: Any) -> None:
    """Write something beside a point: so many points from it, in the ink of the style."""
    how: dict[str, Any] = {"textcoords": "offset points", "fontsize": place(ax).small, **looks}
    ax.annotate(plain(text), at, xytext=shift, **how)


def finish(
    ax: Axes,
    *,
    title: str,
    x: str,
    y: str,
    right: tuple[Axes, str] | None = None,
    entries: Sequence[tuple[Any, str]] | None = None,
) -> Axes:
    """Write what a picture says about its axes, so that it fits.

    Parameters
    ----------
    ax : Axes
    title : str
        What is seen, and below it of which deal.
    x, y : str
        What is along the axes, with the unit.
    right : (Axes, str), optional
        Axes whose y axis stands on the right, a second axis or a scale of colours, and what is along it.
    entries : sequence of (artist, str), optional
        Of the legend; by default all that has a label.
    """
    shown = list(zip(*ax.get_legend_handles_labels(), strict=True)) if entries is None else list(entries)
    texts = [
        _Text(ax.set_title("", loc="left"), title, _TITLE, _HEAD),
        _Text(ax.xaxis.label, x, 1.0, 2),
        _Text(ax.yaxis.label, y, 1.0, _LABEL, upright=True),
        *([] if right is None else [_Text(right[0].yaxis.label, right[1], 1.0, _LABEL, upright=True)]),
    ]
    here = place(ax)
    for axes in (ax, *([] if right is None else right[:1])):
        axes.tick_params(labelsize=here.small)
        axes.yaxis.get_offset_text().set_fontsize(here.small)
    ax.tick_params(axis="x", pad=max(3.5, 0.65 * here.small - 3.5))  # clear of the lowest label of the y axis
    ax.xaxis.get_offset_text().set_fontsize(here.small)
    fit = Fit(texts, [(handle, label.replace(r"\$", "$")) for handle, label in shown], right and right[0])
    ax.set_axes_locator(fit)
    fit.write(ax, 0.72 * here.width, here.inside(len(shown)))
    return ax


@dataclass
class _Text:
    """A text of a picture as it was given, and the artist that shows it on lines."""

    artist: Text
    said: str
    sizes: float
    most: int
    upright: bool = False
    shown: str = ""

    def write(self, size: float, room: float) -> None:
        """Break it into lines anew, unless somebody has written something else in its place since."""
        if self.artist.get_text() != self.shown:
            return
        at = _whole_unit(self.said)
        lines = [wrapped(part, self.sizes * size, room, self.most) for part in at.split("\n")]
        self.shown = plain("\n".join(lines).replace(_TIED, " "))
        if self.shown != self.artist.get_text():  # else it would be stale each time that it is drawn
            self.artist.set(text=self.shown, fontsize=self.sizes * size)


@dataclass
class Fit:
    """What breaks the texts of some axes into lines, and sets the legend in columns, by how large the axes are.

    matplotlib asks it where the axes are each time before it measures or draws them; it answers: where they were laid.
    """

    texts: list[_Text]
    entries: list[tuple[Any, str]]
    right: Axes | None
    columns: tuple[int, ...] = ()

    def __call__(self, ax: Any, renderer: Any) -> Bbox:
        """Where the axes are, after their texts fit."""
        at, box = ax.get_position(original=True), ax.figure.bbox
        points = 72.0 / ax.figure.dpi
        self.write(ax, at.width * box.width * points, at.height * box.height * points)
        return cast("Bbox", at)

    def write(self, ax: Axes, across: float, up: float) -> None:
        """Write all for axes that are so wide and so high, in points."""
        here = place(ax)
        left, right = _beside(ax, -1), 0.0 if self.right is None else _beside(self.right, 1)
        if self.right is not None and self.right.get_position().x0 > ax.get_position().x0:  # a scale of colours
            right += (self.right.get_position().x1 - ax.get_position().x1) * ax.figure.bbox.width * 72.0 / ax.figure.dpi
        title, below, *sides = self.texts
        title.write(here.size, across + right)
        below.write(here.size, across + min(left, max(right, _EDGE)))
        for side in sides:
            side.write(here.size, up)
        _fewer(ax.yaxis, int(up / (2.2 * here.small)), 8)
        if self.right is not None:
            _fewer(self.right.yaxis, int(up / (2.2 * here.small)), 8)
        _fewer(ax.xaxis, int(across / (4.5 * here.small)), 9)
        self._legend(ax, across + left, here.small)

    def _legend(self, ax: Axes, room: float, size: float) -> None:
        """The legend below the axes, in as many columns as there is room for."""
        from sib.show.plot.below import Below  # with matplotlib, which is imported where something is drawn

        if not self.entries or (self.columns and not isinstance(ax.get_legend(), Below)):
            return
        most = self.columns[0] if self.columns else min(3, len(self.entries))  # never more again: it would swing
        spare = 1.0 if self.columns else _SPARE
        for columns in range(most, 0, -1):
            parts = [wrapped(label, size, room - _SIGN * size, _ENTRY) for _, label in self.entries]
            wide = [max(width(part, size) for part in some) for some in _shared(parts, columns)]
            if sum(wide) + (_SIGN * columns + _BETWEEN * (columns - 1)) * size <= spare * room:
                break
        lines = (columns, *(part.count("\n") for part in parts))
        if lines != self.columns:
            self.columns = lines
            ax.legend_ = Below(ax, [one for one, _ in self.entries], [plain(part) for part in parts], columns, size)


def _shared(parts: list[str], columns: int) -> list[list[str]]:
    """Entries column by column, the first columns the fuller ones, as matplotlib sets them."""
    each, more = divmod(len(parts), columns)
    ends = [0]
    for column in range(columns):
        ends.append(ends[-1] + each + (column < more))
    return [parts[begin:end] for begin, end in pairwise(ends)]


def _whole_unit(label: str) -> str:
    """A label whose unit, in brackets at its end, is broken last."""
    begin = label.rfind("(")
    return label[:begin] + label[begin:].replace(" ", _TIED) if label.endswith(")") and begin > 0 else label


def _fewer(axis: Axis, room: int, most: int) -> None:
    """No more ticks than there is room for, where matplotlib chooses them."""
    from matplotlib.ticker import MaxNLocator

    locator = axis.get_major_locator()
    if isinstance(locator, MaxNLocator):
        locator.set_params(nbins=max(min(room, most), 2), steps=[1, 2, 2.5, 5, 10])


def _beside(ax: Axes, side: int) -> float:
    """What the y axis takes beside the axes, in points: on the left (-1), or on the right (1)."""
    box, frame = ax.yaxis.get_tightbbox(), ax.get_window_extent()
    if box is None:
        return 0.0
    taken = frame.x0 - box.x0 if side < 0 else box.x1 - frame.x1
    return max(float(taken), 0.0) * 72.0 / ax.figure.dpi
