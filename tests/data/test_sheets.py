"""The sheets of the check-up: what stands where, what the frame keeps, and that no picture and no name breaks them."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor

from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from dcgan.data.pictures import Pictures
from dcgan.data.sheets import (
    CHECKS,
    CUT,
    EACH,
    GAP,
    LINE,
    SHEETS,
    SHOWN,
    TILE,
    crop_sheet,
    odd_sheet,
    tile,
    write_sheets,
)
from dcgan.data.sources.open import open_source
from dcgan.images import to_image
from tests.data.samples import encoded, flat, noise, oriented, prepared, write_source

RED = ImageColor.getrgb(CUT)
HEAD = GAP + LINE + GAP  # above the first row
BOTH = 2 * TILE + GAP // 2  # an original and what becomes of it
Size = tuple[int, int]


def drawn(seed: int, size: Size = (200, 100)) -> Image.Image:
    """Return a picture in blue and green, without any red, like no other."""
    random = np.random.default_rng(seed)
    small = to_image(random.integers(0, 256, (6, 6, 3), np.uint8) * np.array([0, 1, 1], np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC)


def source(folder: Path, files: dict[str, bytes], size: Size = (64, 64), channels: int = 3, **more: Any) -> Any:
    """Return pictures and their source."""
    folder.mkdir(exist_ok=True)
    path = write_source(folder / "a", "folder", files)
    return prepared(path, folder, *size, channels, **more), open_source(str(path))


def part(sheet: Image.Image, left: int, top: int, wide: int = TILE, high: int = TILE) -> np.ndarray:
    return np.asarray(sheet.crop((left, top, left + wide, top + high)))


def red(values: np.ndarray) -> np.ndarray:
    return (values == RED).all(axis=-1)


# The crop ------------------------------------------------------------------------------------------------------------

FRAMES: list[tuple[Size, Size, tuple[int, int, int, int]]] = [  # picture, wanted (height, width), frame in the tile
    ((200, 100), (64, 64), (32, 32, 96, 96)),
    ((100, 200), (64, 64), (32, 32, 96, 96)),
    ((128, 128), (64, 32), (32, 0, 96, 128)),
    ((128, 128), (32, 64), (0, 32, 128, 96)),
    ((512, 256), (32, 64), (0, 32, 128, 96)),
    ((64, 64), (64, 64), (0, 0, 128, 128)),
]


@pytest.mark.parametrize(("size", "wanted", "box"), FRAMES)
def test_the_frame_is_what_the_crop_keeps(tmp_path: Path, size: Size, wanted: Size, box: tuple[int, ...]) -> None:
    sheet = crop_sheet(*source(tmp_path, {"a.png": encoded(drawn(0, size))}, wanted))
    left, top, right, bottom = box
    expected = np.zeros((TILE, TILE), bool)
    expected[top:bottom, left:right] = True
    expected[top + 2 : bottom - 2, left + 2 : right - 2] = False
    assert np.array_equal(red(part(sheet, GAP, HEAD)), expected)


@pytest.mark.parametrize("crop", ["none", "pad"])
def test_where_all_is_kept_there_is_no_frame(tmp_path: Path, crop: str) -> None:
    sheet = crop_sheet(*source(tmp_path, {"a.png": encoded(drawn(0))}, crop=crop))
    assert not red(np.asarray(sheet)).any()


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_the_original_stands_upright_and_whole(tmp_path: Path, form: str, orientation: int) -> None:
    size = (1024, 512) if orientation == 1 else (512, 1024)
    data = encoded(drawn(0, size), form, exif=oriented(orientation))
    sheet = crop_sheet(*source(tmp_path, {"a": data}, crop="none"))
    shown = part(sheet, GAP, HEAD).astype(int)
    assert (shown[:32] == 255).all()
    assert (shown[96:] == 255).all()
    upright = drawn(0, size) if orientation == 1 else drawn(0, size).transpose(Image.Transpose.ROTATE_270)
    assert np.abs(shown[32:96] - np.asarray(upright.resize((128, 64), Image.Resampling.LANCZOS))).mean() < 4


def test_beside_it_stands_what_is_seen(tmp_path: Path) -> None:
    pictures, opened = source(tmp_path, {f"{i}.png": encoded(drawn(i)) for i in range(5)}, size=(32, 64))
    sheet = crop_sheet(pictures, opened)
    assert sheet.size == (3 * (BOTH + GAP) + GAP, 2 * (TILE + LINE + GAP) + HEAD - GAP + GAP)
    for i, pixels in enumerate(pictures.pixels):
        left, top = GAP + i % 3 * (BOTH + GAP) + TILE + GAP // 2, HEAD + i // 3 * (TILE + LINE + GAP)
        assert np.array_equal(part(sheet, left, top + 32, TILE, 64), pixels.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 3, 2), (40, 3, 4)])
def test_at_most_so_many_are_shown(tmp_path: Path, count: int, columns: int, rows: int) -> None:
    pictures, opened = source(tmp_path, {f"{i:02d}.png": encoded(drawn(i, (20, 20))) for i in range(count)}, (16, 16))
    sheet = crop_sheet(pictures, opened)
    assert sheet.size == (columns * (BOTH + GAP) + GAP, rows * (TILE + LINE + GAP) + HEAD)
    shown = min(count, SHOWN)
    for place, i in enumerate(range(shown) if count <= SHOWN else [j * count // SHOWN for j in range(SHOWN)]):
        left, top = GAP + place % 3 * (BOTH + GAP) + TILE + GAP // 2, HEAD + place // 3 * (TILE + LINE + GAP)
        assert np.array_equal(part(sheet, left, top), pictures.pixels[i].repeat(8, axis=0).repeat(8, axis=1))


SLOPE = np.add.outer(np.arange(96), np.arange(96)).astype(np.float32) / 190
LAB = Image.merge("LAB", [Image.fromarray((SLOPE * 255).astype(np.uint8)), *[Image.new("L", (96, 96), 0)] * 2])
DEEP: dict[str, bytes] = {
    "8 bit": encoded(Image.fromarray((SLOPE * 255).astype(np.uint8))),
    "16 bit": encoded(Image.fromarray((SLOPE * 65535).astype(np.uint16))),
    "32 bit": encoded(Image.fromarray((SLOPE * 65535).astype(np.int32)), "TIFF"),
    "unit": encoded(Image.fromarray(SLOPE), "TIFF"),
    "float": encoded(Image.fromarray(SLOPE * 255), "TIFF"),
    "LAB": encoded(LAB, "TIFF"),
    "CMYK": encoded(Image.fromarray((SLOPE * 255).astype(np.uint8)).convert("RGB").convert("CMYK"), "TIFF"),
    "palette": encoded(Image.fromarray((SLOPE * 255).astype(np.uint8)).convert("P")),
    "LA": encoded(Image.fromarray((SLOPE * 255).astype(np.uint8)).convert("LA")),
    "1 bit": encoded(Image.fromarray(SLOPE > 0.5)),
}


@pytest.mark.parametrize("kind", DEEP)
def test_the_original_is_shown_as_it_is_read(tmp_path: Path, kind: str) -> None:
    pictures, opened = source(tmp_path, {"a": DEEP[kind]}, size=(128, 128), crop="none")
    sheet = crop_sheet(pictures, opened)
    left, right = (part(sheet, x, HEAD).astype(int) for x in (GAP, GAP + TILE + GAP // 2))
    assert np.abs(left - right).mean() < 2


def test_transparency_shows_checks() -> None:
    pixels = np.zeros((128, 128, 4), np.uint8)
    pixels[:64] = (10, 20, 30, 255)
    shown = np.asarray(tile(to_image(pixels)))
    assert (shown[:64] == (10, 20, 30)).all()
    assert {tuple(v) for v in shown[64:].reshape(-1, 3).tolist()} == {ImageColor.getrgb(colour) for colour in CHECKS}


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (60, 20), (64, 64), (65, 65), (128, 100), (129, 20), (1024, 8)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiles_hold_the_whole_picture(size: Size, channels: int) -> None:
    picture = to_image(noise(size[1], size[0], channels))
    shown = tile(picture)
    assert (shown.mode, shown.size) == ("RGB", (TILE, TILE))
    rows, columns = (np.flatnonzero((np.asarray(shown) != 255).any(axis=(axis, 2))) for axis in (1, 0))
    wide, high = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert max(wide, high) > TILE // 2
    assert wide / high == pytest.approx(size[0] / size[1], rel=0.2) or 1 in (wide, high)


# What is odd ---------------------------------------------------------------------------------------------------------


def files_with(**odd: bytes) -> dict[str, bytes]:
    return {f"{i} fine.png": encoded(drawn(i)) for i in range(8)} | odd


def sections(pictures: Pictures) -> int:
    """Return how many rows of tiles stand on the sheet of the odd ones."""
    sheet = odd_sheet(pictures, pictures.checkup)
    assert sheet is not None
    rows, rest = divmod(sheet.height - GAP, TILE + LINE + GAP + LINE + GAP)
    assert (rest, sheet.width) == (0, EACH * (TILE + GAP) + GAP)
    return rows


def test_where_nothing_is_odd_there_is_no_such_sheet(tmp_path: Path) -> None:
    pictures, opened = source(tmp_path, files_with())
    assert odd_sheet(pictures, pictures.checkup) is None
    written = write_sheets(tmp_path / "out", pictures, opened, pictures.checkup)
    assert [path.name for path in written] == ["crop.png"] == [p.name for p in (tmp_path / "out").iterdir()]


def test_every_oddity_has_its_row(tmp_path: Path) -> None:
    clear = drawn(50).convert("RGBA")
    clear.putalpha(100)
    files = files_with(
        gray=encoded(drawn(51).convert("L")),
        clear=encoded(clear),
        moving=encoded(drawn(52), save_all=True, append_images=[drawn(53)]),
        blank=encoded(Image.new("RGB", (80, 80), (0, 90, 180))),
        tiny=encoded(drawn(54, (10, 80))),
        again=encoded(drawn(3)),
        nearly=encoded(drawn(4), "JPEG", quality=90),
        bad=b"",
    )
    pictures, opened = source(tmp_path, files)
    odd = pictures.checkup.odd
    assert list(odd.values()) == [1] * len(odd)
    assert sections(pictures) == len(odd) + 1
    written = write_sheets(tmp_path / "out", pictures, opened, pictures.checkup)
    assert [path.name for path in written] == list(SHEETS)
    for path in written:
        with Image.open(path) as sheet:
            sheet.load()
            assert sheet.format == "PNG"


def test_repeats_stand_beside_what_they_repeat(tmp_path: Path) -> None:
    pictures, _ = source(tmp_path, files_with(x=encoded(drawn(3)), y=encoded(drawn(5))))
    sheet = odd_sheet(pictures, pictures.checkup)
    assert sheet is not None
    shown = [part(sheet, GAP + i * (TILE + GAP), HEAD) for i in range(5)]
    expected = [pictures.pixels[i].repeat(2, axis=0).repeat(2, axis=1) for i in (3, 8, 5, 9)]
    assert all(np.array_equal(one, other) for one, other in zip(shown, expected, strict=False))
    assert (shown[4] == 255).all()


def test_what_all_have_is_not_odd(tmp_path: Path) -> None:
    files = {f"{i}.png": encoded(drawn(i, (40, 40)).convert("L")) for i in range(8)}
    pictures, _ = source(tmp_path, files)
    assert (pictures.checkup.odd["gray"], pictures.checkup.odd["enlarged"]) == (8, 8)
    assert odd_sheet(pictures, pictures.checkup) is None


def test_more_than_fit_in_a_row(tmp_path: Path) -> None:
    pictures, _ = source(tmp_path, files_with(**{f"gray {i}": encoded(drawn(60 + i).convert("L")) for i in range(9)}))
    assert sections(pictures) == 1


# Names ---------------------------------------------------------------------------------------------------------------

NAMES = [
    "图片.png",
    "صورة.png",
    "🦊🖼️.png",
    "line\nbreak.png",
    "\x1b[31m\t.png",
    "a\xad\x85.png",
    "x" * 240 + ".png",
    "%s{}\\.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_a_sheet(tmp_path: Path, name: str) -> None:
    try:
        pictures, opened = source(tmp_path, files_with(**{name: encoded(flat(7, side=80)), "bad " + name[:200]: b"x"}))
    except OSError:
        pytest.skip("no such name on this disk")
    assert len(write_sheets(tmp_path / "out", pictures, opened, pictures.checkup)) == 2
    assert sections(pictures) == 3  # gray, blank, left out


def test_a_name_stands_below_its_tile_and_not_beyond(tmp_path: Path) -> None:
    sheets = []
    for name in ("x" * 240, "y"):
        pictures, opened = source(tmp_path / name[:1], {name: encoded(drawn(0)), f"{name}z": encoded(drawn(1))})
        sheets.append(np.asarray(crop_sheet(pictures, opened)))
    differ = np.argwhere((sheets[0] != sheets[1]).any(axis=-1))
    assert differ[:, 0].min() >= HEAD + TILE
    gap = sheets[0][HEAD + TILE :, GAP + BOTH + 4 : GAP + BOTH + GAP]
    assert (gap == 255).all()


def test_originals_are_found_where_two_share_a_name(tmp_path: Path) -> None:
    path = tmp_path / "twins.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")
        for data in (encoded(flat(9)), b"no picture", encoded(flat(200))):
            archive.writestr("a.png", data)
    source = open_source(str(path))
    pictures = prepare(source, Measure(height=16, width=16, channels=1), root=tmp_path / "root")
    assert pictures.facts["index"].tolist() == [0, 2]
    crop_sheet(pictures, source)
