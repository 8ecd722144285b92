"""Claim: each deliberate failure is told by its own detector, and ten healthy short runs give no alarm.

Every run is short and small, one after another, on one thread. The looks of all are kept, and the detectors are pure
functions of looks: ``--again`` applies the rules as they are now to the looks that were kept, without training. The
thresholds were tuned on the runs marked ``tuning``; the others had not been seen then.

Run: python benchmarks/health.py --data FOLDER [--only NAME ...] [--again] [--images docs/images]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from common import RESULTS, write_result
from PIL import Image
from rates import machine

from dcgan.cli.launch import describe
from dcgan.config import Config, TicksConfig
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import prepare_source
from dcgan.errors import NonFiniteError
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.training import draws, look
from dcgan.training.health import NAMES, Context, detect
from dcgan.training.loop import train
from dcgan.training.run import Run, read_lines
from dcgan.training.watch import telling_margin

TICKS = TicksConfig(log="1kimg", preview="1000kimg", snapshot="1000kimg", preview_n=36, health="2kimg")
HEALTHY = "healthy"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A run, and what is expected of it."""

    source: str
    """Below the folder of data sets, or a built-in one."""
    config: Config
    expected: str = HEALTHY
    """The detector that is to fire, or none."""
    tuning: bool = False
    """Whether the thresholds were chosen by it, among others."""
    later: Callable[[Config], Config] | None = None
    """Other settings for the second half."""
    noise: bool = True
    """Whether z is drawn; else it is always zero."""
    limit: int | None = None
    kimg: float = 40.0


def config(recipe: str, **changes: Any) -> Config:
    """A recipe for little time: 32 pixels, a quarter of its width, batches of 32, a look every 2 kimg."""
    row = RECIPES[recipe].config
    small = {"size": "32", "width": 0.25, "batch": 32, "ticks": TICKS, "device": "cpu", "hold_back": 0.1}
    return replace(row, **(small | changes))


def rates(c: Config, *, G: float = 1.0, D: float = 1.0) -> Config:
    """Multiply the learning rates."""
    return replace(c, optim_G=replace(c.optim_G, lr=c.optim_G.lr * G), optim_D=replace(c.optim_D, lr=c.optim_D.lr * D))


def objective(c: Config, **changes: Any) -> Config:
    return replace(c, objective=replace(c.objective, **changes))


def cases() -> dict[str, Case]:
    """Return the runs by name: healthy ones, then failures."""
    faces, anime, mnist = "celeba-10k.zip", "anime-20k.zip", "mnist"
    digits = config("modern", channels=1, width=0.5)
    relativistic = objective(config("modern", channels=4), loss="relativistic", r1=1.0, penalty_every=4)
    gp = objective(config("celeba-32"), loss="wasserstein", gp=10.0, steps_D=2)
    augmented = config("pytorch", augment=("color", "translation", "cutout"))
    few = rates(config("pytorch", channels=1, size="16", batch=16, z_dim=16, hold_back=0.5), G=2, D=2)
    return {
        "digits, modern": Case(source="digits", config=digits, tuning=True),
        "MNIST, mnist-28": Case(source=mnist, config=config("mnist-28", size="28"), tuning=True),
        "faces, celeba-32": Case(source=faces, config=config("celeba-32"), tuning=True),
        "anime, radford2015": Case(source=anime, config=config("radford2015"), tuning=True),
        "CIFAR-10, modern": Case(source="cifar10-test.zip", config=config("modern"), tuning=True),
        "MNIST, pytorch": Case(source=mnist, config=config("pytorch", channels=1), tuning=True),
        "faces, modern": Case(source=faces, config=config("modern"), tuning=True),
        "anime, anime-conv": Case(source=anime, config=config("anime-conv")),
        "bedrooms, pytorch, augmented": Case(source="bedrooms-535.zip", config=augmented),
        "sprites, relativistic": Case(source="sprites-rgba-3k.zip", config=relativistic, tuning=True),
        "faces, wasserstein": Case(source=faces, config=replace(gp, augment=())),
        "D's rate x 20": Case(
            source=faces, config=rates(config("celeba-32"), D=20), expected="discriminator-won", tuning=True
        ),
        "D's rate x 20, MNIST": Case(
            source=mnist, config=rates(config("pytorch", channels=1), D=20), expected="discriminator-won"
        ),
        "z of 2 dimensions": Case(source=faces, config=config("modern", z_dim=2), expected="collapse", tuning=True),
        "z of 2 dimensions, anime": Case(source=anime, config=config("celeba-32", z_dim=2), expected="collapse"),
        "no noise": Case(
            source=mnist, config=config("modern", channels=1), expected="collapse", noise=False, tuning=True
        ),
        "D stands still half-way": Case(
            source="digits", config=digits, expected="declining", later=lambda c: rates(c, D=1e-6), tuning=True
        ),
        "D stands still half-way, MNIST": Case(
            source=mnist,
            config=config("pytorch", channels=1),
            expected="declining",
            later=lambda c: rates(c, D=1e-6),
        ),
        "D stands still half-way, faces": Case(
            source=faces, config=config("celeba-32"), expected="declining", later=lambda c: rates(c, D=1e-6)
        ),
        "64 pictures": Case(source="digits", limit=128, config=few, expected="memorising", tuning=True),
        "64 pictures, MNIST": Case(source=mnist, limit=128, config=few, expected="memorising"),
        "G's rate / 1000, MNIST": Case(
            source=mnist, config=rates(config("pytorch", channels=1), G=1e-3), expected="discriminator-won"
        ),
        "both rates / 100,000": Case(
            source=faces, config=rates(config("pytorch"), G=1e-5, D=1e-5), expected="nothing-formed", tuning=True
        ),
        "both rates / 100,000, digits": Case(
            source="digits", config=rates(digits, G=1e-5, D=1e-5), expected="nothing-formed"
        ),
        "D's rate x 1e34": Case(
            source="digits", config=rates(config("mnist-28", size="28"), D=1e34), expected="non-finite", kimg=4
        ),
    }  # fmt: skip


def zeros(prior: str, count: int, z_dim: int, address: int) -> torch.Tensor:
    """Draw nothing."""
    return torch.zeros(count, z_dim)


def made(case: Case, data: Path, cache: Path) -> Pictures:
    source = case.source if case.source == "digits" else str(data / case.source)
    return prepare_source(source, replace(case.config, limit=case.limit), cache)[0]


def take(case: Case, pictures: Pictures, folder: Path) -> str | None:
    """Train; returns what ended the run before its time."""
    c = replace(case.config, channels=pictures.channels, limit=case.limit, steps=None, epochs=None, kimg=case.kimg)
    run, about = Run(folder), describe(c, pictures, case.source)
    model = resolve_model(c)
    try:
        if case.later is not None:
            train(replace(c, kimg=case.kimg / 2), model, pictures, run, data=about)
            c = case.later(c)
        if case.noise:
            train(c, model, pictures, run, data=about)
        else:
            with patch.object(draws, "draw_at", zeros), patch.object(look, "draw_at", zeros):
                train(c, model, pictures, run, data=about)
    except NonFiniteError as error:
        return str(error).split(":")[0]
    return None


def fired(rows: list[dict[str, Any]], ended: str | None, context: Context) -> dict[str, Any]:
    """Apply the rules look by look. Returns for each trouble when it was first said, and how."""
    found: dict[str, Any] = {}
    for count in range(1, len(rows) + 1):
        for trouble in detect(rows[:count], context):
            found.setdefault(trouble.name, {"kimg": rows[count - 1]["kimg"], "sentence": trouble.sentence})
    if ended is not None:
        found["non-finite"] = {"kimg": None, "sentence": ended}
    return found


def measure(name: str, case: Case, data: Path, cache: Path, images: Path | None) -> dict[str, Any]:
    started = time.perf_counter()
    pictures = made(case, data, cache)
    labels = pictures.labels[pictures.labels >= 0]
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        ended = take(case, pictures, run.path)
        looks = [
            {k: v for k, v in row.items() if k not in ("troubles", "said")} for row in read_lines(run.health)
        ]  # as they were before the rules
        if images is not None:
            keep_pictures(name, run, images)
    return {
        "expected": case.expected,
        "tuning": case.tuning,
        "pictures": len(pictures),
        "classes": len(set(labels.tolist())),
        "ended": ended,
        "seconds": round(time.perf_counter() - started),
        "looks": looks,
    }


def keep_pictures(name: str, run: Run, images: Path) -> None:
    """Keep the first half of the run's last sheet, in few colours, under a plain name."""
    previews = run.list_previews()
    if previews:
        images.mkdir(parents=True, exist_ok=True)
        sheet = Image.open(previews[max(previews)]).convert("RGB")
        sheet = sheet.crop((0, 0, sheet.width, sheet.height // 2)).quantize(64)
        plain = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
        sheet.save(images / f"health-{plain}.png", optimize=True)


def judge(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Say what fires on the looks of a run."""
    classes = row["classes"] or None
    case = cases()[name]
    margin = telling_margin(case.config.objective)
    context = Context(modes=classes, top_share=1 / classes if classes else None, margin=margin)
    said = fired(row["looks"], row["ended"], context)
    return row | {"expected": case.expected, "tuning": case.tuning, "fired": said}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(), help="folder of the data sets")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "dcgan-health")
    parser.add_argument("--only", nargs="*", default=None)
    parser.add_argument("--missing", action="store_true", help="only those that have not been run")
    parser.add_argument("--again", action="store_true", help="apply the rules to the looks that were kept")
    parser.add_argument("--images", type=Path, default=None, help="where each run's last pictures go")
    parser.add_argument("--out", type=Path, default=RESULTS / "health.json")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    kept = json.loads(arguments.out.read_text())["runs"] if arguments.out.exists() else {}
    for name, case in cases().items():
        wanted = arguments.only is None or name in arguments.only
        if wanted and not arguments.again and not (arguments.missing and name in kept):
            kept[name] = measure(name, case, arguments.data, arguments.cache, arguments.images)
            when = {trouble: how["kimg"] for trouble, how in judge(name, kept[name])["fired"].items()}
            print(name, when, f"{kept[name]['seconds']} s", flush=True)
            write_result(arguments.out, result(kept))
    write_result(arguments.out, result(kept))


def result(kept: dict[str, Any]) -> dict[str, Any]:
    runs = {name: judge(name, kept[name]) for name in cases() if name in kept}
    return {"detectors": NAMES, "machine": machine("cpu"), "runs": runs}


if __name__ == "__main__":
    main()
