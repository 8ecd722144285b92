"""Plots of the experiments on z."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from dcgan.latent.neighbours import Verdict
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


# Distances to training pictures -------------------------------------------------------------------------------------


def neighbours_png(found: dict[str, Verdict], units: dict[str, str]) -> bytes:
    """Return a histogram of the distances to the nearest training picture for each space, as a PNG.

    Args:
        found: what was measured, under the spaces' names.
        units: of distances, under the same names.
    """
    figure = new_figure(9, 3.2 * len(found), LIGHT, dpi=110)
    panels = figure.subplots(len(found), 1, squeeze=False)[:, 0]
    for axes, (name, one) in zip(panels, found.items(), strict=True):
        _draw_distances(axes, one, LIGHT)
        quiet(axes, name, "share of pictures", LIGHT, pad=26)
        axes.set_xlabel(f"distance to the nearest training picture, {units[name]}", color=LIGHT.ink, size=10)
        axes.set_xlim(left=0)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, frameon=False, fontsize=9, labelcolor=LIGHT.ink
        )
    return to_png(figure)


def _draw_distances(axes: Axes, found: Verdict, theme: Theme) -> None:
    kinds = {"samples": (found.samples, theme.fake), "training pictures to the others": (found.real, theme.real)}
    kinds |= {"pictures held back": (found.held, theme.G)} if len(found.held) else {}
    edges = np.histogram_bin_edges(np.concatenate([values for values, _ in kinds.values()]), 60)
    for label, (values, colour) in kinds.items():
        shares = np.histogram(values, edges)[0] / max(len(values), 1)
        axes.stairs(shares, edges, color=colour, linewidth=1.6, label=label)
        axes.stairs(shares, edges, color=colour, alpha=0.12, fill=True)
    if np.isfinite(found.close):
        axes.axvline(found.close, color=theme.ink, linewidth=0.9, linestyle=(0, (4, 3)), label="closest 1% of real")
