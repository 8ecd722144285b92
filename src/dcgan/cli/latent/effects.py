"""What directions do, in words and as a table."""

from typing import Any


def in_words(name: str, effect: dict[str, Any]) -> str:
    """Write a direction's effect for a sheet: ``sefa1: Male 57% / 55% (87%)``.

    Args:
        name: the direction's.
        effect: ``Effect.as_json``.
    """
    if effect["label"] is None:
        return f"{name}: pixels {effect['pixels']:.0f}"
    label = "" if name in (effect["label"], f"{effect['label']}-alone") else " " + label_of(effect)
    stays = "" if effect["others_stay"] is None else f" ({effect['others_stay']:.0%})"
    return f"{name}:{label} {percent(effect['gained'])} / {percent(effect['lost'])}{stays}"


def table(rows: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return the lines of a table of directions, at least one, measured on the same samples: name and effect each."""
    effects = [effect for _, effect in rows]
    far, read = f"{effects[0]['amount']:g}", effects[0]["label"] is not None
    heads = (
        ["direction", "label", f"at +{far}", f"at -{far}", "others stay", "pixels"] if read else ["direction", "pixels"]
    )
    lines = [heads]
    for name, effect in rows:
        shares = [percent(effect["gained"]), percent(effect["lost"]), percent(effect["others_stay"], 1)]
        lines.append([name, *([label_of(effect), *shares] if read else []), f"{effect['pixels']:.1f}"])
    wide = [max(map(len, column)) + 2 for column in zip(*lines, strict=True)]
    words = 2 if read else 1
    text = [
        "".join(w.ljust(n) if i < words else w.rjust(n) for i, (w, n) in enumerate(zip(line, wide, strict=True)))
        for line in lines
    ]
    return text + (notes(effects, far) if read else [])


def notes(effects: list[dict[str, Any]], far: str) -> list[str]:
    """Say what the figures of a table are."""
    lines = [
        f"of {effects[0]['samples']:,} fresh samples: of those without the label the share that has it at +{far}, of "
        f"those with it the share that loses it at -{far}; the other labels' readings that stay, on the mean"
    ]
    unsure = list(dict.fromkeys(name for effect in effects for name in effect["left_out"]))
    return [*lines, f"read near chance, so not among the others: {', '.join(unsure)}"] if unsure else lines


def label_of(effect: dict[str, Any]) -> str:
    """Return the label that a direction is about, after ``not`` where it points away from it."""
    return ("not " if effect["backwards"] else "") + (effect["label"] or "")


def percent(share: float | None, digits: int = 0) -> str:
    """Write a share in percent; - where there is none."""
    return "-" if share is None else f"{share:.{digits}%}"
