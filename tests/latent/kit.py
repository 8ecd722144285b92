"""Generators so small that a test can afford them, and one whose pictures are known."""

import torch
from torch import Tensor, nn

from dcgan.config import Layer, ModelConfig
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds
from dcgan.models.recipes import resolve_model
from dcgan.models.statistics import recompute_statistics
from tests.training import tiny


def small(recipe: str = "celeba-32", **changes: object) -> Generator:
    """A generator of random weights whose pictures use the whole range: 16 pixels, a tenth of its width."""
    G = Generator(resolve_model(tiny.config(recipe, **changes)), seed=4).eval()  # type: ignore[arg-type]
    drawn = from_seeds(G.config.prior, range(1000, 1256), G.config.z_dim)
    recompute_statistics(G, iter([drawn]))
    with torch.no_grad():
        last = G.layers[-1].op.weight  # type: ignore[union-attr]
        last.mul_(0.5 / G(drawn).std())  # type: ignore[operator]
    return G.requires_grad_(False)


class Linear(nn.Module):
    """A generator that is a matrix: 8x8 pictures, the first pixels of which are z itself, times ``gain``.

    It has the config of a real one, so every experiment takes it.
    """

    def __init__(self, z_dim: int = 6, channels: int = 1, prior: str = "normal", gain: float = 0.25) -> None:
        super().__init__()
        layers = (Layer(op="linear", width=4), Layer(op="up", width=channels, kernel=4, stride=2, padding=1))
        heads = (Layer(op="conv", width=4, kernel=3), Layer(op="linear", width=1))
        self.config = ModelConfig(
            height=8,
            width=8,
            channels=channels,
            z_dim=z_dim,
            prior=prior,
            base=(4, 4),
            G=layers,
            D=heads,  # type: ignore[arg-type]
        )
        matrix = torch.zeros(channels * 64, z_dim)
        matrix[:z_dim] = torch.eye(z_dim) * gain
        self.matrix = nn.Parameter(matrix, requires_grad=False)

    def forward(self, z: Tensor) -> Tensor:
        return (z @ self.matrix.T).view(-1, self.config.channels, 8, 8)
