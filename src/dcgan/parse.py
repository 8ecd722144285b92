"""The small languages of the command line: sizes, rhythms, lists of numbers."""

import math
import re

from dcgan.errors import check

MOST_NUMBERS = 10_000_000


def parse_size(text: str) -> tuple[int, int]:
    """Read "64" or "64x48" (height x width) as (height, width)."""
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text.strip().lower())
    check(match is not None, "--size is a number of pixels such as 64, or HEIGHTxWIDTH such as 64x48", text)
    assert match is not None
    height = int(match[1])
    width = int(match[2] or height)
    check(8 <= height <= 1024 and 8 <= width <= 1024, "--size is between 8 and 1024 pixels a side", text)
    return height, width


def is_colour(text: str) -> bool:
    """Tell whether Pillow knows a colour by this name, or as #rrggbb."""
    from PIL import ImageColor

    try:
        return len(ImageColor.getrgb(text)) == 3
    except ValueError:
        return False


def parse_rhythm(text: str, option: str = "a rhythm") -> tuple[float, str]:
    """Read "100steps", "2kimg" or "1epoch" as (number, "step" | "kimg" | "epoch")."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(step|kimg|epoch)s?", text.strip().lower())
    check(
        match is not None and float(match[1]) > 0, f"{option} is a number and a unit, such as 100steps or 1epoch", text
    )
    assert match is not None
    return float(match[1]), match[2]


def parse_ints(text: str, option: str) -> list[int]:
    """Read "0-31,40" as a list of integers; ranges include both ends."""
    numbers: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        check(match is not None, f"{option} is numbers and ranges such as 0-31,40", text)
        assert match is not None
        first, last = int(match[1]), int(match[2] or match[1])
        check(first <= last, f"a range of {option} runs upwards", part)
        check(last - first < MOST_NUMBERS, f"a range of {option} has at most {MOST_NUMBERS:,} numbers", part)
        numbers.extend(range(first, last + 1))
    return numbers


def parse_floats(text: str, option: str) -> list[float]:
    """Read "-1,-0.8,0.5" as a list of finite numbers."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = [math.nan]
    check(all(map(math.isfinite, numbers)), f"{option} is numbers with commas between them, such as -0.5,0,0.5", text)
    return numbers


def parse_metrics(text: str) -> list[tuple[str, str]]:
    """Read "frechet:labels,kernel" as [("frechet", "labels"), ("kernel", "auto")]; "none" is nothing.

    What follows the first colon is the extractor; without one it is chosen to fit the pictures. "auto" alone is the
    Fréchet distance.
    """
    if text.strip() == "none":
        return []
    found = []
    for part in text.split(","):
        metric, colon, extractor = part.strip().partition(":")
        check(bool(metric) and (bool(extractor) or not colon), "--metrics is MEASURE:EXTRACTOR, commas between", text)
        found.append(("frechet" if metric == "auto" else metric, extractor or "auto"))
    return list(dict.fromkeys(found))
