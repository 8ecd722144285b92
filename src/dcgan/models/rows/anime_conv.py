"""Anime characters, a fully convolutional generator, noisy labels."""

from dcgan.config import Config, Layer, ModelConfig, ObjectiveConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, row


def recipe() -> Recipe:
    def up(width: int) -> Layer:
        return Layer(op="up", width=width, kernel=4, stride=2, norm="batch", act="leaky")

    def down(width: int, norm: bool = True) -> Layer:
        return Layer(op="conv", width=width, kernel=4, stride=2, norm="batch" if norm else "none", act="leaky")

    model = ModelConfig(
        height=64,
        width=64,
        channels=3,
        z_dim=100,
        prior="normal",
        base=(4, 4),
        G=(
            Layer(op="up", width=512, kernel=0, norm="batch", act="leaky"),
            up(256),
            up(128),
            up(64),
            Layer(op="conv", width=64, kernel=3, norm="batch", act="leaky"),
            Layer(op="up", width=3, kernel=4, stride=2, act="tanh"),
        ),
        D=(down(64, norm=False), down(128), down(256), down(512), Layer(op="linear", width=1)),
        style=Style(init="glorot", slope=0.2, bn_momentum=0.5, bn_eps=1e-3, bn_biased=True),
    )
    config = Config(
        recipe="anime-conv",
        batch=64,
        steps=30_000,
        objective=ObjectiveConfig(passes="updates", real_noise=-0.2, fake_noise=0.2, noisy_G=True, fresh_z=True),
        optim_G=OptimConfig(lr=1.5e-4, beta1=0.5, eps=1e-7, keras_eps=True),
        optim_D=OptimConfig(lr=2e-4, beta1=0.5, eps=1e-7, keras_eps=True),
        ticks=TicksConfig(log="20steps", preview="100steps", snapshot="1500steps", preview_n=16),
    )
    return Recipe(
        name="anime-conv",
        title="anime characters, a fully convolutional generator, noisy labels",
        source='"An End to End Introduction to GANs" (2019)',
        model=model,
        config=row(model, config),
        chosen=(
            "batch 64 and 30,000 steps",
            "the two separate passes of D, on reals and on fakes, are two updates; G's step draws a fresh z",
            "BatchNorm stands between the convolution and its activation",
        ),
        deviations=(
            "D ends in a logit and the loss takes logits: the same mathematics as a sigmoid and its cross-entropy",
            "D's running statistics also see the pictures of G's step; only a D in evaluation mode uses them",
            "reals are drawn by a new permutation each epoch, not picked with replacement",
        ),
    )
