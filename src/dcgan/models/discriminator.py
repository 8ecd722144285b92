"""The discriminator: a picture in, one logit out, and its layers' features on request."""

from collections.abc import Iterator

from torch import Tensor, nn

from dcgan.config import ModelConfig
from dcgan.models.init import initialise
from dcgan.models.layers import Block


class Discriminator(nn.Module):
    """D: pictures (N, channels, height, width) float in [-1, 1] -> logits (N,), float32.

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
        """Return the logits (N,) of pictures x; above 0 is towards the target 1."""
        return self.with_features(x)[0]

    def features(self, x: Tensor) -> list[Tensor]:
        """Return the output of every layer but the last, after its activation: maps (N, C, H, W), first layer first."""
        return self.with_features(x)[1]

    def with_features(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the logits (N,) and every layer's features, from one pass.

        Raises:
            ValueError: x is not of the shape that this D was made for.
        """
        expected = (self.config.channels, self.config.height, self.config.width)
        if tuple(x.shape[1:]) != expected:
            raise ValueError(f"pictures are of shape (N, {', '.join(map(str, expected))}), not {tuple(x.shape)}")
        maps: list[Tensor] = []
        *body, head = self.layers
        for layer in body:
            x = layer(x)
            maps.append(x)
        if self.config.D[-1].op == "linear":
            x = x.flatten(1)
        return head(x).float().flatten(), maps


def _blocks(config: ModelConfig) -> Iterator[Block]:
    channels, side = config.channels, (config.height, config.width)
    *body, head = config.D
    for row in body:
        block = Block(row, channels, side, config.style)
        channels, side = row.width, block.out_side
        yield block
    features = channels * side[0] * side[1] if head.op == "linear" else channels
    yield Block(head, features, side, config.style)
