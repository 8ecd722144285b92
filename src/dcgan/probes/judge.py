"""How good features are: a linear machine on many labels, or on few of them drawn again and again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from dcgan.data.order import permutation
from dcgan.errors import DataError
from dcgan.probes.linear import Machine, Scaling, fit_each, scaling_of
from dcgan.probes.table import Table, mean_and_scale

CS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""What C is chosen from, for features whose squared length is 1 in the mean."""
CHOOSING = 10
"""Draws that C is chosen by, where labels are few: as in the DCGAN authors' code."""
TOGETHER = 10
"""Machines that predict in one pass over the features."""
Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Which labelled pictures are for what."""

    labels: np.ndarray
    """int64 (N,): the class of every row of the table that is learnt from."""
    fitting: np.ndarray
    """int64, ascending: rows that machines are fitted to."""
    validation: np.ndarray
    """int64, ascending: rows that C is chosen by."""
    tested: np.ndarray
    """int64 (M,): the class of every row of the table that is tested on."""
    classes: int

    @property
    def all_rows(self) -> np.ndarray:
        """int64, ascending: both."""
        return np.sort(np.concatenate([self.fitting, self.validation]))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a linear machine makes of features, on pictures that it never saw."""

    accuracies: tuple[float, ...]
    """Share of right answers, draw by draw; one where all labels are used."""
    confusion: np.ndarray
    """int64 (classes, classes): row the truth, column what was said; summed over the draws."""
    C: float | None
    """None where there is no such machine."""
    chosen_by: dict[float, float] = field(default_factory=dict)
    """Accuracy on the validation rows by C, in the mean over the draws."""

    @property
    def accuracy(self) -> float:
        """The mean over the draws."""
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float:
        """Standard deviation over the draws; of one alone, the standard error that so many test pictures have."""
        if len(self.accuracies) > 1:
            return float(np.std(self.accuracies, ddof=1))
        return float(np.sqrt(self.accuracy * (1 - self.accuracy) / max(self.confusion.sum(), 1)))


def apart(count: int, most: int = 10_000) -> int:
    """Return how many of ``count`` labelled pictures are for validation: a fifth, at most ``most``."""
    return min(count // 5, most)


def parts_of_labels(labels: np.ndarray, tested: np.ndarray, classes: int, seed: int = 0) -> Parts:
    """Set a fifth of the labelled pictures (at most 10,000) apart for choosing C.

    Args:
        labels: int64 (N,), -1 where there is none: such pictures are left out.
        tested: int64 (M,), likewise.
        classes: how many there are.
        seed: of the draw.

    Raises:
        DataError: what is left to learn from is of one class.
    """
    known = np.flatnonzero(labels >= 0)
    order = known[permutation(len(known), seed, "validation", 0)]
    held = apart(len(known))
    if len(np.unique(labels[order[held:]])) < 2:
        raise DataError(
            f"the {len(order) - held:,} pictures that a machine is fitted to are all of one class: take more labelled "
            "pictures, or more of the rare class"
        )
    return Parts(
        labels=labels, fitting=np.sort(order[held:]), validation=np.sort(order[:held]), tested=tested, classes=classes
    )


def judge_all(
    learn: Table, test: Table, parts: Parts, Cs: Sequence[float] = CS, progress: Progress = silent
) -> Verdict:
    """Fit machines to all labels but the validation rows, one for each C, all at once; fit the best one's C again, to
    the validation rows as well; test that."""
    scaling, rows = standard(learn, parts), parts.all_rows
    C, found, best = Cs[0], dict[float, float](), None
    if len(Cs) > 1:
        told = partial(progress, f"{len(Cs)} values of C")
        machines = fit_each(
            learn, parts.fitting, parts.labels[parts.fitting], parts.classes, Cs, scaling, progress=told
        )
        truth = parts.labels[parts.validation]
        said = predict_each(machines, learn, parts.validation)
        found = {C: float((one == truth).mean()) for C, one in zip(Cs, said, strict=True)}
        C = best_C(found)
        best = machines[list(Cs).index(C)]
    told = partial(progress, f"all labels, C {C:g}")
    (last,) = fit_each(learn, rows, parts.labels[rows], parts.classes, [C], scaling, start=best, progress=told)
    known = np.flatnonzero(parts.tested >= 0)
    matrix = confusion(parts.tested[known], predict_each([last], test, known)[0], parts.classes)
    return Verdict(accuracies=(share_right(matrix),), confusion=matrix, C=C, chosen_by=found)


def judge_few(
    learn: Table,
    test: Table,
    parts: Parts,
    per_class: int,
    draws: int,
    Cs: Sequence[float] = CS,
    seed: int = 0,
    progress: Progress = silent,
) -> Verdict:
    """Fit machines to ``per_class`` labels of each class, drawn ``draws`` times, and test each.

    C is the one that is best on the validation rows in the mean of ten other draws, as in the DCGAN authors' code. The
    features' mean and scale are those of all pictures that are learnt from: that needs no labels.

    Raises:
        DataError: a class has too few labelled pictures.
    """
    scaling, found = standard(learn, parts), dict.fromkeys(Cs, 0.0)
    if len(Cs) > 1:
        truth = parts.labels[parts.validation]
        for i in range(CHOOSING):
            rows = labels_drawn(parts, per_class, seed, f"labels that C is chosen by, {i}")
            machines = fit_each(learn, rows, parts.labels[rows], parts.classes, Cs, scaling)
            for C, said in zip(Cs, predict_each(machines, learn, parts.validation), strict=True):
                found[C] += float((said == truth).mean()) / CHOOSING
            progress("C", i + 1, CHOOSING)
    C = best_C(found)
    known = np.flatnonzero(parts.tested >= 0)
    matrices, waiting = list[np.ndarray](), list[Machine]()
    for i in range(draws):
        rows = labels_drawn(parts, per_class, seed, f"labels {i}")
        waiting += fit_each(learn, rows, parts.labels[rows], parts.classes, [C], scaling)
        if len(waiting) == TOGETHER or i == draws - 1:
            each = predict_each(waiting, test, known)
            matrices.extend(confusion(parts.tested[known], said, parts.classes) for said in each)
            waiting = []
        progress("draws", i + 1, draws)
    return Verdict(
        accuracies=tuple(map(share_right, matrices)),
        confusion=np.sum(matrices, axis=0),
        C=C,
        chosen_by=found if len(Cs) > 1 else {},
    )


def labels_drawn(parts: Parts, per_class: int, seed: int, purpose: str) -> np.ndarray:
    """Return ``per_class`` rows of each class, int64, ascending, drawn from those that machines are fitted to.

    Raises:
        DataError: a class has fewer.
    """
    labels, found = parts.labels[parts.fitting], list[np.ndarray]()
    order = permutation(len(labels), seed, purpose, 0)
    for k in range(parts.classes):
        rows = order[labels[order] == k][:per_class]
        if len(rows) < per_class:
            raise DataError(
                f"a class has {len(rows)} labelled pictures to draw from, beside those for validation: "
                f"--labels-per-class is at most that, not {per_class}"
            )
        found.append(parts.fitting[rows])
    return np.sort(np.concatenate(found))


def predict_each(machines: Sequence[Machine], table: Table, rows: np.ndarray) -> list[np.ndarray]:
    """Return what several machines say of the same rows, int64 (n,) each, in one pass over them."""
    classes = machines[0].weights.shape[1]
    joined = torch.from_numpy(np.concatenate([m.weights for m in machines], 1))
    bias = torch.from_numpy(np.concatenate([m.bias for m in machines]))
    said = [
        torch.addmm(bias, torch.from_numpy(x).float(), joined).view(len(x), len(machines), classes).argmax(2)
        for _, x in table.chunks(rows)
    ]
    return list(torch.cat(said).T.numpy())


def standard(learn: Table, parts: Parts) -> Scaling:
    """Return what makes features standard, measured on the pictures that are learnt from alone."""
    return scaling_of(*mean_and_scale(learn, parts.all_rows))


def confusion(truth: np.ndarray, said: np.ndarray, classes: int) -> np.ndarray:
    """Count answers, int64 (n,) each, as int64 (classes, classes): row the truth, column what was said."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(truth, said, labels=np.arange(classes))


def share_right(matrix: np.ndarray) -> float:
    """Return the share of right answers in a confusion matrix."""
    return float(np.trace(matrix) / max(matrix.sum(), 1))


def best_C(found: dict[float, float]) -> float:
    """Return the C of the highest accuracy; of equals the smallest."""
    return max(found, key=lambda C: (found[C], -C))


def confused(matrix: np.ndarray, count: int = 3) -> Iterator[tuple[int, int, int]]:
    """Yield (truth, said, times) of the commonest mistakes, the commonest first."""
    wrong = matrix * (1 - np.eye(len(matrix), dtype=np.int64))
    for at in np.argsort(-wrong, axis=None, kind="stable")[:count]:
        truth, said = divmod(int(at), len(matrix))
        if wrong[truth, said]:
            yield truth, said, int(wrong[truth, said])
