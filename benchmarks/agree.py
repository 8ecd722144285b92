"""Do we compute what pytorch/examples computes? The losses of the first 20 steps, on the same weights, data and noise.

In float64 they are the same to the last digits. In float32 rounding decides the sign of gradients near 0, Adam makes
whole steps of them, and this training, at its full width, multiplies what differs by ten at every step: the script does
not agree with itself once its weights lie in another order in memory. So agreement is asked for in float64. In float32
it is told at a small width, where the training is calmer, and at full width beside what the script differs from itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from rivals import Case, losses_of, pixels_of
from torch import Tensor

from dcgan.images import to_unit
from dcgan.training.draws import latent
from dcgan.training.state import State, new_state
from dcgan.training.step import COLUMNS, train_step

ALLOWED, STEPS = 1e-3, 20
Losses = Callable[[Tensor, Tensor], tuple[float, float]]


def agreement(examples: Path | None, tiny: bool) -> dict[str, Any]:
    """Compare the losses with those of the script, or of a plain writing of ours where it is not given."""
    base = Case(kind="ours", row="pytorch", batch=8, tiny=tiny, examples=examples)
    with float64():
        double = with_rival(base)
    single = with_rival(replace(base, batch=4, tiny=True))
    assert double["largest"] <= ALLOWED, f"the losses differ: {double}"
    return {
        "with": "pytorch/examples" if examples else "a plain writing of the same network",
        "steps": STEPS,
        "allowed": ALLOWED,
        "float64": double,
        "float32, an eighth of the width": single,
        **({} if tiny else in_full(replace(base, batch=16, tiny=False))),
    }


def in_full(case: Case) -> dict[str, Any]:
    return {"float32": with_rival(case), "float32, the rival with itself": with_itself(case)}


def with_rival(case: Case) -> dict[str, Any]:
    """Compare our losses with the rival's."""
    state = new_state(case.config, case.model)
    return compare(case, ours(state), losses_of(case, state))


def with_itself(case: Case) -> dict[str, Any]:
    """Compare the rival's losses with its own when its weights lie channels last."""
    state = new_state(case.config, case.model)
    return compare(case, losses_of(case, state), losses_of(case, state, torch.channels_last))


def ours(state: State) -> Losses:
    def step(real: Tensor, z: Tensor) -> tuple[float, float]:
        pixels = ((real + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1)
        assert torch.equal(z.flatten(1), latent(state, len(z), "z_D"))
        train_step(state, pixels)
        row = dict(zip(COLUMNS, state.pending.pop().tolist(), strict=True))
        state.nimg += len(pixels)
        state.step += 1
        return row["loss_D_real"] + row["loss_D_fake"], row["loss_G"]

    return step


def compare(case: Case, first: Losses, second: Losses) -> dict[str, Any]:
    """Let both train on the same draws. Returns the largest difference, and how many first steps stay within bounds."""
    clock, generator = new_state(case.config, case.model), torch.Generator().manual_seed(1)
    differences = []
    for _ in range(STEPS):
        pixels = torch.randint(256, pixels_of(case).shape, generator=generator, dtype=torch.uint8)
        real, z = to_unit(pixels), latent(clock, case.batch, "z_D")[:, :, None, None]
        clock.nimg += case.batch
        pairs = zip(first(real, z), second(real, z), strict=True)
        differences.append(max(abs(a - b) for a, b in pairs))
    within = next((i for i, found in enumerate(differences) if found > ALLOWED), STEPS)
    return {"batch": case.batch, "largest": float(f"{max(differences):.1e}"), "steps_within": within}


@contextmanager
def float64() -> Iterator[None]:
    """Compute in float64, also where the program says float()."""
    torch.set_default_dtype(torch.float64)
    try:
        with patch.object(Tensor, "float", Tensor.double):
            yield
    finally:
        torch.set_default_dtype(torch.float32)
