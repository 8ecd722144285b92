"""How fast would a run be here? A few steps on made-up pictures, nothing kept."""

import time

import torch

from dcgan.clock import round_images
from dcgan.config import Config, ModelConfig
from dcgan.training.memory import keep_freed_memory
from dcgan.training.state import new_state
from dcgan.training.step import train_step


def images_a_second(config: Config, model: ModelConfig, seconds: float = 2.0) -> float:
    """Return the rate of training steps on this machine, in real pictures a second.

    The first round, which sets things up, is not counted; then at least two, for at least ``seconds``.
    """
    keep_freed_memory()
    state = new_state(config, model)
    generator = torch.Generator().manual_seed(0)
    shape = (round_images(config), model.height, model.width, model.channels)
    pixels = torch.randint(256, shape, generator=generator, dtype=torch.uint8)
    train_step(state, pixels)
    _wait(state.device)
    started, steps = time.perf_counter(), 0
    while steps < 2 or time.perf_counter() - started < seconds:
        train_step(state, pixels)
        _wait(state.device)
        steps += 1
    return steps * round_images(config) / (time.perf_counter() - started)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
