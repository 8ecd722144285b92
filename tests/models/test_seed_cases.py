"""Vectors of seeds, in ``seed_cases.json``, which the page's own drawing of z is held to as well.

The file is written again by ``python -m tests.models.test_seed_cases``; a change of it is a change of every picture.
"""

import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, get_args

import numpy as np

from dcgan.config import Prior
from dcgan.models.prior import from_seeds

FILE = Path(__file__).with_name("seed_cases.json")
SIZES = [2, 7, 15, 16, 17, 30, 64, 100, 101, 128]  # torch draws 16 numbers and more in another way than fewer
SEEDS = [0, 1, 12, 123456789, 2**53 - 1, -5]
TRUNCS = [0.3, 0.7, 1.5]


def wanted() -> Iterator[dict[str, Any]]:
    """Every size plain and cut twice, under each prior, seeds and cuts in turn; and a few that are moved and spread."""
    truncs = cycle(TRUNCS)
    for prior in get_args(Prior):
        seeds = cycle(SEEDS if prior == "normal" else SEEDS[1:])
        for size in SIZES:
            for trunc in (None, next(truncs), next(truncs)):
                yield case(prior, size, next(seeds), trunc=trunc)
        yield case(prior, 17, 12, mean=-0.5, std=0.4)
        yield case(prior, 30, 1, mean=1.0, std=0.0)
        yield case(prior, 100, 0, mean=0.25, std=1.5, trunc=0.7)


def case(
    prior: Prior, size: int, seed: int, *, mean: float = 0.0, std: float = 1.0, trunc: float | None = None
) -> dict[str, Any]:
    return {"prior": prior, "z_dim": size, "seed": seed, "mean": mean, "std": std, "trunc": trunc}


def vector(how: dict[str, Any]) -> list[float]:
    z = from_seeds(how["prior"], [how["seed"]], how["z_dim"], mean=how["mean"], std=how["std"], trunc=how["trunc"])
    return z[0].tolist()


def write() -> None:
    lines = ",\n".join("  " + json.dumps(how | {"z": vector(how)}) for how in wanted())
    FILE.write_text(f'{{"cases": [\n{lines}\n]}}\n', encoding="utf-8")


def test_every_case_holds() -> None:
    cases = json.loads(FILE.read_text(encoding="utf-8"))["cases"]
    assert [{k: v for k, v in kept.items() if k != "z"} for kept in cases] == list(wanted())
    for kept in cases:
        np.testing.assert_allclose(vector(kept), kept["z"], rtol=1e-5, atol=2e-6)
    assert {kept["seed"] for kept in cases} == set(SEEDS)
    assert FILE.stat().st_size < 300_000


if __name__ == "__main__":
    write()
