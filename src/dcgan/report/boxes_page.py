"""A page on which boxes are drawn over samples: one HTML file that asks nobody for anything."""

import base64
import io
import json
from importlib import resources
from pathlib import Path

import numpy as np

from dcgan.files import write_text
from dcgan.report.labelled import shown


def write_page(path: Path, pixels: np.ndarray, seeds: list[int]) -> None:
    """Write the page.

    Args:
        path: the file.
        pixels: uint8 (n, H, W, C).
        seeds: of each picture.
    """
    pictures = [{"seed": seed, "src": _source(picture)} for seed, picture in zip(seeds, pixels, strict=True)]
    facts = {"height": pixels.shape[1], "width": pixels.shape[2], "pictures": pictures}
    page = resources.files("dcgan.report").joinpath("boxes_page.html").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page.replace("__FACTS__", json.dumps(facts)))


def _source(picture: np.ndarray) -> str:
    with io.BytesIO() as file:
        shown(picture, least=1).save(file, format="PNG")
        return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
