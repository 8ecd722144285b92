"""The training loop."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from dcgan.clock import round_images, total_images
from dcgan.config import Config, ModelConfig
from dcgan.data.feed import Feed, feed_of
from dcgan.data.pictures import Pictures
from dcgan.data.ready import Ahead, ready
from dcgan.errors import check
from dcgan.processes import ALONE, Processes
from dcgan.training import ticks
from dcgan.training.board import open_board
from dcgan.training.compiled import compile_nets
from dcgan.training.ema import average, weight_kept
from dcgan.training.launches import check_state, forget_after, launched, settle, sweep_run, write_options
from dcgan.training.memory import keep_freed_memory
from dcgan.training.run import Run
from dcgan.training.state import State, load_state, new_state, save_state
from dcgan.training.step import train_step

SAVE_SECONDS = 600  # the state is saved at least this often, whatever the rhythm of snapshots


def train(
    config: Config,
    model: ModelConfig,
    pictures: Pictures | Feed,
    run: Run,
    *,
    data: dict[str, Any],
    evaluators: Sequence[ticks.Evaluator] = (),
    listen: Callable[[dict[str, Any]], None] = lambda row: None,
    stop: Callable[[], bool] = lambda: False,
    warn: Callable[[str], None] = lambda sentence: None,
    processes: Processes = ALONE,
) -> State:
    """Train, or go on training where the run's saved state stands, until the length that ``config`` states.

    Args:
        config: the settings, complete.
        model: the architecture (``recipes.resolve_model``).
        pictures: the data, of the model's size and channels: prepared, or as a feed.
        run: the folder to write to; if it holds a state, training goes on from it.
        data: plain values about the data, kept with every snapshot: name, source, pictures.
        evaluators: called with the generator at every snapshot; each yields (name, value), lower being better. The
            first value of all decides which snapshot is the best.
        listen: called with every line of statistics.
        stop: asked after every step; when it answers True everything is saved and the loop ends.
        warn: called with a sentence where something that was asked for cannot be had, and training goes on without.
        processes: those that train together. All call this function; the first one writes, listens and evaluates.

    Returns:
        The state at the end.

    Raises:
        ConfigError: the batch cannot be shared out.
        NonFiniteError: a loss is no longer a number.
        SnapshotError: the saved state is damaged, gone, or belongs to other settings.
        BusyError: another process is training this run.
        DiskError: the disk is full or cannot be written; the last saved state is whole.
    """
    check_batch(config, processes)
    with launched(run) if processes.first else nullcontext():
        return _train(config, model, pictures, run, data, evaluators, listen, stop, warn, processes)


def _train(
    config: Config,
    model: ModelConfig,
    pictures: Pictures | Feed,
    run: Run,
    data: dict[str, Any],
    evaluators: Sequence[ticks.Evaluator],
    listen: Callable[[dict[str, Any]], None],
    stop: Callable[[], bool],
    warn: Callable[[str], None],
    processes: Processes,
) -> State:
    check_state(run)
    keep_freed_memory()
    state = new_state(config, model, processes)
    if processes.from_first(run.state.exists()):
        load_state(state, run.state)
    trouble = compile_nets(state)
    if trouble is not None and processes.first:
        warn(trouble)
    feed = ready(feed_of(pictures, config, processes.rank, processes.world), state.device)
    processes.wait()  # until all have read what the first one is about to change
    if processes.first:
        begin(state, run, feed, data)
    total, saved, stopping = total_images(config, len(feed)), time.monotonic(), False
    with open_board(run.path, state.nimg) if processes.first else nullcontext(_nothing) as board:
        while state.nimg < total and not stopping:
            timed(state, lambda: advance(state, feed))
            stopping, late = processes.any(stop(), processes.first and time.monotonic() - saved > SAVE_SECONDS)
            now = ticks.now(state, len(feed), ended=state.nimg >= total, stopping=stopping, late=late)
            if now.any:
                timed(state, lambda: ticks.check_finite(state, run))  # which waits for the device
            if not processes.first:
                ticks.forget_figures(state, len(feed), now)
                continue
            if now.log:
                row = ticks.log(state, run, len(feed))
                listen(row)
                board(row)
            if now.preview:
                ticks.preview(state, run)
            if now.snapshot:
                ticks.snapshot(state, run, data)
                ticks.evaluate(state, run, evaluators)
            if now.save:
                settle(run)
                save_state(state, run.state)
                saved = time.monotonic()
    if isinstance(feed, Ahead):
        feed.close()
    processes.wait()
    return state


def check_batch(config: Config, processes: Processes) -> None:
    """Refuse a batch that cannot be shared out.

    Raises:
        ConfigError: it is no multiple of the number of processes times ``pack``.
    """
    world = f" in each of {processes.world} processes" if processes.world > 1 else ""
    whole = config.batch % (processes.world * config.pack) == 0
    check(whole, f"--batch is a multiple of --pack {config.pack}{world}", config.batch)


def _nothing(row: dict[str, Any]) -> None:
    pass


def advance(state: State, feed: Feed) -> None:
    """Take one round on the next batches of pictures, and average G."""
    config = state.config
    train_step(state, round_at(state, feed))
    state.nimg += round_images(config)
    state.step += 1
    if state.G_ema is not None:
        kept = weight_kept(config.ema_kimg, config.ema_ramp, round_images(config), state.nimg)
        average(state.G_ema, state.G, kept)


def timed(state: State, work: Callable[[], None]) -> None:
    """Do something and add its time to the run's."""
    started = time.monotonic()
    work()
    state.seconds += time.monotonic() - started


def round_at(state: State, feed: Feed) -> Tensor:
    """Return this process's real pictures of the next round, one batch after another: uint8 (steps_D * N, H, W, C)."""
    starts = range(state.nimg, state.nimg + round_images(state.config), state.config.batch)
    batches = [feed.batch_at(start) for start in starts]
    return torch.cat(batches) if len(batches) > 1 else batches[0]


def begin(state: State, run: Run, feed: Feed, data: dict[str, Any]) -> None:
    """Record the launch; at the very start, also show the data and what the untrained G makes, and save the state."""
    sweep_run(run)
    write_options(run, state.config, data, state.nimg, state.processes.world)
    forget_after(run, state.nimg, total_images(state.config, len(feed)))
    if state.nimg == 0:
        ticks.show_reals(state, run, feed)
        ticks.preview(state, run)
        save_state(state, run.state)  # from here on a state that is missing is damage
