"""``dcgan features look RUN``: what D looks at, beside a D that has learnt nothing."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.features.pictures import PictureOptions, open_pictures
from dcgan.cli.latent.common import Shared, kimg_of, model_facts, open_model, vectors, write
from dcgan.cli.progress import Progress
from dcgan.errors import ConfigError, DataError, check
from dcgan.images import to_unit
from dcgan.latent.frames import Frames, joined, no_z
from dcgan.latent.render import render
from dcgan.metrics.sides import drawn
from dcgan.models.discriminator import Discriminator
from dcgan.models.statistics import recompute_statistics
from dcgan.parse import parse_ints
from dcgan.probes.guided import Box, as_pictures, guided, receptive_field, strongest
from dcgan.report.labelled import sheet, shown, side_by_side, stacked

BATCH = 64
FIRST = 6  # features that are shown where none are named, as in the paper's figure
FRAME = "#ff8000"


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """What D looks at: the pictures that features of one of its layers answer most strongly, and the pixels that the
    answers come from, by guided backpropagation; beside them the same of an untrained D."""

    layer: int | None = None
    """Which layer, 1 for the first; by default the last convolution before the verdict."""
    features: str | None = None
    """Which of its features, such as 0-5,17; by default the first 6."""
    top: int = 6
    """Pictures of each feature, those that it answers most strongly."""
    n: int = 2000
    """Pictures that are looked through; all of them where there are fewer."""
    generated: bool = False
    """Look at what G makes of seeds from 0 on, and not at real pictures: such a sheet shows no picture of the data."""
    data: str | None = None
    """The real pictures; by default those that the run was trained on."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The pictures that are looked through, by their places 0, 1, ..."""

    kind: str
    """What they are, in words."""
    count: int
    pixels: Callable[[np.ndarray], np.ndarray]
    """Places to uint8 (N, H, W, C)."""
    z: Callable[[np.ndarray], np.ndarray]
    """Places to float32 (N, z_dim)."""
    name: Callable[[int], dict[str, Any]]
    """What the picture of a place is."""

    def batches(self) -> Iterator[Tensor]:
        """Yield all of them, float (at most BATCH, C, H, W) in [-1, 1]."""
        for start in range(0, self.count, BATCH):
            yield self.units(np.arange(start, min(start + BATCH, self.count)))

    def units(self, places: np.ndarray) -> Tensor:
        """Return the pictures of some places, float (N, C, H, W) in [-1, 1]."""
        return to_unit(torch.from_numpy(self.pixels(places)))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one D looks at: F features with k pictures each, feature by feature, the strongest first."""

    who: str
    """Which D, in words."""
    pictures: Frames
    """As they are."""
    gradients: list[np.ndarray]
    """uint8 (F * k, H, W, C) each: the pixels that the answers come from; of a picture with transparency those of its
    colours, and those of its transparency."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan features look")
    check(arguments.top >= 1, "--top is at least 1", arguments.top)
    check(arguments.n >= arguments.top, f"--n is at least --top, {arguments.top}", arguments.n)
    check(not (arguments.generated and arguments.data), "--generated takes no --data: it looks at G's", arguments.data)
    model = open_model(arguments)
    layer = chosen_layer(model.D, arguments.layer)
    features = chosen_features(model.D, layer, arguments.features)
    pool = made(model, arguments.n) if arguments.generated else real(model, arguments)
    if pool.count < arguments.top:
        raise DataError(f"there are {pool.count} different {pool.kind}: --top {arguments.top} needs as many")
    seed = int(model.info.get("seed", 0))
    untrained = Discriminator(model.D.config, seed).eval().to(next(model.D.parameters()).device)
    nets = {f"trained, {kimg_of(model):g} kimg": deepcopy(model.D), f"untrained, seed {seed}": untrained}
    seen = [look(who, D, pool, layer, features, arguments.top) for who, D in nets.items()]
    facts = model_facts(model) | facts_of(model.D, layer, pool) | {"untrained": f"the same architecture, seed {seed}"}
    out = write(arguments, "look", joined([frames_of(one) for one in seen]), picture_of(seen, arguments.top), facts)
    print(sentence(facts, len(features), arguments.top, out))
    return 0


# What is asked ------------------------------------------------------------------------------------------------------


def chosen_layer(D: Discriminator, layer: int | None) -> int:
    """Return the number of a layer with features.

    Raises:
        ConfigError: there is none of that number.
    """
    last = len(D.layers) - 1
    if layer is not None and not 1 <= layer <= last:
        raise ConfigError(f"--layer is one of this D's layers with features, 1 to {last}, not {layer}")
    return last if layer is None else layer


def chosen_features(D: Discriminator, layer: int, features: str | None) -> list[int]:
    """Return the numbers of features, each once.

    Raises:
        ConfigError: the layer has no such feature.
    """
    width = D.config.D[layer - 1].width
    numbers = list(range(min(FIRST, width))) if features is None else parse_ints(features, "--features")
    if max(numbers) >= width:
        raise ConfigError(f"layer {layer} of this D has features 0 to {width - 1}: --features asks for {max(numbers)}")
    return list(dict.fromkeys(numbers))


def real(model: Model, arguments: Arguments) -> Pool:
    """Return real pictures, drawn from those that differ.

    Raises:
        UserError: they cannot be had.
    """
    pictures, _ = open_pictures(arguments.run, PictureOptions(data=arguments.data, cache=arguments.cache))
    config = model.D.config
    wanted, found = (config.height, config.width, config.channels), pictures.pixels.shape[1:]
    if found != wanted:
        raise DataError(
            f"D judges pictures of {config.height}x{config.width} with {config.channels} channels, and those of "
            f"{pictures.name} are {found[0]}x{found[1]} with {found[2]}: name others with --data"
        )
    differing = np.flatnonzero(pictures.repeats == np.arange(len(pictures)))
    rows, names = drawn(differing, arguments.n, "pictures that D looks at"), pictures.names
    return Pool(
        kind=f"real pictures of {pictures.name}",
        count=len(rows),
        pixels=lambda places: np.ascontiguousarray(pictures.pixels[rows[places]]),
        z=lambda places: no_z(len(places), config.z_dim),
        name=lambda place: {"real": names[rows[place]], "row of the data": int(rows[place])},
    )


def made(model: Model, count: int) -> Pool:
    """Return what G makes of the first seeds; they are kept in memory, as bytes."""
    z = vectors(model, range(count))
    pixels = render(model.G, z)
    return Pool(
        kind="generated pictures",
        count=count,
        pixels=lambda places: pixels[places],
        z=lambda places: z[places],
        name=lambda place: {"seed": place},
    )


# What is found ------------------------------------------------------------------------------------------------------


def look(who: str, D: Discriminator, pool: Pool, layer: int, features: list[int], top: int) -> Seen:
    """Return what a D looks at. Its BatchNorm statistics become those of the pictures."""
    pack = D.config.pack
    device = next(D.parameters()).device
    recompute_statistics(D, (x.to(device).repeat_interleave(pack, 0) for x in pool.batches()))
    with Progress(f"looking, {who}") as progress:
        best = strongest(D, pool.batches(), layer, features, top, lambda done: progress.count(done, pool.count))
    places, units = best.rows.ravel(), [feature for feature in features for _ in range(top)]
    parts = [slice(start, start + BATCH) for start in range(0, len(places), BATCH)]
    found = [guided(D, pool.units(places[part]), layer, units[part]) for part in parts]
    gradients, scales = visible(np.concatenate([one.gradients for one in found]))
    answers = [(float(r), p.tolist()) for one in found for r, p in zip(one.responses, one.positions, strict=True)]
    what = [
        {"D": who, "feature": unit, "rank": i % top + 1}
        | pool.name(int(place))
        | {"response": answer, "position": position}
        | {"receptive field": receptive_field(D, layer, position)._asdict(), "scale": float(scale)}
        for i, (place, unit, (answer, position), scale) in enumerate(zip(places, units, answers, scales, strict=True))
    ]
    return Seen(who=who, pictures=Frames(pixels=pool.pixels(places), z=pool.z(places), what=what), gradients=gradients)


def visible(gradients: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Return gradients (N, C, H, W) as pictures of C channels, and their scales. Of four channels, those of the colours
    and those of the transparency are two pictures, both opaque, on one scale."""
    pixels, scales = as_pictures(gradients)
    if pixels.shape[-1] < 4:
        return [pixels], scales
    colours, clear = pixels.copy(), np.repeat(pixels[..., 3:], 4, -1)
    colours[..., 3] = clear[..., 3] = 255
    return [colours, clear], scales


def frames_of(seen: Seen) -> Frames:
    """Return the pictures, then their gradients, each with what it is."""
    own = seen.pictures
    parts = [Frames(pixels=own.pixels, z=own.z, what=[row | {"shows": "the picture"} for row in own.what])]
    for pixels, shows in zip(seen.gradients, gradient_names(seen), strict=True):
        what = [row | {"shows": shows} for row in own.what]
        parts.append(Frames(pixels=pixels, z=no_z(len(own), own.z.shape[1]), what=what))
    return joined(parts)


def gradient_names(seen: Seen) -> list[str]:
    """Return what the gradients of one D are called."""
    return ["gradient"] if len(seen.gradients) == 1 else ["gradient of colours", "of transparency"]


# What is shown ------------------------------------------------------------------------------------------------------


def facts_of(D: Discriminator, layer: int, pool: Pool) -> dict[str, Any]:
    """Return what belongs to the whole, as plain values."""
    height, width = D.layers[layer - 1].out_side  # type: ignore[misc]
    top, left, bottom, right = receptive_field(D, layer, (height // 2, width // 2))
    normed = any(row.norm == "batch" for row in D.config.D[:layer])
    return {
        "layer": layer,
        "features of the layer": D.config.D[layer - 1].width,
        "map": [height, width],
        "a unit in the middle sees": [bottom - top, right - left],
        "pictures": pool.kind,
        "looked through": pool.count,
        "BatchNorm": "statistics of these pictures, for both" if normed else None,
        "gradients": "128 is 0; 1 and 255 are a picture's scale, of which 99% of its numbers fall short, or beyond",
    }


def sentence(facts: dict[str, Any], features: int, top: int, out: Path) -> str:
    """Return what is printed."""
    (height, width), of = facts["a unit in the middle sees"], facts["features of the layer"]
    return (
        f"{_counted(features, 'feature')} of {of} in layer {facts['layer']}, whose units see {height}x{width} pixels; "
        f"the {_counted(top, 'picture')} of {facts['looked through']:,} {facts['pictures']} "
        f"that each answers most strongly, trained and untrained: {out / 'look.png'}, {out / 'rows.json'}"
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + "s" * (count != 1)


def picture_of(seen: list[Seen], top: int) -> Image.Image:
    """Lay out, side by side, what each D looks at: a row for each feature, its gradients below its pictures. Where
    units see at most half the picture, only what they see of the gradients, enlarged."""
    height, width = seen[0].pictures.pixels.shape[1:3]
    boxes = [_box(row) for one in seen for row in one.pictures.what]
    factor = min(min(height // (box.bottom - box.top), width // (box.right - box.left)) for box in boxes)
    return side_by_side([_column(one, top, factor) for one in seen], gap=28)


def _column(seen: Seen, top: int, factor: int) -> Image.Image:
    what = seen.pictures.what
    piles = [
        np.array(stacked([framed(pixels, row), *(enlarged(g[i], _box(row), factor) for g in seen.gradients)]))
        for i, (pixels, row) in enumerate(zip(seen.pictures.pixels, what, strict=True))
    ]
    names = [f"feature {row['feature']}" for row in what[::top]]
    captions = [f"{row['response']:.2f}" for row in what]
    title = f"{seen.who}; below, {', '.join(gradient_names(seen))}"
    title += f" in the frame, enlarged {factor}x" if factor > 1 else ""
    return sheet(np.stack(piles), top, names=names, captions=captions, title=title)


def enlarged(gradient: np.ndarray, box: Box, factor: int) -> Image.Image:
    """Return a gradient, uint8 (H, W, C), as a sheet shows it: whole, or with a factor above 1 a part of it, enlarged,
    in the middle of grey."""
    if factor == 1:
        return shown(gradient)
    paper = np.full_like(gradient, 128)
    paper[..., 3:] = 255
    part = gradient[box.top : box.bottom, box.left : box.right].repeat(factor, 0).repeat(factor, 1)
    top, left = (paper.shape[0] - part.shape[0]) // 2, (paper.shape[1] - part.shape[1]) // 2
    paper[top : top + part.shape[0], left : left + part.shape[1]] = part
    return shown(paper)


def framed(pixels: np.ndarray, what: dict[str, Any]) -> Image.Image:
    """Return a picture, uint8 (H, W, C), as a sheet shows it, with a frame around what the unit sees."""
    image = shown(pixels)
    factor = image.width // pixels.shape[1]
    box = _box(what)
    corners = (box.left * factor, box.top * factor, box.right * factor - 1, box.bottom * factor - 1)
    ImageDraw.Draw(image).rectangle(corners, outline=FRAME)
    return image


def _box(what: dict[str, Any]) -> Box:
    return Box(**what["receptive field"])
