"""Two ways down to z: Adam with stochastic clipping, from many starts at once, and damped Gauss-Newton steps."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dcgan.latent.invert.objective import EXACT, Objective
from dcgan.models.prior import draw_at
from dcgan.rng import key

TINY = 1e-30
FLOOR, CEILING = 1e-14, 1e3  # of the damping, as a share of the mean curvature
KEPT = 0.1  # a step that leaves less than this share of the value was made with a curvature that is still good
IDLE = 0.999  # a step that leaves more than this share of the value has not helped
GIVE_UP = 8  # steps in a row that have not helped


def adam(objective: Objective, z: Tensor, steps: int, rate: float, seed: int) -> tuple[Tensor, Tensor]:
    """Descend by Adam with a rate that falls to 0 along a half cosine.

    Under a uniform prior, coordinates that leave [-1, 1] are drawn again from it after each step: stochastic clipping
    (Lipton and Tripathi, arXiv 1702.04782), which does not let a coordinate stick to an end.

    Args:
        objective: of as many pictures as ``z`` has rows.
        z: where to start, (N, d).
        steps: at least 0.
        rate: at the beginning.
        seed: decides what is drawn.

    Returns:
        The best z of the way, (N, d), and its value, (N,).
    """
    z = z.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([z], rate, (0.9, 0.99))
    best, least = z.detach().clone(), torch.full((len(z),), math.inf, device=z.device)
    for step in range(steps + 1):
        value = objective.value(z)
        better = value < least
        best[better], least[better] = z.detach()[better], value.detach()[better]
        if step == steps:
            break
        optimiser.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * step / steps)) / 2
        optimiser.zero_grad()
        (value + TINY).log().sum().backward()
        optimiser.step()
        if objective.bounded:
            _draw_again(z, key(seed, "inversion: clipped", step))
    return best, least


def _draw_again(z: Tensor, address: int) -> None:
    with torch.no_grad():
        fresh = draw_at("uniform", len(z), z.shape[1], address).to(z.device)
        z.copy_(torch.where(z.abs() > 1, fresh, z))


@dataclass
class _Descent:
    """The state of Gauss-Newton descents, a row a picture, on the CPU: not every device has float64."""

    z: Tensor
    value: Tensor
    curvature: Tensor
    """float64 (N, d, d)."""
    stale: Tensor
    """Whether the curvature is to be computed anew."""
    damping: Tensor
    """float64, as a share of the mean curvature."""
    idle: Tensor
    """Steps in a row that have not helped."""


def gauss_newton(objective: Objective, z: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """Descend by damped Gauss-Newton steps (Levenberg 1944, Marquardt 1963), which are not slowed by directions of z
    that hardly change the picture: with 100 of them the curvatures of a G differ by factors of 10^3 to 10^8.

    A step costs a Jacobian, about d forward passes, but only where the last curvature has done its service; near a z
    that exists the error falls quadratically. A step that does not lower the value is not taken. Under a uniform prior
    z stays in the cube: what would leave it is held at the face.

    Args:
        objective: of as many pictures as ``z`` has rows.
        z: where to start, (N, d).
        steps: at most.

    Returns:
        z (N, d) and its value (N,).
    """
    device, (n, d) = z.device, z.shape
    z = z.detach().cpu().clone()
    z = z.clamp(-1, 1) if objective.bounded else z
    state = _Descent(
        z=z,
        value=_value(objective, z),
        curvature=torch.zeros(n, d, d, dtype=torch.float64),
        stale=torch.ones(n, dtype=torch.bool),
        damping=torch.full((n,), 0.1, dtype=torch.float64),
        idle=torch.zeros(n, dtype=torch.long),
    )
    for _ in range(steps):
        going = torch.nonzero((state.value > EXACT) & (state.idle < GIVE_UP)).flatten()
        if not len(going):
            break
        _step(objective.of(going), state, going)
    return state.z.to(device), state.value.to(device)


@torch.no_grad()
def _value(objective: Objective, z: Tensor) -> Tensor:
    return objective.value(z.to(objective.x.device)).cpu()


def _step(objective: Objective, state: _Descent, going: Tensor) -> None:
    """Take one step for the rows ``going``, which are those of the objective."""
    stale, before, z = state.stale[going], state.value[going], state.z[going]
    if stale.any():
        state.curvature[going[stale]] = objective.of(torch.nonzero(stale).flatten()).normal_equations(z[stale])
    new = z + _direction(objective, z, state.curvature[going], state.damping[going])
    new = new.clamp(-1, 1) if objective.bounded else new
    value = _value(objective, new)
    taken = value < before
    state.z[going] = torch.where(taken[:, None], new, z)
    state.value[going] = torch.where(taken, value, before)
    state.damping[going] = (state.damping[going] * torch.where(taken, 0.1, 5.0)).clamp(FLOOR, CEILING)
    state.idle[going] = torch.where(value < IDLE * before, 0, state.idle[going] + 1)
    # after a refused step the curvature may be old, or the step was too long: only an old one is made anew
    helped = (value > KEPT * before) & (value < IDLE * before)
    state.stale[going] = torch.where(taken, helped, ~stale)


def _direction(objective: Objective, z: Tensor, curvature: Tensor, damping: Tensor) -> Tensor:
    """Return the step (N, d) that the curvature and the gradient of the value propose."""
    error, gradient = _error_and_gradient(objective, z)
    pull = error * (0 if objective.bounded else objective.prior / objective.x[0].numel())
    gradient = gradient / 2 + pull[:, None] * z
    scale = curvature.diagonal(dim1=1, dim2=2).mean(1) + TINY
    eye = torch.eye(z.shape[1], dtype=torch.float64)
    matrix = curvature + (damping * scale + pull)[:, None, None] * eye
    if objective.bounded:  # coordinates that the face holds do not take part
        free = ~((z <= -1) & (gradient > 0) | (z >= 1) & (gradient < 0))
        gradient = gradient * free
        both = free[:, :, None] & free[:, None, :]
        matrix = torch.where(both, matrix, eye * scale[:, None, None])
    return -torch.linalg.solve(matrix, gradient).to(z.dtype)


@torch.enable_grad()
def _error_and_gradient(objective: Objective, z: Tensor) -> tuple[Tensor, Tensor]:
    """Return the squared length of the residual, (N,), and its gradient, (N, d), float64 on the CPU."""
    z = z.to(objective.x.device, copy=True).requires_grad_(True)
    error = objective.residual(z).square().sum(1)
    (gradient,) = torch.autograd.grad(error.sum(), z)
    return error.detach().cpu().double(), gradient.cpu().double()
