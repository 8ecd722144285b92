"""losses.png: drawn from one row to a hundred thousand, and nothing of note lost on the way."""

import io
import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from dcgan.report.plots import (
    DARK,
    LIGHT,
    MOST_POINTS,
    draw_losses,
    draw_opinions,
    panel_png,
    smooth,
    thin,
    write_losses,
)
from dcgan.report.record import read_record


def axes_of(rows, draw):
    axes = Figure().subplots()
    FigureCanvasAgg(axes.figure)
    draw(axes, rows, LIGHT)
    return axes


@pytest.mark.parametrize("rows", [1, 2, 30, 200])
def test_a_plot_is_written_from_one_row_on(make_run, rows):
    run = make_run(rows=rows)
    assert write_losses(read_record(run))
    with Image.open(run / "losses.png") as image:
        assert image.width > 1000
        assert np.asarray(image.convert("L")).std() > 1


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_panel_has_the_colour_of_its_paper(theme, statistics):
    with Image.open(io.BytesIO(panel_png(draw_losses, statistics(500), theme))) as image:
        assert "#{:02x}{:02x}{:02x}".format(*image.convert("RGB").getpixel((0, 0))) == theme.paper


def test_no_rows_no_plot(make_run):
    run = make_run(rows=0)
    assert not write_losses(read_record(run))
    assert not (run / "losses.png").exists()


def test_no_lines_hold_more_points_than_are_drawn_and_all_reach_the_end(statistics):
    rows = statistics(100_000)
    for draw in (draw_losses, draw_opinions):
        lines = [line for line in axes_of(rows, draw).lines if len(line.get_xdata()) > 2]
        assert lines
        assert all(len(line.get_xdata()) <= MOST_POINTS for line in lines)
        assert all(line.get_xdata()[-1] == rows[-1]["kimg"] for line in lines)


def test_a_hundred_thousand_rows_make_a_plot_of_bounded_size(make_run):
    run = make_run(rows=100_000)
    assert write_losses(read_record(run))
    assert (run / "losses.png").stat().st_size < 1_000_000


def test_thinning_keeps_every_peak_the_order_and_the_ends():
    x, y = np.arange(50_001.0), np.zeros(50_001)
    y[[7, 25_000, 49_999]] = 5, -3, 9
    few_x, few_y = thin(x, y, most=100)
    assert len(few_x) == len(few_y) <= 100
    assert (np.diff(few_x) > 0).all()
    assert (few_x[0], few_x[-1]) == (0, 50_000)
    assert {7.0, 25_000.0, 49_999.0} <= set(few_x)
    np.testing.assert_array_equal(few_y, y[few_x.astype(int)])


def test_thinning_leaves_short_lines_alone_and_bears_gaps():
    x = np.arange(5.0)
    assert thin(x, x, most=5)[1] is x
    few_x, _ = thin(np.arange(1000.0), np.full(1000, np.nan), most=10)
    assert list(few_x) == [0, 999]


def test_smoothing_is_the_mean_of_what_is_known_around_each_point():
    y = np.random.default_rng(0).normal(size=400)
    y[10] = np.nan
    half = 400 // 40 // 2
    slow = [np.nanmean(y[max(0, i - half) : i + half + 1]) for i in range(400)]
    np.testing.assert_allclose(smooth(y), slow)


@pytest.mark.parametrize("highest", [0.0, 0.7, 7.9, 45.0, 3e6])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_axis_holds_every_loss(highest, sign, statistics):
    rows = statistics(50)
    rows[3]["loss_G"] = sign * highest
    low, high = axes_of(rows, draw_losses).get_ylim()
    assert low <= min(0, sign * highest)
    assert high >= max(2.9, sign * highest)


def test_losses_that_lie_far_apart_share_an_axis_that_says_it_is_logarithmic(statistics):
    rows = statistics(5)
    assert axes_of(rows, draw_losses).get_ylabel() == "loss"
    rows[0]["loss_G"] = 45.0
    axes = axes_of(rows, draw_losses)
    assert "logarithmic" in axes.get_ylabel()
    assert {0, 1, 2, 5, 10, 20} <= set(axes.get_yticks())


def test_the_penalty_is_drawn_where_there_is_one(statistics):
    rows = statistics(5)
    assert [t.get_text() for t in axes_of(rows, draw_losses).get_legend().texts] == ["D, real", "D, generated", "G"]
    rows[2]["penalty"] = 0.3
    assert [t.get_text() for t in axes_of(rows, draw_losses).get_legend().texts][-1] == "penalty"


def test_rows_without_a_value_or_with_a_value_that_is_no_number_are_gaps(statistics):
    rows = statistics(6)
    del rows[1]["loss_G"]
    rows[2]["loss_D_real"] = float("inf")
    rows[3]["D_real"] = float("nan")
    axes_of(json.loads(json.dumps(rows)), draw_losses).figure.canvas.draw()
    axes_of([{"nimg": 64}], draw_losses).figure.canvas.draw()
