"""Small synthetic run folders, written the way a run writes them."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.config import Config, TicksConfig
from dcgan.files import append_jsonl, write_json
from dcgan.images import grid, save_png
from dcgan.serial import to_dict

MakeRun = Callable[..., Path]


def lines(count: int, images: int = 64) -> list[dict[str, Any]]:
    """Lines of stats.jsonl, ``images`` apart."""
    return [
        {
            "nimg": i * images,
            "kimg": i * images / 1000,
            "step": i,
            "epoch": round(i * images / 1000, 4),
            "loss_D": 1.0,
            "loss_D_real": 0.5 + 0.1 * math.sin(i),
            "loss_D_fake": 0.5,
            "loss_G": 2.0 + math.cos(i),
            "penalty": 0.0,
            "D_real": 0.8,
            "D_fake": 0.2,
            "seconds": float(i),
        }
        for i in range(1, count + 1)
    ]


def sheet(side: int, channels: int, seed: int) -> np.ndarray:
    """A sheet of four pictures of noise, uint8 (H, W, C)."""
    noise = np.random.default_rng(seed).integers(0, 256, (4, side, side, channels), dtype=np.uint8)
    return grid(noise)


@pytest.fixture
def statistics() -> Callable[[int], list[dict[str, Any]]]:
    """Return ``lines``."""
    return lines


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Return a function that makes a run's folder of so many rows and previews (the untrained G's included)."""

    def make(
        rows: int = 3, previews: int = 3, *, channels: int = 3, side: int = 16, name: str = "dots", **options: Any
    ) -> Path:
        run = tmp_path / "00000-modern-dots"
        run.mkdir()
        config = to_dict(Config(channels=channels, kimg=1.0, ticks=TicksConfig(preview_n=4))) | options
        data = {"source": "dots.zip", "name": name, "pictures": 1000}
        write_json(run / "options.json", {"config": config, "data": data})
        launch = {"time": "2026-01-02T03:04:05+0000", "nimg": 0, "dcgan": "0.1.0", "torch": "2.10.0", "config": config}
        append_jsonl(run / "launches.jsonl", launch)
        (run / "stats.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines(rows)))
        if previews:
            save_png(run / "reals.png", sheet(side, channels, seed=999))
            save_png(run / "fakes_init.png", sheet(side, channels, seed=0))
        for i in range(1, previews):
            save_png(run / f"fakes{i:06d}.png", sheet(side, channels, seed=i))
        return run

    return make
