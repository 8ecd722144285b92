"""The DCGAN paper's model."""

from dcgan.config import Config, Layer, ModelConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, paper_down, paper_up, row


def recipe() -> Recipe:
    model = ModelConfig(
        height=64,
        width=64,
        channels=3,
        z_dim=100,
        prior="uniform",
        base=(4, 4),
        G=(
            Layer(op="linear", width=1024, bias=False, norm="batch", act="relu"),
            paper_up(512, 5, padding=2),
            paper_up(256, 5, padding=2),
            paper_up(128, 5, padding=2),
            Layer(op="up", width=3, kernel=5, stride=2, padding=2, bias=False, act="tanh"),
        ),
        D=(
            paper_down(128, 5, padding=2, norm="none"),
            paper_down(256, 5, padding=2),
            paper_down(512, 5, padding=2),
            paper_down(1024, 5, padding=2),
            Layer(op="linear", width=1, bias=False),
        ),
        style=Style(init="dcgan", slope=0.2),
    )
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999, eps=1e-8, weight_decay=1e-5)
    config = Config(
        recipe="radford2015",
        batch=128,
        epochs=25,
        optim_G=optim,
        optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="5epochs"),
    )
    return Recipe(
        name="radford2015",
        title="the DCGAN paper's model",
        source="Radford, Metz and Chintala, arXiv 1511.06434, with the released code (Newmu/dcgan_code)",
        model=model,
        config=row(model, config),
        chosen=("no bias in the two linear layers, as in the released code",),
        deviations=(
            "the released code gives each batch either to G or to D; here both are updated on every batch, D first",
            "the released code samples with the statistics of the batch; here with running statistics, "
            "so that a latent vector always gives the same picture",
            "BatchNorm has eps 1e-5 and running statistics, as in PyTorch; the released code: 1e-8, and it keeps none",
        ),
    )
