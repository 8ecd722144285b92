"""Features that nobody trained a network for: small patches, whitened, against the centroids of k-means.

Source: Coates, Ng and Lee, "An Analysis of Single-Layer Networks in Unsupervised Feature Learning", AISTATS 2011, and
the code that they published with it. With a linear machine they report 77.9% on CIFAR-10 with 1,600 centroids, Coates
and Ng, "The Importance of Encoding Versus Training with Sparse Coding and Vector Quantization", ICML 2011, 80.6% for
the best single layer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dcgan.errors import UserError, check
from dcgan.models.precision import plain_float32
from dcgan.rng import key

Progress = Callable[[int, int], None]
CONTRAST, RIDGE = 10.0, 0.1
"""Added to a patch's variance, on values of 0 to 255, and to the variances that are whitened: both the source's."""
PASSES, TOGETHER = 5, 10_000
"""Passes of k-means over the patches, and patches a step."""
ROOM = {"cpu": 2**19, "cuda": 2**27}
"""Distances that are held at a time: on a CPU so few that they stay in its cache."""


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """What patches are compared with. A patch of P x P pixels is a row of D = P * P * channels numbers, its channels
    last."""

    patch: int
    """Pixels on a patch's side, P."""
    channels: int
    mean: np.ndarray
    """float32 (D,): the mean of the normalised patches."""
    whitening: np.ndarray
    """float32 (D, D), symmetric: whitened = (normalised - mean) @ whitening."""
    centroids: np.ndarray
    """float32 (K, D), among whitened patches."""

    @property
    def features(self) -> int:
        """How many features ``encode`` returns a picture: 4 * K."""
        return 4 * len(self.centroids)


def learn(
    pixels: np.ndarray,
    rows: np.ndarray,
    *,
    centroids: int = 1600,
    patch: int = 6,
    patches: int = 100_000,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> Dictionary:
    """Find the centroids of random patches of pictures; no label is looked at.

    Args:
        pixels: uint8 (N, H, W, C), memory-mapped or not; only the patches are read.
        rows: int64, which of the pictures patches are taken from; at least one.
        centroids: K.
        patch: pixels on a patch's side, at most H and W.
        patches: how many random patches. The source takes 400,000; a quarter of them, 60 a centroid, takes a quarter of
            the time.
        seed: decides the patches and where k-means starts: the same seed gives the same dictionary.
        progress: called with (steps of k-means done, steps).

    Raises:
        UserError: the pictures are smaller than a patch, or there are fewer patches than centroids.
    """
    _check_sides(pixels, patch)
    check(1 <= centroids <= patches, f"centroids are between 1 and the number of patches, {patches:,}", centroids)
    x = normalised(_random_patches(pixels, rows, patch, patches, seed))
    mean, whitening = whitener(x)
    found = _centroids((x - mean) @ whitening, centroids, seed, progress)
    return Dictionary(patch=patch, channels=pixels.shape[3], mean=mean, whitening=whitening, centroids=found)


def encode(
    dictionary: Dictionary,
    pixels: np.ndarray,
    rows: np.ndarray | None = None,
    *,
    device: torch.device | None = None,
    progress: Progress = lambda done, total: None,
) -> np.ndarray:
    """Return the features of pictures, float32 (n, 4 * K), each at least 0.

    Every patch of a picture, one pixel apart, becomes K numbers, f_k = max(0, mean(z) - z_k), where z_k is its distance
    to centroid k: the source's "triangle". They are summed over the picture's quarters: top left, top right, bottom
    left, bottom right, K numbers each. Where the patches are an odd number to a side, the top and the left have one
    more. Everything is float32.

    Args:
        dictionary: from ``learn``.
        pixels: uint8 (N, H, W, C), memory-mapped or not, read a few pictures at a time; H and W may be others than the
            dictionary was learnt from.
        rows: int64 (n,), which of them; None: all.
        device: where to compute; None: the CPU.
        progress: called with (pictures done, pictures).

    Raises:
        UserError: the pictures are smaller than a patch, or have other channels than the dictionary.
    """
    _check_sides(pixels, dictionary.patch)
    check(pixels.shape[3] == dictionary.channels, f"pictures have {dictionary.channels} channels", pixels.shape[3])
    device = device or torch.device("cpu")
    count = len(pixels if rows is None else rows)
    features = np.empty((count, dictionary.features), np.float32)
    encoder = _Encoder(dictionary, device)
    step = encoder.pictures_together(pixels.shape[1:3])
    for start in range(0, count, step):
        some = slice(start, min(start + step, count))
        part = np.array(pixels[some if rows is None else rows[some]])
        with plain_float32(device):
            features[some] = encoder(torch.from_numpy(part).to(device)).cpu().numpy()
        progress(some.stop, count)
    return features


def _check_sides(pixels: np.ndarray, patch: int) -> None:
    assert pixels.dtype == np.uint8, f"pictures are uint8, not {pixels.dtype}"
    assert pixels.ndim == 4, f"pictures are (N, H, W, C), not {pixels.shape}"
    height, width = pixels.shape[1:3]
    if min(height, width) < patch:
        raise UserError(
            f"k-means features compare patches of {patch}x{patch} pixels, and these pictures have {width}x{height}; "
            "take larger pictures"
        )


# The dictionary -----------------------------------------------------------------------------------------------------


def _random_patches(pixels: np.ndarray, rows: np.ndarray, patch: int, count: int, seed: int) -> np.ndarray:
    """Return patches as rows, uint8 (count, D), in the order of their pictures, which is kinder to a disk."""
    rng = np.random.default_rng(key(seed, "patches of k-means"))
    chosen = np.sort(rng.choice(rows, count))
    tops = rng.integers(pixels.shape[1] - patch + 1, size=count)
    lefts = rng.integers(pixels.shape[2] - patch + 1, size=count)
    found = np.empty((count, patch, patch, pixels.shape[3]), np.uint8)
    for i, (row, top, left) in enumerate(zip(chosen, tops, lefts, strict=True)):
        found[i] = pixels[row, top : top + patch, left : left + patch]
    return found.reshape(count, -1)


def normalised(patches: np.ndarray) -> np.ndarray:
    """Take brightness and contrast from patches (n, D) of values in 0 to 255: float32, (x - mean) / sqrt(var + 10)."""
    x = patches.astype(np.float32)
    x -= x.mean(1, keepdims=True)
    return x / np.sqrt(x.var(1, keepdims=True) + CONTRAST)


def whitener(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean (D,) and the symmetric matrix (D, D), float32, that make the variance of (x - mean) @ matrix
    nearly 1 in every direction, and nearly 0 where there is none: v / (v + 0.1) for a variance of v (ZCA).

    Args:
        x: float32 (n, D).
    """
    mean = x.mean(0, dtype=np.float64)
    centred = x - mean
    variances, axes = np.linalg.eigh(centred.T @ centred / len(x))
    matrix = (axes / np.sqrt(variances.clip(min=0) + RIDGE)) @ axes.T
    return mean.astype(np.float32), matrix.astype(np.float32)


def _centroids(x: np.ndarray, count: int, seed: int, progress: Progress) -> np.ndarray:
    """Return float32 (count, D), by k-means on x (n, D) in small batches (Sculley 2010)."""
    from sklearn.cluster import MiniBatchKMeans

    rng = np.random.default_rng(key(seed, "order of k-means"))
    start = x[np.sort(rng.choice(len(x), count, replace=False))]
    machine = MiniBatchKMeans(count, init=start, n_init=1, random_state=key(seed, "centroids") % 2**32)
    together = max(TOGETHER, count)
    batches = list(_batches(len(x), together, rng))
    for done, some in enumerate(batches):
        machine.partial_fit(x[some])
        progress(done + 1, len(batches))
    return np.ascontiguousarray(machine.cluster_centers_, np.float32)


def _batches(count: int, together: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield PASSES permutations in pieces of about ``together``."""
    for _ in range(PASSES):
        yield from np.array_split(rng.permutation(count), max(1, count // together))


# Pictures -----------------------------------------------------------------------------------------------------------


class _Encoder:
    """A dictionary on a device, where distances are one product of matrices.

    |x - c|^2 = (x, |x|^2, 1) . (-2c, 1, |c|^2)
    """

    def __init__(self, dictionary: Dictionary, device: torch.device) -> None:
        self.patch = dictionary.patch
        self.mean = torch.from_numpy(dictionary.mean).to(device)
        self.whitening = torch.from_numpy(dictionary.whitening).to(device)
        c = torch.from_numpy(dictionary.centroids).to(device)
        square = c.square().sum(1, keepdim=True)
        self.columns = torch.cat([-2 * c, torch.ones_like(square), square], 1).t().contiguous()
        self.room = ROOM.get(device.type, ROOM["cpu"])

    def pictures_together(self, side: tuple[int, int]) -> int:
        """Return how many pictures of (H, W) are worth giving at a time."""
        patches = (side[0] - self.patch + 1) * (side[1] - self.patch + 1)
        return max(1, self.room // (patches * self.columns.shape[1]))

    def __call__(self, pixels: Tensor) -> Tensor:
        """Encode pictures, uint8 (n, H, W, C) to float32 (n, 4 * K)."""
        seen = pixels.unfold(1, self.patch, 1).unfold(2, self.patch, 1)  # n, h, w, C, P, P
        half = (seen.shape[1] + 1) // 2
        return torch.cat([self._half(seen[:, :half]), self._half(seen[:, half:])], 1)

    def _half(self, seen: Tensor) -> Tensor:
        """Return the sums over the left and the right of patches (n, h, w, C, P, P): (n, 2 * K)."""
        count, _, across = seen.shape[:3]
        sums = self.columns.new_zeros(count, 2, self.columns.shape[1])
        left = torch.arange(across, device=sums.device) < (across + 1) // 2
        sides = torch.stack([left, ~left]).to(sums)  # as a product of matrices a sum is several times quicker
        for band in seen.split(max(1, self.room // (count * across * self.columns.shape[1])), 1):
            near = self._triangle(band.permute(0, 1, 2, 4, 5, 3).reshape(-1, len(self.mean)))
            sums += sides.repeat(1, band.shape[1]) @ near.view(count, -1, near.shape[1])
        return sums.flatten(1)

    def _triangle(self, patches: Tensor) -> Tensor:
        """Return f_k of patches, uint8 (n, D) to float32 (n, K)."""
        x = patches.float()
        x -= x.mean(1, keepdim=True)
        x /= (x.square().mean(1, keepdim=True) + CONTRAST).sqrt_()
        x = (x - self.mean) @ self.whitening
        square = x.square().sum(1, keepdim=True)
        z = (torch.cat([x, square, torch.ones_like(square)], 1) @ self.columns).clamp_(min=0).sqrt_()
        return torch.sub(z.mean(1, keepdim=True), z, out=z).clamp_(min=0)
