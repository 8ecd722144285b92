"""What a run does when it looks at itself. None of it changes the training: every draw has its own address."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dcgan.clock import period_images, round_images
from dcgan.config import Config
from dcgan.data.feed import Feed
from dcgan.errors import NonFiniteError
from dcgan.files import append_jsonl, remove_dir
from dcgan.images import enlarge, grid, save_png, to_pixels
from dcgan.models.generator import Generator
from dcgan.models.prior import draw_at
from dcgan.models.snapshot import save_snapshot
from dcgan.models.statistics import recompute_statistics
from dcgan.rng import key
from dcgan.training.figures import COLUMNS, LOSSES, column_means
from dcgan.training.run import Run, best_measured, deciding, read_lines, snapshots_to_keep
from dcgan.training.state import State

Evaluator = Callable[[Generator], Iterable[tuple[str, float]]]
STATISTICS_IMAGES = 1024  # z from which the averaged G's BatchNorm statistics are measured


def due(rhythm: str, state: State, pictures: int) -> bool:
    """Whether the step just taken crossed a multiple of ``rhythm``."""
    once = round_images(state.config)
    period = period_images(rhythm, once, pictures)
    return state.nimg // period > (state.nimg - once) // period


@dataclass(frozen=True, kw_only=True)
class Now:
    """What is to be done after a step."""

    log: bool
    preview: bool
    measure: bool
    snapshot: bool
    health: bool
    save: bool

    @property
    def any(self) -> bool:
        return any(vars(self).values())


def now(state: State, pictures: int, *, ended: bool, stopping: bool, late: bool) -> Now:
    """Return what is due: everything at a run's end but a look, which keeps to its rhythm; snapshot and state when it
    is stopped; the state where it has not been saved for long."""
    rhythm = state.config.ticks
    log, preview, snapshot, measure = (
        ended or due(tick, state, pictures)
        for tick in (rhythm.log, rhythm.preview, rhythm.snapshot, rhythm.metrics or rhythm.snapshot)
    )
    return Now(
        log=log,
        preview=preview,
        measure=measure,
        snapshot=snapshot or stopping,
        health=due(rhythm.health, state, pictures),
        save=snapshot or stopping or late,
    )


def forget_figures(state: State, pictures: int, now: Now) -> None:
    """Drop the figures of which the first process has just written the means, or which it has looked at."""
    if now.log and due(state.config.ticks.log, state, pictures):
        state.pending = []
    if now.health:
        state.unlooked = []


def check_finite(state: State, run: Run) -> None:
    """Stop at the first loss since the last look, or the first weight, that is not a number.

    Raises:
        NonFiniteError: says which term, at which step, and where the last good snapshot is.
    """
    rows = torch.stack(state.pending).cpu() if state.pending else torch.empty(0, len(COLUMNS))
    bad = (~torch.isfinite(rows[:, : len(LOSSES)])).nonzero()
    if len(bad):
        row, column = bad[0].tolist()
        found = f"{COLUMNS[column]} is {rows[row, column].item()} at step {state.step - len(rows) + row + 1}"
    elif spoiled := [name for name, net in (("G", state.G), ("D", state.D)) if not _finite(net)]:
        found = f"a weight of {spoiled[0]} is not a number after step {state.step}"
    else:
        return
    kept = run.list_snapshots()
    last = f"the last good snapshot is {kept[max(kept)]}" if kept else "no snapshot had been written"
    raise NonFiniteError(f"{found}: training stopped, {last}. A lower --optim-D.lr or --precision fp32 usually helps")


def _finite(net: torch.nn.Module) -> bool:
    return all(bool(torch.isfinite(parameter).all()) for parameter in net.parameters())


def log(state: State, run: Run, pictures: int) -> dict[str, Any]:
    """Write the means since the last line to ``stats.jsonl`` and return them.

    A line before its time, at the end of a run, is marked ``partial``: it is taken back if the run is resumed.
    """
    partial = not due(state.config.ticks.log, state, pictures)
    means = column_means(state.pending)
    look = state.looks[-1] if state.looks else {}
    troubles, said = look.get("troubles", []), look.get("said", {})
    row = {
        "nimg": state.nimg,
        "kimg": state.nimg / 1000,
        "step": state.step,
        "epoch": round(state.nimg / pictures, 4),
        "loss_D": means["loss_D_real"] + means["loss_D_fake"],
        **means,
        "seconds": round(state.seconds, 3),
        **({"trouble": troubles} if troubles else {}),
        **({"said": list(said.values())} if said else {}),
        **({"partial": True} if partial else {}),
    }
    append_jsonl(run.stats, row)
    return row


def show_reals(state: State, run: Run, feed: Feed) -> None:
    """Write ``reals.png``: pictures of the data, drawn once, as D sees them."""
    save_png(run.path / "reals.png", grid(enlarge(feed.some(state.config.ticks.preview_n), 64)))


def preview(state: State, run: Run) -> None:
    """Write the pictures of the run's fixed z."""
    G = shown_generator(state)
    z = draw_at(state.model.prior, state.config.ticks.preview_n, state.model.z_dim, key(state.config.seed, "preview"))
    save_png(run.fakes(state.nimg), grid(enlarge(pictures_of(G, z.to(state.device)), 64)))


@torch.no_grad()
def pictures_of(G: Generator, z: Tensor) -> Any:
    """Return uint8 (N, H, W, C) of z, made in evaluation mode and float32."""
    training = G.training
    G.eval()
    pixels = to_pixels(torch.cat([G.forward(part) for part in z.split(64)]))  # not compiled, as when it is sampled
    G.train(training)
    return pixels


def shown_generator(state: State) -> Generator:
    """Return the averaged generator with BatchNorm statistics of its own, or G where no average is kept."""
    if state.G_ema is None:
        return state.G
    if state.measured == state.nimg:
        return state.G_ema
    state.measured = state.nimg
    batch = max(64, state.config.batch)
    batches = math.ceil(STATISTICS_IMAGES / batch)
    seed, prior, z_dim = state.config.seed, state.model.prior, state.model.z_dim
    draws = (draw_at(prior, batch, z_dim, key(seed, "statistics", i)) for i in range(batches))
    recompute_statistics(state.G_ema, (z.to(state.device) for z in draws))
    return state.G_ema


def snapshot(state: State, run: Run, data: dict[str, Any]) -> None:
    """Write a snapshot, then remove those that the rule does not keep."""
    shown_generator(state)
    config = state.config
    info = {"recipe": config.recipe, "nimg": state.nimg, "step": state.step, "seed": config.seed, **data}
    save_snapshot(run.snapshot(state.nimg), state.model, state.G, state.D, state.G_ema, info)
    there = run.list_snapshots()
    period = period_images(config.ticks.snapshot, round_images(config), data["pictures"])
    spread = [nimg for nimg in there if nimg not in between(run, config, period)]
    kept = snapshots_to_keep(spread, period, config.ticks.keep) | {max(there), best_measured(run.path, set(there))}
    for nimg in set(there) - kept:
        remove_dir(there[nimg])


def between(run: Run, config: Config, period: int) -> set[int]:
    """Return when it was measured between two snapshots' times: a snapshot of then was there for being the best."""
    if config.ticks.metrics is None:
        return set()
    return {row["nimg"] for row in read_lines(run.metrics) if row["nimg"] % period >= round_images(config)}


def evaluate(state: State, run: Run, evaluators: Sequence[Evaluator], pictures: int) -> bool:
    """Add what the evaluators find, first of all what decides which snapshot is best, to ``metrics.jsonl``. Returns
    whether that was never as low.

    A line before its time, at the end of a run, is marked ``partial``: it is taken back if the run is resumed, and
    nothing in training goes by it.
    """
    if not evaluators:
        return False
    G, rhythm = shown_generator(state), state.config.ticks
    training = G.training
    G.eval()
    values = {name: value for evaluator in evaluators for name, value in evaluator(G)}
    G.train(training)
    partial = not due(rhythm.metrics or rhythm.snapshot, state, pictures)
    append_jsonl(run.metrics, {"nimg": state.nimg, "values": values, **({"partial": True} if partial else {})})
    *before, now = [value for _, value in deciding(run.path)] or [math.inf]
    return bool(values) and not partial and now < min(before, default=math.inf)
