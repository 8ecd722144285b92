"""The extractor ``labels``: a small classifier, trained once on the labelled pictures themselves and kept.

A Fréchet distance needs features that tell apart what people tell apart. Where the pictures have labels, what tells the
labels apart is such: the activations before the last layer of a network that has learnt them. It knows the very
pictures, runs on a laptop, and says how good it is: its accuracy on pictures that it never saw is among its facts. Its
figures compare models on one data set; they compare with nobody's Inception figures.
"""

import hashlib
import json
import math
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from dcgan.data.pictures import Pictures
from dcgan.errors import UserError
from dcgan.files import replacing_dir, write_json
from dcgan.locks import held
from dcgan.metrics.extractors import learning
from dcgan.metrics.extractors.answers import Answers, Classes, answers_of, digest_of
from dcgan.metrics.extractors.classifier import DIM, MOST, Classifier, channels_last
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.learning import Learnt, Progress, Schedule
from dcgan.metrics.extractors.reading import fitting, reader
from dcgan.models.digest import weights_digest
from dcgan.models.tensors import save_file

VERSION = 1  # raised when a change of this package would change what is learnt
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError)
LEARNT_SHARE, LEARNT_ERRORS = 0.25, 3.0


def open_labels(
    pictures: Pictures, *, cache: Path, device: torch.device, progress: Progress, schedule: Schedule | None = None
) -> Extractor:
    """Return the extractor that has learnt the labels of ``pictures``, from the cache or trained now.

    Where there are classes it reads their probabilities too; where there are only attributes, the probability of yes
    for each.

    Args:
        pictures: with classes or attributes.
        cache: the folder below which it is kept; two processes do not train it twice.
        device: where it is trained and reads.
        progress: called with (updates made, updates at most) while it is trained.
        schedule: how to train, by default ``Schedule()``.

    Raises:
        UserError: there are no labels, or nothing to tell apart, or the cache cannot be written.
    """
    answers, schedule = answers_of(pictures), schedule or Schedule()
    folder = _place(pictures, answers, schedule, cache)
    found = _find_or_make(folder, pictures, answers, schedule, device, progress)
    return _extractor(found, folder, pictures, answers, device)


def find_labels(
    pictures: Pictures, *, cache: Path, device: torch.device, schedule: Schedule | None = None
) -> Extractor | None:
    """Return what ``open_labels`` would where it has been trained already; else None.

    Raises:
        UserError: there are no labels, or nothing to tell apart.
    """
    answers = answers_of(pictures)
    folder = _place(pictures, answers, schedule or Schedule(), cache)
    found = _load_or_none(folder, pictures.pixels.shape[1:], answers)
    return None if found is None else _extractor(found, folder, pictures, answers, device)


def can_be_learnt(facts: dict[str, Any]) -> bool:
    """Tell from the facts of a ``labels`` extractor whether its accuracy is clearly above chance.

    The rule: on pictures that it never saw, balanced accuracy (the mean over the classes of the share recognised; for
    attributes the mean of both kinds) covers at least a quarter of the way from chance to 1, and stands more than three
    standard errors of guessing above chance.
    """
    chance, error = facts["balanced_chance"], facts["chance_error"]
    above = facts["balanced_accuracy"] - chance
    return bool(above >= LEARNT_SHARE * (1 - chance) and above > LEARNT_ERRORS * error)


# The cache ----------------------------------------------------------------------------------------------------------


def _place(pictures: Pictures, answers: Answers, schedule: Schedule, cache: Path) -> Path:
    """Return the folder of what is learnt from these pictures in this way."""
    settings = {"version": VERSION, "dim": DIM, "most": MOST, "seed": learning.SEED, **asdict(schedule)}
    settings |= {"held_out": (learning.HELD_OUT, learning.MOST_HELD_OUT), "data": digest_of(pictures, answers)}
    return cache / f"labels-{_digest(json.dumps(settings, sort_keys=True).encode())}"


def _find_or_make(
    folder: Path, pictures: Pictures, answers: Answers, schedule: Schedule, device: torch.device, progress: Progress
) -> Learnt:
    shape = pictures.pixels.shape[1:]
    found = _load_or_none(folder, shape, answers)
    if found is not None:
        return found
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with held(folder.with_name(f".{folder.name}.lock")):
            found = _load_or_none(folder, shape, answers)  # another process may have trained it meanwhile
            if found is None:
                _sweep(folder)
                _save(folder, learning.learn(pictures.pixels, answers, schedule, device, progress))
                found = _load(folder, shape, answers)  # what is read now is what is read ever after
    except OSError as error:
        raise UserError(
            f"the extractor labels cannot be kept in {folder.parent} ({error}): give another folder with --cache"
        ) from error
    return found


def _save(folder: Path, learnt: Learnt) -> None:
    tensors = {name: value.detach().cpu().contiguous() for name, value in learnt.net.state_dict().items()}
    with replacing_dir(folder) as temporary:
        weights = temporary / "model.safetensors"
        save_file(tensors, weights, metadata={"format": "pt"})
        write_json(temporary / "facts.json", {"weights": _digest(weights.read_bytes()), "facts": learnt.facts})


def _load(folder: Path, shape: tuple[int, ...], answers: Answers) -> Learnt:
    """Read a classifier. Any error means that there is none, or that it is damaged."""
    kept = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    data = (folder / "model.safetensors").read_bytes()
    if _digest(data) != kept["weights"]:
        raise ValueError(f"{folder} is damaged")
    facts = dict(kept["facts"])
    can_be_learnt(facts)  # which reads them
    with torch.device("meta"):
        net = Classifier(shape[0], shape[1], shape[2], answers.outputs)
    net.load_state_dict(load(data), assign=True)
    return Learnt(channels_last(net.eval().requires_grad_(False)), facts)


def _load_or_none(folder: Path, shape: tuple[int, ...], answers: Answers) -> Learnt | None:
    with suppress(*DAMAGE):
        return _load(folder, shape, answers)
    return None


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left of their writing: the lock is ours."""
    for left in folder.parent.glob(f".{folder.name}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


# The extractor ------------------------------------------------------------------------------------------------------


def _extractor(learnt: Learnt, folder: Path, pictures: Pictures, answers: Answers, device: torch.device) -> Extractor:
    net, shape = learnt.net.to(device), pictures.pixels.shape[1:]
    named = isinstance(answers, Classes)

    def network(pixels: Tensor) -> tuple[Tensor, Tensor]:
        features = net.features(net.prepared(fitting(pixels, shape, "labels")))
        logits = net.head(features)
        return features, logits.softmax(1) if named else logits.sigmoid()

    return Extractor(
        name="labels",
        key=f"{folder.name}-{weights_digest(net)}",
        dim=DIM,
        read=reader(network, device, name="labels", answers=not named),
        classes=pictures.classes if named else (),
        attributes=() if named else pictures.attributes,
        facts={"what": _what(learnt.facts, pictures, answers)} | learnt.facts,
    )


def _what(facts: dict[str, Any], pictures: Pictures, answers: Answers) -> str:
    trained = f"a small network trained on {facts['trained_on']:,} labelled pictures of {pictures.name}"
    tested = f"of {facts['held_out']:,} pictures that it never saw"
    if isinstance(answers, Classes):
        guessing = f"the most frequent class alone: {facts['chance']:.1%}"
        return f"{trained}; it names the class {tested} in {_percent(facts['accuracy'])} ({guessing})"
    near = f", {len(facts['near_chance'])} of them near chance" if facts["near_chance"] else ""
    accuracy = f"mean balanced accuracy of {len(facts['attributes'])} attributes {_percent(facts['accuracy'])}"
    return f"{trained}; {accuracy} {tested}{near} (chance: 50%)"


def _percent(share: float) -> str:
    """Return a share in percent, with as many digits as its distance from 100% needs."""
    digits = 1 if share >= 1 or share < 0.9 else min(3, 1 + math.ceil(-math.log10(1 - share) - 1))
    return f"{share:.{digits}%}"
