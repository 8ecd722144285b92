"""What a feature of D looks at: the pictures that it answers most strongly, and guided backpropagation to their pixels.

A layer is meant by its number, 1 for the first; its features are its maps after the activation. The last layer gives
the verdict and has none. A unit is a feature at a position of its map.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from dcgan.models.discriminator import Discriminator, packed
from dcgan.models.layers import Block
from dcgan.models.precision import plain_float32


class Box(NamedTuple):
    """A part of a picture, in pixels from its top left corner; ``bottom`` and ``right`` are the first ones outside."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, kw_only=True)
class Guided:
    """What guided backpropagation found of N pictures, one unit each."""

    gradients: np.ndarray
    """float32 (N, C, H, W), by pixels in [-1, 1]."""
    responses: np.ndarray
    """float32 (N,): of the units that the gradients start from."""
    positions: np.ndarray
    """int64 (N, 2): their row and column in the layer's map."""


@dataclass(frozen=True, kw_only=True)
class Strongest:
    """The pictures that F features answer most strongly, k each, the strongest first."""

    rows: np.ndarray
    """int64 (F, k): which pictures, counted from 0 as they came."""
    responses: np.ndarray
    """float32 (F, k)."""
    positions: np.ndarray
    """int64 (F, k, 2): the unit's row and column in the layer's map."""


def guided(D: Discriminator, x: Tensor, layer: int, features: Sequence[int]) -> Guided:
    """Backpropagate, guided, from each picture's strongest unit of a feature to its pixels.

    The signal starts as 1 at the unit where the feature's map is largest (at the first one, row by row, of equals). On
    its way back it passes an activation only where the activation's input was positive and where it is positive itself;
    elsewhere it becomes 0. So a LeakyReLU is taken as a ReLU on the way back: what came through its slope below 0
    passes nothing, as if the unit had been silent. tanh, and a layer without an activation, are differentiated as they
    are. A feature whose strongest response is not positive has gradients of 0.

    BatchNorm takes its running statistics. A D that judges several pictures together is shown each one that many times;
    the gradients of the copies are added. Nothing of D is changed. In float32, whatever the hardware could.

    Source: Springenberg and others, arXiv 1412.6806, section 3.4; for D's features: Radford and others, arXiv
    1511.06434, figure 5.

    Args:
        D: the discriminator, in evaluation mode.
        x: pictures (N, C, H, W) float in [-1, 1].
        layer: 1 for the first, at most one less than D has.
        features: N numbers of features, one for each picture.

    Raises:
        ValueError: there is no such layer or feature, or not one feature for each picture.
    """
    assert not D.training, "D is in evaluation mode"
    _check(D, layer, features)
    if len(features) != len(x):
        raise ValueError(f"each picture has one feature, so {len(x)} pictures have {len(x)}, not {len(features)}")
    device = _device(D)
    with plain_float32(device, gradients=True), torch.inference_mode(False), torch.enable_grad():
        x = x.detach().to(device, torch.float32, copy=True).requires_grad_()
        maps = _maps(D, x, layer, _guided_layer)
        chosen = maps[torch.arange(len(x), device=device), torch.tensor(features, device=device)]
        responses, places = chosen.flatten(1).max(1)
        (gradients,) = torch.autograd.grad(responses.sum(), x)
    return Guided(
        gradients=gradients.cpu().numpy(),
        responses=responses.detach().cpu().numpy(),
        positions=_positions(places, maps.shape[-1]),
    )


def strongest(
    D: Discriminator,
    batches: Iterable[Tensor],
    layer: int,
    features: Sequence[int],
    k: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Strongest:
    """Find the k pictures that each feature answers most strongly, each picture at its strongest position.

    The pictures of one feature are different ones. Of equal responses the earlier picture comes first. Memory does not
    grow with the pictures.

    Args:
        D: the discriminator, in evaluation mode; several pictures judged together are the same one.
        batches: pictures (n, C, H, W) float in [-1, 1]; k of them or more.
        layer: 1 for the first, at most one less than D has.
        features: F numbers of features.
        k: pictures of each feature, at least 1.
        progress: told how many pictures have been looked at.

    Raises:
        ValueError: there is no such layer or feature, or there are fewer pictures than k.
    """
    assert not D.training, "D is in evaluation mode"
    _check(D, layer, features)
    device = _device(D)
    index = torch.tensor(features, device=device)
    best = torch.empty(len(features), 0, device=device)
    found = torch.empty(len(features), 0, 2, dtype=torch.int64, device=device)  # rows and places
    side, seen = 1, 0
    for x in batches:
        with plain_float32(device):
            maps = _maps(D, x.to(device, torch.float32), layer, _plain_layer)[:, index]
            side = maps.shape[-1]
            responses, places = maps.flatten(2).max(2)
            rows = torch.arange(seen, seen + len(x), device=device)[:, None].expand_as(places)
            best = torch.cat([best, responses.T], 1)
            found = torch.cat([found, torch.stack([rows, places], 2).transpose(0, 1)], 1)
            best, order = (part[:, :k] for part in best.sort(stable=True, dim=1, descending=True))
            found = found.gather(1, order[..., None].expand(-1, -1, 2))
        seen += len(x)
        progress(seen)
    if seen < k:
        raise ValueError(f"the {k} strongest of {seen} pictures were asked for")
    return Strongest(
        rows=found[..., 0].cpu().numpy(), responses=best.cpu().numpy(), positions=_positions(found[..., 1], side)
    )


def receptive_field(D: Discriminator, layer: int, position: Sequence[int]) -> Box:
    """Return the part of a picture that a unit can see: no pixel outside it changes the unit.

    It follows from kernels, strides and padding alone, and ends where the picture does.

    Args:
        D: the discriminator.
        layer: 1 for the first, at most one less than D has.
        position: the unit's row and column in the layer's map.

    Raises:
        ValueError: there is no such layer or position.
    """
    _check(D, layer, ())
    sides = [(D.config.height, D.config.width), *(block.out_side for block in _layers(D))]
    row, column = position
    if not (0 <= row < sides[layer][0] and 0 <= column < sides[layer][1]):
        raise ValueError(f"layer {layer} has maps of {sides[layer][0]}x{sides[layer][1]}: it has no unit at {position}")
    (top, bottom), (left, right) = (row, row + 1), (column, column + 1)
    for block, side in zip(reversed(_layers(D)[:layer]), reversed(sides[:layer]), strict=True):
        (top, bottom), (left, right) = _seen_by(block, ((top, bottom), (left, right)), side)
    return Box(top, left, bottom, right)


def as_pictures(gradients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Make gradients visible: mid-grey (128) is 0, black (1) and white (255) are a picture's scale or beyond it.

    A picture's scale is one for all its channels: 99 of 100 of its numbers that are not 0 are smaller by magnitude, so
    that a single strong pixel does not leave the others grey. A gradient of 0 throughout is grey throughout.

    Args:
        gradients: float (N, C, H, W).

    Returns:
        uint8 (N, H, W, C), and the scales, float32 (N,).
    """
    scales = np.array([_scale(np.abs(gradient)) for gradient in gradients], np.float32)
    share = gradients / np.where(scales > 0, scales, 1)[:, None, None, None]
    pixels = np.rint(128 + 127 * share.clip(-1, 1)).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)), scales


def _scale(sizes: np.ndarray) -> float:
    return float(np.quantile(sizes[sizes > 0], 0.99)) if sizes.any() else 0.0


class _Activation(torch.autograd.Function):
    """An activation whose way back is guided."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, activate: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.save_for_backward(x)
        return activate(x)

    @staticmethod
    def backward(ctx: Any, *arriving: Tensor) -> tuple[Tensor, None]:
        ((x,), (gradient,)) = ctx.saved_tensors, arriving
        return gradient.clamp(min=0) * (x > 0), None


def _guided_layer(block: Block, x: Tensor) -> Tensor:
    x = block.before_activation(x)
    if block.row.act in ("relu", "leaky"):
        found: Tensor = _Activation.apply(x, block.activate)
        return found
    return block.activate(x)


def _plain_layer(block: Block, x: Tensor) -> Tensor:
    found: Tensor = block(x)
    return found


def _maps(D: Discriminator, x: Tensor, layer: int, through: Callable[[Block, Tensor], Tensor]) -> Tensor:
    """Return a layer's maps (N, features, h, w) of pictures (N, C, H, W)."""
    x = packed(x.repeat_interleave(D.config.pack, 0), D.config.pack)
    for block in _layers(D)[:layer]:
        x = through(block, x)
    return x


def _layers(D: Discriminator) -> list[Block]:
    return [block for block in D.layers if isinstance(block, Block)]


def _check(D: Discriminator, layer: int, features: Sequence[int]) -> None:
    last = len(D.layers) - 1
    if not 1 <= layer <= last:
        raise ValueError(f"this D's layers with features are 1 to {last}, not {layer}")
    width = D.config.D[layer - 1].width
    if any(not 0 <= feature < width for feature in features):
        raise ValueError(f"layer {layer} has features 0 to {width - 1}, not all of {list(features)}")


def _device(D: Discriminator) -> torch.device:
    return next(D.parameters()).device


def _positions(places: Tensor, width: int) -> np.ndarray:
    return torch.stack([places // width, places % width], -1).cpu().numpy()


def _seen_by(
    block: Block, spans: tuple[tuple[int, int], tuple[int, int]], side: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return rows and columns of a layer's input that rows and columns of its output see."""
    op = block.op
    assert isinstance(op, nn.Conv2d), "layers with features are convolutions"
    pads = op.padding if block.pads is None else (block.pads[2], block.pads[0])
    seen = []
    for i, (start, end) in enumerate(spans):
        first, behind = int(pads[i]), op.kernel_size[i] - int(pads[i])
        seen.append((max(start * op.stride[i] - first, 0), min((end - 1) * op.stride[i] + behind, side[i])))
    return seen
