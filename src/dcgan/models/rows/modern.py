"""Our default."""

from dataclasses import replace

from dcgan.config import Config, Layer, ModelConfig, ObjectiveConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, paper_up, row


def recipe() -> Recipe:
    def down(width: int) -> Layer:
        return Layer(op="conv", width=width, kernel=4, stride=2, padding=1, norm="spectral", act="leaky")

    model = ModelConfig(
        height=64,
        width=64,
        channels=3,
        z_dim=128,
        prior="normal",
        base=(4, 4),
        G=(
            Layer(op="linear", width=512, bias=False, norm="batch", act="relu"),
            paper_up(256, 4),
            paper_up(128, 4),
            paper_up(64, 4),
            Layer(op="up", width=3, kernel=4, stride=2, act="tanh"),
        ),
        D=(down(64), down(128), down(256), down(512), Layer(op="linear", width=1, norm="spectral")),
        style=Style(init="normal", slope=0.1),
    )
    config = Config(
        recipe="modern",
        batch=64,
        kimg=2000.0,
        ema_kimg=10.0,
        objective=ObjectiveConfig(loss="hinge"),
        optim_G=OptimConfig(lr=4e-4, beta1=0.5, beta2=0.999),
        optim_D=OptimConfig(lr=4e-4, beta1=0.5, beta2=0.999),
        ticks=TicksConfig(preview="20kimg", snapshot="100kimg"),
    )
    return Recipe(
        name="modern",
        title="our default",
        source="this project: DCGAN's shapes, spectral normalisation in D (Miyato and others, arXiv 1802.05957), "
        "hinge loss (Lim and Ye, arXiv 1705.02894), averaged G (Yazici and others, arXiv 1806.04498)",
        model=model,
        config=replace(row(model, config), channels="auto"),
        chosen=("every value: the learning rate by first trials (docs/log.md), the others from the literature",),
    )
