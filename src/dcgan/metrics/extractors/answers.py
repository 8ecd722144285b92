"""What ``labels`` learns to answer: which class a picture is of, or which attributes it has."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dcgan.data.pictures import Pictures
from dcgan.errors import UserError

FEWEST = 10
NEAR_CHANCE = 0.55


class Answers(ABC):
    """The right answers to a set of pictures, and how a classifier is trained towards them and judged by them."""

    outputs: int
    """Logits that a classifier needs."""
    known: np.ndarray
    """int64: the rows of the pictures that have an answer."""
    values: np.ndarray
    """One row of answers a picture."""

    @abstractmethod
    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the mean loss of logits (n, outputs) float32 at targets as ``at`` gives them."""

    @abstractmethod
    def right(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the share of right answers."""

    @abstractmethod
    def groups(self, rows: np.ndarray) -> np.ndarray:
        """Return bool (rows, groups): which of the pictures belong together."""

    @abstractmethod
    def judge(self, logits: np.ndarray, rows: np.ndarray, trained: np.ndarray) -> dict[str, Any]:
        """Return plain facts on how good the logits (n, outputs) of pictures are that were held out.

        Args:
            logits: what the classifier says.
            rows: of which pictures.
            trained: the rows that it was trained on.
        """

    def at(self, rows: np.ndarray, device: torch.device) -> Tensor:
        """Return the answers of some pictures as a tensor on ``device``."""
        return torch.from_numpy(self.values[rows]).to(device)


@dataclass
class Classes(Answers):
    """One class a picture; -1 where it is not known."""

    values: np.ndarray
    """int64 (N,)."""
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        self.outputs, self.known = len(self.names), np.flatnonzero(self.values >= 0)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(logits, target)

    def right(self, logits: Tensor, target: Tensor) -> Tensor:
        return (logits.argmax(1) == target).float().mean()

    def groups(self, rows: np.ndarray) -> np.ndarray:
        return self.values[rows][:, None] == np.unique(self.values[rows])

    def judge(self, logits: np.ndarray, rows: np.ndarray, trained: np.ndarray) -> dict[str, Any]:
        """Accuracy, and the mean over the classes of the share that is recognised.

        For the second, a class's logit is compared after its logarithmic frequency is taken off (Menon and others,
        arXiv 2007.07314), so that rare classes are not passed over; chance is then one in the number of classes.
        """
        truth = self.values[rows]
        counts = np.bincount(self.values[trained], minlength=self.outputs)
        seen = np.unique(truth)
        fair = (logits - np.log(np.maximum(counts, 0.5)))[:, seen].argmax(1)
        recalls = np.array([(seen[fair[truth == c]] == c).mean() for c in seen])
        chance = 1 / len(seen)
        errors = [chance * (1 - chance) / (truth == c).sum() for c in seen]
        return {
            "accuracy": round(float((logits.argmax(1) == truth).mean()), 5),
            "chance": round(float((truth == counts.argmax()).mean()), 5),
            "balanced_accuracy": round(float(recalls.mean()), 5),
            "balanced_chance": round(chance, 5),
            "chance_error": round(float(np.sqrt(np.sum(errors)) / len(seen)), 5),
            "held_out": len(rows),
        }


@dataclass
class Attributes(Answers):
    """Several yes-or-no answers a picture: 1, 0, or -1 where it is not known."""

    values: np.ndarray
    """int8 (N, attributes)."""
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        self.outputs, self.known = len(self.names), np.flatnonzero((self.values >= 0).any(1))

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        known = target >= 0
        each = F.binary_cross_entropy_with_logits(logits, target.clamp(min=0).float(), reduction="none")
        return (each * known).sum() / known.sum().clamp(min=1)

    def right(self, logits: Tensor, target: Tensor) -> Tensor:
        known = target >= 0
        return (((logits > 0) == (target > 0)) & known).sum() / known.sum().clamp(min=1)

    def groups(self, rows: np.ndarray) -> np.ndarray:
        return self.values[rows] == 1

    def judge(self, logits: np.ndarray, rows: np.ndarray, trained: np.ndarray) -> dict[str, Any]:
        """Balanced accuracy of every attribute, (share of yes recognised + share of no recognised) / 2, and their mean.

        An answer is yes where its probability is above the share of yes in training, which is where balanced accuracy
        is highest. Attributes of which the held-out pictures have only one kind are not measured.
        """
        truth, known = self.values[rows], self.values[trained]
        yes, no = (known == 1).sum(0), (known == 0).sum(0)
        said = logits > np.log(np.maximum(yes, 0.5)) - np.log(np.maximum(no, 0.5))
        each, errors = {}, []
        for i, name in enumerate(self.names):
            is_yes, is_no = truth[:, i] == 1, truth[:, i] == 0
            if is_yes.any() and is_no.any():
                each[name] = round(float(said[is_yes, i].mean() + (~said)[is_no, i].mean()) / 2, 4)
                errors.append((0.25 / is_yes.sum() + 0.25 / is_no.sum()) / 4)
        if not each:
            raise UserError("no attribute has both a yes and a no among the pictures held out to test on")
        mean = round(float(np.mean(list(each.values()))), 5)
        return {
            "accuracy": mean,
            "chance": 0.5,
            "balanced_accuracy": mean,
            "balanced_chance": 0.5,
            "chance_error": round(float(np.sqrt(np.mean(errors))), 5),
            "held_out": len(rows),
            "attributes": each,
            "near_chance": [name for name, value in each.items() if value < NEAR_CHANCE],
            "not_measured": [name for name in self.names if name not in each],
        }


def answers_of(pictures: Pictures, other: str = "give labels with --labels, or take frechet:random") -> Answers:
    """Return what can be asked of these pictures: their classes, or else their attributes.

    Args:
        pictures: with labels.
        other: what to do where there are none, which ends the sentence of an error.

    Raises:
        UserError: they have neither, or nothing that could be told apart.
    """
    if len(np.unique(pictures.labels[pictures.labels >= 0])) >= 2:
        answers: Answers = Classes(pictures.labels, pictures.classes)
    elif pictures.values is not None and pictures.attributes:
        answers = Attributes(pictures.values, pictures.attributes)
    elif pictures.classes:
        raise UserError(f"all labelled pictures of {pictures.name} are of one class, so nothing can be learnt: {other}")
    else:
        raise UserError(f"{pictures.name} has no labels to learn from: {other}")
    if len(answers.known) < FEWEST:
        raise UserError(
            f"only {len(answers.known)} pictures of {pictures.name} have labels, too few to learn from (at least "
            f"{FEWEST} are needed): {other}"
        )
    return answers


def digest_of(pictures: Pictures, answers: Answers) -> str:
    """Return what changes with any picture and with any of its answers."""
    found = hashlib.blake2b(digest_size=16)
    if pictures.digest:
        found.update(pictures.digest.encode())
    else:  # pictures that nobody prepared
        for start in range(0, len(pictures), 1024):
            found.update(np.ascontiguousarray(pictures.pixels[start : start + 1024]).tobytes())
    found.update(repr((pictures.pixels.shape, pictures.classes, pictures.attributes)).encode())
    found.update(np.ascontiguousarray(answers.values).tobytes())
    return found.hexdigest()
