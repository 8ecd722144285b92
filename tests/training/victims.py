"""Runs that are killed, or whose disk gives out, at chosen points: a server that has imported everything and forks.

It reads one trial a line, as JSON, and answers with one line. A point is a moment at which something in the run's
folder is about to change: a file opened for writing, a rename, a removal, and half of a file's or a line's bytes.
"""

import errno
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.random  # noqa: F401  this and others are imported once, before the forks
import torch
import torch._dynamo  # the optimisers want it
from PIL import Image

from dcgan.config import Config, TicksConfig
from dcgan.errors import DiskError
from dcgan.training import course, launches, loop, ticks, watch
from dcgan.training.health import Context, Trouble
from tests.training import tiny

ROOT = Path(__file__).parents[2]
CHANGING = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "shutil.rmtree"}
GROWING = {"open", "os.mkdir"}  # what a full disk refuses
WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND


def config(steps: int = 11, kind: str = "warn") -> Config:
    """Lines, previews, looks and snapshots at different steps, snapshots that go again, and a last line before its
    time. ``kind`` is what is done about a trouble."""
    small = tiny.config(steps=steps, on_trouble=kind)
    rhythms = TicksConfig(log="3steps", preview="2steps", snapshot="2steps", health="3steps", keep=2, preview_n=4)
    return replace(small, ticks=rhythms)


def detect(looks: list[dict[str, Any]], context: Context) -> list[Trouble]:
    """See a trouble at 24 images, as long as the run has not been taken back."""
    if looks[-1]["nimg"] != 24 or context.fresh:
        return []
    return [Trouble(name=n, since_nimg=4, seen=n, helps="") for n in ("collapse", "nothing-formed")]


def evaluate(G: torch.nn.Module) -> list[tuple[str, float]]:
    """A measure that rises and falls, so that a snapshot is kept for being the best."""
    return [("distance", float(sum(p.double().abs().sum() for p in G.parameters())) * 1e4 % 1)]


class Points:
    """Counts the points, and does what the trial says at one of them."""

    def __init__(self, folder: Path, at: int, fault: str) -> None:
        self.folder, self.at, self.fault = str(folder), at, fault
        self.count = 0
        self.over = False

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event in CHANGING and not self.over and self._concerns(event, args):
            self.reach(growing=event in GROWING)

    def _concerns(self, event: str, args: tuple[Any, ...]) -> bool:
        if event == "open" and not (args[2] or 0) & WRITE:
            return False
        return not (isinstance(args[0], str) and args[0].startswith("/")) or args[0].startswith(self.folder)

    def reach(self, growing: bool, half: Callable[[], Any] = lambda: None) -> None:
        self.count += 1
        if self.at == 0 or self.count < self.at:
            return
        if self.fault == "kill":
            self.over = True
            half()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "ENOSPC" and growing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.fault == "EROFS":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def halving(self, write: Callable[..., Any]) -> Callable[..., Any]:
        """A writing method of ``Path`` that can be stopped half-way."""

        def stopped(path: Path, data: Any, *args: Any, **more: Any) -> Any:
            self.reach(True, lambda: write(path, data[: len(data) // 2], *args, **more))
            return write(path, data, *args, **more)

        return stopped

    def tearing(self, append: Callable[[Path, dict[str, Any]], None]) -> Callable[[Path, dict[str, Any]], None]:
        """An ``append_jsonl`` that can be stopped in the middle of a line."""

        def stopped(path: Path, row: dict[str, Any]) -> None:
            line = json.dumps(row).encode()

            def half() -> None:
                with path.open("ab") as f:
                    f.write(line[: len(line) // 2])

            self.reach(True, half)
            append(path, row)

        return stopped


def victim(trial: dict[str, Any]) -> dict[str, Any]:
    """Run a trial in this process, which does not outlive it."""
    torch.set_num_threads(1)
    folder = Path(trial["folder"])
    folder.mkdir(exist_ok=True)
    points = Points(folder, trial.get("at", 0), trial.get("fault", "kill"))
    Path.write_bytes = points.halving(Path.write_bytes)  # type: ignore[method-assign]
    Path.write_text = points.halving(Path.write_text)  # type: ignore[method-assign]
    ticks.append_jsonl = points.tearing(ticks.append_jsonl)
    launches.append_jsonl = points.tearing(launches.append_jsonl)
    watch.append_jsonl = points.tearing(watch.append_jsonl)
    watch.detect = detect  # type: ignore[assignment]
    course.MOST = 1
    loop.SAVE_SECONDS = 0 if trial.get("often") else 600
    sys.addaudithook(points.hook)
    started = time.monotonic()
    try:
        tiny.run_in(folder, config(kind=trial.get("kind", "warn")), evaluators=[evaluate])
        said = ""
    except DiskError as error:
        said = str(error)
    points.over = True
    return {"points": points.count, "seconds": time.monotonic() - started, "said": said}


def serve() -> None:
    Image.init()
    for name in ("event_pb2", "summary_pb2"):
        if importlib.util.find_spec("tensorboard"):
            importlib.import_module(f"tensorboard.compat.proto.{name}")
    for line in sys.stdin:
        trial = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.write(writing, json.dumps(victim(trial)).encode())
                code = 0
            finally:
                if code:
                    sys.excepthook(*sys.exc_info())
                os._exit(code)
        if "after" in trial:
            time.sleep(trial["after"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(writing)
        answer = os.read(reading, 65536)
        os.close(reading)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), **json.loads(answer or b"{}")}), flush=True)


class Server:
    """The server seen from a test."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.training.victims"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ask(self, folder: Path, **trial: Any) -> dict[str, Any]:
        """Run a trial in ``folder`` and return how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"folder": str(folder), **trial}) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def close(self) -> str:
        """End the server and return what it and its children said to nobody."""
        return self.process.communicate(timeout=30)[1]


if __name__ == "__main__":
    serve()
