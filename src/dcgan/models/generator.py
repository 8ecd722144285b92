"""The generator: a latent vector in, a picture out."""

from collections.abc import Iterator

from torch import Tensor, nn

from dcgan.config import ModelConfig
from dcgan.models.init import initialise
from dcgan.models.layers import Block


class Generator(nn.Module):
    """G: z (N, z_dim) float -> pictures (N, channels, height, width), float32 in [-1, 1].

    The first layer of ``config.G`` makes a map of ``config.base`` from z, the others refine it and make it larger, the
    last one makes the picture. Where the last map is larger than the picture, its middle is taken.

    In evaluation mode each picture depends on its own z alone, not on the batch it is made in.

    Args:
        config: the architecture.
        seed: decides the weights it starts with.
    """

    def __init__(self, config: ModelConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(_blocks(config))
        last = self.layers[-1]
        assert isinstance(last, Block)
        self.top = (last.out_side[0] - config.height) // 2
        self.left = (last.out_side[1] - config.width) // 2
        self.cropped = last.out_side != (config.height, config.width)
        initialise(self, config.style, seed, "init_G")

    def forward(self, z: Tensor) -> Tensor:
        """Make the pictures of z.

        Raises:
            ValueError: z is not (N, z_dim).
        """
        return self.finish(self.maps(z, 0), 0)

    def maps(self, z: Tensor, count: int) -> Tensor:
        """Return what the first ``count`` layers make of z: maps (N, C, h, w).

        Raises:
            ValueError: z is not (N, z_dim).
        """
        if z.ndim != 2 or z.shape[1] != self.config.z_dim:
            raise ValueError(f"z is of shape (N, {self.config.z_dim}), not {tuple(z.shape)}")
        x = z if self.config.G[0].op == "linear" else z[:, :, None, None]
        for layer in self.layers[:count]:
            x = layer(x)
        return x

    def finish(self, x: Tensor, count: int) -> Tensor:
        """Make the pictures of what the first ``count`` layers made (see ``maps``)."""
        for layer in self.layers[count:]:
            x = layer(x)
        if self.cropped:
            x = x[:, :, self.top : self.top + self.config.height, self.left : self.left + self.config.width]
        return x.float()


def _blocks(config: ModelConfig) -> Iterator[Block]:
    first, *others = config.G
    block = Block(first, config.z_dim, config.base, config.style, to_map=first.op == "linear")
    yield block
    channels = first.width
    for row in others:
        block = Block(row, channels, block.out_side, config.style)
        channels = row.width
        yield block
