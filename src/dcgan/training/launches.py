"""The launches of a run: one process at a time, what each one changed, and what it says when the disk refuses."""

import errno
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from typing import Any

import dcgan
from dcgan.config import Config
from dcgan.errors import BusyError, DiskError, SnapshotError
from dcgan.files import append_jsonl, remove_dir, sweep, sync, write_json, write_text
from dcgan.locks import held
from dcgan.serial import to_dict
from dcgan.training.changes import Changes, difference
from dcgan.training.device import choose_device, choose_precision
from dcgan.training.run import Run, read_lines
from dcgan.training.state import saved_counters

ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "free some space"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "see to it that the folder can be written"),
}


# One at a time, and the disk ----------------------------------------------------------------------------------------


@contextmanager
def launched(run: Run) -> Iterator[None]:
    """Be the one process that trains ``run``, and turn what the disk refuses it into a sentence.

    Raises:
        BusyError: another process is training it.
        DiskError: the disk is full, or cannot be written.
    """
    try:
        with _alone(run):
            yield
    except OSError as error:
        if error.errno not in ADVICE or not _inside(run, error.filename):
            raise
        raise DiskError(_disk_sentence(run, error)) from error


@contextmanager
def _alone(run: Run) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(held(run.lock, seconds=0))
        except TimeoutError as error:
            raise BusyError(f"{run.path} is being trained by another process: wait for it to end, or end it") from error
        yield


def _inside(run: Run, name: Any) -> bool:
    return name is None or str(name).startswith(str(run.path))


def _disk_sentence(run: Run, error: OSError) -> str:
    what = f"{error.filename or run.path} cannot be written ({error.strerror}): {ADVICE[error.errno or 0]}, then "
    if not run.options.exists():
        return f"{what}start again"
    nimg, _ = saved_counters(run.state)
    where = f"from {nimg / 1000:g} kimg, where everything was saved" if nimg else "from the beginning"
    return f"{what}go on {where}, with: dcgan train --resume {run.path}"


# The beginning of a launch ------------------------------------------------------------------------------------------


def check_state(run: Run) -> None:
    """Refuse a run whose state is gone although it had saved one; one that was ended before that may start again.

    Raises:
        SnapshotError: there are snapshots, but no state.
    """
    if not run.state.exists() and any(run.snapshots.glob("[0-9]*")):
        raise SnapshotError(
            f"{run.path} has snapshots but no {run.state.name} to go on from: sample from it, or start a new run"
        )


def write_options(run: Run, config: Config, data: dict[str, Any], nimg: int, world: int = 1) -> None:
    """Keep the settings, and add this launch to ``launches.jsonl``, with what it changed of the one before."""
    changed = changes(run, config, world)
    write_json(run.options, {"config": to_dict(config), "data": data})
    launch = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "nimg": nimg,
        "dcgan": dcgan.__version__,
        "torch": version("torch"),
        **_hardware(config),
        "processes": world,
        "changed": changed,
        "config": to_dict(config),
        "data": data,
    }
    append_jsonl(run.launches, launch)


def forget_after(run: Run, nimg: int, total: int) -> None:
    """Take back what was written after the state that is being resumed, and lines that came before their time.

    A line before its time stays when nothing is left to do.
    """
    for path in (run.stats, run.metrics):
        rows = read_lines(path)
        kept = [row for row in rows if row["nimg"] <= nimg and (nimg >= total or not row.get("partial"))]
        if kept != rows:
            write_text(path, "".join(json.dumps(row) + "\n" for row in kept))
    for later, preview in run.list_previews().items():
        if later > nimg:
            preview.unlink()
    for later, snapshot in run.list_snapshots().items():
        if later > nimg:
            remove_dir(snapshot)


def sweep_run(run: Run) -> None:
    """Remove the half-written files of killed processes."""
    for folder in (run.path, run.snapshots, run.attempts):
        sweep(folder)


def settle(run: Run) -> None:
    """Wait until the disk has all lines: the state that is saved next counts on them."""
    for path in (run.stats, run.metrics, run.health):
        if path.exists():
            sync(path)


def changes(run: Run, config: Config, world: int = 1) -> Changes:
    """Return which options differ from those of the run's last launch (see ``difference``), and whether the number of
    processes does."""
    launches = read_lines(run.launches)
    if not launches:
        return {}
    before = launches[-1].get("processes", 1)
    changed = {} if before == world else {"processes": (before, world)}
    return changed | difference(launches[-1], config, _hardware(config))


def _hardware(config: Config) -> dict[str, str]:
    device = choose_device(config.device)
    return {"device": str(device), "precision": choose_precision(config.precision, device)}
