"""The check-up: what is counted, what is recommended, and what is said."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dcgan.config import Config
from dcgan.data.checkup import CheckUp, Findings, check_up, in_words, recommended_flags
from dcgan.data.examine import FACTS, Measure
from dcgan.images import to_image
from dcgan.models.recipes import resolve_model
from tests.data.samples import encoded, flat, oriented, prepared, write_source

Size = tuple[int, int]
SQUARE = Measure(height=64, width=64, channels=3)


def drawn(seed: int, size: Size = (80, 80), mode: str = "RGB") -> Image.Image:
    """Return a picture with colour and contrast, like no other."""
    small = to_image(np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC).convert(mode)


# Counts --------------------------------------------------------------------------------------------------------------


def clear(seed: int) -> Image.Image:
    picture = drawn(seed).convert("RGBA")
    picture.putpixel((40, 40), (1, 2, 3, 100))
    return picture


def of_two(one: tuple[int, ...], other: tuple[int, ...], box: tuple[int, ...] = (0, 0, 39, 79)) -> Image.Image:
    """Return a picture of one colour, with a box of another one."""
    mode = "RGB" if len(one) == 3 else "RGBA"
    picture = Image.new(mode, (80, 80), one)
    ImageDraw.Draw(picture).rectangle(box, fill=other)
    return picture


KINDS: dict[str, tuple[bytes, set[str]]] = {
    "colour": (encoded(drawn(0)), set()),
    "gray": (encoded(drawn(1, mode="L")), {"gray"}),
    "gray in colour": (encoded(drawn(2, mode="L").convert("RGB")), {"gray"}),
    "gray in jpeg": (encoded(drawn(3, mode="L").convert("RGB"), "JPEG", quality=60), {"gray"}),
    "gray palette": (encoded(drawn(4, mode="L").convert("P")), {"gray"}),
    "gray, 16 bit": (encoded(Image.fromarray(np.asarray(drawn(5, mode="L")).astype(np.uint16) << 8)), {"gray"}),
    "partly in colour": (encoded(of_two((9, 9, 9), (200, 40, 40), (8, 8, 30, 30))), set()),
    "transparent": (encoded(clear(6)), {"transparent"}),
    "opaque RGBA": (encoded(drawn(7).convert("RGBA")), set()),
    "moving": (encoded(drawn(8), save_all=True, append_images=[drawn(9)]), {"moving"}),
    "blank": (encoded(Image.new("RGB", (80, 80), (10, 200, 30))), {"blank"}),
    "blank, gray": (encoded(flat(100, side=80)), {"blank", "gray"}),
    "tiny": (encoded(drawn(10, (15, 90))), {"tiny", "enlarged"}),
    "small": (encoded(drawn(11, (63, 64))), {"enlarged"}),
    "of two equally light colours": (encoded(of_two((255, 0, 0), (0, 130, 0))), set()),
    "white on nothing": (encoded(of_two((255, 255, 255, 0), (255, 255, 255, 255))), {"transparent", "gray"}),
    "a thin line": (encoded(of_two((0, 0, 0), (90, 250, 90), (0, 41, 79, 41)).crop((0, 0, 64, 64))), set()),
    "a small spot": (encoded(of_two((0, 0, 0), (90, 250, 90), (41, 41, 43, 43))), set()),
}
BLANK_FOR_ALL_THAT_IS_SEEN = {
    ("of two equally light colours", 1): {"blank"},
    ("white on nothing", 1): {"blank"},
    ("white on nothing", 3): {"blank"},
}


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_odd_about_one(tmp_path: Path, kind: str, channels: int) -> None:
    data, odd = KINDS[kind]
    path = write_source(tmp_path / "a", "folder", {"x": data})
    checked = prepared(path, tmp_path, 64, 64, channels).checkup
    expected = odd | BLANK_FOR_ALL_THAT_IS_SEEN.get((kind, channels), set())
    assert {what for what, count in checked.odd.items() if count} == expected
    assert checked.examples == {what: ["x"] for what in expected}


def test_what_is_counted(tmp_path: Path) -> None:
    files = {f"a/{kind}": data for kind, (data, _) in KINDS.items()} | {
        "b/copy": KINDS["colour"][0],
        "b/again.jpg": encoded(drawn(0), "JPEG", quality=60),
        "b/turned": encoded(drawn(20, (100, 70)), exif=oriented(6)),
        "b/turned back": encoded(drawn(21, (60, 110)), exif=oriented(8)),
        "b/bad": b"",
        "b/text": b"hello",
    }
    path = write_source(tmp_path / "things", "folder", files)
    checked = prepared(path, tmp_path, 64, 64, 3).checkup
    assert (checked.name, checked.kind, checked.where) == ("things", "folder", str(path))
    assert (checked.files, checked.pictures) == (len(KINDS) + 6, len(KINDS) + 4)
    assert checked.left_out == {"empty": 1, "not a picture": 1}
    assert checked.classes == {"a": len(KINDS), "b": 4}
    assert checked.unlabelled == 0
    assert (checked.odd["repeated"], checked.odd["nearly repeated"]) == (1, 1)
    assert checked.examples["repeated"] == ["b/copy"]
    sizes = checked.sizes
    assert (sizes["kinds"], sizes["smallest"], sizes["largest"]) == (6, [15, 90], [70, 100])
    assert (sizes["median"], sizes["commonest"], sizes["share"]) == ([80, 80], [80, 80], round(17 / 22, 3))
    assert checked.formats == {"PNG": 20, "JPEG": 2}
    assert sum(checked.modes.values()) == 22
    assert checked.kept_area == 1


# Recommendations -----------------------------------------------------------------------------------------------------


def findings(sizes: Any, labels: list[str] | None = None, **more: Any) -> Findings:
    """Return what a pass would have gathered from pictures of these (width, height) that repeat nothing."""
    facts = np.zeros(len(sizes), FACTS)
    facts["width"], facts["height"] = np.transpose(sizes)
    facts["mode"], facts["format"] = b"RGB", b"JPEG"
    for name in ("gray", "clear", "moving", "blank"):
        facts[name][: int(more.pop(name, 0) * len(sizes))] = True
    first = np.arange(len(sizes))
    first[: int(more.pop("repeated", 0) * len(sizes))] = 0
    names = [f"{i}.jpg" for i in range(len(sizes))]
    none: list[str | None] = [None] * len(sizes)
    return Findings(names=names, labels=labels or none, facts=facts, first=first, values=None, attributes=())


def checked(
    found: Findings, measure: Measure = SQUARE, left_out: tuple[tuple[str, str], ...] = (), notes: tuple[str, ...] = ()
) -> CheckUp:
    """Return the check-up of findings that are all used."""
    return check_up(found, measure, name="a", kind="folder", where="/a", left_out=left_out, notes=notes)


RANDOM = np.random.default_rng(0)
MIXED = np.multiply(RANDOM.integers(70, 900, (6000, 1)), RANDOM.uniform(1, 1.4, (6000, 2))).astype(int)
PANORAMAS = np.multiply([[100, 100]], RANDOM.uniform([2.5, 1], [9, 1], (6000, 2))).astype(int)


def advice(size: str, channels: int = 3, crop: str = "center") -> dict[str, Any]:
    return {"size": size, "channels": channels, "crop": crop, "recipe": "modern"}


SETS: dict[str, tuple[Findings, dict[str, Any]]] = {
    "digits": (findings([(28, 28)] * 6000, gray=1), advice("28", channels=1)),
    "8x8": (findings([(8, 8)] * 6000, gray=1), advice("16", channels=1)),
    "faces": (findings([(89, 109)] * 6000), advice("64")),
    "CIFAR": (findings([(32, 32)] * 6000), advice("32")),
    "48x48": (findings([(48, 48)] * 6000), advice("32")),
    "wide photographs": (findings([(1920, 1080)] * 6000), advice("64x112")),
    "high photographs": (findings([(1080, 1920)] * 6000), advice("112x64")),
    "sprites": (findings([(96, 96)] * 6000, clear=0.9), advice("64", channels=4)),
    "few sprites": (findings([(96, 96)] * 6000, clear=0.4), advice("64")),
    "some gray": (findings([(64, 64)] * 6000, gray=0.9), advice("64")),
    "mixed": (findings(MIXED), advice("64")),
    "a few small ones": (findings([(20, 20)] * 500 + [(200, 200)] * 5500), advice("64")),
    "many small ones": (findings([(40, 40)] * 900 + [(200, 200)] * 5100), advice("32")),
    "panoramas": (findings(PANORAMAS), advice("64", crop="pad")),
    "towers": (findings(PANORAMAS[:, ::-1]), advice("64", crop="pad")),
}


@pytest.mark.parametrize("kind", SETS)
def test_recommendations(kind: str) -> None:
    found, expected = SETS[kind]
    recommended = checked(found).recommended
    assert recommended == expected
    resolve_model(Config(**recommended))  # the recipe can be built so
    flags = " ".join(f"--{name} {value}" for name, value in expected.items())
    assert recommended_flags(checked(found)) == flags


@pytest.mark.parametrize("size", [(800, 100), (100, 800)])
def test_the_recommended_crop_keeps_half_of_the_recommended_size(size: Size) -> None:
    recommended = checked(findings([size] * 6000)).recommended
    height, width = (int(side) for side in (recommended["size"].split("x") * 2)[:2])
    kept = min(size[0] / size[1] / (width / height), width / height / (size[0] / size[1]))
    assert recommended["crop"] == "pad" or kept >= 0.5


@pytest.mark.parametrize("side", range(1, 100, 7))
def test_every_recommended_size_can_be_built(side: int) -> None:
    for aspect in (1, 1.4, 1.78, 3, 40):
        for size in ((side, round(side * aspect)), (round(side * aspect), side)):
            resolve_model(Config(**checked(findings([size] * 6000)).recommended))


def test_mirroring_is_recommended_for_few(tmp_path: Path) -> None:
    found = checked(findings([(64, 64)] * 4999))
    assert found.recommended["mirror"] == "if a mirrored picture is still one of yours"
    assert "mirror" not in recommended_flags(found)


# Warnings ------------------------------------------------------------------------------------------------------------

LOST = tuple((f"{i}.txt", "not a picture: its format is not known") for i in range(200))
GRAY, CLEAR = replace(SQUARE, channels=1), replace(SQUARE, channels=4)


def many(count: int = 2000, size: Size = (100, 100), **more: float) -> CheckUp:
    return checked(findings([size] * count, **more))


WARNINGS: dict[str, tuple[CheckUp, list[str]]] = {
    "nothing": (many(), []),
    "few": (many(999), ["999 pictures are few for a GAN: it will learn them by heart; 1,000 and more are better"]),
    "very few": (many(99), ["with fewer than 100 it will draw little else"]),
    "repeats": (many(repeated=0.02), ["39 pictures repeat others: --dedupe leaves them out"]),
    "a few repeats": (many(repeated=0.01), []),
    "small": (many(size=(40, 40)), ["2,000 pictures are smaller than 64x64 and are enlarged: a smaller --size fits"]),
    "some gray": (many(gray=0.5), ["1,000 of 2,000 pictures are gray, the others have colour: D will notice"]),
    "all gray": (many(gray=1), []),
    "some gray, as gray": (checked(findings([(99, 99)] * 2000, gray=0.5), GRAY), []),
    "transparent": (many(clear=0.5), ["1,000 pictures are transparent and lie over white: --channels 4 keeps it"]),
    "transparent and kept": (checked(findings([(99, 99)] * 2000, clear=0.5), CLEAR), []),
    "blank": (many(blank=0.02), ["40 pictures are of one colour all over"]),
    "lost": (
        checked(findings([(99, 99)] * 2000), left_out=LOST),
        ["200 of 2,200 files are left out: look below at why"],
    ),
}


@pytest.mark.parametrize("kind", WARNINGS)
def test_warnings(kind: str) -> None:
    found, expected = WARNINGS[kind]
    assert len(found.warnings) == len(expected), found.warnings
    for said, sentence in zip(found.warnings, expected, strict=True):
        assert sentence in said
        assert f"warning    {said}" in in_words(found)


@pytest.mark.parametrize(("crop", "enlarged"), [("center", 2000), ("none", 2000), ("pad", 0)])
def test_what_is_made_smaller_is_not_enlarged(crop: Any, enlarged: int) -> None:
    found = checked(findings([(100, 50)] * 2000), replace(SQUARE, crop=crop))
    assert found.odd["enlarged"] == enlarged
    assert found.kept_area == (0.5 if crop == "center" else 1)


# Words and JSON ------------------------------------------------------------------------------------------------------


def test_words_and_json(tmp_path: Path) -> None:
    labels = ["cat"] * 900 + ["dog"] * 600 + [str(i % 9) for i in range(500)]
    found = checked(
        findings([(200, 100)] * 1999 + [(90, 90)], labels, gray=0.01, blank=0.001, moving=0.5),
        left_out=(("x", "empty: it has 0 bytes"), ("y", "cut off: here"), ("z", "cut off: there")),
        notes=("it is a note",),
    )
    text = "\n".join(in_words(found))
    for part in (
        "a: 2,000 pictures of 2,003 files (folder, /a)",
        "sizes      90x90 to 200x100 (width x height), the middle one 200x100; 2 different, 100% are 200x100",
        "files      JPEG 2,000; modes RGB 2,000",
        "labels     11 classes: cat 900, dog 600, 0 56",
        "and 5 more",
        "crop       the middle, 50% of the typical picture",
        "gray       20: 0.jpg, 1.jpg, 2.jpg, ...",
        "blank      2: 0.jpg, 1.jpg",
        "moving     1,000: 0.jpg",
        "left out   1 empty",
        "left out   2 cut off",
        "note       it is a note",
    ):
        assert part in text
    assert "transparent" not in text
    assert CheckUp(**json.loads(json.dumps(asdict(found)))) == found


def test_a_check_up_comes_back_from_the_disk(tmp_path: Path) -> None:
    path = write_source(tmp_path / "a", "folder", {"x/a": encoded(drawn(0)), "y/b": encoded(drawn(1)), "y/c": b""})
    found = prepared(path, tmp_path, 64, 64, 3)
    plain = json.loads((found.folder / "checkup.json").read_text(encoding="utf-8"))
    assert asdict(found.checkup) == plain
    assert "a: 2 pictures of 3 files" in in_words(found.checkup)[0]


def test_every_line_is_one_line(tmp_path: Path) -> None:
    path = write_source(
        tmp_path / "a", "folder", {"line\nbreak.png": encoded(flat(1)), "\x1b[2Jx.png": encoded(flat(2))}
    )
    lines = in_words(prepared(path, tmp_path, 64, 64, 3).checkup)
    assert all(line.isprintable() for line in lines)
