"""What is done at random to pictures before D sees them, reals and fakes alike, so that D learns less by heart.

DiffAugment (Zhao and others, arXiv 2006.10738) with the ranges of its authors' code, and mirroring. Pictures are float
(N, C, H, W) in [-1, 1]. What comes back is of the same shape, can be differentiated with respect to x, and may leave
that range. Every picture has draws of its own, made on the CPU, so that they are the same on every device.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from dcgan.config import Means

SHIFT = 8  # the side over this is the longest way that a picture is moved
HOLE = 2  # the side over this is the side of what is cut out


def augment(x: Tensor, policy: Iterable[Means], generator: torch.Generator) -> Tensor:
    """Return pictures x after each means of ``policy``, in that order; an empty policy returns x itself.

    Args:
        x: pictures (N, C, H, W) in [-1, 1].
        policy: of color, translation, cutout, mirror.
        generator: on the CPU; the same one does the same.
    """
    for means in policy:
        x = MEANS[means](x, generator)
    return x


def color(x: Tensor, generator: torch.Generator) -> Tensor:
    """Add U(-0.5, 0.5) to a picture, then multiply its saturation by U(0, 2), then its contrast by U(0.5, 1.5).

    Saturation is the distance from the pixel's mean over colours, which gray pictures do not have; contrast the
    distance from the picture's mean. A fourth channel, transparency, stays as it is.
    """
    colours, alpha = x[:, :3], x[:, 3:]
    brightness, saturation, contrast = torch.rand(3, len(x), 1, 1, 1, generator=generator).to(
        x.device, non_blocking=True
    )
    colours = colours + (brightness - 0.5)
    gray = colours.mean(dim=1, keepdim=True)
    colours = gray + (colours - gray) * (2 * saturation)
    middle = colours.mean(dim=(1, 2, 3), keepdim=True)
    colours = middle + (colours - middle) * (contrast + 0.5)
    return torch.cat([colours, alpha], dim=1) if alpha.shape[1] else colours


def translation(x: Tensor, generator: torch.Generator) -> Tensor:
    """Move a picture by up to an eighth of each side, in whole pixels; where it has left there is 0, middle gray."""
    (rows, inside_rows), (columns, inside_columns) = (_moved(x.shape[i], len(x), generator, x.device) for i in (2, 3))
    pictures = torch.arange(len(x), device=x.device)[:, None, None]
    moved = x[pictures, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return moved * (inside_rows[:, None, :, None] & inside_columns[:, None, None, :])


def cutout(x: Tensor, generator: torch.Generator) -> Tensor:
    """Set a rectangle of half the picture's sides to 0, middle gray; its centre is anywhere in the picture."""
    rows, columns = (_hole(x.shape[i], len(x), generator, x.device) for i in (2, 3))
    return x * ~(rows[:, None, :, None] & columns[:, None, None, :])


def mirror(x: Tensor, generator: torch.Generator) -> Tensor:
    """Turn every second picture left for right, as a coin decides."""
    turned = torch.randint(2, (len(x), 1, 1, 1), generator=generator).bool().to(x.device, non_blocking=True)
    return torch.where(turned, x.flip(3), x)


MEANS: dict[Means, Callable[[Tensor, torch.Generator], Tensor]] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
    "mirror": mirror,
}


def instance_noise(x: Tensor, std: float, generator: torch.Generator) -> Tensor:
    """Return x plus Gaussian noise of this standard deviation, drawn on the CPU.

    Source: Soenderby and others, arXiv 1610.04490; Arjovsky and Bottou, arXiv 1701.04862.
    """
    return x + std * torch.randn(x.shape, generator=generator).to(x.device, non_blocking=True)


def _moved(side: int, count: int, generator: torch.Generator, device: torch.device) -> tuple[Tensor, Tensor]:
    """Where each line of moved pictures comes from, (count, side) int64, and whether it was in the picture, bool."""
    most = int(side / SHIFT + 0.5)
    ways = torch.randint(-most, most + 1, (count, 1), generator=generator).to(device, non_blocking=True)
    origins = torch.arange(side, device=device) - ways
    return origins.clamp(0, side - 1), (origins >= 0) & (origins < side)


def _hole(side: int, count: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """Which lines of pictures a hole takes, (count, side) bool. The centre of an even hole lies between two lines, and
    there is one place more for it than there are lines."""
    width = int(side / HOLE + 0.5)
    centres = torch.randint(side + 1 - width % 2, (count, 1), generator=generator).to(device, non_blocking=True)
    offsets = torch.arange(side, device=device) - (centres - width // 2)
    return (offsets >= 0) & (offsets < width)
