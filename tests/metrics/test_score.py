"""The Inception Score's formula: closed forms, parity, batches, what it does and does not see."""

import numpy as np
import pytest

from dcgan.errors import UserError
from dcgan.metrics.score import Score, inception_score
from tests.metrics.rows import gaussian
from tests.reference import measures


def softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True)


def test_unsure_is_1_and_sure_and_even_is_the_number_of_classes() -> None:
    assert inception_score(np.full((100, 7), 1 / 7)) == pytest.approx((1, 0), abs=1e-12)
    assert inception_score(np.tile(np.eye(7), (20, 1))) == pytest.approx((7, 0), abs=1e-12)
    one_class = np.eye(7)[np.zeros(50, int)]
    assert inception_score(one_class) == pytest.approx((1, 0), abs=1e-12)


def test_a_class_with_half_the_pictures() -> None:
    """Sure of each: the exponential of the entropy of the shares 1/2, 1/4, 1/4."""
    sure = np.eye(3)[[0, 0, 1, 2] * 5]
    assert inception_score(sure, splits=5)[0] == pytest.approx(2**1.5)


@pytest.mark.parametrize(("rows", "splits"), [(40, 1), (47, 5), (10, 10), (33, 4)])
def test_parity_with_rows_one_by_one(rows: int, splits: int) -> None:
    probabilities = softmax(3 * gaussian(rows, rows, 6))
    probabilities[::3] = np.eye(6)[2]
    expected = measures.inception_score(probabilities, splits)
    assert inception_score(probabilities, splits) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.filterwarnings("ignore::UserWarning")  # theirs: about memory, and the deviation of a single split
def test_parity_with_torchmetrics() -> None:
    inception = pytest.importorskip("torchmetrics.image.inception")
    torch = pytest.importorskip("torch")
    logits = 2 * gaussian(1, 200, 10)
    theirs = inception.InceptionScore(feature=torch.nn.Identity(), splits=1)
    theirs.update(torch.from_numpy(logits))
    assert inception_score(softmax(logits), splits=1)[0] == pytest.approx(theirs.compute()[0].item(), rel=1e-6)


@pytest.mark.parametrize("cuts", [(), (1,), (10, 20, 30), (3, 4, 36), tuple(range(1, 37))])
def test_batches_make_no_difference(cuts: tuple[int, ...]) -> None:
    probabilities = softmax(gaussian(1, 37, 5)).astype(np.float32)
    score = Score(37, splits=4)
    for batch in np.split(probabilities, cuts):
        score.add(batch)
    assert score.value() == pytest.approx(inception_score(probabilities, splits=4), rel=1e-12)


def test_it_sees_dropped_classes_and_not_repeated_pictures() -> None:
    sure = 0.9 * np.eye(10) + 0.01
    every = inception_score(sure[np.arange(200) % 10])[0]
    some = inception_score(sure[np.arange(200) % 4])[0]
    assert some < 0.6 * every
    assert every == pytest.approx(inception_score(sure, splits=1)[0])  # ten pictures, over and over, score the same


def test_bad_input() -> None:
    good = np.full((4, 5), 0.2)
    with pytest.raises(UserError, match=r"not \(4,\)"):
        inception_score(good[:, 0], splits=1)
    for bad in (good * 2, good - 0.2, np.where(good > 0, np.nan, good), np.array([[1.5, -0.5]] * 4)):
        with pytest.raises(UserError, match="sum to 1"):
            inception_score(bad, splits=1)
    with pytest.raises(UserError, match="not 10"):
        inception_score(good)
    score = Score(6, splits=2)
    score.add(good)
    with pytest.raises(UserError, match="6 rows, and 4 have come"):
        score.value()
    with pytest.raises(UserError, match=r"\(N, 5\) .* not \(4, 6\)"):
        score.add(np.full((4, 6), 1 / 6))
    with pytest.raises(UserError, match=r"6 rows, and 4 \+ 4"):
        score.add(good)
