"""How good the pictures are, over the images seen: values, their floor, and the best moment."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from dcgan.files import replacing
from dcgan.report.plots import DARK, LIGHT, Theme, dress, new_figure, to_png
from dcgan.report.record import Preview, Record, kimg_text
from dcgan.report.sheets import data_uri, enlarge, fit, open_sheet, png_uri

MOST_PANELS = 2  # on the page
WIDER = 30  # a logarithmic axis where the largest value is so many times the smallest
TITLES = {
    "frechet": "Fréchet distance",
    "kernel": "kernel distance",
    "score": "Inception score",
    "kl": "KL from even shares",
    "nearest-error": "1-NN error",
    "two-sample": "1-NN two-sample",
}
SIDE = 700
SHEET_BYTES = 200_000
Points = Sequence[tuple[int, float]]


def title_of(name: str) -> str:
    """Write "frechet:labels" for a reader."""
    metric, _, extractor = name.partition(":")
    return f"{TITLES.get(metric, metric)} ({extractor})"


def points(rows: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    """Return (nimg, value) of every row that has the value."""
    return [(int(row["nimg"]), float(row["values"][name])) for row in rows if name in row["values"]]


def draw_values(axes: Axes, values: Points, floor: float | None, name: str, theme: Theme) -> None:
    """Draw one value over kimg, with the floor as a dashed line."""
    x, y = np.array([nimg / 1000 for nimg, _ in values]), np.array([value for _, value in values])
    axes.plot(x, y, color=theme.real, linewidth=1.7, marker="o" if len(x) <= 30 else None, markersize=3.5, label="run")
    if floor is not None:
        axes.axhline(floor, color=theme.fake, linewidth=1.4, linestyle=(0, (4, 3)), label="real pictures")
    shown = [*y, *([floor] if floor is not None else [])]
    if min(shown) > 0 and max(shown) > WIDER * min(shown):
        axes.set_yscale("log")
    else:
        axes.set_ylim(min(0.0, *shown), max(*shown, 1e-9) * 1.06)
    axes.set_xlim(0, float(x.max()) * 1.02)
    dress(axes, title_of(name), "", theme)


def write_plot(found: Mapping[str, Any], path: Path) -> bool:
    """Write the values of several moments as a PNG. Returns whether there was something to draw.

    Args:
        found: ``rows`` of nimg and values, and ``floor``, as ``dcgan evaluate`` writes them.
        path: where to.
    """
    names = [name for name in found["floor"] if not name.partition(":")[0].endswith("-sd")]
    series = {name: points(found["rows"], name) for name in names}
    shown = [name for name in names if len(series[name]) > 1]
    if not shown:
        return False
    figure = new_figure(9, 3.3 * -(-len(shown) // 2), LIGHT)
    panels = figure.subplots(-(-len(shown) // 2), 2, squeeze=False).ravel()
    for axes, name in zip(panels, shown, strict=False):
        draw_values(axes, series[name], found["floor"].get(name), name, LIGHT)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    with replacing(path) as temporary:
        temporary.write_bytes(to_png(figure))
    return True


def quality(record: Record) -> str:
    """Return the section on how good the pictures are; nothing where it was not measured."""
    rows = [row for row in record.measured if row.get("values")]
    if not rows:
        return ""
    name = next(iter(rows[-1]["values"]))
    values, floors = points(rows, name), dict(record.judges.get("floor", {}))
    plots = [_plot(rows, each, floors.get(each)) for each in _shown(rows)]
    verdict = html.escape(in_words(values, floors.get(name), name))
    return (
        f'<section>\n<h2>How good</h2>\n<p>{verdict}</p><div class="pair">{"".join(plots)}</div>'
        f"{_both_moments(record, values)}{_beside_the_figures(record)}\n</section>"
    )


def in_words(values: Points, floor: float | None, name: str) -> str:
    """Say what the values of the deciding metric mean, in a sentence or two."""
    nimg, best = min(values, key=lambda point: point[1])
    last_nimg, last = values[-1]
    text = f"{title_of(name)}: {best:.4g} at its best, after {kimg_text(nimg)}"
    text += f"; real pictures among themselves reach {floor:.4g}." if floor is not None else "."
    if last_nimg == nimg:
        return f"{text} The newest is the best so far."
    return f"{text} The newest, after {kimg_text(last_nimg)}, has {last:.4g}: the best is what is taken by default."


def _shown(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = [name for name in rows[-1]["values"] if not name.partition(":")[0].endswith("-sd")]
    return names[:MOST_PANELS]


def _plot(rows: Sequence[Mapping[str, Any]], name: str, floor: float | None) -> str:
    pictures = []
    for theme in (LIGHT, DARK):
        figure = new_figure(4.5, 3.1, theme, dpi=220)
        draw_values(figure.subplots(), points(rows, name), floor, name, theme)
        pictures.append(png_uri(to_png(figure)))
    light, dark = pictures
    last = points(rows, name)[-1]
    alt = html.escape(f"{title_of(name)} over thousands of pictures seen; {last[1]:.4g} at the end.")
    return (
        f'<div class="plot"><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{alt}"></picture></div>'
    )


def _both_moments(record: Record, values: Points) -> str:
    """Show the fixed z at the best moment and at the last one, where these differ."""
    best, last = min(values, key=lambda point: point[1])[0], values[-1][0]
    if best == last or not record.previews:
        return ""
    shown = [(what, nearest_preview(record.previews, nimg)) for what, nimg in (("best", best), ("newest", last))]
    if shown[0][1].nimg == shown[1][1].nimg:
        return ""
    return f'<div class="pair">{"".join(_sheet(preview, what) for what, preview in shown)}</div>'


def nearest_preview(previews: Sequence[Preview], nimg: int) -> Preview:
    """Return the sheet that was made nearest to ``nimg``."""
    return min(previews, key=lambda preview: abs(preview.nimg - nimg))


def _sheet(preview: Preview, what: str) -> str:
    picture = fit(enlarge(open_sheet(preview.path), 400), SIDE)
    text = f"near the {what} moment, after {kimg_text(preview.nimg)}"
    return (
        f"<figure><figcaption><b>Generated</b>, {text}</figcaption>"
        f'<img src="{data_uri(picture, SHEET_BYTES)}" width="{picture.width}" height="{picture.height}" '
        f'alt="A sheet of generated pictures, {text}."></figure>'
    )


def _beside_the_figures(record: Record) -> str:
    lines = record.judges.get("lines", [])
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<details><summary>What belongs to these figures</summary><ul>{items}</ul></details>" if items else ""
