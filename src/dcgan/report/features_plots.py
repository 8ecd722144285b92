"""Plots of what D's features are good for."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from dcgan.probes.judge import Verdict
from dcgan.report.plots import LIGHT, Theme, new_figure, quiet, to_png

WRITTEN = 12  # classes up to which every cell of a confusion matrix has its number
NAMED = 30


def classify_png(
    classes: Sequence[str], found: Sequence[tuple[str, Verdict]], shown: int, growth: Sequence[tuple[float, Verdict]]
) -> bytes:
    """Return accuracies side by side, the confusion matrix of one, and the growth with training, as a PNG.

    Args:
        classes: their names.
        found: what was judged, by name.
        shown: which one's mistakes are shown.
        growth: (kimg, verdict) of the same D at several moments; drawn from three on.
    """
    grows = len(growth) > 2
    figure = new_figure(12, 5.2, LIGHT, dpi=110)
    left, *middle, right = figure.subplots(1, 3 if grows else 2, width_ratios=[1.1] + [1.1] * grows + [1.3])
    _draw_bars(left, found, LIGHT)
    if grows:
        _draw_growth(middle[0], sorted(growth, key=lambda one: one[0]), LIGHT)
    _draw_confusion(right, classes, *found[shown], LIGHT)
    return to_png(figure)


def _draw_bars(axes: Axes, found: Sequence[tuple[str, Verdict]], theme: Theme) -> None:
    names, verdicts = [name for name, _ in found], [verdict for _, verdict in found]
    places = np.arange(len(found))[::-1]
    colours = [theme.fake if name.startswith("D,") else theme.real for name in names]
    values = [verdict.accuracy for verdict in verdicts]
    axes.barh(places, values, xerr=[v.spread for v in verdicts], color=colours, height=0.62, ecolor=theme.ink)
    axes.set_yticks(places, names)
    for place, verdict in zip(places, verdicts, strict=True):
        axes.text(verdict.accuracy + verdict.spread + 0.01, place, f"{verdict.accuracy:.1%}", va="center", size=9)
    quiet(axes, "right answers", "", theme)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, min(1.18, max(values) * 1.25))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _draw_growth(axes: Axes, growth: Sequence[tuple[float, Verdict]], theme: Theme) -> None:
    kimg, verdicts = [one for one, _ in growth], [verdict for _, verdict in growth]
    axes.errorbar(
        kimg, [v.accuracy for v in verdicts], yerr=[v.spread for v in verdicts], color=theme.fake, marker="o", capsize=3
    )
    quiet(axes, "with training", "", theme)
    axes.set_xlabel("kimg", color=theme.ink, size=10)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _draw_confusion(axes: Axes, classes: Sequence[str], name: str, verdict: Verdict, theme: Theme) -> None:
    shares = verdict.confusion / np.maximum(verdict.confusion.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_title(f"{name}: what was said (of each class)", loc="left", color=theme.ink, size=11, weight="bold")
    if len(classes) <= NAMED:
        axes.set_xticks(range(len(classes)), classes, rotation=60, ha="right", size=8)
        axes.set_yticks(range(len(classes)), classes, size=8)
    if len(classes) <= WRITTEN:
        for (row, column), value in np.ndenumerate(shares):
            shade = "white" if value > 0.5 else theme.ink
            axes.text(column, row, f"{value * 100:.0f}", ha="center", va="center", size=8, color=shade)
    axes.set_ylabel("truth", color=theme.ink)
