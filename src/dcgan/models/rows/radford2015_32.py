"""The DCGAN paper's model of 32x32 pictures, whose discriminator's features classify CIFAR-10."""

from dcgan.config import Config, Layer, ModelConfig, OptimConfig, Style, TicksConfig
from dcgan.models.recipe import Recipe, row


def recipe() -> Recipe:
    model = ModelConfig(
        height=32,
        width=32,
        channels=3,
        z_dim=256,
        prior="uniform",
        base=(4, 4),
        G=(
            Layer(op="linear", width=512, bias=False, norm="batch", act="relu"),
            _up(512, stride=2),
            _up(256, stride=1),
            _up(256, stride=2),
            _up(128, stride=1),
            _up(128, stride=2),
            Layer(op="up", width=3, kernel=3, stride=1, padding=1, bias=False, act="tanh"),
        ),
        D=(
            Layer(op="conv", width=128, kernel=3, stride=1, padding=1, bias=False, act="leaky"),
            _down(128, stride=2),
            _down(256, stride=1),
            _down(256, stride=2),
            _down(512, stride=1),
            _down(512, stride=2),
            Layer(op="linear", width=1, bias=False),
        ),
        style=Style(init="dcgan", slope=0.2),
    )
    optim = OptimConfig(lr=2e-4, beta1=0.5, beta2=0.999, eps=1e-8, weight_decay=1e-5)
    config = Config(
        recipe="radford2015-32",
        batch=128,
        epochs=30,
        optim_G=optim,
        optim_D=optim,
        ticks=TicksConfig(preview="1epoch", snapshot="5epochs"),
    )
    return Recipe(
        name="radford2015-32",
        title="the DCGAN paper's model for features: six convolutions of 3x3, at 32x32",
        source="Radford, Metz and Chintala, arXiv 1511.06434, section 5.1, with the released code (Newmu/dcgan_code)",
        model=model,
        config=row(model, config),
        chosen=("optimiser, batch and weight decay as in `radford2015`; 30 epochs, as the released weights had",),
        deviations=(
            "the paper trained it on ImageNet-1k; `dcgan features classify` reads it after any pictures",
            "both networks are updated on every batch, and BatchNorm is PyTorch's, as in `radford2015`",
        ),
    )


def _up(width: int, *, stride: int) -> Layer:
    return Layer(op="up", width=width, kernel=3, stride=stride, padding=1, bias=False, norm="batch", act="relu")


def _down(width: int, *, stride: int) -> Layer:
    return Layer(op="conv", width=width, kernel=3, stride=stride, padding=1, bias=False, norm="batch", act="leaky")
