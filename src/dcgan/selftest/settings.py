"""The rows of the table of Gaussians: losses, packing and penalties side by side, all else the same.

What they show holds for these networks and these seconds. That a loss collapses here does not mean that it does so on
pictures; that a setting covers all modes here means that nothing in its computation keeps it from doing so.
"""

from dataclasses import replace
from typing import Any

from dcgan.config import Loss, ObjectiveConfig
from dcgan.selftest.points import Outcome, Setting

COLLAPSED = "bce, z of 0"
COVERING = "relativistic, R1 + R2"
LEAST = {"ring": 6, "grid": 20}  # modes that are nearly all
GOOD = 0.1  # share of high quality below which they may be accidents: noise over the square finds most modes with 0.02


def settings(steps: int | None = None, seed: int = 0) -> list[Setting]:
    """Return the rows; with ``steps``, each as long."""
    penalised: dict[str, Any] = {"r1": 0.003, "r2": 0.003, "penalty_every": 4}
    rows = [
        Setting(name=COLLAPSED, objective=ObjectiveConfig(), z_scale=0.0, steps=400),
        Setting(name="bce", objective=ObjectiveConfig()),
        Setting(name="bce, pack 2", objective=ObjectiveConfig(), pack=2),
        Setting(name="bce, pack 4", objective=ObjectiveConfig(), pack=4),
        Setting(name="hinge", objective=ObjectiveConfig(loss="hinge")),
        Setting(name="wasserstein, gp", objective=ObjectiveConfig(loss="wasserstein", gp=0.3, steps_D=2), steps=750),
        *(Setting(name=f"{loss}, R1 + R2", objective=ObjectiveConfig(loss=loss, **penalised)) for loss in _PENALISED),
    ]
    return [replace(row, steps=steps or row.steps, seed=seed) for row in rows]


_PENALISED: tuple[Loss, ...] = ("bce", "hinge", "relativistic")


def covers(mixture: str, found: int, good: float) -> bool:
    """Whether nearly all modes of a mixture are found, and not by accident."""
    return found >= LEAST[mixture] and good >= GOOD


def failures(outcomes: list[Outcome]) -> list[str]:
    """Return sentences on what the self-test should have seen and did not; none where all is well.

    A G that cannot see z has to be told for the collapse that it is, and R3GAN's objective (arXiv 2501.05441) has to
    find nearly all modes.
    """
    said = []
    for outcome in outcomes:
        name, mixture = outcome.setting.name, outcome.mixture.name
        found, good = outcome.verdict.found, outcome.verdict.good
        if name == COLLAPSED and found > 1:
            said.append(f"{mixture}: a G that cannot see z makes one point, and {found} modes were counted")
        if name == COVERING and not covers(mixture, found, good):
            modes = len(outcome.mixture.centres)
            said.append(f"{mixture}: {name} found {found} of {modes} modes, {good:.1%} of its samples of high quality")
    return said
