"""``losses.png``: how D and G fared against each other, over the images seen."""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from dcgan.files import replacing
from dcgan.report.record import Record

MOST_POINTS = 2000  # of a drawn line: a panel is about that many pixels wide
SMOOTHED_FROM = 80  # rows; below, the rows themselves are the line
SMOOTHED_OVER = 40  # parts of the run: a smoothed point is the mean over one such part around it
MARKED_UP_TO = 30  # rows that are drawn with a dot each
COLOURS = 128  # of the picture
LINEAR_UP_TO, LOG_ABOVE = 8, 2  # of losses
Rows = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours of a plot. Those of the lines are Okabe and Ito's (2008), told apart by colour-blind eyes too."""

    paper: str
    ink: str
    faint: str
    real: str
    fake: str
    G: str
    penalty: str


Panel = Callable[[Axes, Rows, Theme], None]
LIGHT = Theme(
    paper="#ffffff", ink="#3a3a3c", faint="#dcdcdc", real="#0072b2", fake="#d55e00", G="#007a5a", penalty="#aa5585"
)
DARK = Theme(
    paper="#17181a", ink="#c9c9cc", faint="#3a3b3f", real="#56b4e9", fake="#e69f00", G="#2fc59b", penalty="#dd9cc0"
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A column of the statistics to draw, and its name in the legend."""

    column: str
    label: str
    color: str


def write_losses(record: Record, name: str = "losses.png") -> bool:
    """Write both panels, one above the other, as a PNG in the run's folder. Returns whether there was a row to draw."""
    if not record.rows:
        return False
    figure = new_figure(8, 7.4, LIGHT)
    upper, lower = figure.subplots(2, 1, sharex=True)
    draw_losses(upper, record.rows, LIGHT)
    draw_opinions(lower, record.rows, LIGHT)
    upper.set_xlabel("")
    figure.set_layout_engine("constrained", hspace=0.06)
    with replacing(record.path / name) as temporary:
        temporary.write_bytes(to_png(figure))
    return True


def panel_png(draw: Panel, rows: Rows, theme: Theme) -> bytes:
    """Return one panel as a PNG. ``draw`` is ``draw_losses`` or ``draw_opinions``; at least one row."""
    figure = new_figure(4.5, 3.4, theme, dpi=220)
    draw(figure.subplots(), rows, theme)
    return to_png(figure)


def draw_losses(axes: Axes, rows: Rows, theme: Theme) -> None:
    """Draw the three losses over kimg, and D's penalty where there is one."""
    lines = [
        Line(column="loss_D_real", label="D, real", color=theme.real),
        Line(column="loss_D_fake", label="D, generated", color=theme.fake),
        Line(column="loss_G", label="G", color=theme.G),
    ]
    if any(row.get("penalty") for row in rows):
        lines.append(Line(column="penalty", label="penalty", color=theme.penalty))
    x, values = columns(rows, lines)
    draw_lines(axes, x, values, lines)
    scale_losses(axes, values)
    logarithmic = axes.get_yscale() == "symlog"
    dress(axes, "Losses", f"loss (logarithmic above {LOG_ABOVE})" if logarithmic else "loss", theme)


def draw_opinions(axes: Axes, rows: Rows, theme: Theme) -> None:
    """Draw the probability of "real" that D gives to real and to generated pictures, over kimg."""
    lines = [
        Line(column="D_real", label="D(x), real", color=theme.real),
        Line(column="D_fake", label="D(G(z)), generated", color=theme.fake),
    ]
    x, values = columns(rows, lines)
    axes.axhline(0.5, color=theme.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1.5)
    draw_lines(axes, x, values, lines)
    axes.set_ylim(-0.03, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    dress(axes, "What D takes for real", 'D\'s probability of "real"', theme)


def columns(rows: Rows, lines: list[Line]) -> tuple[np.ndarray, np.ndarray]:
    """Return kimg (N,) and the values (lines, N), float64; what a row lacks is NaN."""
    x = np.array([row["nimg"] / 1000 for row in rows], dtype=np.float64)
    values = [[row.get(line.column, np.nan) for row in rows] for line in lines]
    array = np.array(values, dtype=np.float64)
    return x, np.where(np.isfinite(array), array, np.nan)


def scale_losses(axes: Axes, values: np.ndarray) -> None:
    """Let the axis of losses hold every value: linear where they are close together, else logarithmic above LOG_ABOVE.

    A loss of G of 40 in the first steps is common, and on a linear axis would press the rest of the run flat.
    """
    highest = float(np.nanmax(np.abs(values), initial=1.0))
    if highest <= LINEAR_UP_TO:
        lowest = min(0.0, float(np.nanmin(values, initial=0.0)))
        axes.set_ylim(lowest - 0.04 * (highest - lowest), highest * 1.04)
        return
    axes.set_yscale("symlog", linthresh=LOG_ABOVE)
    decades = [10.0**power for power in range(1 + math.ceil(math.log10(highest)))]
    steps = decades if highest > 1000 else [k * ten for ten in decades for k in (1, 2, 5)]
    ticks = [-step for step in steps] + [0.0] + steps
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    axes.set_yticks([tick for tick in sorted(ticks) if low <= tick <= high], minor=False)
    axes.set_yticks([], minor=True)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylim(low * 1.2 - 0.08, high * 1.2)


def draw_lines(axes: Axes, x: np.ndarray, values: np.ndarray, lines: list[Line]) -> None:
    """Draw each line as it is; where there are many rows faintly, with a smoothed one above."""
    smoothed = len(x) >= SMOOTHED_FROM
    marker = "o" if len(x) <= MARKED_UP_TO else None
    for line, y in zip(lines, values, strict=True):
        label = None if smoothed else line.label
        width, alpha = (0.5, 0.22) if smoothed else (1.6, 1.0)
        axes.plot(
            *thin(x, y), color=line.color, linewidth=width, alpha=alpha, label=label, marker=marker, markersize=3.5
        )
    if smoothed:
        for line, y in zip(lines, values, strict=True):
            axes.plot(*thin(x, smooth(y)), color=line.color, linewidth=1.7, label=line.label)
    axes.set_xlim(0, float(x.max()) * 1.01 or 1.0)


def thin(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Return at most ``most`` points of a line that look like all of them.

    Of every stretch the lowest and the highest value stay, in their order, so that no peak is lost; so do the first and
    the last point.
    """
    if len(y) <= most:
        return x, y
    edges = np.linspace(0, len(y), (most - 2) // 2 + 1).astype(int)
    kept = {0, len(y) - 1}
    for start, end in pairwise(edges):
        part = y[start:end]
        if np.isfinite(part).any():
            kept |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
    chosen = np.array(sorted(kept))
    return x[chosen], y[chosen]


def smooth(y: np.ndarray) -> np.ndarray:
    """Return the mean of y (N,) over a window around each value, N / SMOOTHED_OVER wide and narrower at the ends."""
    half = max(1, len(y) // SMOOTHED_OVER // 2)
    known = np.isfinite(y)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, y, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(y))
    start, end = np.maximum(at - half, 0), np.minimum(at + half + 1, len(y))
    number = count[end] - count[start]
    return np.where(number > 0, (total[end] - total[start]) / np.maximum(number, 1), np.nan)


def new_figure(width: float, height: float, theme: Theme, dpi: int = 160) -> Figure:
    """Return an empty figure, in inches."""
    return Figure(figsize=(width, height), dpi=dpi, layout="constrained", facecolor=theme.paper)


def dress(axes: Axes, title: str, unit: str, theme: Theme) -> None:
    """Give a panel over kimg its title, labels, legend and quiet lines."""
    quiet(axes, title, unit, theme, pad=26)
    axes.set_xlabel("kimg (thousands of real pictures seen)", color=theme.ink, size=10)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=4,
        frameon=False,
        fontsize=9.5,
        labelcolor=theme.ink,
        borderpad=0,
        handlelength=1.2,
        columnspacing=1.2,
    )


def quiet(axes: Axes, title: str, unit: str, theme: Theme, pad: float = 6) -> None:
    """Give a panel its title, ``pad`` points above it, its unit and quiet lines."""
    axes.set_facecolor(theme.paper)
    axes.set_title(title, loc="left", color=theme.ink, size=12, weight="bold", pad=pad)
    axes.set_ylabel(unit, color=theme.ink, size=10)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.tick_params(colors=theme.ink, labelsize=9, length=0)
    axes.grid(color=theme.faint, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(side == "bottom")
        axes.spines[side].set_color(theme.ink)


def to_png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG of COLOURS colours: it looks the same and takes a third of the bytes."""
    raw, buffer = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png")
    with Image.open(raw) as picture:
        picture.convert("RGB").quantize(COLOURS).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
