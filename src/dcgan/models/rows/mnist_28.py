"""Digits, a picture an epoch and a GIF at the end."""

from dcgan.config import Config, Layer, ModelConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, row


def recipe() -> Recipe:
    def up(width: int, stride: int) -> Layer:
        return Layer(op="up", width=width, kernel=5, stride=stride, bias=False, norm="batch", act="leaky")

    def down(width: int) -> Layer:
        return Layer(op="conv", width=width, kernel=5, stride=2, act="leaky", dropout=0.3)

    model = ModelConfig(
        height=28,
        width=28,
        channels=1,
        z_dim=100,
        prior="normal",
        base=(7, 7),
        G=(
            Layer(op="linear", width=256, bias=False, norm="batch", act="leaky"),
            up(128, 1),
            up(64, 2),
            Layer(op="up", width=1, kernel=5, stride=2, bias=False, act="tanh"),
        ),
        D=(down(64), down(128), Layer(op="linear", width=1)),
        style=Style(init="glorot", slope=0.3, bn_momentum=0.01, bn_eps=1e-3, bn_biased=True),
    )
    optim = OptimConfig(lr=1e-4, beta1=0.9, beta2=0.999, eps=1e-7, keras_eps=True)
    config = Config(
        recipe="mnist-28",
        batch=256,
        epochs=50,
        optim_G=optim,
        optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="15epochs", preview_n=16),
    )
    return Recipe(
        name="mnist-28",
        title="digits, a picture an epoch and a GIF at the end",
        source='"Getting Started With DCGANs" (2022), after the TensorFlow DCGAN tutorial',
        model=model,
        config=row(model, config),
        chosen=("50 epochs, the lower end of the source's 50 to 100", "beta1 0.9, Keras's default"),
        deviations=("D is updated before G's gradient is taken; the tutorial takes both gradients first",),
    )
