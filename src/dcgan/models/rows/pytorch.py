"""The network that most saved weights have."""

from dcgan.config import Config, Layer, ModelConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, row


def recipe() -> Recipe:
    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=4, stride=2, bias=False, norm="batch", act="relu")

    def down(width: int, norm: bool = True) -> Layer:
        return Layer(
            op="conv",
            width=width,
            kernel=4,
            stride=2,
            padding=1,
            bias=False,
            norm="batch" if norm else "none",
            act="leaky",
        )

    model = ModelConfig(
        height=64,
        width=64,
        channels=3,
        z_dim=100,
        prior="normal",
        base=(4, 4),
        G=(
            Layer(op="up", width=512, kernel=0, bias=False, norm="batch", act="relu"),
            up(256),
            up(128),
            up(64),
            Layer(op="up", width=3, kernel=4, stride=2, bias=False, act="tanh"),
        ),
        D=(
            down(64, norm=False),
            down(128),
            down(256),
            down(512),
            Layer(op="conv", width=1, kernel=0, padding="valid", bias=False),
        ),
        style=Style(init="dcgan", slope=0.2),
    )
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999)
    config = Config(
        recipe="pytorch",
        batch=64,
        epochs=25,
        optim_G=optim,
        optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="5epochs"),
    )
    return Recipe(
        name="pytorch",
        title="the network that most saved weights have",
        source="pytorch/examples, dcgan/main.py",
        model=model,
        config=row(model, config),
        deviations=("pictures are made with running statistics; the script shows them with those of the batch",),
    )
