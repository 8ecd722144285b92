"""The sheet and the plot of ``dcgan latent neighbours``."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcgan.cli.latent.common import Shared, write
from dcgan.cli.latent.nearness import Found, Reals
from dcgan.files import replacing, write_json
from dcgan.latent.frames import Frames, joined, no_z
from dcgan.report.labelled import sheet, side_by_side, stacked, titled
from dcgan.report.latent_plots import neighbours_png


def show(
    arguments: Shared, samples: Frames, reals: Reals, found: list[Found], asked: list[int], facts: dict[str, Any]
) -> Path:
    """Write the sheet, the plot and the figures. ``asked``: places among the samples."""
    groups = {"samples as they come": asked}
    for one in found:
        closest = np.argsort(one.verdict.samples, kind="stable")[: len(asked)]
        groups[f"the closest of {facts['samples']:,} by {one.space.name}"] = closest.tolist()
    sheets = [titled(group_sheet(places, samples, reals, found), title) for title, places in groups.items()]
    names = reals.pictures.names
    parts = [_frames(place, samples, reals, found, names) for places in groups.values() for place in places]
    out = write(arguments, "neighbours", joined(parts), stacked(sheets), facts)
    write_json(out / "neighbours.json", facts)
    plot = neighbours_png(
        {one.space.name: one.verdict for one in found}, {one.space.name: one.space.unit for one in found}
    )
    with replacing(out / "distances.png") as temporary:
        temporary.write_bytes(plot)
    return out


def group_sheet(places: list[int], samples: Frames, reals: Reals, found: list[Found]) -> Image.Image:
    """Lay samples out, each with its neighbours by pixels and by features to the right of it."""
    names = [f"seed {samples.what[place]['seed']}" for place in places]
    columns = [sheet(samples.pixels[places], 1, names=names, captions=[" "] * len(places), title="sample")]
    for one in found:
        rows, distances = one.near.rows[places], one.near.distances[places]
        captions = [f"{value:.3g}" for value in distances.ravel()]
        neighbours = sheet(
            reals.pictures.pixels[rows.ravel()], rows.shape[1], captions=captions, title=f"nearest by {one.space.name}"
        )
        columns.append(neighbours)
    return side_by_side(columns)


def _frames(place: int, samples: Frames, reals: Reals, found: list[Found], names: list[str]) -> Frames:
    """Return a sample and its neighbours."""
    own = Frames(pixels=samples.pixels[[place]], z=samples.z[[place]], what=[samples.what[place]])
    parts = [own]
    for one in found:
        rows = one.near.rows[place]
        what = [
            samples.what[place]
            | {"neighbour": i + 1, "by": one.space.name, "real": names[row], "distance": float(distance)}
            for i, (row, distance) in enumerate(zip(rows, one.near.distances[place], strict=True))
        ]
        parts.append(Frames(pixels=reals.pictures.pixels[rows], z=no_z(len(rows), samples.z.shape[1]), what=what))
    return joined(parts)
