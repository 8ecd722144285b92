"""The rows: five published systems, the network of pytorch/examples, and our own default.

A row is data: an architecture (``ModelConfig``), the settings it is trained with (``Config``), where both come from,
what was left open and chosen here, and where it departs from its source. To add one, write a function that returns a
``Recipe`` and put it into ``RECIPES``.
"""

from dataclasses import dataclass, replace

from dcgan.config import (
    Config,
    Layer,
    ModelConfig,
    ObjectiveConfig,
    OptimConfig,
    Style,
    TicksConfig,
)
from dcgan.errors import check
from dcgan.models.scale import scale
from dcgan.parse import parse_size


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One row."""

    name: str
    title: str
    source: str
    model: ModelConfig
    config: Config
    chosen: tuple[str, ...] = ()
    """Values that the source leaves open."""
    deviations: tuple[str, ...] = ()
    """Where the row departs from its source, and why."""


def resolve_model(config: Config) -> ModelConfig:
    """Return the architecture of a run: its recipe's, fitted to the run's size, channels, z and width."""
    height, width = parse_size(config.size)
    return scale(
        find(config.recipe).model,
        height=height,
        width=width,
        channels=config.channels,
        z_dim=config.z_dim,
        prior=config.prior,
        width_factor=config.width,
    )


def find(name: str) -> Recipe:
    """Return the row of that name.

    Raises:
        ConfigError: there is none.
    """
    check(name in RECIPES, f"--recipe is one of {', '.join(RECIPES)}", name)
    return RECIPES[name]


def _row(model: ModelConfig, config: Config) -> Config:
    """Repeat in the run's settings what its architecture says."""
    size = f"{model.height}" if model.height == model.width else f"{model.height}x{model.width}"
    return replace(config, size=size, channels=model.channels, z_dim=model.z_dim, prior=model.prior)


def _radford2015() -> Recipe:
    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=5, stride=2, padding=2, bias=False, norm="batch", act="relu")

    def down(width: int, norm: bool = True) -> Layer:
        return Layer(
            op="conv", width=width, kernel=5, stride=2, padding=2, bias=False, norm="batch" if norm else "none", act="leaky"
        )

    model = ModelConfig(
        height=64, width=64, channels=3, z_dim=100, prior="uniform", base=(4, 4),
        G=(
            Layer(op="linear", width=1024, bias=False, norm="batch", act="relu"),
            up(512), up(256), up(128),
            Layer(op="up", width=3, kernel=5, stride=2, padding=2, bias=False, act="tanh"),
        ),
        D=(down(128, norm=False), down(256), down(512), down(1024), Layer(op="linear", width=1, bias=False)),
        style=Style(init="dcgan", slope=0.2),
    )  # fmt: skip
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999, eps=1e-8, weight_decay=1e-5)
    config = Config(
        recipe="radford2015", batch=128, epochs=25, optim_G=optim, optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="5epochs"),
    )  # fmt: skip
    return Recipe(
        name="radford2015",
        title="the DCGAN paper's model",
        source="Radford, Metz and Chintala, arXiv 1511.06434, with the released code (Newmu/dcgan_code)",
        model=model,
        config=_row(model, config),
        chosen=("no bias in the two linear layers, as in the released code",),
        deviations=(
            "the released code gives each batch either to G or to D; here both are updated on every batch, D first",
            "the released code samples with the statistics of the batch; here with running statistics, "
            "so that a latent vector always gives the same picture",
            "BatchNorm: eps 1e-5 and running statistics as PyTorch keeps them; the released code has eps 1e-8 and keeps none",
        ),
    )


def _anime_chollet() -> Recipe:
    def conv(width: int, kernel: int) -> Layer:
        return Layer(op="conv", width=width, kernel=kernel, padding="same", act="leaky")

    def down() -> Layer:
        return Layer(op="conv", width=128, kernel=4, stride=2, padding="valid", act="leaky")

    model = ModelConfig(
        height=64, width=64, channels=3, z_dim=64, prior="normal", base=(32, 32),
        G=(
            Layer(op="linear", width=128, act="leaky"),
            conv(256, 5),
            Layer(op="up", width=256, kernel=4, stride=2, act="leaky"),
            conv(256, 5), conv(256, 5),
            Layer(op="conv", width=3, kernel=7, padding="same", act="tanh"),
        ),
        D=(
            Layer(op="conv", width=128, kernel=3, padding="valid", act="leaky"),
            down(), down(), replace(down(), dropout=0.4),
            Layer(op="linear", width=1),
        ),
        style=Style(init="glorot", slope=0.3, bn_momentum=0.01, bn_eps=1e-3, bn_biased=True),
    )  # fmt: skip
    config = Config(
        recipe="anime-chollet", batch=32, steps=30_000, order="sequential",
        objective=ObjectiveConfig(
            passes="joined", real_label=0.0, fake_label=1.0, real_noise=0.05, fake_noise=0.05, fresh_z=True
        ),
        optim_G=OptimConfig(name="rmsprop", lr=4e-4, rho=0.9, eps=1e-7, keras_eps=True, clip=1.0, decay=1e-8),
        optim_D=OptimConfig(name="rmsprop", lr=8e-4, rho=0.9, eps=1e-7, keras_eps=True, clip=1.0, decay=1e-8),
        ticks=TicksConfig(log="20steps", preview="200steps", snapshot="1000steps"),
    )  # fmt: skip
    return Recipe(
        name="anime-chollet",
        title="anime faces, for exploring the latent space",
        source='"Generate Anime Style Face Using DCGAN and Explore Its Latent Feature Representation" (2019), '
        "its architecture after Chollet, Deep Learning with Python",
        model=model,
        config=_row(model, config),
        chosen=(
            "length: 30,000 steps, as the published model B; the text says 15,000, model A had 20,000",
            "pictures every 200 steps",
        ),
        deviations=(
            "the notebook scales the reals to [0, 1] although G ends in tanh; here to [-1, 1]",
            "RMSprop's eps stands under the root, as in Keras 3; in the Keras of 2019 it stood beside it",
            "D ends in a logit and the loss takes logits: the same mathematics as a sigmoid and its cross-entropy",
        ),
    )


def _anime_conv() -> Recipe:
    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=4, stride=2, norm="batch", act="leaky")

    def down(width: int, norm: bool = True) -> Layer:
        return Layer(op="conv", width=width, kernel=4, stride=2, norm="batch" if norm else "none", act="leaky")

    model = ModelConfig(
        height=64, width=64, channels=3, z_dim=100, prior="normal", base=(4, 4),
        G=(
            Layer(op="up", width=512, kernel=0, norm="batch", act="leaky"),
            up(256), up(128), up(64),
            Layer(op="conv", width=64, kernel=3, norm="batch", act="leaky"),
            Layer(op="up", width=3, kernel=4, stride=2, act="tanh"),
        ),
        D=(down(64, norm=False), down(128), down(256), down(512), Layer(op="linear", width=1)),
        style=Style(init="glorot", slope=0.2, bn_momentum=0.5, bn_eps=1e-3, bn_biased=True),
    )  # fmt: skip
    config = Config(
        recipe="anime-conv", batch=64, steps=30_000,
        objective=ObjectiveConfig(passes="updates", real_noise=-0.2, fake_noise=0.2, noisy_G=True, fresh_z=True),
        optim_G=OptimConfig(lr=1.5e-4, beta1=0.5, eps=1e-7, keras_eps=True),
        optim_D=OptimConfig(lr=2e-4, beta1=0.5, eps=1e-7, keras_eps=True),
        ticks=TicksConfig(log="20steps", preview="100steps", snapshot="1500steps", preview_n=16),
    )  # fmt: skip
    return Recipe(
        name="anime-conv",
        title="anime characters, a fully convolutional generator, noisy labels",
        source='"An End to End Introduction to GANs" (2019)',
        model=model,
        config=_row(model, config),
        chosen=(
            "batch 64 and 30,000 steps",
            "the two separate passes of D, on reals and on fakes, are two updates; G's step draws a fresh z",
            "BatchNorm stands between the convolution and its activation",
        ),
        deviations=(
            "D ends in a logit and the loss takes logits: the same mathematics as a sigmoid and its cross-entropy",
            "reals are drawn by a new permutation each epoch, not picked with replacement",
        ),
    )


def _celeba_32() -> Recipe:
    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=4, stride=2, bias=False, norm="batch", act="relu")

    def down(width: int, norm: bool = True) -> Layer:
        return Layer(
            op="conv", width=width, kernel=4, stride=2, padding=1, bias=False, norm="batch" if norm else "none", act="leaky"
        )

    model = ModelConfig(
        height=32, width=32, channels=3, z_dim=100, prior="uniform", base=(4, 4),
        G=(
            Layer(op="linear", width=256),
            up(128), up(64),
            Layer(op="up", width=3, kernel=4, stride=2, bias=False, act="tanh"),
        ),
        D=(down(64, norm=False), down(128), down(256), Layer(op="linear", width=1)),
        style=Style(init="normal", slope=0.2),
    )  # fmt: skip
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999)
    config = Config(
        recipe="celeba-32", batch=128, epochs=50, optim_G=optim, optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="5epochs"),
    )  # fmt: skip
    return Recipe(
        name="celeba-32",
        title="celebrity faces at 32x32",
        source='"Celebrity Face Generation with Deep Convolutional GANs" (2021)',
        model=model,
        config=_row(model, config),
        chosen=(
            "z of 100 from U(-1, 1), first width 64, 50 epochs",
            "convolutions without bias, linear layers with one; no BatchNorm and no activation after G's linear layer",
        ),
        deviations=(
            "learning rate 2e-4: the source prints 0.002 and says that it follows the paper, whose value is 0.0002",
        ),
    )


def _mnist_28() -> Recipe:
    def up(width: int, stride: int) -> Layer:
        return Layer(op="up", width=width, kernel=5, stride=stride, bias=False, norm="batch", act="leaky")

    def down(width: int) -> Layer:
        return Layer(op="conv", width=width, kernel=5, stride=2, act="leaky", dropout=0.3)

    model = ModelConfig(
        height=28, width=28, channels=1, z_dim=100, prior="normal", base=(7, 7),
        G=(
            Layer(op="linear", width=256, bias=False, norm="batch", act="leaky"),
            up(128, 1), up(64, 2),
            Layer(op="up", width=1, kernel=5, stride=2, bias=False, act="tanh"),
        ),
        D=(down(64), down(128), Layer(op="linear", width=1)),
        style=Style(init="glorot", slope=0.3, bn_momentum=0.01, bn_eps=1e-3, bn_biased=True),
    )  # fmt: skip
    optim = OptimConfig(lr=1e-4, beta1=0.9, beta2=0.999, eps=1e-7, keras_eps=True)
    config = Config(
        recipe="mnist-28", batch=256, epochs=50, optim_G=optim, optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="15epochs", preview_n=16),
    )  # fmt: skip
    return Recipe(
        name="mnist-28",
        title="digits, a picture an epoch and a GIF at the end",
        source='"Getting Started With DCGANs" (2022), after the TensorFlow DCGAN tutorial',
        model=model,
        config=_row(model, config),
        chosen=("50 epochs, the lower end of the source's 50 to 100", "beta1 0.9, Keras's default"),
        deviations=("D is updated before G's gradient is taken; the tutorial takes both gradients first",),
    )


def _pytorch() -> Recipe:
    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=4, stride=2, bias=False, norm="batch", act="relu")

    def down(width: int, norm: bool = True) -> Layer:
        return Layer(
            op="conv", width=width, kernel=4, stride=2, padding=1, bias=False, norm="batch" if norm else "none", act="leaky"
        )

    model = ModelConfig(
        height=64, width=64, channels=3, z_dim=100, prior="normal", base=(4, 4),
        G=(
            Layer(op="up", width=512, kernel=0, bias=False, norm="batch", act="relu"),
            up(256), up(128), up(64),
            Layer(op="up", width=3, kernel=4, stride=2, bias=False, act="tanh"),
        ),
        D=(
            down(64, norm=False), down(128), down(256), down(512),
            Layer(op="conv", width=1, kernel=0, padding="valid", bias=False),
        ),
        style=Style(init="dcgan", slope=0.2),
    )  # fmt: skip
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999)
    config = Config(
        recipe="pytorch", batch=64, epochs=25, optim_G=optim, optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="5epochs"),
    )  # fmt: skip
    return Recipe(
        name="pytorch",
        title="the network that most saved weights have",
        source="pytorch/examples, dcgan/main.py",
        model=model,
        config=_row(model, config),
        deviations=("pictures are made with running statistics; the script shows them with those of the batch",),
    )


def _modern() -> Recipe:
    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=4, stride=2, bias=False, norm="batch", act="relu")

    def down(width: int) -> Layer:
        return Layer(op="conv", width=width, kernel=4, stride=2, padding=1, norm="spectral", act="leaky")

    model = ModelConfig(
        height=64, width=64, channels=3, z_dim=128, prior="normal", base=(4, 4),
        G=(
            Layer(op="linear", width=512, bias=False, norm="batch", act="relu"),
            up(256), up(128), up(64),
            Layer(op="up", width=3, kernel=4, stride=2, act="tanh"),
        ),
        D=(down(64), down(128), down(256), down(512), Layer(op="linear", width=1, norm="spectral")),
        style=Style(init="normal", slope=0.1),
    )  # fmt: skip
    config = Config(
        recipe="modern", batch=64, kimg=2000.0, ema_kimg=10.0,
        objective=ObjectiveConfig(loss="hinge"),
        optim_G=OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999),
        optim_D=OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999),
        ticks=TicksConfig(preview="20kimg", snapshot="100kimg"),
    )  # fmt: skip
    return Recipe(
        name="modern",
        title="our default",
        source="this project: DCGAN's shapes, spectral normalisation in D (Miyato and others, arXiv 1802.05957), "
        "hinge loss (Lim and Ye, arXiv 1705.02894), averaged G (Yazici and others, arXiv 1806.04498)",
        model=model,
        config=_row(model, config),
        chosen=("every value, from the literature; measurement will settle them",),
    )


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _radford2015(), _anime_chollet(), _anime_conv(), _celeba_32(), _mnist_28(), _pytorch(), _modern(),
    )  # fmt: skip
}
