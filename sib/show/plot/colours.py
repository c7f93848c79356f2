"""The colours of a picture: from the style in use, or a palette that the colour-blind can tell apart.

Colour never says anything alone: what it tells apart, a hatch, a marker or the kind of a line tells apart too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, in an order that also falls from dark to light; on a dark background its lighter half
_LIGHT: Final = ("#0072B2", "#D55E00", "#E69F00")
_DARK: Final = ("#56B4E9", "#E8762C", "#F0E442")
_GREEN: Final = "#009E73"
_HALF: Final = 0.18  # the luminance from which a background counts as light: black and white are as legible on it


@dataclass(frozen=True)
class Palette:
    """What a picture is drawn with.

    Attributes
    ----------
    blue, red, orange : colour
        The first three colours of the style; by default those of their names.
    grey, pale : colour
        What stands behind: between the ink and the paper.
    green : colour
        A surface on which all is well; no text is on it but in ink.
    ink, paper : colour
        Of texts and of the background.
    """

    blue: str
    red: str
    orange: str
    grey: str
    pale: str
    green: str
    ink: str
    paper: str

    @property
    def lines(self) -> tuple[tuple[str, Any], ...]:
        """Colours of lines that stand beside each other, each with its kind of line."""
        return ((self.blue, "-"), (self.red, "--"), (self.orange, "-."), (self.grey, ":"))


def palette(ax: Axes) -> Palette:
    """The colours in which to draw on some axes: those of the style that they were made in."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex, to_rgba

    ink = to_hex(ax.xaxis.label.get_color())
    own = to_rgba(ax.get_facecolor())
    paper = to_hex(own if own[3] > 0 else ax.figure.get_facecolor())
    cycle: Any = mpl.rcParams["axes.prop_cycle"]
    own_colours = cycle.by_key().get("color", []) if cycle != mpl.rcParamsDefault["axes.prop_cycle"] else []
    chosen = own_colours or (_LIGHT if luminance(paper) > _HALF else _DARK)
    blue, red, orange = (to_hex(chosen[place % len(chosen)]) for place in range(3))
    grey, pale, green = mixed(ink, paper, 0.5), mixed(ink, paper, 0.14), mixed(_GREEN, paper, 0.35)
    return Palette(blue, red, orange, grey, pale, green, ink, paper)


def mixed(one: str, other: str, share: float) -> str:
    """So much of one colour, and the rest of another."""
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = (share * a + (1.0 - share) * b for a, b in zip(to_rgb(one), to_rgb(other), strict=True))
    return to_hex((red, green, blue))


def luminance(colour: Any) -> float:
    """Relative luminance, 0 of black to 1 of white, by the Web Content Accessibility Guidelines 2.1.

    Examples
    --------
    >>> luminance("black"), luminance("white"), round(luminance("#767676"), 3)
    (0.0, 1.0, 0.181)
    """
    from matplotlib.colors import to_rgb

    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return round(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], 12)
