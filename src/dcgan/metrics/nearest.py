"""What the nearest neighbour tells: how well generated pictures teach, and whether two sets can be told apart."""

import numpy as np

from dcgan.errors import UserError
from dcgan.metrics.checks import check_features
from dcgan.metrics.distances import nearest


def nearest_labels(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Name every test row after the training row that is nearest to it (Euclidean); of equals, the first one.

    Args:
        train: (N, d), any real dtype; uint8 pictures may stay so. Memory beside the arrays does not grow with N or M.
        train_labels: (N,), any dtype.
        test: (M, d).

    Returns:
        Labels (M,) of train_labels' dtype.

    Raises:
        UserError: the arrays do not fit together.
    """
    check_features(train=train, test=test)
    if np.shape(train_labels) != (len(train),):
        raise UserError(f"train has {len(train)} rows and its labels are {np.shape(train_labels)}: one label a row")
    found: np.ndarray = np.asarray(train_labels)[nearest(test, train, 1)[1][:, 0]]
    return found


def nearest_error(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray) -> float:
    """Return the share of test rows that their nearest training row names wrongly, in [0, 1].

    With labelled generated pictures as ``train`` and real test pictures as ``test`` this is the DCGAN paper's test on
    MNIST (Radford and others, arXiv 1511.06434, supplement; its model was conditional).

    Raises:
        UserError: the arrays do not fit together.
    """
    if np.shape(test_labels) != (len(test),):
        raise UserError(f"test has {len(test)} rows and its labels are {np.shape(test_labels)}: one label a row")
    return float(np.mean(nearest_labels(train, train_labels, test) != test_labels))


def two_sample(real: np.ndarray, fake: np.ndarray) -> float:
    """Return how well the nearest other row tells reals from fakes: 0.5 when nobody could, 1 when always.

    Each row is named after its nearest neighbour in both sets together, itself left out (Lopez-Paz and Oquab, arXiv
    1610.06545; leave-one-out: Xu and others, arXiv 1806.07755). The value is the mean of the two sets' shares, so sets
    of different sizes do not move it from 0.5. Below 0.5, fakes lie nearer to reals than reals do: they are copies.

    Args:
        real: (N, d), N at least 2.
        fake: (M, d), M at least 2.
    """
    check_features(real=real, fake=fake, least=2)
    both = np.concatenate([real, fake])
    is_fake = np.arange(len(both)) >= len(real)
    right = is_fake[nearest(both, both, 1, leave_self=True)[1][:, 0]] == is_fake
    return float((right[: len(real)].mean() + right[len(real) :].mean()) / 2)
