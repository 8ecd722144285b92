"""Anime faces, for exploring the latent space."""

from dataclasses import replace

from dcgan.config import Config, Layer, ModelConfig, ObjectiveConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, row


def recipe() -> Recipe:
    def conv(width: int, kernel: int) -> Layer:
        return Layer(op="conv", width=width, kernel=kernel, padding="same", act="leaky")

    def down() -> Layer:
        return Layer(op="conv", width=128, kernel=4, stride=2, padding="valid", act="leaky")

    model = ModelConfig(
        height=64,
        width=64,
        channels=3,
        z_dim=64,
        prior="normal",
        base=(32, 32),
        G=(
            Layer(op="linear", width=128, act="leaky"),
            conv(256, 5),
            Layer(op="up", width=256, kernel=4, stride=2, act="leaky"),
            conv(256, 5),
            conv(256, 5),
            Layer(op="conv", width=3, kernel=7, padding="same", act="tanh"),
        ),
        D=(
            Layer(op="conv", width=128, kernel=3, padding="valid", act="leaky"),
            down(),
            down(),
            replace(down(), dropout=0.4),
            Layer(op="linear", width=1),
        ),
        style=Style(init="glorot", slope=0.3, bn_momentum=0.01, bn_eps=1e-3, bn_biased=True),
    )
    config = Config(
        recipe="anime-chollet",
        batch=32,
        steps=30_000,
        order="sequential",
        objective=ObjectiveConfig(
            passes="joined", real_label=0.0, fake_label=1.0, real_noise=0.05, fake_noise=0.05, fresh_z=True
        ),
        optim_G=OptimConfig(name="rmsprop", lr=4e-4, rho=0.9, eps=1e-7, keras_eps=True, clip=1.0, decay=1e-8),
        optim_D=OptimConfig(name="rmsprop", lr=8e-4, rho=0.9, eps=1e-7, keras_eps=True, clip=1.0, decay=1e-8),
        ticks=TicksConfig(log="20steps", preview="200steps", snapshot="1000steps"),
    )
    return Recipe(
        name="anime-chollet",
        title="anime faces, for exploring the latent space",
        source='"Generate Anime Style Face Using DCGAN and Explore Its Latent Feature Representation" (2019), '
        "its architecture after Chollet, Deep Learning with Python",
        model=model,
        config=row(model, config),
        chosen=(
            "length: 30,000 steps, as the published model B; the text says 15,000, model A had 20,000",
            "pictures every 200 steps",
        ),
        deviations=(
            "the notebook scales the reals to [0, 1] although G ends in tanh; here to [-1, 1]",
            "RMSprop's eps stands under the root, as in Keras 3; in the Keras of 2019 it stood beside it",
            "the source's advice (restart where nothing has formed, end a run that D has won) is left to the user",
            "D ends in a logit and the loss takes logits: the same mathematics as a sigmoid and its cross-entropy",
        ),
    )
