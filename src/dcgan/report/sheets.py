"""Sheets of pictures made ready to be shown: opaque, no larger than needed, and as text inside a page."""

import base64
import io
from pathlib import Path

from PIL import Image

from dcgan.errors import SnapshotError
from dcgan.images import over

JPEG_QUALITIES = (92, 84, 75, 66)


def open_sheet(path: Path) -> Image.Image:
    """Open a sheet as L or RGB; transparent ones are laid on white.

    Raises:
        SnapshotError: the file is no picture.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return over(image).copy()
    except OSError as error:
        raise SnapshotError(f"{path} is damaged: {error}") from error


def fit(picture: Image.Image, side: int) -> Image.Image:
    """Reduce a picture so that its longer side is at most ``side`` pixels; smaller ones stay as they are."""
    factor = side / max(picture.size)
    if factor >= 1:
        return picture
    width, height = (max(1, round(length * factor)) for length in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def enlarge(picture: Image.Image, width: int) -> Image.Image:
    """Repeat every pixel of a picture a whole number of times, so that it is at least ``width`` pixels wide."""
    factor = -(-width // picture.width)
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def data_uri(picture: Image.Image, most: int) -> str:
    """Return a picture as the text of a ``data:`` address.

    Args:
        picture: L or RGB.
        most: bytes of picture data at most, 2000 or more; the text is 4/3 of it. PNG where that suffices, else JPEG,
            and smaller sides where that does not either.
    """
    assert most >= 2000, most
    data = _encode(picture, "PNG")
    if len(data) <= most:
        return png_uri(data)
    while True:
        for quality in JPEG_QUALITIES:
            data = _encode(picture, "JPEG", quality=quality)
            if len(data) <= most:
                return "data:image/jpeg;base64," + base64.b64encode(data).decode()
        picture = fit(picture, max(picture.size) * 3 // 4)


def png_uri(data: bytes) -> str:
    """Return the bytes of a PNG as the text of a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(data).decode()


def _encode(picture: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()
