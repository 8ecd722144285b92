"""The recipes by name: five published systems, the networks of pytorch/examples and of Stacked MNIST, and
our own default.

To add one, write a file in ``rows/`` whose ``recipe()`` returns a ``Recipe``, and name it in ``RECIPES``.
"""

from dcgan.config import Config, ModelConfig
from dcgan.errors import check
from dcgan.models.recipe import Recipe
from dcgan.models.rows import (
    anime_chollet,
    anime_conv,
    celeba_32,
    mnist_28,
    modern,
    pytorch,
    radford2015,
    radford2015_32,
    stacked_dcgan,
)
from dcgan.models.scale import scale
from dcgan.parse import parse_size

ROWS = (radford2015, radford2015_32, anime_chollet, anime_conv, celeba_32, mnist_28, pytorch, stacked_dcgan, modern)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (row.recipe() for row in ROWS)}


def resolve_model(config: Config) -> ModelConfig:
    """Return the architecture of a run: its recipe's, fitted to the run's size, channels (its own where they
    are not known yet), z, width and pack."""
    model = find(config.recipe).model
    height, width = parse_size(config.size)
    return scale(
        model,
        height=height,
        width=width,
        channels=model.channels if config.channels == "auto" else config.channels,
        z_dim=config.z_dim,
        prior=config.prior,
        width_factor=config.width,
        pack=config.pack,
    )


def find(name: str) -> Recipe:
    """Return the row of that name.

    Raises:
        ConfigError: there is none.
    """
    check(name in RECIPES, f"--recipe is one of {', '.join(RECIPES)}", name)
    return RECIPES[name]
