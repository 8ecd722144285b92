"""The training loop."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from dcgan.clock import round_images, total_images
from dcgan.config import Config, ModelConfig
from dcgan.data.feed import Feed, feed_of
from dcgan.data.pictures import Pictures
from dcgan.data.ready import Ahead, ready
from dcgan.errors import NonFiniteError, check
from dcgan.processes import ALONE, Processes
from dcgan.training import ticks
from dcgan.training.board import open_board
from dcgan.training.compiled import compile_nets
from dcgan.training.course import Course, after_non_finite, restore_record, take
from dcgan.training.ema import average, weight_kept
from dcgan.training.launches import check_state, forget_after, launched, settle, sweep_run, write_options
from dcgan.training.look import Looker
from dcgan.training.memory import keep_freed_memory
from dcgan.training.run import Run
from dcgan.training.state import State, load_state, new_state, save_state
from dcgan.training.step import train_step
from dcgan.training.watch import begin_watch, watch

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
        evaluators: called with the generator at the rhythm of ``ticks.metrics``, or at every snapshot; each yields
            (name, value), lower being better. The first value of all decides which snapshot is the best.
        listen: called with every line of statistics.
        stop: asked after every step; when it answers True everything is saved and the loop ends.
        warn: called with a sentence where something that was asked for cannot be had, and training goes on without; and
            where the run's health gives cause.
        processes: those that train together. All call this function; the first one writes, listens and evaluates.

    Returns:
        The state at the end. Where a trouble has stopped the run, its last event says so.

    Raises:
        ConfigError: the batch cannot be shared out.
        NonFiniteError: a loss is no longer a number.
        SnapshotError: the saved state is damaged, gone, or belongs to other settings.
        BusyError: another process is training this run.
        DiskError: the disk is full or cannot be written; the last saved state is whole.
    """
    check_batch(config, processes)
    job = Job(
        config=config,
        model=model,
        pictures=pictures,
        run=run,
        data=data,
        evaluators=evaluators,
        listen=listen,
        stop=stop,
        warn=warn,
        processes=processes,
    )
    with launched(run) if processes.first else nullcontext():
        check_state(run)
        keep_freed_memory()
        state, event = _leg(job, first=True)
        while event is not None:  # a restart or a way back: it goes on as after any stop, from another saved state
            if processes.first:
                take(event, state, run, config)
            processes.wait()
            state, event = _leg(job, first=False)
        return state


@dataclass(frozen=True, kw_only=True)
class Job:
    """What ``train`` was asked to do."""

    config: Config
    model: ModelConfig
    pictures: Pictures | Feed
    run: Run
    data: dict[str, Any]
    evaluators: Sequence[ticks.Evaluator]
    listen: Callable[[dict[str, Any]], None]
    stop: Callable[[], bool]
    warn: Callable[[str], None]
    processes: Processes


def _leg(job: Job, *, first: bool) -> tuple[State, dict[str, Any] | None]:
    """Train from the saved state to the run's end, until it is stopped, or until a trouble has it go on from another
    state. Returns the state, and in the last case the event."""
    processes = job.processes
    state = resumed(job)
    feed = ready(feed_of(job.pictures, state.config, processes.rank, processes.world), state.device)
    looker, course = Looker(feed, state), Course()
    processes.wait()  # until all have read what the first one is about to change
    if processes.first:
        begin(state, job, feed, looker, first)
    total, saved, stopping = total_images(state.config, len(feed)), time.monotonic(), False
    with open_board(job.run.path, state.nimg) if processes.first else nullcontext(_nothing) as board:
        while state.nimg < total and not (stopping or course.leaves):
            timed(state, lambda: advance(state, feed))
            stopping, late = processes.any(job.stop(), processes.first and time.monotonic() - saved > SAVE_SECONDS)
            now = ticks.now(state, len(feed), ended=state.nimg >= total, stopping=stopping, late=late)
            if not now.any:
                continue
            course = judged(state, job, looker, now)
            if course.leaves:
                continue
            stopping = stopping or course.stops
            if processes.first and now.log:
                row = ticks.log(state, job.run, len(feed))
                job.listen(row)
                board(row)
            if processes.first and now.preview:
                ticks.preview(state, job.run)
            ticks.forget_figures(state, len(feed), now)
            if processes.first and keep(state, job, now, course):
                saved = time.monotonic()
    if isinstance(feed, Ahead):
        feed.close()
    processes.wait()
    return state, course.event if course.leaves else None


def resumed(job: Job) -> State:
    """Return the state that the run has saved, or that of its beginning, ready to train."""
    state = new_state(job.config, job.model, job.processes)
    if job.processes.from_first(job.run.state.exists()):
        load_state(state, job.run.state)
    trouble = compile_nets(state)
    if trouble is not None and job.processes.first:
        job.warn(trouble)
    return state


def judged(state: State, job: Job, looker: Looker, now: ticks.Now) -> Course:
    """Check the losses, measure, and look at the run's health. Returns what follows, the same in all processes.

    Raises:
        NonFiniteError: a loss or a weight is no number, and there is no way back.
    """
    try:
        timed(state, lambda: ticks.check_finite(state, job.run))  # which waits for the device
    except NonFiniteError as error:
        return after_non_finite(state, job.run, error, job.warn)
    course = Course()
    if job.processes.first:
        measured = now.measure and ticks.evaluate(state, job.run, job.evaluators, len(looker.feed))
        course = watch(state, job.run, looker, job.warn) if now.health else course
        course = replace(course, measured=measured, best=measured if job.evaluators else course.best)
    if now.health:
        course = job.processes.from_first(course)
    if course.stops and course.event is not None:
        state.events.append(course.event)
    return course


def keep(state: State, job: Job, now: ticks.Now, course: Course) -> bool:
    """Write what is due of the snapshot, the best state and the state; returns whether the state was saved."""
    snapshot = now.snapshot or course.measured or course.stops
    best = course.best and state.config.on_trouble == "rollback"
    if snapshot:
        ticks.snapshot(state, job.run, job.data)
    if not (snapshot or best or now.save):
        return False
    settle(job.run)
    if best:
        save_state(state, job.run.best)  # before the state: it is never older than the best one
    save_state(state, job.run.state)
    if course.stops:
        restore_record(state, job.run)
    return True


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


def begin(state: State, job: Job, feed: Feed, looker: Looker, first: bool) -> None:
    """Record the launch, where this is one, and take back what came after the state; at the very start, also show the
    data and what the untrained G makes, look at it, and save the state."""
    run = job.run
    sweep_run(run)
    if first:
        write_options(run, job.config, job.data, state.nimg, state.processes.world)
    forget_after(run, state.nimg, total_images(state.config, len(feed)))
    restore_record(state, run)
    if state.nimg == 0:
        ticks.show_reals(state, run, feed)
        ticks.preview(state, run)
        begin_watch(state, run, looker)
        save_state(state, run.state)  # from here on a state that is missing is damage
