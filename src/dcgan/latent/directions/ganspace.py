"""Directions from early activations: GANSpace (Härkönen and others, arXiv 2004.02546), for a plain z.

The principal components are those of a layer's output after its activation. Before its activation the first layer's
output is a linear map of z (and of BatchNorm's constants), so that its components are the directions of SeFa but for
the weighing of columns: on a 32x32 CelebA model the first two have cosines of 0.94 and 0.92 with those. So the second
layer is the default: the first whose output is no linear map of z in any of the recipes.
"""

import numpy as np
import torch

from dcgan.errors import ConfigError
from dcgan.latent.directions.sefa import upright
from dcgan.latent.render import BATCH
from dcgan.models.generator import Generator

LAYER = 2


def ganspace(G: Generator, z: np.ndarray, count: int, layer: int = LAYER) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions of z that go with the principal components of a layer's output, the largest first.

    The components' coordinates are those of the samples; each is brought back to z by least squares (the paper's
    equation 4).

    Args:
        G: the generator, in evaluation mode.
        z: samples (N, z_dim), more than z_dim; N outputs of the layer are held in memory, and a matrix (N, N).
        count: directions, at most z_dim.
        layer: which, from 1; the last one makes pictures and is not meant.

    Returns:
        Unit vectors, float64 (count, z_dim), the largest number of each above 0; and the components' shares of the
        variance, (count,).

    Raises:
        ConfigError: there is no such layer, or there are too few samples.
    """
    if not 1 <= layer < len(G.layers):
        raise ConfigError(f"--layer is between 1 and {len(G.layers) - 1}, the layers of G but the last, not {layer}")
    if len(z) <= z.shape[1]:
        raise ConfigError(f"the principal components of {z.shape[1]} numbers need more samples than {len(z)}")
    x = activations(G, z, layer)
    x -= x.mean(0)
    values, left = np.linalg.eigh((x @ x.T).astype(np.float64))
    largest = np.argsort(-values)[:count]
    back = (z - z.mean(0)).T.astype(np.float64) @ left[:, largest]
    vectors = (back / np.maximum(np.linalg.norm(back, axis=0), 1e-30)).T
    return upright(vectors), values[largest] / values.sum()


def activations(G: Generator, z: np.ndarray, layer: int) -> np.ndarray:
    """Return the output of a layer, from 1, after its activation, for z (N, z_dim): float32 (N, numbers)."""
    rows = []
    device = next(G.parameters()).device
    for start in range(0, len(z), BATCH):
        x = torch.from_numpy(np.ascontiguousarray(z[start : start + BATCH], np.float32)).to(device)
        with torch.inference_mode():
            x = x if G.config.G[0].op == "linear" else x[:, :, None, None]
            for block in G.layers[:layer]:
                x = block(x)
        rows.append(x.flatten(1).cpu().numpy())
    return np.concatenate(rows)
