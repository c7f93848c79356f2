"""How a picture fits into the place that it has, a panel of a quarter of a page as well as a slide.

A plot draws its data, and hands its texts to `finish`: sizes follow from the font of the style and from the width of the
panel, what is too long goes on in another line, and the legend stands below the axes, where no data are. That nothing is
cut is matplotlib's constrained layout: a figure that has no layout of its own gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sib.show.plot.words import plain, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from numpy.typing import ArrayLike

_LETTERS: Final = 40.0  # font sizes by which a panel is wide enough for the font of the style
_LEAST: Final = 7.0  # points: no text is smaller, but where the style has it smaller
_LINE: Final = 1.25  # font sizes from line to line
_SIGN: Final = 3.0  # font sizes that the sign of an entry of a legend takes
_BETWEEN: Final = 1.2  # font sizes between its columns
_EDGE: Final = 8.0  # points about a panel, in all
_NAMES: Final = 0.4  # share of a panel that the names of rows take at most
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

    def rows(self, most: int, *, entries: int) -> int:
        """How many lines of text have room beside each other in the axes, below which a legend has so many entries."""
        return max(min(most, int(self.inside(entries) / (_LINE * self.small))), 1)

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


def names(ax: Axes, at: ArrayLike, said: Sequence[str], *, lines: int = 2) -> None:
    """Name what stands at some heights, from the bottom up; each name on so many lines at most."""
    here = place(ax)
    shown = [plain(wrapped(name, here.small, _NAMES * here.width, lines)) for name in said]
    ax.set_yticks(at, shown)


def fitting(ax: Axes, said: Sequence[str], most: int, *, entries: int, lines: int = 2) -> int:
    """Of how many rows, from the first on, the names have room beside each other."""
    here = place(ax)
    room = here.rows(most * lines, entries=entries)
    used = 0
    for count, name in enumerate(said[:most]):
        used += wrapped(name, here.small, _NAMES * here.width, lines).count("\n") + 1
        if used > room:
            return max(count, 1)
    return min(len(said), most)


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
    here = place(ax)
    shown = list(zip(*ax.get_legend_handles_labels(), strict=True)) if entries is None else list(entries)
    lines = _legend(ax, shown, here)
    high = here.inside(lines)
    sides = [(ax, y), *([] if right is None else [right])]
    for axes, label in sides:
        axes.tick_params(labelsize=here.small)
        axes.set_ylabel(plain(wrapped(label, here.size, high, 3)), fontsize=here.size)
        axes.yaxis.get_offset_text().set_fontsize(here.small)
    _fewer(ax.yaxis, int(high / (2.2 * here.small)), 8)
    left = _beside(ax, -1)
    taken = (
        0.0
        if right is None
        else _beside(right[0], 1) + (0.0 if right[0].bbox.width == ax.bbox.width else 0.1 * here.width)
    )
    across = max(here.width - left - taken, 8 * here.size)
    _fewer(ax.xaxis, int(across / (4.5 * here.small)), 9)
    ax.set_xlabel(plain(wrapped(x, here.size, across + min(left, taken), 2)), fontsize=here.size)
    first, *others = title.split("\n")
    said = wrapped(first, _TITLE * here.size, across + taken, 2)
    said += "".join("\n" + wrapped(other, _TITLE * here.size, across + taken, 2) for other in others if other)
    ax.set_title(plain(said), loc="left", fontsize=_TITLE * here.size)
    return ax


def _legend(ax: Axes, entries: Sequence[tuple[Any, str]], here: Place) -> int:
    """Draw the legend below the axes, in as many columns as there is room for; returns on how many lines."""
    if not entries:
        return 0
    from sib.show.plot.below import Below

    size = here.small
    for columns in range(min(3, len(entries)), 0, -1):
        high = -(-len(entries) // columns)
        room = here.width / columns - (_SIGN + _BETWEEN) * size
        said = [wrapped(label.replace(r"\$", "$"), size, room, 1 if columns > 1 else 3) for _, label in entries]
        kept = all(one == label.replace(r"\$", "$") for one, (_, label) in zip(said, entries, strict=True))
        if kept or columns == 1:
            break
    ax.legend_ = Below(
        ax,
        [handle for handle, _ in entries],
        [plain(one) for one in said],
        loc="upper left",
        ncols=columns,
        fontsize=size,
        frameon=False,
        handlelength=_SIGN - 0.8,
        handletextpad=0.8,
        columnspacing=_BETWEEN,
        borderpad=0.0,
        borderaxespad=0.0,
        labelspacing=0.3,
    )
    return sum(one.count("\n") + 1 for one in said) if columns == 1 else high


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
