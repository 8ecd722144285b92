"""A network of D's shape that is told what the pictures are: what D's features are measured against.

Source of the comparison: Radford and others, arXiv 1511.06434, section 5.2, "a purely supervised CNN with the same
architecture". They choose its settings among 64 random ones; here they are fixed, chosen on 1,000 MNIST digits.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcgan.config import ModelConfig
from dcgan.data.order import permutation
from dcgan.data.parts import parts_of
from dcgan.errors import DataError
from dcgan.images import to_unit
from dcgan.models.discriminator import Discriminator
from dcgan.models.init import initialise
from dcgan.models.layers import Block
from dcgan.models.precision import has_bf16, plain_float32
from dcgan.rng import key

Progress = Callable[[int, int], None]
BATCH, SMALLEST, PER_PASS = 128, 16, 20
"""Pictures a batch: 128, or fewer where a pass would have less than 20 updates, but at least 16."""
UPDATES, LEAST_PASSES, MOST_PASSES = 1_500, 10, 30
RATE, DECAY, RISE = 3e-3, 0.05, 0.15
"""AdamW: the highest rate, the weight decay, and the share of the updates in which the rate rises."""
SHIFT = 0.08
"""Two pixels of 28."""
READ = 256  # pictures that are read at a time


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """A trained network and how good it was after every pass."""

    net: Discriminator
    """Its last layer has a logit a class, so it returns (N * classes,)."""
    classes: int
    validation: tuple[float, ...]
    """Share of right answers on the validation rows after every pass, in [0, 1]; empty where there were none."""
    kept: int
    """Which pass the weights are of, from 0."""

    def predict(self, pixels: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the class of every picture, int64 (n,) in [0, classes).

        Args:
            pixels: uint8 (N, H, W, C), memory-mapped or not, of the shape that it was trained on.
            rows: int64 (n,), which of them; None: all.
        """
        return _predict(self.net, self.classes, pixels, np.arange(len(pixels)) if rows is None else np.asarray(rows))


def train(
    model: ModelConfig,
    pixels: np.ndarray,
    labels: np.ndarray,
    rows: np.ndarray,
    *,
    classes: int,
    device: torch.device,
    passes: int | None = None,
    seed: int = 0,
    mirror: bool = False,
    shift: float = SHIFT,
    validation_rows: np.ndarray | None = None,
    progress: Progress = lambda done, total: None,
) -> Supervised:
    """Train D's layers, with a logit a class in place of the one, by cross-entropy, and keep the best pass.

    The layers are those of the row: its widths, normalisation, activations and dropout; every picture is judged alone,
    whatever the row's ``pack``. AdamW (Loshchilov and Hutter, arXiv 1711.05101), a rate that rises for a while and
    falls along a cosine to nothing. On a device that computes in bfloat16 it trains in it; it answers in float32.

    Args:
        model: the architecture, of the pictures' height, width and channels.
        pixels: uint8 (N, H, W, C), memory-mapped or not, read a batch at a time.
        labels: int (N,), in [0, classes) wherever ``rows`` or ``validation_rows`` say.
        rows: int64, what is learnt from; at least two.
        classes: how many, at least two.
        device: where.
        passes: over the rows; None: see ``passes_of``.
        seed: decides the first weights, the order, the dropout and the mirroring: on the same device the same seed
            gives the same network.
        mirror: whether every second picture is mirrored, at random. Wrong for digits, good for objects.
        shift: pictures are moved by up to this share of each side, at random, their edges repeated; 0 is off.
        validation_rows: int64, what the best pass is chosen by (of equals the last); None or empty: the last is kept.
        progress: called with (updates made, updates).

    Raises:
        DataError: there are fewer than two rows, or a label outside [0, classes).
    """
    rows = np.asarray(rows)
    apart = rows[:0] if validation_rows is None else np.asarray(validation_rows)
    _check(labels, rows, apart, classes)
    batch = batch_of(len(rows))
    each = len(rows) // batch
    passes = passes_of(each) if passes is None else passes
    validation: list[float] = []
    best: dict[str, Tensor] = {}
    kept = passes - 1
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        learner = _Learner(widened(model, classes, seed), classes, passes * each, seed, device)
        for number in range(passes):
            for chosen in _batches(rows, batch, seed, number):
                x = varied(pixels[chosen], shift, mirror, key(seed, "shifts of the supervised network", learner.done))
                learner.update(x, labels[chosen])
                progress(learner.done, learner.updates)
            if len(apart):
                validation.append(float((_predict(learner.net, classes, pixels, apart) == labels[apart]).mean()))
                if validation[-1] == max(validation):
                    kept, best = number, _copied(learner.net)
    if best:
        learner.net.load_state_dict(best)
    net = learner.net.eval().requires_grad_(False)
    return Supervised(net=net, classes=classes, validation=tuple(validation), kept=kept)


def batch_of(rows: int) -> int:
    """Return how many pictures a batch has where so many are learnt from."""
    return min(rows, max(SMALLEST, min(BATCH, rows // PER_PASS)))


def passes_of(each: int) -> int:
    """Return how many passes of so many updates are made: about UPDATES updates in all, but at most MOST_PASSES passes
    and at least LEAST_PASSES."""
    return max(LEAST_PASSES, min(MOST_PASSES, UPDATES // each))


def one_cycle(i: int, updates: int) -> float:
    """Return the share of the highest rate at update i, in (0, 1]: up in a line, then down along a cosine.

    Sources: Smith and Topin, arXiv 1708.07120; Loshchilov and Hutter, arXiv 1608.03983.
    """
    rise = max(round(RISE * updates), 1)
    return (i + 1) / rise if i < rise else (1 + math.cos(math.pi * (i + 1 - rise) / (updates + 1 - rise))) / 2


def widened(model: ModelConfig, classes: int, seed: int) -> Discriminator:
    """Return a new D of the row's layers that judges single pictures and has ``classes`` logits, (N * classes,)."""
    net = Discriminator(replace(model, pack=1), seed)
    head, last = net.layers[-1], net.layers[-2]
    assert isinstance(head, Block)
    assert isinstance(last, Block)
    inputs = head.op.in_features if isinstance(head.op, nn.Linear) else head.op.in_channels
    assert isinstance(inputs, int)
    net.layers[-1] = Block(replace(head.row, width=classes), inputs, last.out_side, model.style)
    initialise(net, model.style, seed, "init of the supervised network")
    return net


def _check(labels: np.ndarray, rows: np.ndarray, apart: np.ndarray, classes: int) -> None:
    if len(rows) < 2:
        raise DataError(f"a supervised network learns from at least two labelled pictures, and there are {len(rows)}")
    used = np.concatenate([labels[rows], labels[apart]])
    if used.min() < 0 or used.max() >= classes:
        raise DataError(f"labels are in 0 to {classes - 1}, and these are in {used.min()} to {used.max()}")


# Learning -----------------------------------------------------------------------------------------------------------


class _Learner:
    """A network and its optimiser, and how many updates they have made of how many."""

    def __init__(self, net: Discriminator, classes: int, updates: int, seed: int, device: torch.device) -> None:
        self.net = net.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
        self.classes, self.updates, self.done = classes, updates, 0
        self.seed, self.device = seed, device

    def update(self, pixels: np.ndarray, labels: np.ndarray) -> None:
        """Learn from a batch, uint8 (n, H, W, C), and its classes, int (n,)."""
        x = to_unit(torch.from_numpy(pixels).to(self.device))
        target = torch.from_numpy(labels.astype(np.int64)).to(self.device)
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * one_cycle(self.done, self.updates)
        torch.manual_seed(key(self.seed, "dropout of the supervised network", self.done))
        self.net.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_bf16(self.device)):
            logits = self.net(x)
        loss = F.cross_entropy(logits.view(-1, self.classes), target)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.done += 1


def _batches(rows: np.ndarray, batch: int, seed: int, number: int) -> Iterator[np.ndarray]:
    """Yield one pass's batches, all of one size; the last rows wait for another pass, which has another order."""
    order = rows[permutation(len(rows), seed, "order of the supervised network", number)]
    for start in range(0, len(rows) - batch + 1, batch):
        yield np.sort(order[start : start + batch])  # sorted: kinder to a disk


def varied(pixels: np.ndarray, shift: float, mirror: bool, seed: int) -> np.ndarray:
    """Move every picture by up to ``shift`` of each side, its edges repeated, and mirror half of them if ``mirror``.

    Args:
        pixels: uint8 (n, H, W, C).
        shift: in [0, 0.5].
        mirror: whether to.
        seed: decides which are moved where.

    Returns:
        uint8 (n, H, W, C).
    """
    rng = np.random.default_rng(seed)
    count, height, width, _ = pixels.shape
    down, across = round(shift * height), round(shift * width)
    rows = np.arange(height) + rng.integers(-down, down + 1, (count, 1))
    columns = np.arange(width) + rng.integers(-across, across + 1, (count, 1))
    turned = np.less(rng.random(count), 0.5 * mirror)
    columns = np.where(turned[:, None], columns[:, ::-1], columns)
    rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    return pixels[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]


def _copied(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def _predict(net: Discriminator, classes: int, pixels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    device = next(net.parameters()).device
    said = [np.empty(0, np.int64)]
    net.eval()
    for part in parts_of(pixels, rows, READ):
        with plain_float32(device):
            logits = net(to_unit(torch.from_numpy(part).to(device)))
            said.append(logits.view(-1, classes).argmax(1).cpu().numpy())
    return np.concatenate(said)
