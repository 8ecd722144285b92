"""Addressed randomness: fixed values, and no two addresses alike."""

from itertools import product

import numpy as np
import pytest

from dcgan.rng import key


@pytest.mark.parametrize(
    ("seed", "purpose", "nimg", "rank", "expected"),
    [
        (0, "z_D", 0, 0, 273978633876111882),
        (0, "z_D", 64, 0, 3901558833391522132),
        (0, "z_G", 0, 0, 5680286486433431323),
        (1, "z_D", 0, 0, 7098971365199935098),
        (0, "z_D", 0, 1, 5840235253521571289),
        (-7, "sample", 0, 0, 7145425310881630797),
    ],
)
def test_golden_values(seed: int, purpose: str, nimg: int, rank: int, expected: int) -> None:
    assert key(seed, purpose, nimg, rank) == expected
    assert key(np.int64(seed), purpose, np.int64(nimg), rank) == expected  # type: ignore[arg-type]


def test_addresses_differ_and_stay_in_range() -> None:
    addresses = product((-1, 0, 1, 11, 2**70), ("z", "z_D", "1", "1/1", ""), (0, 1, 11, 111), (0, 1, 11))
    keys = [key(seed, purpose, nimg, rank) for seed, purpose, nimg, rank in addresses]
    assert len(set(keys)) == len(keys) == 300
    assert all(0 <= k < 2**63 for k in keys)
    assert max(keys) > 2**62
