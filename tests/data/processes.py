"""For tests with several processes: pictures made from their number, openers with a sting, scripts that run apart."""

import ctypes
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcgan.data.sources.source import Item, Source

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Made:
    """Makes a picture of its number; some numbers are those of bad files."""

    side: int = 32
    bad: tuple[int, ...] = ()
    seconds: float = 0.0

    def __call__(self, key: int) -> np.ndarray:
        time.sleep(self.seconds)
        if key in self.bad:
            raise OSError(f"number {key} is broken")
        return np.random.default_rng(key).integers(0, 256, (self.side, self.side, 3), np.uint8)


@dataclass(frozen=True)
class Deadly(Made):
    """Brings its process down at some numbers."""

    at: tuple[int, ...] = ()
    how: str = "exit"

    def __call__(self, key: int) -> np.ndarray:
        if key in self.at:
            if self.how == "exit":
                os._exit(3)
            ctypes.string_at(0)
        return super().__call__(key)


@dataclass(frozen=True)
class Talking(Made):
    """Prints, and writes to the standard output past Python too."""

    def __call__(self, key: int) -> np.ndarray:
        print(f"reading {key}", flush=True)
        os.write(1, b"as a C library would\n")
        return super().__call__(key)


def made(count: int, opener: Made | None = None) -> Source:
    """Return a source of pictures that nobody has on a disk."""
    items = [Item(name=f"number {i}", key=i, label=str(i % 3)) for i in range(count)]
    opener = opener or Made()
    content = f"{count} of {opener}"
    return Source(name="made", kind="test", where="nowhere", items=items, opener=opener, fingerprint=content)


def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    """Start a script in a process of its own that can import the tests."""
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
