"""``dcgan recipes [NAME]``: the rows, or one of them whole."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from dcgan.cli.arguments import parse
from dcgan.config import Config, Layer, ModelConfig, Style
from dcgan.models.recipe import Recipe
from dcgan.models.recipes import RECIPES, find
from dcgan.serial import to_dict


@dataclass(frozen=True)
class Arguments:
    """List the recipes, or print one: what it is, where it is from, its layers, settings and deviations."""

    name: Annotated[str | None, tyro.conf.Positional] = None
    """The recipe to print."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan recipes")
    print(describe(find(arguments.name)) if arguments.name else table())
    return 0


def table() -> str:
    """Return a line for every recipe."""
    return "\n".join(f"{r.name:<14} {r.config.size + 'x' + r.config.size:<7} {r.title}" for r in RECIPES.values())


def describe(recipe: Recipe) -> str:
    """Return everything about a recipe as text."""
    G, D = count_parameters(recipe.model)
    parts = [
        f"{recipe.name}: {recipe.title}",
        f"source: {recipe.source}",
        f"parameters: G {G:,}, D {D:,}",
        "G: z of " + f"{recipe.model.z_dim} from " + ("N(0, 1)" if recipe.model.prior == "normal" else "U(-1, 1)"),
        f"  made into a map of {recipe.model.base[0]}x{recipe.model.base[1]} by the first layer",
        *(f"  {layer_text(layer)}" for layer in recipe.model.G),
        f"D: pictures of {recipe.model.height}x{recipe.model.width}x{recipe.model.channels}",
        *(f"  {layer_text(layer)}" for layer in recipe.model.D),
        f"both: {style_text(recipe.model.style)}",
        "settings (each is a flag of `dcgan train`):",
        *settings_text(recipe.config),
        *_listed("left open by the source, chosen here:", recipe.chosen),
        *_listed("deviations from the source:", recipe.deviations),
    ]
    return "\n".join(parts)


def count_parameters(model: ModelConfig) -> tuple[int, int]:
    """Return the trainable parameters of G and of D."""
    import torch

    from dcgan.models.discriminator import Discriminator
    from dcgan.models.generator import Generator

    with torch.device("meta"):
        nets = Generator(model), Discriminator(model)
    G, D = (sum(p.numel() for p in net.parameters()) for net in nets)
    return G, D


def layer_text(layer: Layer) -> str:
    """Return a layer in one line, e.g. ``up 256 4x4 stride 2, batch, relu``."""
    shape = "" if layer.op == "linear" else f" {layer.kernel}x{layer.kernel}" if layer.kernel else " whole map"
    stride = f" stride {layer.stride}" if layer.stride > 1 else ""
    padding = f" padding {layer.padding}" if layer.kernel else ""
    extras: list[str] = [x for x in (layer.norm, layer.act) if x != "none"]
    extras += [f"dropout {layer.dropout:g}"] * bool(layer.dropout) + ["no bias"] * (not layer.bias)
    return ", ".join([f"{layer.op} {layer.width}{shape}{stride}{padding}", *extras])


def style_text(style: Style) -> str:
    """Return what all layers share in one line."""
    variance = "divided by N" if style.bn_biased else "divided by N - 1"
    return (
        f"weights start as {style.init}, LeakyReLU {style.slope:g}, BatchNorm eps {style.bn_eps:g}, "
        f"momentum {style.bn_momentum:g} (PyTorch's), running variance {variance}"
    )


def settings_text(config: Config) -> list[str]:
    """Return a run's settings as lines ``name = value``, nested names with a dot."""
    lines = []
    for name, value in to_dict(config).items():
        if isinstance(value, dict):
            lines += [f"  {name}.{inner} = {v}" for inner, v in value.items()]
        elif value is not None:
            lines.append(f"  {name} = {value}")
    return lines


def _listed(title: str, lines: tuple[str, ...]) -> list[str]:
    return [title, *(f"  - {line}" for line in lines)] if lines else []
