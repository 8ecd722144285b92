"""Which real pictures are compared with, and which tell the floor."""

from dataclasses import replace

import numpy as np
import pytest

from dcgan.data.heldback import split
from dcgan.errors import DataError
from dcgan.metrics import sides
from dcgan.metrics.sides import real_sides
from tests.metrics.stand_in import dots


def test_without_other_pictures_the_data_is_halved() -> None:
    found = real_sides(dots(101), 0.0, None, 1000)
    assert (len(found.reference), len(found.floor)) == (51, 50)
    assert not set(found.reference.rows) & set(found.floor.rows)
    assert "halved" in found.how
    assert found.reference.rows.max() > 90  # spread over the whole, not the first half
    assert found.reference.rows.min() < 10


def test_the_floor_has_as_many_pictures_as_are_judged() -> None:
    found = real_sides(dots(100), 0.0, None, 20)
    assert len(found.floor) == 20
    assert len(found.reference) == 50


def test_held_back_pictures_are_the_floor_where_they_are_enough() -> None:
    trained, held = split(100, 0.2)
    found = real_sides(dots(100), 0.2, None, 20)
    assert sorted(found.floor.rows) == held.tolist()
    assert sorted(found.reference.rows) == trained.tolist()
    few = real_sides(dots(100), 0.2, None, 21)
    assert set(few.floor.rows) | set(few.reference.rows) <= set(trained)


def test_a_thousand_held_back_pictures_are_a_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "ENOUGH", 15)
    found = real_sides(dots(100), 0.2, None, 50)
    assert sorted(found.floor.rows) == split(100, 0.2)[1].tolist()


def test_any_first_rows_are_a_fair_sample() -> None:
    """Data that lies class after class is the usual case: 300 dark pictures, then 300 bright ones."""
    data = replace(dots(600), labels=np.repeat([0, 1], 300))
    for part in (real_sides(data, 0.0, None, 600).reference, real_sides(data, 0.0, dots(600), 600).floor):
        first = part.pictures.labels[part.rows[:100]] if part.pictures is data else part.rows[:100] >= 300
        assert 30 < first.sum() < 70


def test_a_test_set_is_the_floor() -> None:
    found = real_sides(dots(100), 0.2, dots(30, seed=1), 50)
    assert len(found.floor) == 30
    assert found.floor.pictures.digest == "1/30"
    assert len(found.reference) == 80


def test_classes_of_a_test_set_are_numbered_as_the_data_is() -> None:
    test = replace(dots(30, seed=1), classes=("bright", "unknown"), labels=np.tile([0, 1, -1], 10))
    found = real_sides(dots(100), 0.0, test, 30)
    (_, labels), *_ = found.floor.batches()
    assert labels is not None
    kinds = found.floor.rows % 3  # bright, unknown, none
    assert labels.tolist() == np.where(kinds == 0, 1, -1).tolist()


def test_large_sets_are_cut() -> None:
    found = real_sides(dots(100), 0.0, None, 1000, most=30)
    assert (len(found.reference), len(found.floor)) == (30, 50)


def test_too_few() -> None:
    with pytest.raises(DataError, match="at least 4"):
        real_sides(dots(3), 0.0, None, 10)


def test_parts_are_told_apart() -> None:
    a, b = real_sides(dots(100), 0.0, None, 50), real_sides(dots(100, seed=1), 0.0, None, 50)
    addresses = {a.reference.address, a.floor.address, b.reference.address, b.floor.address}
    assert len(addresses) == 4
    assert real_sides(dots(100), 0.0, None, 50).floor.address == a.floor.address
    corrected = replace(dots(100), labels=1 - dots(100).labels)
    assert real_sides(corrected, 0.0, None, 50).floor.address != a.floor.address
    unnamed = [replace(dots(100, seed=seed), digest="") for seed in (0, 1)]
    assert len({real_sides(data, 0.0, None, 50).floor.address for data in unnamed}) == 2


def test_pictures_come_with_their_own_labels_in_the_order_of_the_rows() -> None:
    part = real_sides(dots(600), 0.0, None, 600).reference
    pixels, labels = (np.concatenate(parts) for parts in zip(*part.batches(), strict=True))
    assert np.array_equal(pixels, part.pictures.pixels[part.rows])
    assert np.array_equal(labels, part.pictures.labels[part.rows])
