"""Sheets with words: where the pictures lie, and that the words are there."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan.latent.spread import Spread
from dcgan.report.heat import heat
from dcgan.report.labelled import GAP, LINE, equation, sheet, shown, side_by_side, stacked, titled
from dcgan.report.latent_plots import spread_png

rng = np.random.default_rng(0)


def colours(count: int, channels: int = 3, side: int = 8) -> np.ndarray:
    """Plain pictures, each of its own colour."""
    return rng.integers(0, 256, (count, 1, 1, channels), np.uint8).repeat(side, 1).repeat(side, 2)


def ink(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    return int((np.asarray(image.crop(box).convert("L")) < 200).sum())


def test_small_pictures_are_shown_in_squares_of_pixels() -> None:
    picture = rng.integers(0, 256, (8, 12, 3), np.uint8)
    found = np.asarray(shown(picture, 64))
    assert found.shape == (64, 96, 3)
    assert np.array_equal(found[::8, ::8], picture)
    assert shown(colours(1, side=100)[0]).size == (100, 100)


def test_gray_and_clear_pictures_become_rgb_on_white() -> None:
    assert np.asarray(shown(np.full((64, 64, 1), 7, np.uint8)))[0, 0].tolist() == [7, 7, 7]
    clear = np.zeros((64, 64, 4), np.uint8)
    assert np.asarray(shown(clear))[0, 0].tolist() == [255, 255, 255]


def test_pictures_lie_in_rows() -> None:
    pixels = colours(5)
    found = np.asarray(sheet(pixels, 2))
    for i, picture in enumerate(pixels):
        y, x = GAP + i // 2 * (64 + GAP), GAP + i % 2 * (64 + GAP)
        assert (found[y : y + 64, x : x + 64] == picture[0, 0]).all()
    assert found.shape == (GAP + 3 * (64 + GAP), GAP + 2 * (64 + GAP), 3)


def test_words_stand_beside_and_never_upon_pictures() -> None:
    pixels = np.full((4, 64, 64, 3), 255, np.uint8)  # white: all ink is words
    words = {"heads": ["one", "two"], "names": ["first", "second"], "title": "what it is"}
    found = sheet(pixels, 2, captions=["a", "b", "c", "d"], **words)
    plain = sheet(pixels, 2)
    assert ink(plain, (0, 0, *plain.size)) == 0
    left, top = found.width - 2 * (64 + GAP), GAP + 2 * LINE
    assert ink(found, (0, 0, found.width, LINE + GAP)) > 50
    assert ink(found, (left, LINE + GAP, found.width, top)) > 20
    assert ink(found, (0, top, left, found.height)) > 50
    for row in range(2):
        for column in range(2):
            x, y = left + column * (64 + GAP), top + row * (64 + GAP + LINE)
            assert ink(found, (x, y, x + 64, y + 64)) == 0
            assert ink(found, (x, y + 64, x + 64, y + 64 + LINE)) > 3


def test_a_long_word_is_made_to_fit() -> None:
    pixels = np.full((2, 64, 64, 3), 255, np.uint8)
    found = sheet(pixels, 2, captions=["a caption that is far too long", ""])
    assert ink(found, (GAP + 64 + GAP + 30, 0, found.width, found.height)) == 0


def test_an_equation_is_a_line_of_pictures_and_signs() -> None:
    a, b, c = colours(1), colours(4), colours(1)
    found = equation([a, "+", b, "=", c], ["G", "", "mean", "", ""], least=64)
    pixels = np.asarray(found).reshape(-1, 3)
    for picture in (a[0], c[0], b[-1]):
        assert (pixels == picture[0, 0]).all(1).sum() == 64 * 64
    for picture in b[:3]:  # exemplars are small
        assert 0 < (pixels == picture[0, 0]).all(1).sum() < 64 * 64 / 4


def test_sheets_stand_below_and_beside_each_other() -> None:
    one, two = Image.new("RGB", (10, 20), "red"), Image.new("RGB", (30, 5), "blue")
    assert stacked([one, two]).size == (30, 25)
    assert side_by_side([one, two], 4).size == (44, 20)
    assert titled(one, "") is one
    assert ink(titled(Image.new("RGB", (60, 20), "white"), "name"), (0, 0, 60, LINE)) > 10


def test_heat_goes_from_black_to_bright() -> None:
    found = heat(np.array([[0.0, 0.5, 1.0, 2.0]]), 1.0)
    assert found[0, 0].max() < 10
    assert found[0, 2].tolist() == found[0, 3].tolist()
    assert (np.diff(found.astype(int).sum(2)[0, :3]) > 100).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_the_plot_along_the_mean(channels: int, tmp_path: Path) -> None:
    names = ("brightness", "saturation", "hue")[:channels]
    values = {name: np.array([0.2, 0.5, 0.4]) for name in names}
    shares = rng.uniform(size=(3, 12))
    found = Spread(
        means=[-1, 0, 1], centre=values, spread=values, labels=tuple(f"l{i}" for i in range(12)), shares=shares
    )
    (tmp_path / "p.png").write_bytes(spread_png(found, colours(3, channels)))
    with Image.open(tmp_path / "p.png") as plot:
        assert plot.width > 800
        assert plot.height > 300 * (len(names) + 1) / 2
