"""L-BFGS for many small problems side by side that share their data: one pass over it serves them all."""

from collections.abc import Callable

import torch
from torch import Tensor

MEMORY = 8
RECALLED = 5
"""A step is good where it falls below the worst of so many values before it (Grippo and others 1986): one problem's
short step back costs a pass for them all."""
ENOUGH = 1e-4
"""Armijo's share of the decrease that the slope promises."""
SHRINK = 0.25
TRIES = 6
ROUNDING = 1e-6
"""Share of a value that float32 may be wrong by."""

Objective = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Takes (d, P), a column a problem; returns values (P,) float64 and slopes (d, P)."""


def minimise(
    objective: Objective,
    start: Tensor,
    first: Tensor,
    rounds: int,
    settled: float = 1e-5,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tensor:
    """Minimise P functions of d numbers each, by limited-memory BFGS with backtracking for each of them.

    Source: Nocedal, Mathematics of Computation 35 (1980); Nocedal and Wright, Numerical Optimization, algorithm 7.4.

    Args:
        objective: all of them; smooth, and bounded below.
        start: (d, P).
        first: (P,): the length of the first step along minus the slope; one over the curvature is safe.
        rounds: at most.
        settled: all is done when every function falls by less than this share of itself, twice in a row.
        progress: called with (rounds done, rounds at most).

    Returns:
        (d, P): where they ended. No value is above the one at the start.
    """
    at, (value, slope) = start, objective(start)
    steps, turns, recent = list[Tensor](), list[Tensor](), [value]
    quiet = torch.zeros(len(value), dtype=torch.int64)
    for done in range(rounds):
        way = _direction(slope, steps, turns, first)
        promised = _dot(slope, way)
        way = torch.where(promised < 0, way, -slope * first.to(at.dtype))
        promised = _dot(slope, way)
        length, new, new_value, new_slope = torch.ones_like(promised), at, value, slope
        for _ in range(TRIES):
            new = at + length.to(at.dtype) * way
            new_value, new_slope = objective(new)
            worst = torch.stack(recent).amax(0)
            good = new_value <= worst + ENOUGH * length * promised + ROUNDING * worst.abs()
            if good.all():
                break
            length = torch.where(good, length, length * SHRINK)
        else:  # what is no better after all stays where it was
            new, new_slope = torch.where(good, new, at), torch.where(good, new_slope, slope)
            new_value = torch.where(good, new_value, value)
        quiet = torch.where((value - new_value).abs() < settled * value.abs(), quiet + 1, 0)
        steps.append(new - at)
        turns.append(new_slope - slope)
        recent.append(new_value)
        del steps[:-MEMORY], turns[:-MEMORY], recent[:-RECALLED]
        at, value, slope = new, new_value, new_slope
        progress(done + 1, rounds)
        if (quiet >= 2).all():
            break
    return at


def _direction(slope: Tensor, steps: list[Tensor], turns: list[Tensor], first: Tensor) -> Tensor:
    """Return minus the approximate inverse Hessian times the slope, column by column: the two loops."""
    way, shares = slope.clone(), list[tuple[Tensor, Tensor]]()
    for step, turn in zip(reversed(steps), reversed(turns), strict=True):
        bend = _dot(step, turn)
        inverse = torch.where(bend > 1e-10 * _dot(turn, turn), 1 / bend.clamp(min=1e-30), 0.0)
        share = inverse * _dot(step, way)
        way -= share.to(way.dtype) * turn
        shares.append((inverse, share))
    if steps:
        bend, square = _dot(steps[-1], turns[-1]), _dot(turns[-1], turns[-1])
        way *= torch.where((bend > 0) & (square > 0), bend / square.clamp(min=1e-30), first).to(way.dtype)
    else:
        way *= first.to(way.dtype)
    for step, turn, (inverse, share) in zip(steps, turns, reversed(shares), strict=True):
        way += (share - inverse * _dot(turn, way)).to(way.dtype) * step
    return -way


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Return the scalar products of columns, float64 (P,)."""
    return (a * b).sum(0, dtype=torch.float64)
