"""Celebrity faces at 32x32."""

from dcgan.config import Config, Layer, ModelConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, paper_down, paper_up, row


def recipe() -> Recipe:
    model = ModelConfig(
        height=32,
        width=32,
        channels=3,
        z_dim=100,
        prior="uniform",
        base=(4, 4),
        G=(
            Layer(op="linear", width=256),
            paper_up(128, 4),
            paper_up(64, 4),
            Layer(op="up", width=3, kernel=4, stride=2, bias=False, act="tanh"),
        ),
        D=(
            paper_down(64, 4, padding=1, norm="none"),
            paper_down(128, 4, padding=1),
            paper_down(256, 4, padding=1),
            Layer(op="linear", width=1),
        ),
        style=Style(init="normal", slope=0.2),
    )
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999)
    config = Config(
        recipe="celeba-32",
        batch=128,
        epochs=50,
        optim_G=optim,
        optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="5epochs"),
    )
    return Recipe(
        name="celeba-32",
        title="celebrity faces at 32x32",
        source='"Celebrity Face Generation with Deep Convolutional GANs" (2021)',
        model=model,
        config=row(model, config),
        chosen=(
            "z of 100 from U(-1, 1), first width 64, 50 epochs",
            "convolutions without bias, linear layers with one; no BatchNorm and no activation after G's linear layer",
        ),
        deviations=(
            "learning rate 2e-4: the source prints 0.002 and says that it follows the paper, whose value is 0.0002",
        ),
    )
