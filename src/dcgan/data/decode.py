"""From a file's bytes to a picture: formats that are known, sizes that fit, and one clear reason where it is none."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from warnings import catch_warnings, simplefilter

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from dcgan.data.sources.source import UnreadableError
from dcgan.images import to_image

MOST_PIXELS = 200_000_000  # the largest cameras; decoded as RGBA that is 800 MB
COMMON = ("JPEG", "PNG", "GIF", "BMP")  # Pillow has them at hand; for the others it looks through all its plug-ins
RARE = ("WEBP", "TIFF", "PPM", "JPEG2000", "AVIF", "ICO", "PCX", "SGI", "DDS", "QOI", "PSD", "TGA")  # TGA has no mark
# Not among them: formats for which another program is started (EPS), and such as are no pictures to look at.
ORIENTATION = 0x0112
DRAFTED = ("JPEG", "MPO")  # formats that can be decoded at a part of their size
HINTS = (
    *((b"ftyp" + brand, "HEIC: convert it to JPEG") for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
    (b"<svg", "SVG: it has no pixels"),
    (b"PK\x03\x04", "an archive: give the file itself as the source"),
    (b"ustar", "an archive: give the file itself as the source"),
)


def open_picture(data: bytes | np.ndarray) -> Image.Image:
    """Return a picture whose size and mode are known, from a file's bytes or uint8 (H, W) or (H, W, C).

    Raises:
        UnreadableError: there is none in it.
        PIL.Image.DecompressionBombError: it is too large (within ``own_limits``: more than MOST_PIXELS).
    """
    if isinstance(data, np.ndarray):
        return to_image(data if data.ndim == 3 else data[..., None])
    if not data:
        raise UnreadableError("empty: it has 0 bytes")
    picture: Image.Image
    try:
        picture = Image.open(io.BytesIO(data), formats=COMMON)
    except UnidentifiedImageError:
        picture = _open_rare(data)
    _shorten_clear_colour(picture)
    return picture


def _shorten_clear_colour(picture: Image.Image) -> None:
    """Of a 16-bit RGB PNG the colours keep their upper 8 bits, so the one that is transparent must too."""
    clear = picture.info.get("transparency")
    if isinstance(clear, tuple) and "16" in str(getattr(picture, "tile", ())):
        picture.info["transparency"] = tuple(v >> 8 for v in clear)


def _open_rare(data: bytes) -> Image.Image:
    Image.init()
    try:
        return Image.open(io.BytesIO(data), formats=[name for name in RARE if name in Image.OPEN])
    except UnidentifiedImageError as error:
        hint = next((f" ({hint})" for mark, hint in HINTS if mark in data[:512]), "")
        raise UnreadableError(f"not a picture: its format is not known{hint}") from error


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Return (width, height) as the camera held it (EXIF)."""
    width, height = picture.size
    if picture.format == "TIFF":  # Pillow turns it itself, and gives its size so
        return width, height
    return (height, width) if _orientation(picture) in (5, 6, 7, 8) else (width, height)


def _orientation(picture: Image.Image) -> int:
    """Return how the camera was held, 1 to 8; upright, 1, where the file does not say or what it says is damaged."""
    if picture.format not in DRAFTED:
        picture.load()  # some formats do so to find their EXIF block, and what is damaged must not be passed over then
    try:
        exif = picture.getexif()
        found = exif[ORIENTATION] if ORIENTATION in exif else 1  # noqa: SIM401  its get() raises within: 2 us
    except Exception:  # a damaged block raises many kinds; the picture itself may be whole
        return 1
    return found if found in range(1, 9) else 1


def load_upright(picture: Image.Image, at_least: int) -> Image.Image:
    """Decode a picture and turn it upright.

    A JPEG is decoded at half, a quarter or an eighth of its size, as its own transform allows, where its shorter side
    still has ``at_least`` pixels then.
    """
    if picture.format in DRAFTED:
        shorter = min(picture.size)
        if shorter >= 2 * at_least:  # else there is nothing to gain
            picture.draft(None, tuple(at_least * side // shorter for side in picture.size))  # type: ignore[arg-type]
    picture.load()
    if _orientation(picture) != 1:
        ImageOps.exif_transpose(picture, in_place=True)
    return picture


def reason(error: Exception) -> str:
    """Say in a few words why a file could not be read: a kind, a colon, what exactly."""
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, UnreadableError):
        return text
    if isinstance(error, Image.DecompressionBombError):
        return f"too large: more than {MOST_PIXELS // 10**6} million pixels"
    if isinstance(error, MemoryError):
        return "too large: it does not fit into the memory"
    if isinstance(error, OSError) and error.errno is not None:
        return f"unreadable: {error.strerror}"
    if "truncated" in text or "Truncated" in text or "unexpected end" in text:
        return f"cut off: {text}"
    return f"damaged: {text}"


@contextmanager
def own_limits() -> Iterator[None]:
    """Let Pillow's limits be ours, and its warnings about a file's odd metadata unheard."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses twice as many
    try:
        with catch_warnings():
            simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before
