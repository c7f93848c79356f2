"""A legend below all that an axes says, wherever the layout puts that. Imported where one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.legend import Legend
from matplotlib.transforms import IdentityTransform

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 4.0  # points below the label of the axis


class Below(Legend):
    """A legend whose upper left corner stands below the x axis with its label, at the left end of what the y axis says.

    It is placed when it is measured or drawn, as only then it is known where labels end. Layouts that make room for
    what belongs to axes make room for it.
    """

    def __init__(self, axes: Axes, handles: list[Any], labels: list[str], columns: int, size: float) -> None:
        looks: dict[str, Any] = {"loc": "upper left", "frameon": False, "fontsize": size, "ncols": columns}
        within: dict[str, Any] = {"handlelength": 2.2, "handletextpad": 0.8, "columnspacing": 1.2, "labelspacing": 0.3}
        super().__init__(axes, handles, labels, borderpad=0.0, borderaxespad=0.0, **looks, **within)

    def draw(self, renderer: Any) -> None:
        """Draw it where it belongs."""
        self._place(renderer)
        super().draw(renderer)

    def get_tightbbox(self, renderer: Any = None) -> Any:
        """Where it is, with all that is in it."""
        self._place(renderer)
        return super().get_tightbbox(renderer)

    def get_window_extent(self, renderer: Any = None) -> Any:
        """Where it is."""
        self._place(renderer)
        return super().get_window_extent(renderer)

    def _place(self, renderer: Any) -> None:
        axes: Any = self.axes
        down, side = axes.xaxis.get_tightbbox(renderer), axes.yaxis.get_tightbbox(renderer)
        frame = axes.get_window_extent(renderer)
        left = frame.x0 if side is None else min(side.x0, frame.x0)
        top = (frame.y0 if down is None else min(down.y0, frame.y0)) - _GAP * self.figure.dpi / 72.0
        at = self.get_bbox_to_anchor()
        if (at.x0, at.y0) != (left, top):  # else it would be stale each time that it is drawn
            self.set_bbox_to_anchor((left, top), transform=IdentityTransform())
