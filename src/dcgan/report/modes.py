"""Pictures of the self-test of modes: points over training, and modes counted over the images seen."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from dcgan.files import replacing
from dcgan.report.plots import LIGHT, dress, new_figure, to_png

CELL = 1.35  # inches
ALL = 1000  # modes of Stacked MNIST


def write_points(path: Path, rows: Mapping[str, Mapping[int, np.ndarray]], centres: np.ndarray) -> None:
    """Draw what each row made after so many steps, over the modes, as a PNG.

    Args:
        path: where to.
        rows: by name, points (N, 2) by the steps taken.
        centres: (modes, 2) of the mixture.
    """
    moments = max((list(points) for points in rows.values()), key=len)
    figure = new_figure(CELL * len(moments) + 0.2, CELL * len(rows) * 1.18, LIGHT, dpi=110)
    panels = figure.subplots(len(rows), len(moments), squeeze=False)
    for line, (name, points) in zip(panels, rows.items(), strict=True):
        line[0].set_title(name, loc="left", size=8, weight="bold", color=LIGHT.ink)
        for axes, (step, cloud) in zip(line, points.items(), strict=True):
            _draw_cloud(axes, cloud, centres)
            axes.set_xlabel(f"{step} steps", size=6.5, color=LIGHT.ink, labelpad=2)
    with replacing(path, durable=False) as temporary:
        temporary.write_bytes(to_png(figure))


def _draw_cloud(axes: Axes, cloud: np.ndarray, centres: np.ndarray) -> None:
    reach = 1.35 * float(np.abs(centres).max())
    axes.scatter(centres[:, 0], centres[:, 1], s=26, facecolors="none", edgecolors=LIGHT.real, linewidths=0.6)
    held = np.clip(cloud, -reach, reach)
    axes.scatter(held[:, 0], held[:, 1], s=1.2, color=LIGHT.fake, linewidths=0, alpha=0.5)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(LIGHT.faint)


def write_counts(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    floor: Mapping[str, Any] | None,
    published: Mapping[str, tuple[float, float]],
) -> None:
    """Draw modes and KL over kimg, with published figures as lines, as a PNG.

    Args:
        path: where to.
        rows: each with nimg, modes and kl.
        floor: modes and kl of a perfect sampler.
        published: (modes, KL) by name.
    """
    figure = new_figure(10, 3.8, LIGHT)
    for axes, name, title in zip(figure.subplots(1, 2), ("modes", "kl"), ("Modes found", "KL"), strict=True):
        x = np.array([row["nimg"] / 1000 for row in rows])
        axes.plot(
            x, [row[name] for row in rows], color=LIGHT.real, linewidth=1.7, marker="o", markersize=3, label="run"
        )
        for label, values in published.items():
            height = values[0 if name == "modes" else 1]
            axes.axhline(height, color=LIGHT.fake, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(label, (1, height), xycoords=("axes fraction", "data"), ha="right", va="bottom", size=7.5)
        if floor is not None:
            axes.axhline(floor[name], color=LIGHT.G, linewidth=0.9, label="a perfect sampler")
        axes.set_xlim(0, float(x.max()) * 1.02)
        axes.set_ylim(0, ALL * 1.08 if name == "modes" else None)
        dress(axes, title, f"of {ALL:,}" if name == "modes" else "nats, against even shares", LIGHT)
    with replacing(path) as temporary:
        temporary.write_bytes(to_png(figure))
