"""The check-up: what a source holds, in figures and in words, what is odd about it, and what fits it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dcgan.data.examine import Measure
from dcgan.data.fit import middle
from dcgan.parse import parse_size

FEW = 1000  # pictures below which a GAN learns them by heart
TINY = 16  # pixels a side
NAMED = 10  # examples of each oddity
LISTED = 1000  # of files that are left out, in the JSON
SIZES = (32, 64)


@dataclass(frozen=True, kw_only=True)
class CheckUp:
    """What was found. Plain values, for JSON."""

    name: str
    kind: str
    where: str
    files: int
    """All that were looked at."""
    pictures: int
    """Those that are used."""
    sizes: dict[str, Any]
    """kinds (how many different ones); smallest, median and largest by area, [width, height]; commonest, its share."""
    modes: dict[str, int]
    """Pillow's: L gray, RGB colour, RGBA with transparency, P palette, CMYK, I;16 ..."""
    formats: dict[str, int]
    odd: dict[str, int]
    """How many are gray, transparent, moving, blank, tiny, enlarged, repeated, nearly repeated."""
    examples: dict[str, list[str]]
    """Names of some of them, and of up to 1,000 files that are left out, with why."""
    kept_area: float
    """Share of the typical picture that the crop keeps."""
    classes: dict[str, int]
    unlabelled: int
    attributes: dict[str, int]
    """How many have each."""
    left_out: dict[str, int]
    """Why files are not used: empty, not a picture, cut off, damaged, too large, unreadable, refused, repeated."""
    warnings: list[str]
    recommended: dict[str, Any]
    """size, channels, crop, recipe, and mirror where it helps."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a pass over the pictures has gathered, one entry a picture that can be used."""

    names: Sequence[str]
    labels: Sequence[str | None]
    facts: np.ndarray
    """FACTS (N,)."""
    first: np.ndarray
    """int64 (N,): the first picture that each one repeats, exactly or nearly, or itself."""
    values: np.ndarray | None
    attributes: Sequence[str]


def check_up(
    found: Findings, measure: Measure, *, name: str, kind: str, where: str, left_out: Sequence[tuple[str, str]],
    notes: Sequence[str] = (),
) -> CheckUp:  # fmt: skip
    """Sum up what was found.

    Args:
        found: every picture that could be read.
        measure: what they were made to.
        name: the source's.
        kind: the source's.
        where: the source's.
        left_out: (name, why) of every file that is not used.
        notes: sentences of the source's own.
    """
    odd = oddities(found.facts, found.first, measure)
    checked = CheckUp(
        name=name,
        kind=kind,
        where=where,
        files=len(found.names) + len(left_out),
        pictures=len(found.names),
        sizes=_sizes(found.facts),
        modes=_counts(found.facts["mode"]),
        formats=_counts(found.facts["format"]),
        odd={what: int(mask.sum()) for what, mask in odd.items()},
        examples=_examples(found.names, odd, left_out),
        kept_area=round(_kept_area(found.facts, measure), 3),
        classes=dict(sorted(Counter(label for label in found.labels if label is not None).items())),
        unlabelled=sum(label is None for label in found.labels),
        attributes=_yes(found),
        left_out=dict(Counter(why.split(":")[0] for _, why in left_out)),
        warnings=[],
        recommended=recommend(found.facts),
        notes=list(notes),
    )
    checked.warnings.extend(_warnings(checked, measure))
    return checked


def _examples(
    names: Sequence[str], odd: dict[str, np.ndarray], left_out: Sequence[tuple[str, str]]
) -> dict[str, list[str]]:
    some = {what: [names[i] for i in np.flatnonzero(mask)[:NAMED]] for what, mask in odd.items() if mask.any()}
    return some | ({"left out": [f"{name}: {why}" for name, why in left_out[:LISTED]]} if left_out else {})


def oddities(facts: np.ndarray, first: np.ndarray, measure: Measure) -> dict[str, np.ndarray]:
    """Return a mask (N,) of the pictures for everything that may be odd about one."""
    width, height = facts["width"].astype(float), facts["height"].astype(float)
    itself = first == np.arange(len(facts))
    equal = ~itself & (facts["digest"] == facts["digest"][first])
    scales = np.stack([width / measure.width, height / measure.height])
    scale = scales.max(0) if measure.crop == "pad" else scales.min(0)
    return {
        "gray": facts["gray"],
        "transparent": facts["clear"],
        "moving": facts["moving"],
        "blank": facts["blank"],
        "tiny": np.minimum(width, height) < TINY,
        "enlarged": scale < 1,
        "repeated": equal,
        "nearly repeated": ~itself & ~equal,
    }


def recommend(facts: np.ndarray) -> dict[str, Any]:
    """Return what fits the pictures.

    size: the largest of 32, 64 (the recipes' own) that nine in ten of them have, else their own, a multiple of 4, at
    least 16; height and width where most are of one clearly oblong shape. channels: see ``channels_for``. crop: pad
    where the middle would lose half of the typical picture.
    """
    short = float(np.quantile(np.minimum(facts["width"], facts["height"]), 0.1))
    side = max((s for s in SIZES if s <= short), default=max(16, int(short) // 4 * 4))
    aspects = facts["width"] / facts["height"]
    aspect = float(np.median(aspects))
    oblong = max(aspect, 1 / aspect) >= 1.4 and float(np.mean(np.abs(aspects / aspect - 1) < 0.1)) > 0.9
    size = str(side)
    if oblong:
        long = round(side * min(max(aspect, 1 / aspect), 3) / 8) * 8
        size = f"{side}x{long}" if aspect > 1 else f"{long}x{side}"
    height, width = parse_size(size)
    kept = float(np.median(np.minimum(aspects * height / width, width / height / aspects)))
    found: dict[str, Any] = {
        "size": size,
        "channels": channels_for(facts),
        "crop": "pad" if kept < 0.5 else "center",
        "recipe": "modern",
    }
    if len(facts) < 5 * FEW:
        found["mirror"] = "if a mirrored picture is still one of yours"
    return found


def channels_for(facts: np.ndarray) -> int:
    """Return 4 where half of the pictures are transparent somewhere, 1 where none has colour, else 3."""
    if facts["clear"].mean() >= 0.5:
        return 4
    return 1 if facts["gray"].all() else 3


def _sizes(facts: np.ndarray) -> dict[str, Any]:
    sizes = np.stack([facts["width"], facts["height"]], axis=1).astype(int)
    by_area = sizes[np.argsort(sizes[:, 0] * sizes[:, 1], kind="stable")]
    kinds, counts = np.unique(sizes, axis=0, return_counts=True)
    return {
        "kinds": len(kinds),
        "smallest": by_area[0].tolist(),
        "median": by_area[len(by_area) // 2].tolist(),
        "largest": by_area[-1].tolist(),
        "commonest": kinds[counts.argmax()].tolist(),
        "share": round(float(counts.max() / len(sizes)), 3),
    }


def _counts(column: np.ndarray) -> dict[str, int]:
    return {name.decode() or "array": count for name, count in Counter(column.tolist()).most_common()}


def _yes(found: Findings) -> dict[str, int]:
    if found.values is None:
        return {}
    return {name: int((found.values[:, i] == 1).sum()) for i, name in enumerate(found.attributes)}


def _kept_area(facts: np.ndarray, measure: Measure) -> float:
    if measure.crop != "center":
        return 1.0
    width, height = (float(np.median(facts[side])) for side in ("width", "height"))
    left, top, right, bottom = middle((round(width), round(height)), (measure.width, measure.height))
    return (right - left) * (bottom - top) / (round(width) * round(height))


def _warnings(found: CheckUp, measure: Measure) -> list[str]:
    count, odd = found.pictures, found.odd
    said = []
    if count < FEW:
        said.append(
            f"{count:,} pictures are few for a GAN: it will learn them by heart; {FEW:,} and more are better"
            + (", and with fewer than 100 it will draw little else" if count < 100 else "")
        )
    if odd["repeated"] + odd["nearly repeated"] > 0.01 * count and not found.left_out.get("repeated"):
        said.append(f"{odd['repeated'] + odd['nearly repeated']:,} pictures repeat others: --dedupe leaves them out")
    if odd["enlarged"] > 0.1 * count:
        size = f"{measure.height}x{measure.width}"
        said.append(
            f"{odd['enlarged']:,} pictures are smaller than {size} and are enlarged: a smaller --size fits them"
        )
    if 0.05 * count < odd["gray"] < 0.95 * count and measure.channels != 1:
        said.append(f"{odd['gray']:,} of {count:,} pictures are gray, the others have colour: D will notice")
    if odd["transparent"] > 0.1 * count and measure.channels != 4:
        said.append(
            f"{odd['transparent']:,} pictures are transparent and lie over {measure.background}: --channels 4 keeps it"
        )
    if odd["blank"] > 0.01 * count:
        said.append(f"{odd['blank']:,} pictures are of one colour all over")
    lost = sum(found.left_out.values()) - found.left_out.get("repeated", 0)
    if lost > 0.05 * found.files:
        said.append(f"{lost:,} of {found.files:,} files are left out: look below at why")
    return said


# In words -----------------------------------------------------------------------------------------------------------


def in_words(found: CheckUp) -> list[str]:
    """Return the check-up as lines of text."""
    return [in_one_line(line) for line in _lines(found)]


def in_one_line(text: str) -> str:
    """Return a text in which what cannot be printed, a line's end too, is a question mark."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _lines(found: CheckUp) -> list[str]:
    lines = [f"{found.name}: {found.pictures:,} pictures of {found.files:,} files ({found.kind}, {found.where})"]
    lines.append(f"sizes      {_sizes_in_words(found.sizes)}")
    lines.append(f"files      {_listed(found.formats)}; modes {_listed(found.modes)}")
    if found.classes:
        lines.append(f"labels     {len(found.classes)} classes: {_listed(found.classes)}")
    if found.attributes:
        lines.append(f"attributes {len(found.attributes)}: {_listed(found.attributes)}")
    if found.unlabelled and found.classes:
        lines.append(f"           {found.unlabelled:,} have no label")
    if found.kept_area < 0.995:
        lines.append(f"crop       the middle, {found.kept_area:.0%} of the typical picture")
    for what, count in found.odd.items():
        if count:
            lines.append(f"{what:<10} {count:,}: {_some(found.examples[what], count)}")
    for why, count in found.left_out.items():
        lines.append(f"left out   {count:,} {why}")
    lines.extend(f"note       {note}" for note in found.notes)
    lines.extend(f"warning    {warning}" for warning in found.warnings)
    return lines


def _sizes_in_words(sizes: dict[str, Any]) -> str:
    smallest, median, largest, commonest = (
        "x".join(map(str, sizes[k])) for k in ("smallest", "median", "largest", "commonest")
    )
    if sizes["kinds"] == 1:
        return f"all {commonest} (width x height)"
    return (
        f"{smallest} to {largest} (width x height), the middle one {median}; {sizes['kinds']:,} different, "
        f"{sizes['share']:.0%} are {commonest}"
    )


def _listed(counts: dict[str, int], most: int = 6) -> str:
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    rest = f" and {len(ranked) - most} more" if len(ranked) > most else ""
    return ", ".join(f"{name} {count:,}" for name, count in ranked[:most]) + rest


def _some(names: Sequence[str], count: int, most: int = 3) -> str:
    return ", ".join(names[:most]) + (", ..." if count > most else "")


def recommended_flags(found: CheckUp) -> str:
    """Return the recommendation as flags of ``dcgan train``."""
    return " ".join(f"--{name} {value}" for name, value in found.recommended.items() if name != "mirror")


def disk_bytes(pictures: int, measure: Measure) -> int:
    """Return what a data set takes on the disk, names and facts included, roughly."""
    return pictures * (math.prod(measure.shape) + 128)
