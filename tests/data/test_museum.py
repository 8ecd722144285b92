"""A museum of bad and odd pictures: each gets its sentence, or is read as it should be. Sources have another one."""

import re
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcgan.errors import DataError
from dcgan.images import to_image
from tests.data.samples import chunk, encoded, flat, noise, oriented, png, prepared, write_source
from tests.reference.reading import UPRIGHT

RGB = noise(24, 32, 3)
SMOOTH = np.asarray(to_image(noise(3, 4, 3)).resize((32, 24), Image.Resampling.BICUBIC))
PNG, JPEG = encoded(to_image(RGB)), encoded(to_image(SMOOTH), "JPEG", quality=95, subsampling=0)
GOOD = encoded(flat(9))


def wrong(data: bytes, at: int, count: int = 1) -> bytes:
    """Return the bytes with some of them inverted."""
    return data[:at] + bytes(255 - v for v in data[at : at + count]) + data[at + count :]


# Files that are no pictures ------------------------------------------------------------------------------------------

NOT_KNOWN = "not a picture: its format is not known"
LARGE = "too large: more than 200 million pixels"
BAD: dict[str, tuple[bytes, str]] = {
    "empty.png": (b"", "empty: it has 0 bytes"),
    "text.jpg": (b"hello\n" * 100, NOT_KNOWN),
    "half.jpg": (JPEG[:-300], r"cut off: image file is truncated \(\d+ bytes not processed\)"),
    "head.jpg": (JPEG[:100], "cut off: Truncated File Read"),
    "mark.jpg": (JPEG[:3], NOT_KNOWN),
    "half.png": (PNG[: len(PNG) // 2], "cut off: image file is truncated"),
    "sign.png": (PNG[:8], NOT_KNOWN),
    "damaged.png": (wrong(PNG, PNG.index(b"IDAT") + 30, 9), "damaged: broken data stream when reading image file"),
    "half.webp": (encoded(to_image(RGB), "WEBP")[:-99], "damaged: could not create decoder object"),
    "half.gif": (encoded(to_image(RGB), "GIF")[:-99], r"cut off: image file is truncated \(\d+ bytes not processed\)"),
    "half.jp2": (encoded(to_image(RGB), "JPEG2000")[:-99], "damaged: broken data stream when reading image file"),
    "half.ico": (encoded(to_image(RGB), "ICO", sizes=[(16, 16)])[:-99], "cut off: image file is truncated"),
    "bomb.png": (png(30_000, 30_000, 8, 2, b""), LARGE),
    "bomb.bmp": (b"BM" + struct.pack("<IHHIIiiHH6I", 54, 0, 0, 54, 40, 40_000, 40_000, 1, 24, *[0] * 6), LARGE),
    "bomb.gif": (b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b",\0\0\0\0\5\0\5\0\0\2\1\0\0;", LARGE),
    "no rows.png": (png(100, 100, 8, 2, b""), r"cut off: image file is truncated.*"),
    "no width.png": (png(0, 5, 8, 2, b""), NOT_KNOWN),
    "no frame.gif": (b"GIF89a" + struct.pack("<HHBBB", 5, 5, 0, 0, 0) + b";", NOT_KNOWN),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(99), NOT_KNOWN + r" \(HEIC: convert it to JPEG\)"),
    "phone.heif": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(99), NOT_KNOWN + r" \(HEIC: convert it to JPEG\)"),
    "drawing.svg": (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        NOT_KNOWN + r" \(SVG: it has no pixels\)",
    ),
    "drawing.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n", NOT_KNOWN),
    "text.pdf": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", NOT_KNOWN),
    "film.mp4": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(99), NOT_KNOWN),
    "font.ttf": (b"\0\1\0\0\0\x0f\0\x80\0\3\0p" + bytes(200), NOT_KNOWN),
    "noise": (noise(5000).tobytes(), NOT_KNOWN),
    "zeros": (bytes(1000), NOT_KNOWN),
    "nan.tif": (
        encoded(Image.fromarray(np.array([[0.5, np.nan]], np.float32)), "TIFF"),
        "damaged: it has numbers that are not finite",
    ),
    "deep.tif": (
        encoded(Image.fromarray(np.array([[-3, 70_000]], np.int32)), "TIFF"),
        "damaged: its numbers go from -3 to 70000: 8 or 16 bits are understood",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_named_with_its_reason(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: Any, **__: Any) -> None:
        raise AssertionError("no other program is started")

    monkeypatch.setattr(subprocess, "Popen", started)
    data, sentence = BAD[name]
    found = prepared(write_source(tmp_path / "a", "folder", {name: data, "good.png": GOOD}), tmp_path)
    assert found.names == ["good.png"]
    ((named, why),) = found.left_out
    assert named == name
    assert re.fullmatch(sentence, why), why
    assert found.checkup.left_out == {why.split(":")[0]: 1}


def test_a_folder_of_mixed_files(tmp_path: Path) -> None:
    good = {f"{i} good.png": encoded(flat(i)) for i in range(3)}
    folder = write_source(tmp_path / "a", "folder", {name: data for name, (data, _) in BAD.items()} | good)
    (folder / "link").symlink_to("nothing")
    found = prepared(folder, tmp_path)
    assert found.names == sorted(good)
    assert found.pixels[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert sorted(name for name, _ in found.left_out) == sorted([*BAD, "link"])
    checked = found.checkup
    assert (checked.pictures, checked.files) == (3, len(BAD) + 4)
    assert checked.pictures + sum(checked.left_out.values()) == checked.files
    assert set(checked.left_out) == {"empty", "not a picture", "cut off", "damaged", "too large", "refused"}


def test_a_folder_of_bad_files_only(tmp_path: Path) -> None:
    folder = write_source(tmp_path / "bad", "folder", {name: data for name, (data, _) in BAD.items()})
    sentence = f"none of {len(BAD)} files of bad is a picture that can be read; the first, bomb.bmp, is {LARGE}"
    with pytest.raises(DataError, match=f"^{sentence}$"):
        prepared(folder, tmp_path)


def test_other_processes_find_the_same(tmp_path: Path) -> None:
    good = {f"{i} good.png": encoded(to_image(noise(9 + i, 12, 3))) for i in range(40)}
    files = good | {f"{i} {name}": data for name, (data, _) in BAD.items() for i in (0, 20)}
    folder = write_source(tmp_path / "a", "folder", files)
    here, there = (prepared(folder, tmp_path / str(n), 16, 16, 3, workers=n) for n in (0, 1))
    assert (here.names, here.left_out, here.digest) == (there.names, there.left_out, there.digest)
    assert np.array_equal(here.pixels, there.pixels)
    assert here.checkup == there.checkup


# Odd pictures --------------------------------------------------------------------------------------------------------


def opaque(values: np.ndarray) -> np.ndarray:
    """Return (H, W), (H, W, 1) or (H, W, 3) as (H, W, 4)."""
    colour = values.reshape(*values.shape[:2], -1)
    return np.dstack([np.broadcast_to(colour, (*values.shape[:2], 3)), np.full(values.shape[:2], 255)])


def cmyk(values: np.ndarray) -> np.ndarray:
    light = 255 - values.astype(float)
    return opaque(np.rint(light[..., :3] * light[..., 3:] / 255))


GRAY, RGBA = noise(24, 32), noise(24, 32, 4)
PAIRS, WORDS, FOURS = (noise(24, 32, 2 * n).view(">u2") for n in (2, 3, 4))  # samples of 16 bits
BITS = noise(24, 8)  # four samples of 2 bits in each
TABLE, PALETTE, ALPHAS = noise(24, 32) % 4, noise(4, 3), np.array([0, 77, 200, 255], np.uint8)
TRNS = (chunk(b"PLTE", PALETTE.tobytes()), chunk(b"tRNS", ALPHAS.tobytes()))
FIRST = chunk(b"tRNS", RGB[0, 0].astype(">u2").tobytes())
SLOPE = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (24, 1))
INKS = np.full((24, 32, 4), 60, np.uint8)
PAGES = to_image(RGB), {"save_all": True, "append_images": [to_image(255 - RGB)]}
PALETTED = [picture.quantize(256) for picture in (to_image(RGB), to_image(255 - RGB))]
FINE: dict[str, Any] = {"quality": 95, "subsampling": 0}
TURNED = encoded(to_image(SMOOTH), "JPEG", exif=oriented(6), **FINE)
EXACT: dict[str, tuple[bytes, np.ndarray]] = {
    "moving.gif": (
        encoded(PALETTED[0], "GIF", save_all=True, append_images=PALETTED[1:]),
        np.asarray(PALETTED[0].convert("RGBA")),
    ),
    "moving.png": (encoded(PAGES[0], **PAGES[1]), opaque(RGB)),
    "moving.webp": (encoded(PAGES[0], "WEBP", lossless=True, **PAGES[1]), opaque(RGB)),
    "pages.tif": (encoded(PAGES[0], "TIFF", **PAGES[1]), opaque(RGB)),
    "16 bit gray.png": (png(32, 24, 16, 0, PAIRS[..., 0].tobytes()), opaque(PAIRS[..., 0] >> 8)),
    "16 bit gray and alpha.png": (png(32, 24, 16, 4, PAIRS.tobytes()), PAIRS[..., [0, 0, 0, 1]] >> 8),
    "16 bit colour.png": (png(32, 24, 16, 2, WORDS.tobytes()), opaque(WORDS >> 8)),
    "16 bit colour and alpha.png": (png(32, 24, 16, 6, FOURS.tobytes()), FOURS >> 8),
    "16 bit.tif": (encoded(Image.fromarray(PAIRS[..., 0]), "TIFF"), opaque(PAIRS[..., 0] >> 8)),
    "2 bit.png": (
        png(32, 24, 2, 0, BITS.tobytes()),
        opaque(((BITS[..., None] >> np.array([6, 4, 2, 0])) & 3).reshape(24, 32) * 85),
    ),
    "1 bit.png": (encoded(Image.fromarray(GRAY > 127)), opaque((GRAY > 127) * 255)),
    "palette, tRNS.png": (png(32, 24, 8, 3, TABLE.tobytes(), *TRNS), np.dstack([PALETTE[TABLE], ALPHAS[TABLE]])),
    "colour, tRNS.png": (
        png(32, 24, 8, 2, RGB.tobytes(), FIRST),
        np.dstack([RGB, 255 * (RGB[0, 0] != RGB).any(axis=-1)]),
    ),
    "16 bit colour, tRNS.png": (
        png(32, 24, 16, 2, WORDS.tobytes(), chunk(b"tRNS", WORDS[0, 0].tobytes())),
        np.dstack([WORDS >> 8, 255 * (WORDS[0, 0] != WORDS).any(axis=-1)]),
    ),
    "LA.png": (encoded(Image.merge("LA", [to_image(RGBA[..., i : i + 1]) for i in (0, 3)])), RGBA[..., [0, 0, 0, 3]]),
    "RGBA.webp": (encoded(to_image(RGBA), "WEBP", lossless=True, exact=True), RGBA),
    "icon.ico": (encoded(to_image(RGBA[:16, :16]), "ICO", sizes=[(16, 16)]), RGBA[:16, :16]),
    "unit.tif": (encoded(Image.fromarray(GRAY / np.float32(255)), "TIFF"), opaque(GRAY)),
    "no name": (PNG, opaque(RGB)),
    "wrong check sum.png": (wrong(PNG, PNG.index(b"IEND") - 8, 4), opaque(RGB)),
    "more behind it.png": (PNG + bytes(999), opaque(RGB)),
    "1x1.png": (encoded(flat(77, side=1)), opaque(np.full((1, 1), 77))),
    "1x5000.png": (encoded(to_image(noise(5000, 1, 3))), opaque(noise(5000, 1, 3))),
    **{
        f"picture.{form.lower()}": (encoded(to_image(RGB), form), opaque(RGB))
        for form in ("BMP", "PPM", "TIFF", "TGA", "PCX", "SGI", "DDS", "QOI")
    },
}
ROUNDED: dict[str, tuple[bytes, np.ndarray]] = {  # to what they hold, as far as JPEG or CMYK let that through
    "cmyk.jpg": (encoded(Image.frombytes("CMYK", (32, 24), INKS.tobytes()), "JPEG"), cmyk(INKS)),
    "cmyk.tif": (encoded(Image.frombytes("CMYK", (32, 24), RGBA.tobytes()), "TIFF"), cmyk(RGBA)),
    "gray.jpg": (encoded(Image.fromarray(SLOPE), "JPEG", quality=95), opaque(SLOPE)),
    "progressive.jpg": (encoded(to_image(SMOOTH), "JPEG", progressive=True, **FINE), opaque(SMOOTH)),
    "turned.jpg": (TURNED, opaque(UPRIGHT[6](SMOOTH))),
    "broken exif.jpg": (wrong(TURNED, TURNED.index(b"Exif") + 6, 18), opaque(SMOOTH)),
    "jpeg.png": (JPEG, opaque(SMOOTH)),
    "more behind it.jpg": (JPEG + bytes(999), opaque(SMOOTH)),
    "two in one.mpo": (
        encoded(to_image(SMOOTH), "MPO", save_all=True, append_images=[to_image(RGB)], **FINE),
        opaque(SMOOTH),
    ),
}


@pytest.mark.parametrize("name", [*EXACT, *ROUNDED])
def test_odd_pictures_are_read_as_they_are(tmp_path: Path, name: str) -> None:
    data, expected = (EXACT | ROUNDED)[name]
    height, width = expected.shape[:2]
    found = prepared(write_source(tmp_path / "a", "folder", {name: data}), tmp_path, height, width, 4)
    assert found.left_out == ()
    assert np.abs(found.pixels[0].astype(int) - expected).max() <= (8 if name in ROUNDED else 0)
    assert bool(found.facts["moving"][0]) == name.startswith(("moving", "pages"))
    assert bool(found.facts["clear"][0]) == bool((expected[..., 3] < 255).any())


@pytest.mark.parametrize("name", ["1x1.png", "1x5000.png"])
@pytest.mark.parametrize("crop", ["center", "none", "pad"])
def test_extreme_shapes(tmp_path: Path, name: str, crop: str) -> None:
    path = write_source(tmp_path / "a", "folder", {name: EXACT[name][0]})
    found = prepared(path, tmp_path, 32, 32, 3, crop=crop)
    assert found.left_out == ()
    assert (name == "1x1.png") == bool((found.pixels == 77).all())
