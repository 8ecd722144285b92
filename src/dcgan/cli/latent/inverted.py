"""What ``dcgan latent invert`` writes and says: of real pictures, and of generated ones whose z is known."""

from typing import Any

import numpy as np
from PIL import Image

from dcgan.api import Model
from dcgan.cli.latent.common import Shared, model_facts, write
from dcgan.cli.latent.given import Given
from dcgan.files import write_json
from dcgan.latent.frames import Frames
from dcgan.latent.invert.find import Inversion
from dcgan.latent.invert.measure import CLOSE, Recovery
from dcgan.latent.render import frames_of, render
from dcgan.report.labelled import sheet

SHOWN = 64  # pictures on a sheet
WORST = 16  # of a check


def report_real(arguments: Shared, model: Model, given: Given, found: Inversion) -> int:
    """Write and print what was found of real pictures."""
    what: list[dict[str, Any]] = [
        {"picture of": name, "mean squared error": float(error)}
        for name, error in zip(given.names, found.error, strict=True)
    ]
    frames = frames_of(model.G, found.z, what)
    facts = model_facts(model) | {"mean squared error": float(found.error.mean()), "pictures": len(given.names)}
    print(f"mean squared error of pixels in [-1, 1]: {errors(found.error)}")
    if found.quick_error is not None:
        facts["mean squared error, encoder alone"] = float(found.quick_error.mean())
        print(f"of the encoder alone: {errors(found.quick_error)}")
    out = write(arguments, "invert", frames, picture_of(model, given.pixels, frames, found), facts)
    print(f"written: {out / 'invert.png'}, {out / 'z.npy'}")
    return 0


def errors(values: np.ndarray) -> str:
    """Write errors as a mean and quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{values.mean():.5f} in the mean of {len(values):,} (quartiles {low:.5f}, {middle:.5f}, {high:.5f})"


def picture_of(model: Model, real: np.ndarray, frames: Frames, found: Inversion) -> Image.Image:
    """Lay out each picture, what G makes of the z that was found, and what it makes of the encoder's."""
    columns = {"real": real[:SHOWN], "G(z)": frames.pixels[:SHOWN]}
    if found.quick is not None:
        columns["encoder"] = render(model.G, found.quick[:SHOWN])
    rows = np.stack(list(columns.values()), 1)
    count, kinds = rows.shape[:2]
    across = 1 if count < 4 else 4 if count > 16 else 2
    captions = [" "] * (count * kinds)
    captions[1::kinds] = [f"{error:.4f}" for error in found.error[:SHOWN]]
    heads = [*columns] * min(across, count)
    return sheet(rows.reshape(-1, *real.shape[1:]), len(heads), heads=heads, captions=captions)


# Generated pictures -------------------------------------------------------------------------------------------------


def report_check(arguments: Shared, model: Model, found: Recovery, *, rounded: bool, seconds: float) -> int:
    """Write and print how many z of generated pictures came back, in how many seconds."""
    facts = model_facts(model) | check_facts(found, rounded, seconds)
    out = write(arguments, "invert", *worst(model, found), facts)
    write_json(out / "check.json", facts)
    low, middle, high = np.quantile(found.rms, [0.5, 0.9, 1.0])
    kind = "generated pictures, rounded to 8 bits" if rounded else "generated pictures"
    print(
        f"{found.share:.1%} of {len(found.z):,} {kind}: z is found within {CLOSE:g} by root mean square; "
        f"the difference is {low:.2g} in the median, {middle:.2g} for nine of ten, {high:.2g} at most"
    )
    print(f"mean squared error of pixels in [-1, 1]: {found.found.error.mean():.2g}; {seconds:.0f} s")
    print(f"written: {out / 'invert.png'}, {out / 'check.json'}")
    return 0


def check_facts(found: Recovery, rounded: bool, seconds: float) -> dict[str, Any]:
    """Return what a check found, as plain values."""
    return {
        "checked": len(found.z),
        "rounded": rounded,
        "recovered": found.share,
        "within": CLOSE,
        "root mean square of z's difference": {
            name: float(value)
            for name, value in zip(
                ("median", "90%", "99%", "most"), np.quantile(found.rms, [0.5, 0.9, 0.99, 1]), strict=True
            )
        },
        "mean squared error": float(found.found.error.mean()),
        "seconds": round(seconds, 1),
    }


def worst(model: Model, found: Recovery) -> tuple[Frames, Image.Image]:
    """Return the pictures that came back worst, and a sheet of them beside what they were."""
    places = np.argsort(-found.rms, kind="stable")[:WORST]
    what = [{"number": int(place), "difference of z": float(found.rms[place])} for place in places]
    frames = frames_of(model.G, found.found.z[places], what)
    both = np.stack([render(model.G, found.z[places]), frames.pixels], 1)
    across = min(4, len(places))
    captions = [" "] * (2 * len(places))
    captions[1::2] = [f"{found.rms[place]:.2g}" for place in places]
    title = f"the {len(places)} whose z came back worst: generated, and G of what was found"
    heads = ["G(z)", "found"] * across
    picture = sheet(both.reshape(-1, *both.shape[2:]), 2 * across, heads=heads, captions=captions, title=title)
    return frames, picture
