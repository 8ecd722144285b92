"""Plots of the experiments on z."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from dcgan.latent.spread import Spread
from dcgan.report.labelled import shown
from dcgan.report.plots import LIGHT, Theme, new_figure, quiet, to_png

MOST_LABELS = 8
LINES = ("#0072b2", "#d55e00", "#007a5a", "#aa5585", "#56b4e9", "#e69f00", "#7a7a00", "#000000")  # Okabe and Ito's
UNITS = {"brightness": "0 to 1", "saturation": "0 to 1", "hue": "degrees"}


# Along the mean -----------------------------------------------------------------------------------------------------


def spread_png(found: Spread, pictures: np.ndarray) -> bytes:
    """Return a plot of every property along the mean, with bars of one standard deviation, as a PNG.

    Args:
        found: what was measured.
        pictures: uint8 (M, H, W, C): G of each mean, drawn along the top.
    """
    panels = [*found.centre] + ["labels"] * bool(found.labels)
    figure = new_figure(9, 1.6 + 2.3 * len(panels), LIGHT, dpi=110)
    heights = [1.0] + [2.2] * len(panels)
    top, *rest = figure.subplots(len(panels) + 1, 1, sharex=True, height_ratios=heights)
    _draw_pictures(top, found.means, pictures)
    for axes, name in zip(rest, panels, strict=True):
        if name == "labels":
            _draw_shares(axes, found, LIGHT)
        else:
            _draw_property(axes, found, name, LIGHT)
    rest[-1].set_xlabel("mean of z", color=LIGHT.ink, size=10)
    return to_png(figure)


def _draw_pictures(axes: Axes, means: list[float], pictures: np.ndarray) -> None:
    axes.axis("off")
    axes.set_ylim(-1, 1)
    for mean, picture in zip(means, pictures, strict=True):
        image = OffsetImage(np.asarray(shown(picture)), zoom=0.55)
        axes.add_artist(AnnotationBbox(image, (mean, 0), frameon=False, pad=0))


def _draw_property(axes: Axes, found: Spread, name: str, theme: Theme) -> None:
    values, bars = found.centre[name], found.spread[name]
    if name == "hue":
        values = np.degrees(np.unwrap(np.radians(values)))
        colours = hsv_to_rgb(np.stack([values % 360 / 360, np.full_like(values, 0.8), np.full_like(values, 0.8)], 1))
    else:
        colours = np.array([theme.real] * len(values))
    axes.plot(found.means, values, color=theme.faint, zorder=1)
    for mean, value, bar, colour in zip(found.means, values, bars, colours, strict=True):
        axes.errorbar(mean, value, yerr=bar, color=colour, marker="o", capsize=3, linewidth=1.5)
    title = "hue (red 0, yellow 60, green 120, blue 240)" if name == "hue" else name
    quiet(axes, title, UNITS[name], theme)
    if name == "hue":
        axes.yaxis.set_major_formatter(lambda value, _: f"{value % 360:g}")


def _draw_shares(axes: Axes, found: Spread, theme: Theme) -> None:
    """Draw the labels whose share changes most."""
    change = found.shares.max(0) - found.shares.min(0)
    for label, colour in zip(np.argsort(-change, kind="stable")[:MOST_LABELS], LINES, strict=False):
        axes.plot(
            found.means, found.shares[:, label], color=colour, marker="o", markersize=3, label=found.labels[label]
        )
    axes.set_ylim(-0.02, 1.02)
    quiet(axes, "labels whose share changes most", "share of pictures", theme)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9, labelcolor=theme.ink)
