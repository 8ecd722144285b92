"""One step: D learns from a batch of reals and a batch of fakes, then G learns from D."""

import torch
from torch import Tensor

from dcgan.images import to_unit
from dcgan.models.prior import draw_at
from dcgan.objectives import discriminator_terms, generator_loss, probability_real, targets
from dcgan.penalties import gradient_square
from dcgan.rng import key
from dcgan.training.device import autocast
from dcgan.training.state import State

COLUMNS = ("loss_D_real", "loss_D_fake", "penalty", "loss_G", "D_real", "D_fake")


def train_step(state: State, pixels: Tensor) -> None:
    """Update D, then G, on a batch of real pictures, uint8 (N, H, W, C); adds a row of COLUMNS to ``state.pending``.

    Every random number comes from an address that holds ``state.nimg`` (latent vectors, label noise, dropout).
    """
    real = to_unit(pixels.to(state.device, non_blocking=True))
    torch.manual_seed(key(state.config.seed, "dropout", state.nimg))
    fake, row = discriminator_step(state, real)
    row |= generator_step(state, real, fake)
    state.pending.append(torch.stack([row[name].float() for name in COLUMNS]))


def discriminator_step(state: State, real: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Update D. Returns the fakes, with their history unless G's step draws new ones, and the step's figures."""
    objective, count = state.config.objective, len(real)
    with torch.set_grad_enabled(not objective.fresh_z), autocast(state.device, state.precision):
        fake = state.G(latent(state, count, "z_D"))
    target_real = label(state, count, "labels_real", objective.real_label, objective.real_noise)
    target_fake = label(state, count, "labels_fake", objective.fake_label, objective.fake_noise)
    if objective.passes == "updates":
        logits_real, logits_fake, terms = _two_updates(state, real, fake.detach(), target_real, target_fake)
        penalty = torch.zeros((), device=state.device)
    else:
        logits_real, logits_fake = _both_logits(state, real, fake.detach())
        terms = discriminator_terms(objective, logits_real, logits_fake, target_real, target_fake)
        penalty = penalties(state, real, fake)
        loss = terms["real"] + terms["fake"]
        state.optim_D.update((loss / 2 if objective.passes == "joined" else loss) + penalty)
    return fake, {
        "loss_D_real": terms["real"].detach(),
        "loss_D_fake": terms["fake"].detach(),
        "penalty": penalty.detach(),
        "D_real": probability_real(objective, logits_real.detach()),
        "D_fake": probability_real(objective, logits_fake.detach()),
    }


def generator_step(state: State, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Update G through a frozen D. ``fake`` is used where it has its history, else new ones are made."""
    objective, count = state.config.objective, len(real)
    state.D.requires_grad_(False)
    with autocast(state.device, state.precision):
        if objective.fresh_z:
            fake = state.G(latent(state, count, "z_G"))
        logits_fake = state.D(fake)
        logits_real = state.D(real) if objective.loss == "relativistic" else None
    noise = objective.real_noise if objective.noisy_G else 0.0
    target = label(state, count, "labels_G", objective.real_label, noise)
    loss = generator_loss(objective, logits_real, logits_fake, target)
    state.optim_G.update(loss)
    state.D.requires_grad_(True)
    return {"loss_G": loss.detach()}


def penalties(state: State, real: Tensor, fake: Tensor) -> Tensor:
    """Return R1 and R2 with their weights, in float32; zero on the steps between (lazy regularisation)."""
    objective = state.config.objective
    total = torch.zeros((), device=state.device)
    if state.step % objective.penalty_every:
        return total
    for gamma, pictures in ((objective.r1, real), (objective.r2, fake)):
        if gamma:
            total = total + gamma / 2 * objective.penalty_every * gradient_square(state.D, pictures)
    return total


def latent(state: State, count: int, purpose: str) -> Tensor:
    """Draw this step's z (count, z_dim) for a purpose."""
    address = key(state.config.seed, purpose, state.nimg)
    return draw_at(state.model.prior, count, state.model.z_dim, address).to(state.device)


def label(state: State, count: int, purpose: str, value: float, noise: float) -> Tensor:
    """Draw this step's targets (count,) for a purpose."""
    generator = torch.Generator().manual_seed(key(state.config.seed, purpose, state.nimg))
    return targets(value, noise, count, generator).to(state.device)


def _both_logits(state: State, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    with autocast(state.device, state.precision):
        if state.config.objective.passes == "separate":
            return state.D(real), state.D(fake)
        logits_fake, logits_real = state.D(torch.cat([fake, real])).chunk(2)
        return logits_real, logits_fake


def _two_updates(
    state: State, real: Tensor, fake: Tensor, target_real: Tensor, target_fake: Tensor
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """D learns from the reals, and then, already changed, from the fakes."""
    objective = state.config.objective
    with autocast(state.device, state.precision):
        logits_real = state.D(real)
    term_real = discriminator_terms(objective, logits_real, logits_real, target_real, target_fake)["real"]
    state.optim_D.update(term_real)
    with autocast(state.device, state.precision):
        logits_fake = state.D(fake)
    term_fake = discriminator_terms(objective, logits_fake, logits_fake, target_real, target_fake)["fake"]
    state.optim_D.update(term_fake)
    return logits_real, logits_fake, {"real": term_real, "fake": term_fake}
