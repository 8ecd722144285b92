"""The network that most saved weights have."""

from dcgan.config import Config, Layer, ModelConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, paper_down, paper_up, row


def recipe() -> Recipe:
    model = ModelConfig(
        height=64,
        width=64,
        channels=3,
        z_dim=100,
        prior="normal",
        base=(4, 4),
        G=(
            Layer(op="up", width=512, kernel=0, bias=False, norm="batch", act="relu"),
            paper_up(256, 4),
            paper_up(128, 4),
            paper_up(64, 4),
            Layer(op="up", width=3, kernel=4, stride=2, bias=False, act="tanh"),
        ),
        D=(
            paper_down(64, 4, padding=1, norm="none"),
            paper_down(128, 4, padding=1),
            paper_down(256, 4, padding=1),
            paper_down(512, 4, padding=1),
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
