"""Directions from G's first layer alone: SeFa (Shen and Zhou, arXiv 2007.06600)."""

import numpy as np
from torch import Tensor, nn

from dcgan.models.generator import Generator
from dcgan.models.layers import Block


def sefa(G: Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions of z that change the output of G's first layer most, the strongest first.

    As the authors' program does: the layer's weight as a matrix (z_dim, rest), each column divided by its length; the
    eigenvectors of W W^T.

    Args:
        G: the generator.
        count: directions, at most z_dim.

    Returns:
        Unit vectors, float64 (count, z_dim), the largest number of each above 0; and their eigenvalues, (count,).
    """
    weight = first_weight(G)
    weight = weight / np.maximum(np.linalg.norm(weight, axis=0, keepdims=True), 1e-12)
    values, vectors = np.linalg.eigh(weight @ weight.T)
    return upright(vectors.T[::-1][:count]), values[::-1][:count].copy()


def first_weight(G: Generator) -> np.ndarray:
    """Return the weight of G's first layer, float64 (z_dim, rest): row i is what number i of z adds to its output."""
    block = G.layers[0]
    assert isinstance(block, Block)
    weight = block.op.weight
    assert isinstance(weight, Tensor)
    matrix = weight.T if isinstance(block.op, nn.Linear) else weight.flatten(1)  # transposed convolutions: z first
    return np.asarray(matrix.detach().cpu().double().numpy())


def upright(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (n, d) with the signs that make the number farthest from 0 in each positive: for an eigenvector
    either sign is as good, and this one is the same on every machine."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(1)[:, None], 1)
    return vectors * np.where(largest < 0, -1.0, 1.0)
