"""Pictures of the self-test of modes: points over training, and modes counted over the images seen."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from dcgan.files import replacing
from dcgan.report.plots import LIGHT, dress, new_figure, to_png

CELL, ROW = 1.35, 1.16  # inches a column, and how much higher than wide a row is with its title
ALL = 1000  # modes of Stacked MNIST
COLOURS = (LIGHT.real, LIGHT.penalty, LIGHT.ink)


def write_points(path: Path, rows: Mapping[str, Mapping[int, np.ndarray]], centres: np.ndarray) -> None:
    """Draw what each row made after so many steps, over the modes, as a PNG.

    Args:
        path: where to.
        rows: by name, points (N, 2) by the steps taken.
        centres: (modes, 2) of the mixture.
    """
    columns = max(len(points) for points in rows.values())
    figure = new_figure(CELL * columns, CELL * len(rows) * ROW, LIGHT, dpi=110)
    figure.set_layout_engine("none")  # the squares are laid out by hand: many axes take seconds
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    side = 2.7 * float(np.abs(centres).max())
    for line, (name, points) in enumerate(rows.items()):
        bottom = -line * side * ROW
        axes.text(-side / 2, bottom + side * 0.54, name, size=8, weight="bold", color=LIGHT.ink)
        for column, (step, cloud) in enumerate(points.items()):
            _draw_cloud(axes, cloud, centres, (column * side, bottom), side)
            if column:  # the first is the untrained G's, below the row's name
                at = ((column + 0.47) * side, bottom + side * 0.54)
                axes.text(*at, f"{step} steps", size=6.5, color=LIGHT.ink, ha="right")
    axes.set_xlim(-side * 0.52, side * (columns - 0.48))
    axes.set_ylim(-side * (ROW * (len(rows) - 1) + 0.52), side * (ROW - 0.5))
    axes.set_axis_off()
    with replacing(path, durable=False) as temporary:
        temporary.write_bytes(to_png(figure))


def _draw_cloud(axes: Axes, cloud: np.ndarray, centres: np.ndarray, at: tuple[float, float], side: float) -> None:
    """Draw points in a square around ``at``; those outside are held at its edge."""
    edge = 0.48 * side
    held = np.clip(cloud, -edge, edge) + at
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * edge + at
    axes.plot(corners[:, 0], corners[:, 1], color=LIGHT.faint, linewidth=0.8)
    shifted = centres + at
    axes.scatter(shifted[:, 0], shifted[:, 1], s=26, facecolors="none", edgecolors=LIGHT.real, linewidths=0.6)
    axes.scatter(held[:, 0], held[:, 1], s=1.2, color=LIGHT.fake, linewidths=0, alpha=0.5)


def write_counts(
    path: Path,
    runs: Mapping[str, Sequence[Mapping[str, Any]]],
    floor: Mapping[str, Any] | None,
    published: Mapping[str, tuple[float, float]],
) -> None:
    """Draw modes and KL over kimg, with published figures as lines, as a PNG.

    Args:
        path: where to.
        runs: by name, rows with nimg, modes and kl.
        floor: modes and kl of a perfect sampler.
        published: (modes, KL) by name.
    """
    figure = new_figure(10, 3.8, LIGHT)
    counted, distance = figure.subplots(1, 2)
    _draw_counts(counted, "modes", runs, floor, {label: values[0] for label, values in published.items()})
    counted.set_yscale("log")
    counted.set_ylim(0.8, ALL * 2)
    counted.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    dress(counted, "Modes found", f"of {ALL:,}", LIGHT)
    _draw_counts(distance, "kl", runs, floor, {label: values[1] for label, values in published.items()})
    distance.set_ylim(bottom=0)
    dress(distance, "KL", "nats, against even shares", LIGHT)
    with replacing(path) as temporary:
        temporary.write_bytes(to_png(figure))


def _draw_counts(
    axes: Axes,
    name: str,
    runs: Mapping[str, Sequence[Mapping[str, Any]]],
    floor: Mapping[str, Any] | None,
    published: Mapping[str, float],
) -> None:
    """Draw one value over kimg; the published ones' names stand above and below their lines in turn."""
    for (run, rows), color in zip(runs.items(), cycle(COLOURS), strict=False):
        x = [row["nimg"] / 1000 for row in rows]
        axes.plot(x, [row[name] for row in rows], color=color, linewidth=1.7, marker="o", markersize=3, label=run)
    for (label, height), side in zip(published.items(), cycle(("bottom", "top")), strict=False):
        axes.axhline(height, color=LIGHT.fake, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.annotate(label, (1, height), xycoords=("axes fraction", "data"), ha="right", va=side, size=7.5)
    if floor is not None:
        axes.axhline(floor[name], color=LIGHT.G, linewidth=0.9, label="a perfect sampler")
    axes.set_xlim(0, max(row["nimg"] for rows in runs.values() for row in rows) / 1000 * 1.02)
