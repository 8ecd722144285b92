"""What is said of a generator wherever it goes: in an ONNX file's metadata and in the page's ``model.json``."""

from dataclasses import dataclass
from typing import Any

import dcgan
from dcgan.models.digest import weights_digest
from dcgan.models.generator import Generator

FORMAT = "dcgan-generator"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Where a generator comes from, and what goes into it and comes out."""

    G: Generator
    recipe: str
    data: str
    """Name of the pictures that it was trained on."""
    kimg: float
    weights: str
    """averaged or raw."""

    @property
    def title(self) -> str:
        return f"{self.recipe} on {self.data}"

    @property
    def licence(self) -> str:
        """A sentence on what has to be looked at before the weights are passed on."""
        return (
            f"The weights were trained on {self.data}; its licence, and the rights in its pictures, are yours to check "
            "before you pass them on."
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values, as ``model.json`` has them."""
        config = self.G.config
        return {
            "recipe": self.recipe,
            "data": self.data,
            "kimg": self.kimg,
            "weights": self.weights,
            "digest": weights_digest(self.G),
            "z_dim": config.z_dim,
            "prior": config.prior,
            "height": config.height,
            "width": config.width,
            "channels": config.channels,
            "range": [-1, 1],
            "parameters": sum(parameter.numel() for parameter in self.G.parameters()),
        }

    def as_metadata(self) -> dict[str, str]:
        """Return the same as texts, as an ONNX file keeps them."""
        plain = {"format": FORMAT, "dcgan": dcgan.__version__, "licence": self.licence} | self.as_json()
        return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in plain.items()}


def facts_of(G: Generator, info: dict[str, Any], weights: str) -> Facts:
    """Return a generator's facts from what its snapshot says of it (``Snapshot.info``)."""
    return Facts(
        G=G,
        recipe=str(info.get("recipe", "a model")),
        data=str(info.get("name", "pictures")),
        kimg=float(info.get("nimg", 0)) / 1000,
        weights=weights,
    )
