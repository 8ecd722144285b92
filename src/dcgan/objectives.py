"""What D and G are trained towards: pure functions of logits, returning named terms.

Logits are float (N,). Each function returns a scalar. A D loss comes in two named terms, ``real`` and ``fake``, so that
both can be kept; how they are put together is the caller's.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from dcgan.config import ObjectiveConfig

LABELLED = ("bce", "saturating", "least-squares")  # the losses that have targets


def targets(value: float, noise: float, count: int, generator: torch.Generator) -> Tensor:
    """Return targets (count,): ``value`` plus ``noise`` times U(0, 1), a fresh draw an element, on the CPU."""
    base = torch.full((count,), value)
    return base + noise * torch.rand(count, generator=generator) if noise else base


def discriminator_terms(
    objective: ObjectiveConfig, logits_real: Tensor, logits_fake: Tensor, target_real: Tensor, target_fake: Tensor
) -> dict[str, Tensor]:
    """Return D's loss on reals and on fakes, each a mean over its pictures.

    - bce, saturating: cross-entropy of the logits against the targets (Goodfellow and others, arXiv 1406.2661).
    - least-squares: (logit - target)^2 / 2 (Mao and others, arXiv 1611.04076, equation 2).
    - wasserstein: -real and fake (Arjovsky and others, arXiv 1701.07875, equation 3).
    - hinge: max(0, 1 - real) and max(0, 1 + fake) (Lim and Ye, arXiv 1705.02894).
    - relativistic: softplus(fake - real) over pairs, in equal halves to both terms (Jolicoeur-Martineau,
      arXiv 1807.00734; Huang and others, arXiv 2501.05441).
    - relativistic-average: softplus(mean fake - real) and softplus(fake - mean real) (arXiv 1807.00734, algorithm 2).

    The targets matter to bce, saturating and least-squares alone.
    """
    if objective.loss == "relativistic":
        half = F.softplus(logits_fake - logits_real).mean() / 2
        return {"real": half, "fake": half}
    if objective.loss == "relativistic-average":
        return {
            "real": F.softplus(logits_fake.mean() - logits_real).mean(),
            "fake": F.softplus(logits_fake - logits_real.mean()).mean(),
        }
    if objective.loss == "hinge":
        return {"real": F.relu(1 - logits_real).mean(), "fake": F.relu(1 + logits_fake).mean()}
    if objective.loss == "wasserstein":
        return {"real": -logits_real.mean(), "fake": logits_fake.mean()}
    distance = _half_square if objective.loss == "least-squares" else F.binary_cross_entropy_with_logits
    return {"real": distance(logits_real, target_real), "fake": distance(logits_fake, target_fake)}


def generator_target(objective: ObjectiveConfig) -> tuple[float, float]:
    """Return the target that G's loss takes, and its noise: those of reals, or of fakes where G flees these."""
    if objective.loss == "saturating":
        value, noise = objective.fake_label, objective.fake_noise
    else:
        value, noise = objective.real_label, objective.real_noise
    return value, noise if objective.noisy_G else 0.0


def generator_loss(
    objective: ObjectiveConfig, logits_real: Tensor | None, logits_fake: Tensor, target: Tensor
) -> Tensor:
    """Return G's loss, a mean over its pictures; sources as for ``discriminator_terms``.

    - bce: cross-entropy against the target of reals, that is the non-saturating loss.
    - saturating: minus D's term on fakes, the minimax game; its gradient vanishes where D is sure.
    - least-squares: (fake - target of reals)^2 / 2.
    - wasserstein, hinge: -fake.
    - relativistic: softplus(real - fake) over pairs.
    - relativistic-average: softplus(mean real - fake) + softplus(real - mean fake).

    The two relativistic ones need ``logits_real``; the target is ``generator_target``'s.
    """
    if objective.is_relativistic:
        assert logits_real is not None
        if objective.loss == "relativistic":
            return F.softplus(logits_real - logits_fake).mean()
        towards = F.softplus(logits_real.mean() - logits_fake).mean()
        return towards + F.softplus(logits_real - logits_fake.mean()).mean()
    if objective.loss in ("hinge", "wasserstein"):
        return -logits_fake.mean()
    if objective.loss == "least-squares":
        return _half_square(logits_fake, target)
    entropy = F.binary_cross_entropy_with_logits(logits_fake, target)
    return -entropy if objective.loss == "saturating" else entropy


def probability_real(objective: ObjectiveConfig, logits: Tensor) -> Tensor:
    """Return the mean of D(x), how real D takes the pictures to be. A scalar in [0, 1].

    - bce, saturating: the probability that D gives to "real", the sigmoid of the logit, or of minus it where the labels
      are flipped.
    - least-squares: where the logit stands between the targets, 0 at that of fakes and 1 at that of reals, held at the
      ends: of the best D this is the probability too.
    - the others: the sigmoid of the logit, which is no probability. It grows with what D takes for real; of the
      relativistic losses and of wasserstein only the distance between reals and fakes says something.
    """
    if objective.loss == "least-squares":
        width = objective.real_label - objective.fake_label
        return ((logits - objective.fake_label) / width).clamp(0, 1).mean()
    return torch.sigmoid(-logits if _is_flipped(objective) else logits).mean()


def told_right(objective: ObjectiveConfig, logits_real: Tensor, logits_fake: Tensor) -> dict[str, Tensor]:
    """Return how well D tells real from generated pictures: three scalars, float32.

    accuracy_real, accuracy_fake: the share of each kind whose logit is on the right side. bce and saturating: of the
    logit whose sigmoid lies half-way between the targets; least-squares: of the middle between the targets; hinge: of
    0. The other losses know only differences of logits: of all pairs of a real and a fake, the share in which the real
    one is ahead (the area under the ROC curve), the same figure twice.

    margin: the mean logit of reals minus that of fakes, turned round where the labels are flipped: above 0 D is right.
    """
    side = -1 if _is_flipped(objective) else 1
    real, fake = side * logits_real.float(), side * logits_fake.float()
    margin = real.mean() - fake.mean()
    if objective.is_relativistic or objective.loss == "wasserstein":
        ahead = (real[:, None] > fake[None, :]).float().mean()
        return {"accuracy_real": ahead, "accuracy_fake": ahead, "margin": margin}
    middle = side * _middle(objective)
    return {
        "accuracy_real": (real > middle).float().mean(),
        "accuracy_fake": (fake < middle).float().mean(),
        "margin": margin,
    }


def _middle(objective: ObjectiveConfig) -> float:
    """The logit half-way between the targets; labels at or beyond 0 and 1 are held just inside."""
    if objective.loss not in LABELLED:
        return 0.0
    middle = (objective.real_label + objective.fake_label) / 2
    if objective.loss == "least-squares":
        return middle
    inside = min(max(middle, 0.01), 0.99)
    return math.log(inside / (1 - inside))


def _half_square(logits: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(logits, target) / 2


def _is_flipped(objective: ObjectiveConfig) -> bool:
    """Whether real pictures have the smaller target, so that D learns to answer less to them."""
    return objective.loss in LABELLED and objective.real_label < objective.fake_label
