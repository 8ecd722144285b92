"""``dcgan features remove RUN``: take an object out of what G draws."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.features.boxes import is_one_mask, painted, parse_box, read_masks
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors, write
from dcgan.cli.latent.reading import ReaderOptions, needed_reader
from dcgan.errors import ConfigError, check
from dcgan.images import to_pixels
from dcgan.latent.bylabel import ByLabel, label_index
from dcgan.latent.frames import Frames
from dcgan.latent.reader import Reader
from dcgan.latent.render import gathered, render
from dcgan.probes.remove import Finding, checked_layer, find_maps, without
from dcgan.report.boxes_page import write_page
from dcgan.report.labelled import sheet

FEWEST = 5
TESTED = range(10_000, 11_000)
"""Seeds that what was removed is measured on: none of them was looked at before."""


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared, ReaderOptions):
    """Take an object out: draw boxes around it in some samples, and the maps of G that draw it are dropped; the same z
    are drawn before and after."""

    boxes: Path | None = None
    """Where the object is: JSON [{"seed": 3, "box": [left, top, right, bottom]}], CSV seed,left,top,right,bottom, a
    mask picture for all --seeds (white is the object), or a folder of masks called SEED.png."""
    draw: str | None = None
    """Write a page on which to draw boxes over samples of these seeds, such as 0-149, and nothing else."""
    box: str | None = None
    """One box, left,top,right,bottom, for all samples of --seeds or --label: faces all look at you alike."""
    seeds: str | None = None
    """The samples that --box, or a mask picture, is for."""
    label: str | None = None
    """Instead of --seeds: the samples that are read to have this label most surely. What is inside is then compared
    with the same place in as many samples that have it most surely not."""
    exemplars: int = 150
    """How many at most, of the seeds 0 to 1999."""
    maps: int | None = None
    """Drop only so many maps, those of the largest weights; by default all of positive weight, as in the paper."""
    layer: int | None = None
    """Which layer of G, from 1; by default the last but the one that makes the picture."""
    show: str | None = None
    """Samples on the sheet; by default some that the maps were found in, and some that were not looked at."""


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where the object is in which samples."""

    seeds: list[int]
    masks: np.ndarray
    """bool (n, H, W)."""
    ours: list[int]
    """Of the seeds: those that have it."""
    others: np.ndarray | None = None
    """bool (n, H, W): what it is compared with; None: all the rest of the same samples."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan features remove")
    check(arguments.exemplars >= 1, "--exemplars is at least 1", arguments.exemplars)
    check(arguments.maps is None or arguments.maps >= 1, "--maps is at least 1", arguments.maps)
    model = open_model(arguments)
    if arguments.draw is not None:
        return draw_page(arguments, model, chosen(arguments.draw, "--draw"))
    layer = checked_layer(model.G, arguments.layer)
    reader = needed_reader(arguments.run, model, arguments) if arguments.label is not None else None
    where = find_where(arguments, model, reader)
    found = find_maps(model.G, vectors(model, where.seeds), where.masks, layer, others=where.others)
    dropped = found.drawing(arguments.maps)
    effect = None if reader is None else measured(model, reader, str(arguments.label), found, dropped)
    out = show(arguments, model, where, found, dropped, effect)
    print(
        "\n".join(
            [*told(found, dropped, len(where.ours), effect), f"written: {out / 'remove.png'}, {out / 'rows.json'}"]
        )
    )
    return 0


def draw_page(arguments: Arguments, model: Model, seeds: list[int]) -> int:
    """Write the page on which boxes are drawn."""
    path = (arguments.out or Path("out") / "remove") / "draw.html"
    write_page(path, render(model.G, vectors(model, seeds)), seeds)
    print(f"{len(seeds)} pictures to draw boxes on: open {path}, save boxes.json there, and give it with --boxes")
    return 0


def find_where(arguments: Arguments, model: Model, reader: Reader | None) -> Where:
    """Return where the object is, as the options say.

    Raises:
        UserError: they do not say it, or wrongly.
    """
    config = model.G.config
    side = (config.height, config.width)
    seeds = None if arguments.seeds is None else chosen(arguments.seeds)
    if (arguments.boxes is None) == (arguments.box is None):
        raise ConfigError("say where the object is, with --boxes FILE or with --box and --seeds or --label; see --draw")
    if arguments.boxes is not None and reader is None:
        masks = read_masks(arguments.boxes, seeds, side)
        return Where(seeds=list(masks), masks=np.stack(list(masks.values())), ours=list(masks))
    if (seeds is None) == (reader is None):
        raise ConfigError("--box is for samples that are named: give either --seeds or --label")
    if reader is None:
        assert seeds is not None
        found = painted([(seed, parse_box(str(arguments.box))) for seed in seeds], side, "--box")
        return Where(seeds=seeds, masks=np.stack([found[seed] for seed in seeds]), ours=seeds)
    return by_label(arguments, model, reader, side)


def by_label(arguments: Arguments, model: Model, reader: Reader, side: tuple[int, int]) -> Where:
    """Return samples with a label, the object being in the box, and as many without it."""
    if arguments.box is not None:
        mask = painted([(0, parse_box(arguments.box))], side, "--box")[0]
    else:
        assert arguments.boxes is not None
        if not is_one_mask(arguments.boxes):
            raise ConfigError("--label takes --box, or one mask picture as --boxes: leave it out for boxes of your own")
        mask = read_masks(arguments.boxes, [0], side)[0]
    known = ByLabel(reader=reader, G=model.G)
    ours, others = surely(known, str(arguments.label), arguments.exemplars)
    there, nowhere = np.repeat(mask[None], len(ours), 0), np.zeros((len(ours), *side), bool)
    return Where(
        seeds=[*ours, *others],
        masks=np.concatenate([there, nowhere]),
        ours=ours,
        others=np.concatenate([nowhere, there]),
    )


def surely(known: ByLabel, label: str, most: int) -> tuple[list[int], list[int]]:
    """Return seeds that are read to have a label, at most so many, and as many that are read not to have it.

    Raises:
        ConfigError: there are too few.
    """
    sides = []
    for wish in (label, f"!{label}"):
        seeds, scores = known.best(wish, min(most, len(known.pool)))
        sides.append([seed for seed, score in zip(seeds, scores, strict=True) if score > 0.5])
        if len(sides[-1]) < FEWEST:
            raise ConfigError(
                f"of {len(known.pool):,} samples {len(sides[-1])} are read as {wish}, too few to learn from (at least "
                f"{FEWEST} are needed): draw boxes yourself (--draw), or take another label"
            )
    count = min(map(len, sides))
    return sides[0][:count], sides[1][:count]


def measured(model: Model, reader: Reader, label: str, found: Finding, dropped: np.ndarray) -> dict[str, Any]:
    """Return how often the label is read before and after, in fresh samples, and how many other readings stay."""
    z = vectors(model, TESTED)
    before = np.concatenate([reader.read(to_pixels(x)) for x in without(model.G, z, found.layer, [])]) > 0.5
    after = np.concatenate([reader.read(to_pixels(x)) for x in without(model.G, z, found.layer, dropped)]) > 0.5
    index = label_index(label, reader.names)
    had = before[:, index]
    others = np.delete(before == after, index, axis=1)
    return {
        "label": reader.names[index],
        "reader": reader.what,
        "samples": len(z),
        "had_it": int(had.sum()),
        "lost_it": int((had & ~after[:, index]).sum()),
        "gained_it": int((~had & after[:, index]).sum()),
        "others_stay": float(others.mean()) if others.size else None,
    }


def show(
    arguments: Arguments, model: Model, where: Where, found: Finding, dropped: np.ndarray, effect: dict[str, Any] | None
) -> Path:
    """Write the sheet: each sample before and after."""
    seeds = where.ours[:8] + [*range(20_000, 20_008)] if arguments.show is None else chosen(arguments.show, "--show")
    z = vectors(model, seeds)
    before = gathered(model.G, (to_pixels(x) for x in without(model.G, z, found.layer, [])))
    after = gathered(model.G, (to_pixels(x) for x in without(model.G, z, found.layer, dropped)))
    half = -(-len(seeds) // 2)
    pixels, names, captions = list[np.ndarray](), list[str](), list[str]()
    for part in (slice(0, half), slice(half, None)):
        for pictures, name in ((before, "before"), (after, "after")):
            shown = pictures[part]
            blank = np.full((half - len(shown), *pictures.shape[1:]), 255, np.uint8)
            pixels.append(np.concatenate([shown, blank]))
            names.append(name)
            captions += [str(seed) for seed in seeds[part]] + [""] * len(blank)
    title = f"{len(dropped)} of {len(found.weights)} maps of layer {found.layer} dropped; below: seeds"
    picture: Image.Image = sheet(np.concatenate(pixels), half, names=names, captions=captions, title=title)
    frames = Frames(
        pixels=np.concatenate([before, after]),
        z=np.concatenate([z, z]),
        what=[{"seed": s, "state": state} for state in ("before", "after") for s in seeds],
    )
    facts = model_facts(model) | {
        "layer": found.layer,
        "dropped": dropped.tolist(),
        "weights": found.weights.tolist(),
        "inside": found.inside,
        "outside": found.outside,
        "accuracy": found.accuracy,
        "samples": len(where.seeds),
        "effect": effect,
    }
    return write(arguments, "remove", frames, picture, facts)


def told(found: Finding, dropped: np.ndarray, samples: int, effect: dict[str, Any] | None) -> list[str]:
    """Say what was found."""
    lines = [
        f"{found.inside:,} positions inside and {found.outside:,} outside are told apart in {found.accuracy:.1%} by "
        f"the maps of layer {found.layer} ({samples} samples); dropped: {len(dropped)} of {len(found.weights)}"
    ]
    if effect is not None:
        stay = "" if effect["others_stay"] is None else f"; other labels that stay: {effect['others_stay']:.1%}"
        lines.append(
            f"of {effect['samples']:,} fresh samples {effect['had_it']} had {effect['label']}, {effect['lost_it']} of "
            f"them lost it, {effect['gained_it']} others gained it{stay}"
        )
    return lines
