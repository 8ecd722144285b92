"""What changes as a run goes on: pure functions of the clock, never of the run's length.

A run that is stopped and resumed, or made longer, is therefore the same run.
"""

import math

from dcgan.config import ObjectiveConfig, OptimConfig


def learning_rate(config: OptimConfig, nimg: int, updates: int) -> float:
    """Return the rate of one update: lr, fallen by decay, times the shares of warm-up and annealing.

    Args:
        config: the optimiser.
        nimg: images seen before the update.
        updates: updates made before it.
    """
    return config.lr / (1 + config.decay * updates) * warmup_share(config, nimg) * anneal_share(config, nimg)


def warmup_share(config: OptimConfig, nimg: int) -> float:
    """Return a share in [0, 1] that rises linearly from 0 (Goyal and others, arXiv 1706.02677)."""
    return min(nimg / (config.warmup_kimg * 1000), 1.0) if config.warmup_kimg else 1.0


def anneal_share(config: OptimConfig, nimg: int) -> float:
    """Return a share that falls from 1 to ``anneal_floor``, on a line or on half a cosine (Loshchilov and Hutter,
    arXiv 1608.03983, equation 5)."""
    if config.anneal == "none":
        return 1.0
    span = config.anneal_to_kimg - config.anneal_from_kimg
    done = min(max((nimg / 1000 - config.anneal_from_kimg) / span, 0.0), 1.0)
    left = 1 - done if config.anneal == "linear" else (1 + math.cos(math.pi * done)) / 2
    return config.anneal_floor + (1 - config.anneal_floor) * left


def noise_std(objective: ObjectiveConfig, nimg: int) -> float:
    """Return the standard deviation of the instance noise, which fades linearly to 0 where it fades."""
    if not objective.instance_noise_kimg:
        return objective.instance_noise
    return objective.instance_noise * max(1 - nimg / (objective.instance_noise_kimg * 1000), 0.0)
