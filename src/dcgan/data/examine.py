"""A few items at a time: their pixels, made to measure, and what the check-up wants to know of each."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from dcgan.config import Crop
from dcgan.data.decode import load_upright, open_picture, own_limits, reason, upright_size
from dcgan.data.fit import fit
from dcgan.data.near import perceptual_hashes, to_gray
from dcgan.data.sources.source import Opener

FACTS = np.dtype(
    [
        ("width", "u4"),  # upright, in pixels
        ("height", "u4"),
        ("mode", "S8"),  # Pillow's
        ("format", "S8"),  # Pillow's; empty for an array
        ("moving", "?"),  # more than one frame
        ("clear", "?"),  # some pixel is not opaque
        ("gray", "?"),  # no pixel has colour
        ("blank", "?"),  # one colour all over
        ("hash", "u8"),  # perceptual
        ("index", "u4"),  # among the source's items
        ("digest", "V16"),  # of the pixels made to measure
    ]
)
GRAY = 8  # channels that differ by less are gray: JPEG rounds
BLANK = 2  # levels
SEEN = 32  # pixels a side are enough for both


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What pictures are made to."""

    height: int
    width: int
    channels: int
    crop: Crop = "center"
    background: str = "white"

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.height, self.width, self.channels


@dataclass(frozen=True, kw_only=True)
class Examined:
    """Some items of a source, in order."""

    pixels: np.ndarray
    """uint8 (good ones, H, W, C)."""
    facts: np.ndarray
    """FACTS (good ones,)."""
    bad: dict[int, str] = field(default_factory=dict)
    """Why the others are no pictures, by their place among the items."""


def examine(opener: Opener, keys: Sequence[Any], measure: Measure) -> Examined:
    """Read and fit the pictures of some keys; one that cannot be read is named and left out."""
    pixels = np.empty((len(keys), *measure.shape), np.uint8)  # filled as they come: a list and np.stack cost 3% more
    rows: list[tuple[Any, ...]] = []
    bad: dict[int, str] = {}
    with own_limits():
        for i, key in enumerate(keys):
            try:
                pixels[len(rows)], row = _one(opener(key), measure)
                rows.append(row)
            except Exception as error:  # decoders raise many kinds
                bad[i] = reason(error)
    facts = np.array(rows, FACTS)
    pixels = pixels[: len(rows)]
    _look(pixels, facts)
    return Examined(pixels=pixels, facts=facts, bad=bad)


def _one(data: bytes | np.ndarray, measure: Measure) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Return a picture made to measure, and its row of FACTS; what others fill in is 0."""
    picture = open_picture(data)
    width, height = upright_size(picture)
    mode, kind = picture.mode, picture.format or ""
    moving = kind != "MPO" and getattr(picture, "is_animated", False)
    picture = load_upright(picture, at_least=2 * max(measure.height, measure.width))
    clear = _clear(picture)
    gray = False
    if measure.channels == 1:  # later there is nothing to see it by
        gray = picture.mode in ("L", "1", "LA", "F") or picture.mode.startswith("I") or _colourless(picture)
    pixels = fit(picture, *measure.shape, crop=measure.crop, background=measure.background)
    return pixels, (width, height, mode.encode(), kind.encode(), moving, clear, gray, False, 0, 0, digest_of(pixels))


def digest_of(pixels: np.ndarray) -> bytes:
    """Return 16 bytes that change with any pixel: the CRC-32 of each quarter of a picture."""
    data = memoryview(pixels.tobytes())
    quarter = -(-len(data) // 4)
    return b"".join(zlib.crc32(data[i : i + quarter]).to_bytes(4, "big") for i in range(0, 4 * quarter, quarter))


def _look(pixels: np.ndarray, facts: np.ndarray) -> None:
    """Fill in what is quicker to see in many pictures at once."""
    if not len(pixels):
        return
    if pixels.shape[-1] != 1:
        facts["gray"] = _gray(pixels[:, ::4, ::4])  # most pictures show their colour in a sixteenth of their pixels
        doubtful = np.flatnonzero(facts["gray"])
        facts["gray"][doubtful] = _gray(pixels[doubtful])
    every = max(1, min(pixels.shape[1:3]) // SEEN)
    gray = to_gray(pixels[:, ::every, ::every])
    facts["blank"] = gray.max((1, 2)) - gray.min((1, 2)) <= BLANK
    doubtful = np.flatnonzero(facts["blank"])
    facts["blank"][doubtful] = (np.ptp(pixels[doubtful], axis=(1, 2)) <= BLANK).all(-1)
    facts["hash"] = perceptual_hashes(gray)


def _gray(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = (pixels[..., i].astype(np.int16) for i in range(3))
    return np.maximum(abs(red - green), abs(green - blue)).max((1, 2)) < GRAY


def _clear(picture: Image.Image) -> bool:
    if not picture.has_transparency_data:
        return False
    alpha = picture.convert("RGBA").getchannel("A") if picture.mode[:1] != "I" else None
    return alpha is None or alpha.getextrema()[0] < 255  # type: ignore[operator]


def _colourless(picture: Image.Image) -> bool:
    """Whether a thousand pixels, evenly spread, are gray."""
    small = np.asarray(picture.convert("RGB").resize((32, 32), Image.Resampling.NEAREST)).astype(np.int16)
    return bool((small.max(-1) - small.min(-1)).max() < GRAY)
