"""From pictures to a finished run: train, report, and say where things are."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from dcgan.cli.progress import Progress
from dcgan.clock import total_images
from dcgan.config import Config, ModelConfig
from dcgan.data.prepare import absolute
from dcgan.data.stream import Data
from dcgan.errors import DataError, UserError
from dcgan.files import read_jsonl
from dcgan.report.write import write_report
from dcgan.training.loop import train
from dcgan.training.run import Run


def check_same_pictures(data: dict[str, Any], pictures: Data) -> None:
    """Refuse to go on with a run on other pictures than it has seen.

    Raises:
        DataError: they are not the same, or not in the same order.
    """
    if data.get("digest") != pictures.digest:
        raise DataError(
            f"the pictures are not those that this run was trained on ({data.get('pictures')} of {data.get('name')}): "
            "put them back, or start a new run"
        )


def launch(config: Config, model: ModelConfig, pictures: Data, source: str, run: Run) -> int:
    """Train in ``run``, write its report, say where things are. Returns the exit code."""
    total = total_images(config, len(pictures))
    print(
        f"{run.path}: {config.recipe} at {config.size}, {len(pictures):,} pictures, to {total / 1000:g} kimg",
        flush=True,
    )
    try:
        with Progress("training") as progress, stopping() as received:
            state = train(
                config,
                model,
                pictures,
                run,
                data=describe(pictures, source),
                listen=lambda row: progress.statistics(row, total),
                stop=lambda: bool(received),
            )
    except BaseException:
        report_what_there_is(run)
        raise
    if state.nimg < total:
        print(
            f"stopped at {state.nimg / 1000:g} kimg, everything is saved; go on with: dcgan train --resume {run.path}"
        )
    elif read_jsonl(run.launches)[-1]["nimg"] >= total:
        print(f"the run had already reached {total / 1000:g} kimg: give a longer --kimg, --steps or --epochs to go on")
    print("\n".join(str(path) for path in write_report(run.path)))
    if state.nimg < total:
        return 128 + received[0]
    print(f"pictures of it: dcgan sample {run.path} --seeds 0-63")
    return 0


def describe(pictures: Data, source: str) -> dict[str, Any]:
    """Return what a run keeps of its data, as plain values."""
    return {
        "name": pictures.name,
        "source": absolute(source),
        "pictures": len(pictures),
        "digest": pictures.digest,
        "classes": list(pictures.classes),
    }


def report_what_there_is(run: Run) -> None:
    """Write the report of a run that an error ended, or remove its folder where nothing had begun.

    What goes wrong here is passed over: the error that ended the run is the one to be heard.
    """
    with suppress(OSError, UserError):
        if run.options.exists():
            write_report(run.path)
        else:
            run.path.rmdir()


@contextmanager
def stopping() -> Iterator[list[int]]:
    """Yield a list that receives the number of the first Ctrl-C or SIGTERM; a second one interrupts at once."""
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
