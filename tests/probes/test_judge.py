"""The two protocols: all labels, and few of them drawn again and again."""

from pathlib import Path

import numpy as np
import pytest

from dcgan.errors import DataError
from dcgan.probes import judge, linear
from dcgan.probes.judge import (
    Parts,
    Verdict,
    best_C,
    confused,
    confusion,
    judge_all,
    judge_few,
    labels_drawn,
    parts_of_labels,
    share_right,
)
from dcgan.probes.table import Table

CLASSES = 3


def table(path: Path, labels: np.ndarray, noise: float, seed: int) -> Table:
    """Features that tell the classes apart, more or less."""
    rng = np.random.default_rng(seed)
    x = np.eye(CLASSES, 12)[np.maximum(labels, 0)] * 4 + rng.normal(size=(len(labels), 12)) * noise
    path.write_bytes(x.astype(np.float16).tobytes())
    return Table(path=path, count=len(labels), width=12)


def sides(tmp_path: Path, noise: float = 0.5, unknown: int = 0) -> tuple[Table, Table, Parts]:
    rng = np.random.default_rng(7)
    labels, tested = rng.integers(0, CLASSES, 300), rng.integers(0, CLASSES, 200)
    labels[:unknown] = -1
    tested[:unknown] = -1
    parts = parts_of_labels(labels, tested, CLASSES)
    return table(tmp_path / "a", labels, noise, 1), table(tmp_path / "b", tested, noise, 2), parts


@pytest.mark.parametrize("own", [False, True])
def test_clear_classes_are_all_told(tmp_path: Path, own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "SMALL", 0 if own else 10**9)
    learn, test, parts = sides(tmp_path)
    found = judge_all(learn, test, parts)
    assert found.accuracy > 0.99
    assert found.confusion.sum() == 200
    assert set(found.chosen_by) == set(judge.CS)


def test_noise_is_chance(tmp_path: Path) -> None:
    learn, test, parts = sides(tmp_path, noise=1e4)
    found = judge_all(learn, test, parts)
    assert 0.2 < found.accuracy < 0.47


def test_few_labels_are_drawn_again_and_again(tmp_path: Path) -> None:
    learn, test, parts = sides(tmp_path, noise=2.0)
    found = judge_few(learn, test, parts, per_class=5, draws=12)
    assert len(found.accuracies) == 12
    assert len(set(found.accuracies)) > 3
    assert found.confusion.sum() == 12 * 200
    assert found.spread == pytest.approx(np.std(found.accuracies, ddof=1))
    assert found.accuracy == pytest.approx(share_right(found.confusion))
    again = judge_few(learn, test, parts, per_class=5, draws=12)
    assert again.accuracies == found.accuracies
    more = judge_few(learn, test, parts, per_class=40, draws=12)
    assert more.accuracy > found.accuracy


def test_pictures_without_a_label_are_neither_learnt_from_nor_tested_on(tmp_path: Path) -> None:
    learn, test, parts = sides(tmp_path, unknown=50)
    assert parts.all_rows.min() >= 50
    assert len(parts.all_rows) == 250
    assert judge_all(learn, test, parts, [1.0]).confusion.sum() == 150


def test_validation_is_a_fifth_and_apart() -> None:
    parts = parts_of_labels(np.arange(1000) % 4, np.zeros(5, np.int64), 4)
    assert len(parts.validation) == 200
    assert not set(parts.validation) & set(parts.fitting)
    assert len(parts_of_labels(np.arange(80_000) % 2, np.zeros(1, np.int64), 2).validation) == 10_000


def test_one_class_to_learn_from_is_refused() -> None:
    labels = np.zeros(100, np.int64)
    order = parts_of_labels(np.arange(100) % 2, labels, 2).validation
    labels[order[0]] = 1
    with pytest.raises(DataError, match="all of one class"):
        parts_of_labels(labels, labels, 2)


def test_a_draw_has_so_many_of_each_class_and_none_for_validation() -> None:
    parts = parts_of_labels(np.arange(300) % 3, np.zeros(5, np.int64), 3)
    rows = labels_drawn(parts, 7, 0, "one")
    np.testing.assert_array_equal(np.bincount(parts.labels[rows]), [7, 7, 7])
    assert set(rows) <= set(parts.fitting)
    assert set(rows) != set(labels_drawn(parts, 7, 0, "another"))
    np.testing.assert_array_equal(rows, labels_drawn(parts, 7, 0, "one"))


def test_too_few_labels_of_a_class_are_refused() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    with pytest.raises(DataError, match="--labels-per-class"):
        labels_drawn(parts_of_labels(labels, labels, 2), 20, 0, "one")


def test_the_c_that_is_best_in_validation_is_taken(tmp_path: Path) -> None:
    learn, test, parts = sides(tmp_path, noise=3.0)
    found = judge_all(learn, test, parts, [1e-6, 0.3])
    assert found.C == best_C(found.chosen_by) == 0.3
    assert best_C({0.1: 0.8, 1.0: 0.8, 10.0: 0.7}) == 0.1


def test_one_c_is_not_chosen(tmp_path: Path) -> None:
    learn, test, parts = sides(tmp_path)
    assert judge_all(learn, test, parts, [1.0]).chosen_by == {}
    assert judge_few(learn, test, parts, 5, 2, [1.0]).chosen_by == {}


def test_confusion_counts_truth_by_row() -> None:
    matrix = confusion(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 0, 0]), 3)
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [2, 0, 0]])
    assert share_right(matrix) == pytest.approx(2 / 5)
    assert list(confused(matrix)) == [(2, 0, 2), (0, 1, 1)]


def test_one_figure_has_the_error_of_its_test_pictures() -> None:
    one = Verdict(accuracies=(0.8,), confusion=np.array([[80, 20], [20, 80]]), C=1.0)
    assert one.spread == pytest.approx((0.8 * 0.2 / 200) ** 0.5)
