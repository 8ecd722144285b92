"""The DCGAN on which mode coverage is measured: Stacked MNIST."""

from typing import Literal

from dcgan.config import Config, Layer, ModelConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, row


def recipe() -> Recipe:
    def down(width: int, norm: Literal["none", "batch"] = "batch") -> Layer:
        return Layer(op="conv", width=width, kernel=5, stride=2, norm=norm, act="leaky")

    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=5, stride=2, norm="batch", act="relu")

    model = ModelConfig(
        height=28,
        width=28,
        channels=3,
        z_dim=100,
        prior="uniform",
        base=(2, 2),
        G=(
            Layer(op="linear", width=512, norm="batch", act="relu"),
            up(256),
            up(128),
            up(64),
            Layer(op="up", width=3, kernel=5, stride=2, act="tanh"),
        ),
        D=(down(64, "none"), down(128), down(256), down(512), Layer(op="linear", width=1)),
        style=Style(init="normal", slope=0.2),
    )
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999)
    config = Config(
        recipe="stacked-dcgan",
        batch=64,
        epochs=50,
        optim_G=optim,
        optim_D=optim,
        ticks=TicksConfig(log="50steps", preview="32kimg", snapshot="32kimg", keep=60),
    )
    return Recipe(
        name="stacked-dcgan",
        title="the DCGAN whose modes are counted on Stacked MNIST",
        source="VEEGAN (Srivastava and others, arXiv 1705.07761) and PacGAN (Lin and others, arXiv 1712.04086), with "
        "PacGAN's released code",
        model=model,
        config=row(model, config),
        deviations=(
            "G's maps have sides of 2, 4, 8, 16 and 32, and the middle 28 are the picture; there 2, 4, 7, 14 and 28",
            "G's first BatchNorm has statistics for each of its 2,048 outputs; there for each of 512 maps",
            "one update of G a round; the released code makes two, on the same z",
            "pictures in [-1, 1], in a new order every epoch; there in [0, 1] although G ends in tanh, in one order",
        ),
    )
