"""Pictures that repeat others: a perceptual hash proposes pairs, the pixels decide."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PIL import Image

from dcgan.images import over

LUMA = (np.uint32(19595), np.uint32(38470), np.uint32(7471))  # of 65536, for red, green and blue
SIDE = 32  # pixels that the hash is taken from
KEPT = 8  # frequencies a direction
BITS = 3  # bits in which the hashes of one picture may differ
BANDS = 4  # of 16 bits: two hashes that differ in 3 bits at most agree in one of them
MOST = 32  # pairs compared, for each picture
WINDOW = 256  # neighbours looked at in a band of equal ones
ALIKE = 0.15  # difference of two pictures, as a share of their contrast (how it was chosen: docs/log.md)


def perceptual_hashes(gray: np.ndarray) -> np.ndarray:
    """Return a 64-bit hash of every picture, near in bits for pictures that look alike.

    The lowest 8x8 frequencies (DCT-II) of the picture in 32x32 gray, each larger than their median or not, as in
    Zauner's pHash ("Implementation and benchmarking of perceptual image hash functions", 2010).

    Args:
        gray: uint8 (N, H, W).

    Returns:
        uint64 (N,).
    """
    rows, columns = (_frequencies(side) for side in gray.shape[1:])
    low = (rows @ gray.astype(np.float32) @ columns.T).reshape(len(gray), -1)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)[:, 0]


def to_gray(pixels: np.ndarray) -> np.ndarray:
    """Return the pictures in gray, uint8 (N, H, W); transparent pixels are white."""
    if pixels.shape[-1] == 1:
        return pixels[..., 0]
    if pixels.shape[-1] == 4:
        return _converted(pixels, "L")[..., 0]
    found = np.full(pixels.shape[:-1], 0x8000, np.uint32)  # as Pillow does it (ITU-R 601-2), in half the time
    for channel, weight in enumerate(LUMA):
        found += pixels[..., channel] * weight
    return (found >> 16).astype(np.uint8)


def _converted(pixels: np.ndarray, mode: str) -> np.ndarray:
    """Convert colour pictures to L or RGB, all at once: they are laid out as one tall picture."""
    count, height, width, channels = pixels.shape
    tall = Image.fromarray(np.ascontiguousarray(pixels).reshape(count * height, width, channels))
    found = np.asarray((tall if channels == 3 else over(tall)).convert(mode))
    return found.reshape(count, height, width, -1)


@lru_cache(maxsize=8)
def _frequencies(side: int) -> np.ndarray:
    """Matrix (KEPT, side): means over SIDE parts of a row, then its lowest frequencies."""
    edges = np.linspace(0, side, SIDE + 1)
    pixels = np.arange(side)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    means = np.clip(overlap, 0, None) * (SIDE / side)
    waves = np.cos(np.pi * np.arange(KEPT)[:, None] * (2 * np.arange(SIDE) + 1) / (2 * SIDE))
    return (waves @ means).astype(np.float32)


def find_groups(hashes: np.ndarray, digests: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return for every picture (N,) the index of the first one that it repeats, or its own.

    Of pictures with many neighbours of one hash, only so many pairs are compared (MOST a picture).

    Args:
        hashes: uint64 (N,).
        digests: V16 (N,), equal for equal pixels.
        pixels: uint8 (N, H, W, C), may be memory-mapped.
    """
    count = len(hashes)
    if not count:
        return np.empty(0, np.int64)
    kinds, equal = np.unique(digests, return_index=True, return_inverse=True)[1:]
    order = np.argsort(equal, kind="stable")
    same = np.stack([order[:-1], order[1:]], axis=1)[equal[order[:-1]] == equal[order[1:]]]
    pairs = _identical(same, pixels)
    group, compared = _groups(pairs, count), 0
    for candidates in _candidates(hashes[kinds]):
        near = kinds[candidates]
        near = near[group[near[:, 0]] != group[near[:, 1]]]  # what is joined already need not be compared
        found = _alike(near, pixels)
        compared += len(near)
        if len(found):
            pairs = np.concatenate([pairs, found])
            group = _groups(pairs, count)
        if compared > MOST * count:
            break
    return np.unique(group, return_index=True)[1][group]


def _groups(pairs: np.ndarray, count: int) -> np.ndarray:
    from scipy.sparse import coo_array  # here: the processes that decode start without it
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), np.int8), tuple(pairs.T)), shape=(count, count))
    found: np.ndarray = connected_components(graph, directed=False)[1]
    return found


def _candidates(hashes: np.ndarray) -> Iterator[np.ndarray]:
    """Pairs (M, 2) whose hashes differ in few bits: first all nearest neighbours, then the second nearest ..."""
    bands = []
    for band in range(BANDS):
        part = (hashes >> np.uint64(16 * band)) & np.uint64(0xFFFF)
        order = np.lexsort((hashes, part))
        bands.append((order, part[order], hashes[order]))
    for step in range(1, min(WINDOW, len(hashes) - 1) + 1):
        for order, part, ordered in bands:
            together = part[:-step] == part[step:]
            close = together & (np.bitwise_count(ordered[:-step] ^ ordered[step:]) <= BITS)
            if close.any():
                yield np.stack([order[:-step][close], order[step:][close]], axis=1)
        bands = [band for band in bands if (band[1][:-step] == band[1][step:]).any()]


def _identical(pairs: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Those pairs whose pixels are equal: digests of other pictures may be, where somebody wanted it."""
    step = max(1, 2**24 // max(1, int(np.prod(pixels.shape[1:]))))
    parts = [pairs[i : i + step] for i in range(0, len(pairs), step)]
    kept = [part[(pixels[part[:, 0]] == pixels[part[:, 1]]).all((1, 2, 3))] for part in parts]
    return np.concatenate([np.empty((0, 2), np.int64), *kept])


def _alike(pairs: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Those pairs whose pictures differ by a small share of their contrast, brightness apart."""
    kept = [np.empty((0, 2), np.int64)]
    step = max(1, 2**22 // max(1, int(np.prod(pixels.shape[1:]))))
    for start in range(0, len(pairs), step):
        part = pairs[start : start + step]
        a, b = (_seen(pixels[side]) for side in part.T)
        contrast = np.minimum(a.std(axis=1), b.std(axis=1))
        kept.append(part[(a - b).std(axis=1) < ALIKE * contrast])
    return np.concatenate(kept)


def _seen(pixels: np.ndarray) -> np.ndarray:
    """Pictures as they look, float32 (N, values)."""
    shown = _converted(pixels, "RGB") if pixels.shape[-1] == 4 else pixels
    return shown.reshape(len(pixels), -1).astype(np.float32)
