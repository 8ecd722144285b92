"""Films as mp4, by PyAV."""

from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np

from dcgan.errors import UserError
from dcgan.files import replacing
from dcgan.images import over, to_image


def find_av() -> ModuleType:
    """Return the package that writes films.

    Raises:
        UserError: it is missing.
    """
    try:
        import av
    except ImportError as error:
        raise UserError('an mp4 needs the package av: pip install "dcgan[video]", or leave out --mp4') from error
    return av


def save_mp4(path: Path, frames: np.ndarray, rate: float) -> None:
    """Write pictures as an H.264 film that every browser plays.

    Args:
        path: where to, FILE.mp4.
        frames: uint8 (N, H, W, C), N at least 1; transparent ones are laid on white. An odd last row or column is
            left out, since the film's colours are kept for 2x2 pixels together.
        rate: pictures a second.

    Raises:
        UserError: the package av is missing.
    """
    av = find_av()
    height, width = (side - side % 2 for side in frames.shape[1:3])
    with replacing(path) as temporary, av.open(str(temporary), "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000), options={"crf": "15"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for pixels in frames[:, :height, :width]:
            image = over(to_image(np.ascontiguousarray(pixels))).convert("RGB")
            film.mux(stream.encode(av.VideoFrame.from_image(image)))
        film.mux(stream.encode())
