"""One round: D learns from reals and fakes, then G learns from D, each as often as the objective says."""

from collections.abc import Callable

import torch
from torch import Tensor

from dcgan.images import to_unit
from dcgan.objectives import discriminator_terms, generator_loss, generator_target, probability_real, told_right
from dcgan.penalties import between, gradient_distance, gradient_square, near
from dcgan.rng import key
from dcgan.training.compiled import mark_step, uncompiled
from dcgan.training.device import autocast
from dcgan.training.draws import generator_at, label, latent, shown
from dcgan.training.figures import COLUMNS
from dcgan.training.state import State

Row = dict[str, Tensor]


def train_step(state: State, pixels: Tensor) -> None:
    """Update D ``steps_D`` times, each on its share of the real pictures, then G ``steps_G`` times.

    Adds a row of COLUMNS, means over the updates, to ``state.pending`` and ``state.unlooked``. Every random number
    comes from an address that holds ``state.nimg`` (latent vectors, label noise, augmentation, dropout).

    Args:
        state: what learns.
        pixels: real pictures, uint8 (steps_D * N, H, W, C): this process's share of every batch.
    """
    objective = state.config.objective
    mark_step(state)
    reals = to_unit(pixels.to(state.device, non_blocking=True)).chunk(objective.steps_D)
    torch.manual_seed(key(state.config.seed, "dropout", state.nimg, state.processes.rank))
    rows_D, rows_G = [], []
    for turn, real in enumerate(reals):
        fake, row = discriminator_step(state, real, turn)
        rows_D.append(row)
    for turn in range(objective.steps_G):
        rows_G.append(generator_step(state, reals[-1], fake, turn))
    row = means(rows_D) | means(rows_G)
    figures = torch.stack([row[name] for name in COLUMNS])
    state.processes.average_([figures])
    state.pending.append(figures)
    state.unlooked.append(figures)


def discriminator_step(state: State, real: Tensor, turn: int = 0) -> tuple[Tensor, Row]:
    """Update D. Returns the fakes, with their history where G's step goes on with them, and the update's figures."""
    objective, count, ahead = state.config.objective, len(real), turn * state.config.batch
    with torch.set_grad_enabled(objective.reuses_fakes), autocast(state.device, state.precision):
        fake = state.G(latent(state, count, "z_D", ahead))
    groups = count // state.model.pack
    target_real = label(state, groups, "labels_real", objective.real_label, objective.real_noise, ahead)
    target_fake = label(state, groups, "labels_fake", objective.fake_label, objective.fake_noise, ahead)
    seen_real, seen_fake = shown(state, real, "real", ahead), shown(state, fake.detach(), "fake", ahead)
    if objective.passes == "updates":
        logits_real, logits_fake, terms = _two_updates(state, seen_real, seen_fake, target_real, target_fake, ahead)
        penalty = torch.zeros((), device=state.device)
    else:
        logits_real, logits_fake = _both_logits(state, seen_real, seen_fake)
        terms = discriminator_terms(objective, logits_real, logits_fake, target_real, target_fake)
        with uncompiled(state):  # which has second gradients
            penalty = penalties(state, real, fake.detach(), turn)
        loss = terms["real"] + terms["fake"]
        loss = (loss / 2 if objective.passes == "joined" else loss) + penalty
        state.optim_D.update(loss, state.nimg + ahead)
    return fake, {
        "loss_D_real": terms["real"].detach(),
        "loss_D_fake": terms["fake"].detach(),
        "penalty": penalty.detach(),
        "D_real": probability_real(objective, logits_real.detach()),
        "D_fake": probability_real(objective, logits_fake.detach()),
        **told_right(objective, logits_real.detach(), logits_fake.detach()),
    }


def generator_step(state: State, real: Tensor, fake: Tensor, turn: int = 0) -> Row:
    """Update G through a frozen D. ``fake`` is used where it has its history, else new ones are made."""
    objective, count = state.config.objective, len(real)
    name = f"G_{turn}" if turn else "G"  # G's turns see no new reals: it is the purpose that tells them apart
    state.D.requires_grad_(False)
    with autocast(state.device, state.precision):
        if not objective.reuses_fakes:
            fake = state.G(latent(state, count, f"z_{name}"))
        logits_fake = state.D(shown(state, fake, name))
        logits_real = state.D(shown(state, real, f"{name}_real")) if objective.is_relativistic else None
    target = label(state, len(logits_fake), f"labels_{name}", *generator_target(objective))
    loss = generator_loss(objective, logits_real, logits_fake, target)
    state.optim_G.update(loss, state.nimg)
    state.D.requires_grad_(True)
    return {"loss_G": loss.detach(), "grad_G": state.optim_G.length}


def penalties(state: State, real: Tensor, fake: Tensor, turn: int = 0) -> Tensor:
    """Return the penalties with their weights, in float32; zero on the updates between (lazy regularisation).

    The gradients are those with respect to pictures before they are augmented (Karras and others, arXiv 2006.06676).
    R1 and R2 see their pictures augmented as the loss does.
    """
    objective, pack, ahead = state.config.objective, state.model.pack, turn * state.config.batch
    total = torch.zeros((), device=state.device)
    if (state.step * objective.steps_D + turn) % objective.penalty_every:
        return total

    def judge(purpose: str) -> Callable[[Tensor], Tensor]:
        return lambda x: state.D(shown(state, x, purpose, ahead))

    for gamma, pictures, purpose in ((objective.r1, real, "real"), (objective.r2, fake, "fake")):
        if gamma:
            total = total + gamma / 2 * objective.penalty_every * gradient_square(judge(purpose), pictures)
    if objective.gp:
        points = between(real, fake, generator_at(state, "gp", ahead), pack)
        total = total + objective.gp * objective.penalty_every * gradient_distance(judge("gp"), points)
    if objective.dragan:
        points = near(real, generator_at(state, "dragan", ahead), pack)
        total = total + objective.dragan * objective.penalty_every * gradient_distance(judge("dragan"), points)
    return total


def means(rows: list[Row]) -> Row:
    """Return the mean of every figure over the updates of a round, float32."""
    return {name: torch.stack([row[name].float() for row in rows]).mean(0) for name in rows[0]}


def _both_logits(state: State, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    with autocast(state.device, state.precision):
        if state.config.objective.passes == "separate":
            return state.D(real), state.D(fake)
        logits_fake, logits_real = state.D(torch.cat([fake, real])).chunk(2)
        return logits_real, logits_fake


def _two_updates(
    state: State, real: Tensor, fake: Tensor, target_real: Tensor, target_fake: Tensor, ahead: int
) -> tuple[Tensor, Tensor, Row]:
    """D learns from the reals, and then, already changed, from the fakes."""
    objective = state.config.objective
    with autocast(state.device, state.precision):
        logits_real = state.D(real)
    term_real = discriminator_terms(objective, logits_real, logits_real, target_real, target_fake)["real"]
    state.optim_D.update(term_real, state.nimg + ahead)
    with autocast(state.device, state.precision):
        logits_fake = state.D(fake)
    term_fake = discriminator_terms(objective, logits_fake, logits_fake, target_real, target_fake)["fake"]
    state.optim_D.update(term_fake, state.nimg + ahead)
    return logits_real, logits_fake, {"real": term_real, "fake": term_fake}
