"""The discriminator: a picture in, one logit out, and its layers' features on request."""

from collections.abc import Iterator

from torch import Tensor, nn

from dcgan.config import ModelConfig
from dcgan.models.init import initialise
from dcgan.models.layers import Block


class Discriminator(nn.Module):
    """D: pictures (N, channels, height, width) float in [-1, 1] -> logits (N / pack,), float32.

    With ``pack`` above 1, pictures that follow each other are joined along their channels and judged together (PacGAN,
    Lin and others, arXiv 1712.04086): a generator of few different pictures is found out.

    Args:
        config: the architecture.
        seed: decides the weights it starts with.
    """

    def __init__(self, config: ModelConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(_blocks(config))
        initialise(self, config.style, seed, "init_D")

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N / pack,) of pictures x; above 0 is towards the target 1."""
        return self.with_features(x)[0]

    def features(self, x: Tensor) -> list[Tensor]:
        """Return the output of every layer but the last, after its activation: maps (N / pack, C, H, W), first layer
        first."""
        return self.with_features(x)[1]

    def with_features(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the logits (N / pack,) and every layer's features, from one pass.

        Raises:
            ValueError: x is not of the shape that this D was made for, or N not a multiple of ``pack``.
        """
        expected = (self.config.channels, self.config.height, self.config.width)
        if tuple(x.shape[1:]) != expected:
            raise ValueError(f"pictures are of shape (N, {', '.join(map(str, expected))}), not {tuple(x.shape)}")
        x = packed(x, self.config.pack)
        maps: list[Tensor] = []
        *body, head = self.layers
        for layer in body:
            x = layer(x)
            maps.append(x)
        if self.config.D[-1].op == "linear":
            x = x.flatten(1)
        return head(x).float().flatten(), maps


def packed(x: Tensor, pack: int) -> Tensor:
    """Join each ``pack`` pictures that follow each other: (N, C, H, W) -> (N / pack, pack * C, H, W).

    Raises:
        ValueError: N is not a multiple of ``pack``.
    """
    if pack == 1:
        return x
    if len(x) % pack:
        raise ValueError(f"this D judges {pack} pictures at a time, so their number is a multiple of it, not {len(x)}")
    return x.reshape(len(x) // pack, pack * x.shape[1], *x.shape[2:])


def _blocks(config: ModelConfig) -> Iterator[Block]:
    channels, side = config.channels * config.pack, (config.height, config.width)
    *body, head = config.D
    for row in body:
        block = Block(row, channels, side, config.style)
        channels, side = row.width, block.out_side
        yield block
    features = channels * side[0] * side[1] if head.op == "linear" else channels
    yield Block(head, features, side, config.style)
