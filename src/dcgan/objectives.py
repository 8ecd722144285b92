"""What D and G are trained towards: pure functions of logits, returning named terms.

Logits are float (N,). Each function returns a scalar. A D loss comes in two named terms, ``real`` and ``fake``, so that
both can be kept; how they are put together is the caller's.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dcgan.config import ObjectiveConfig


def targets(value: float, noise: float, count: int, generator: torch.Generator) -> Tensor:
    """Return targets (count,): ``value`` plus ``noise`` times U(0, 1), a fresh draw an element, on the CPU."""
    base = torch.full((count,), value)
    return base + noise * torch.rand(count, generator=generator) if noise else base


def discriminator_terms(
    objective: ObjectiveConfig, logits_real: Tensor, logits_fake: Tensor, target_real: Tensor, target_fake: Tensor
) -> dict[str, Tensor]:
    """Return D's loss on reals and on fakes, each a mean over its pictures.

    - bce: cross-entropy of the logits against the targets (Goodfellow and others, arXiv 1406.2661).
    - hinge: max(0, 1 - real) and max(0, 1 + fake) (Lim and Ye, arXiv 1705.02894).
    - relativistic: softplus(fake - real) over pairs, in equal halves to both terms (Jolicoeur-Martineau,
      arXiv 1807.00734; Huang and others, arXiv 2501.05441).

    The targets matter to bce alone.
    """
    if objective.loss == "hinge":
        return {"real": F.relu(1 - logits_real).mean(), "fake": F.relu(1 + logits_fake).mean()}
    if objective.loss == "relativistic":
        half = F.softplus(logits_fake - logits_real).mean() / 2
        return {"real": half, "fake": half}
    return {
        "real": F.binary_cross_entropy_with_logits(logits_real, target_real),
        "fake": F.binary_cross_entropy_with_logits(logits_fake, target_fake),
    }


def generator_loss(
    objective: ObjectiveConfig, logits_real: Tensor | None, logits_fake: Tensor, target: Tensor
) -> Tensor:
    """Return G's loss, a mean over its pictures.

    bce: cross-entropy against the target of reals, that is the non-saturating loss; hinge: -fake; relativistic:
    softplus(real - fake) over pairs, the only one that needs ``logits_real``.
    """
    if objective.loss == "hinge":
        return -logits_fake.mean()
    if objective.loss == "relativistic":
        assert logits_real is not None
        return F.softplus(logits_real - logits_fake).mean()
    return F.binary_cross_entropy_with_logits(logits_fake, target)


def probability_real(objective: ObjectiveConfig, logits: Tensor) -> Tensor:
    """Return the mean of D(x), the probability that D gives to "real": sigmoid of the logit, or of minus it where the
    labels are flipped. A scalar in [0, 1]."""
    flipped = objective.loss == "bce" and objective.real_label < objective.fake_label
    return torch.sigmoid(-logits if flipped else logits).mean()
