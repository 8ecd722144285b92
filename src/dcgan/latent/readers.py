"""Readers made of what is at hand: a network whose answers are taken as they are or shifted, machines on features."""

from collections.abc import Callable, Sequence

import numpy as np

from dcgan.data.parts import parts_of
from dcgan.errors import DataError
from dcgan.latent.reader import Reader
from dcgan.latent.svm import balanced_accuracy, fit_machines, log_odds, matching, sigmoid

PART = 500
Read = Callable[[np.ndarray], np.ndarray]
Progress = Callable[[int, int], None]


def as_said(names: Sequence[str], say: Read, what: str, said: np.ndarray, truth: np.ndarray) -> Reader:
    """Return a reader that reads what a network says.

    Args:
        names: L labels.
        say: pictures, uint8 (N, H, W, C), to probabilities, float32 (N, L).
        what: a sentence: what it is.
        said: what it says of pictures that it never learnt from, (n, L); how good it is is measured on them.
        truth: of these, int (n, L): 1 yes, 0 no, -1 not known.
    """
    return Reader(names=tuple(names), read=say, what=what, accuracy=accuracies(names, said, truth))


def as_often(
    names: Sequence[str], say: Read, what: str, said: np.ndarray, truth: np.ndarray, shares: Sequence[float]
) -> Reader:
    """Return a reader that moves each label's log-odds so that yes is said as often as it is true (``matching``).

    Args:
        names: as for ``as_said``, and so are the others.
        shares: how often each label is true, L of them.
    """
    moves = np.array([matching(log_odds(column), share) for column, share in zip(said.T, shares, strict=True)])

    def moved(probabilities: np.ndarray) -> np.ndarray:
        return sigmoid(log_odds(probabilities) + moves).astype(np.float32)

    what = f"{what}; read so that yes is said as often as it is true"
    return as_said(names, lambda pixels: moved(say(pixels)), what, moved(said), truth)


def by_machines(
    names: Sequence[str],
    features: Read,
    known: np.ndarray,
    truth: np.ndarray,
    whose: str,
    pictures: str,
    progress: Progress = lambda done, total: None,
) -> Reader:
    """Return linear machines on features as a reader; labels with too few examples are left out (``fit_machines``).

    Args:
        names: L labels.
        features: pictures, uint8 (N, H, W, C), to float (N, d).
        known: features of labelled pictures, (n, d).
        truth: of these, int (n, L): 1 yes, 0 no, -1 not known.
        whose: whose features they are, in words.
        pictures: what the labelled pictures are called.
        progress: called with (labels done, labels).

    Raises:
        DataError: there are too few examples of every label.
    """
    machines = fit_machines(known, truth, progress)
    each = {names[q]: machine.accuracy for q, machine in machines.each.items()}
    if not each:
        raise DataError(f"{pictures} has too few pictures of each label for linear machines on features of {whose}")
    left_out = [name for name in names if name not in each]
    what = (
        f"linear support vector machines on {known.shape[1]} features of {whose}, fitted to {machines.fitted_to:,} "
        f"labelled pictures of {pictures}; mean balanced accuracy of {len(each)} labels "
        f"{np.mean(list(each.values())):.1%} of {machines.tested_on:,} others"
    )
    what += f"; too few examples of {', '.join(left_out)}" * bool(left_out)
    return Reader(
        names=tuple(each), read=lambda pixels: machines.probabilities(features(pixels)), what=what, accuracy=each
    )


def accuracies(names: Sequence[str], said: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return each label's balanced accuracy; those of which the pictures have only one kind are left out.

    Args:
        names: L labels.
        said: (N, L) in [0, 1].
        truth: int (N, L): 1 yes, 0 no, -1 not known.
    """
    found = {}
    for i, name in enumerate(names):
        known = truth[:, i] >= 0
        value = balanced_accuracy(said[known, i] > 0.5, truth[known, i] == 1) if known.any() else float("nan")
        if not np.isnan(value):
            found[name] = value
    return found


def read_rows(
    read: Read, pixels: np.ndarray, rows: np.ndarray, progress: Progress = lambda done, total: None
) -> np.ndarray:
    """Return what ``read`` makes of some pictures, a part at a time: float32 (rows, numbers)."""
    found, done = list[np.ndarray](), 0
    for part in parts_of(pixels, rows, PART):
        found.append(read(part))
        done += len(part)
        progress(done, len(rows))
    return np.concatenate(found)
