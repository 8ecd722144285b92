"""From pictures to a finished run: train, report, and say where things are."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from dcgan.cli.progress import Progress
from dcgan.clock import total_images
from dcgan.config import Config, ModelConfig
from dcgan.data.heldback import kept_rows
from dcgan.data.prepare import absolute
from dcgan.data.stream import Data
from dcgan.errors import BusyError, DataError, DiskError, NonFiniteError, UserError
from dcgan.files import read_jsonl
from dcgan.processes import ALONE, Processes
from dcgan.report.write import write_report
from dcgan.training.changes import change_lines
from dcgan.training.launches import changes
from dcgan.training.loop import train
from dcgan.training.run import Run
from dcgan.training.state import State, saved_counters
from dcgan.training.ticks import Evaluator

TROUBLED = 3  # exit code of a run that a trouble has stopped


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


def launch(
    config: Config,
    model: ModelConfig,
    pictures: Data,
    source: str,
    run: Run,
    processes: Processes = ALONE,
    *,
    evaluators: Sequence[Evaluator] = (),
    again: str = "dcgan train",
) -> int:
    """Train in ``run``, write its report, say where things are. Returns the exit code.

    With ``evaluators`` the pictures' quality is measured on the way. ``again`` is the command that goes on with the
    run, without its ``--resume``. Of several processes the first one reports, and what the others print is not shown.
    """
    count = trained_on(config, pictures)
    total = total_images(config, count)
    held = f" ({len(pictures) - count:,} held back)" if count < len(pictures) else ""
    print(
        f"{run.path}: {config.recipe} at {config.size}, {count:,} pictures{held}, to {total / 1000:g} kimg", flush=True
    )
    if processes.first:
        say_what_is_resumed(run, config, processes.world)
    processes.wait()
    try:
        with Progress("training") as progress, stopping() as received:
            began, seconds = saved_counters(run.state)
            progress.begin(began, seconds)
            state = train(
                config,
                model,
                pictures,
                run,
                data=describe(config, pictures, source),
                evaluators=evaluators,
                listen=lambda row: progress.statistics(row, total),
                stop=lambda: bool(received),
                warn=lambda sentence: progress.say(f"warning: {sentence}"),
                processes=processes,
            )
    except BusyError:
        raise
    except NonFiniteError as error:  # in all processes, after the same step
        if processes.first:
            leave(run, error, again)
        processes.wait()
        raise
    except BaseException as error:
        if processes.first:
            leave(run, error, again)
        raise
    troubled = stopped_by_trouble(state, began)
    if troubled:
        say_trouble(state, run, again)
    elif state.nimg < total:
        print(f"stopped at {state.nimg / 1000:g} kimg, everything is saved; go on with: {again} --resume {run.path}")
    elif processes.first and read_jsonl(run.launches)[-1]["nimg"] >= total:
        print(f"the run had already reached {total / 1000:g} kimg: give a longer --kimg, --steps or --epochs to go on")
    if processes.first:
        report(run)
    processes.wait()  # a launcher ends all when one has ended otherwise than well
    if troubled:
        return TROUBLED
    if state.nimg < total:
        return 128 + (received[0] if received else signal.SIGTERM)
    print(f"pictures of it: dcgan sample {run.path} --seeds 0-63")
    return 0


def stopped_by_trouble(state: State, began: int) -> bool:
    """Whether it was ``--on-trouble stop`` that ended this launch, which began after so many images."""
    last = state.events[-1] if state.events else {}
    return last.get("event") == "stop" and last["nimg"] == state.nimg > began


def say_trouble(state: State, run: Run, again: str) -> None:
    """Say why the run was stopped, and how it can go on."""
    print(
        f"stopped at {state.nimg / 1000:g} kimg by --on-trouble stop, everything is saved: "
        f"{state.events[-1]['sentence']}. Go on all the same, or with other settings, with: "
        f"{again} --resume {run.path}"
    )


def trained_on(config: Config, pictures: Data) -> int:
    """Return how many of the pictures are shown to D: all but those that are held back."""
    rows = kept_rows(len(pictures), config.hold_back)
    return len(pictures) if rows is None else len(rows)


def describe(config: Config, pictures: Data, source: str) -> dict[str, Any]:
    """Return what a run keeps of its data, as plain values."""
    return {
        "name": pictures.name,
        "source": absolute(source),
        "pictures": trained_on(config, pictures),
        "held_back": len(pictures) - trained_on(config, pictures),
        "digest": pictures.digest,
        "classes": list(pictures.classes),
    }


def say_what_is_resumed(run: Run, config: Config, world: int) -> None:
    """Print what differs from the run's last launch, and whether it has to start again."""
    if run.options.exists() and not run.state.exists():
        print(f"{run.path} had not saved anything yet: it starts again from the beginning", flush=True)
    for line in change_lines(changes(run, config, world)):
        print(f"changed: {line}", flush=True)


def report(run: Run) -> None:
    """Write the run's report, and print where it is.

    Raises:
        DiskError: it cannot be written.
    """
    try:
        print("\n".join(str(path) for path in write_report(run.path)))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise DiskError(
            f"the run is saved, but {error.filename or 'its report'} cannot be written ({error.strerror}): when it "
            f"can, run: dcgan report {run.path}"
        ) from error


def leave(run: Run, error: BaseException, again: str) -> None:
    """Write the report of a run that an error ended, or remove its folder where nothing had begun.

    Whoever interrupts a second time does not wait for a report, and a full disk gets no more files. What goes wrong
    here is passed over: the error that ended the run is the one to be heard.
    """
    with suppress(OSError, UserError):
        if not run.options.exists():
            run.lock.unlink(missing_ok=True)
            run.path.rmdir()
        elif isinstance(error, KeyboardInterrupt):
            print(f"interrupted; go on from where it was last saved with: {again} --resume {run.path}")
        elif not isinstance(error, DiskError):
            write_report(run.path)


@contextmanager
def stopping() -> Iterator[list[int]]:
    """Yield a list that receives the number of the first Ctrl-C or SIGTERM; a second one interrupts at once."""
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt(number)
        received.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
