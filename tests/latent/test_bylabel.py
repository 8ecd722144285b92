"""Seeds chosen by label, and the wishes that choose them."""

import numpy as np
import pytest

from dcgan.errors import ConfigError
from dcgan.latent.bylabel import ByLabel, read_wish
from dcgan.latent.reader import Reader
from dcgan.models.prior import from_seeds
from tests.latent.kit import Linear
from tests.latent.readers import pixel_reader

NAMES = ("Male", "Smiling", "blue hair")


def test_the_best_seeds_are_those_whose_z_fulfils_the_wish_best() -> None:
    G, reader, pool = Linear(z_dim=3), pixel_reader([0, 1, 2], NAMES), range(50, 250)  # pixel i shows z[i]
    z = from_seeds("normal", pool, 3).numpy()
    seeds, scores = ByLabel(reader=reader, G=G, pool=pool).best("Male&!Smiling", 5)  # type: ignore[arg-type]
    worst = np.minimum(z[:, 0], -z[:, 1])
    assert set(seeds) <= {pool[i] for i in np.argsort(-worst)[:8]}  # pixels are whole numbers
    assert (np.diff(scores) <= 0).all()
    assert scores[0] > 0.7


def test_pictures_of_a_pool_are_read_once() -> None:
    read: list[int] = []
    inner = pixel_reader([0, 1, 2], NAMES)

    def reading(pixels: np.ndarray) -> np.ndarray:
        read.append(len(pixels))
        return inner.read(pixels)

    reader = Reader(names=NAMES, read=reading, what="", accuracy={})
    known = ByLabel(reader=reader, G=Linear(z_dim=3), pool=range(100))  # type: ignore[arg-type]
    first = known.vectors("Male", 3)
    assert first.dtype == np.float64
    assert first.shape == (3, 3)
    np.testing.assert_allclose(first, from_seeds("normal", known.best("Male", 3)[0], 3).numpy())
    known.best("Smiling", 3)
    assert sum(read) == 100


def test_wishes_are_read() -> None:
    assert read_wish("Male", NAMES) == [(0, True)]
    assert read_wish("male & !smiling&blue hair", NAMES) == [(0, True), (1, False), (2, True)]
    assert read_wish("Male&male", NAMES) == [(0, True)]
    assert read_wish("a", ("A", "a")) == [(1, True)]


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ("Glasses", "there is no label 'Glasses': there are Male, Smiling, blue hair"),
        ("Male&", "there is no label ''"),
        ("!!Male", "there is no label '!Male'"),
        ("Male&!male", "wishes for Male and for none"),
    ],
)
def test_wishes_that_cannot_be(wish: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_wish(wish, NAMES)


def test_no_more_seeds_than_there_are() -> None:
    known = ByLabel(reader=pixel_reader([0]), G=Linear(), pool=range(10))  # type: ignore[arg-type]
    for count in (0, 11):
        with pytest.raises(ConfigError, match=f"between 1 and 10 seeds can be chosen by label, not {count}"):
            known.best("p0", count)
