"""Training the classifier of ``labels`` and finding out how good it is."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dcgan.data.heldback import split
from dcgan.metrics.extractors.answers import Answers
from dcgan.metrics.extractors.classifier import Classifier, build, reading_side
from dcgan.metrics.extractors.reading import area_means, batches_of, premultiplied
from dcgan.models.precision import has_bf16, plain_float32
from dcgan.rng import key

Progress = Callable[[int, int], None]
SEED = 0
HELD_OUT, MOST_HELD_OUT = 0.1, 10_000
SAMPLE = 5_000  # pictures that the mean, the variance and the symmetry are taken from


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the classifier is trained; every field is part of its key."""

    batch: int = 128
    cycles: tuple[int, ...] = (900, 2100)
    """Updates of each cycle; in each the rate rises and falls to nothing."""
    epochs: float = 30
    """A cycle is at most so many passes over the pictures, and at least as many updates as ``least``."""
    least: int = 100
    enough: float = 0.985
    """Share of right answers in the last quarter of a cycle after which no further cycle follows."""
    lr: float = 0.2
    momentum: float = 0.9
    weight_decay: float = 5e-4
    shift: float = 0.06
    """Pictures are moved by up to this share of each side."""
    symmetric: float = 0.1
    """Pictures are also mirrored where ``asymmetry`` is below this."""


@dataclass(frozen=True)
class Learnt:
    """A trained classifier and plain facts about it."""

    net: Classifier
    facts: dict[str, Any]


def learn(pixels: np.ndarray, answers: Answers, schedule: Schedule, device: torch.device, progress: Progress) -> Learnt:
    """Train a classifier on nine tenths of the labelled pictures and test it on the rest, which it never sees.

    Args:
        pixels: uint8 (N, H, W, C), memory-mapped or not.
        answers: what each picture is.
        schedule: how to train.
        device: where.
        progress: called with (updates made, updates at most).
    """
    start = time.monotonic()
    rows = answers.known
    train, test = divided(rows)
    generator = torch.Generator().manual_seed(key(SEED, "init of the labels' classifier"))
    net = build(pixels.shape[1:], answers.outputs, generator)
    sample = train[:: max(1, len(train) // SAMPLE)][:SAMPLE]
    _set_scale(net, pixels, sample)
    mirror = asymmetry(_small(pixels, sample), answers.groups(sample)) < schedule.symmetric
    net.to(device)
    updates = _train(net, pixels, train, answers, schedule, mirror, progress)
    net.eval().requires_grad_(False)
    tested = answers.judge(_logits(net, pixels, test), test, train)
    facts = {"trained_on": len(train), "updates": updates, "mirrored": bool(mirror)}
    return Learnt(net, tested | facts | {"seconds": round(time.monotonic() - start, 1)})


def divided(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Divide the rows of labelled pictures into those that are learnt from and those that are held out to test on."""
    train, test = split(len(rows), min(HELD_OUT, MOST_HELD_OUT / len(rows)))
    return rows[train], rows[test]


# Before training ----------------------------------------------------------------------------------------------------


def asymmetry(pictures: np.ndarray, groups: np.ndarray) -> float:
    """Return which share of what tells the groups apart, in their mean pictures, is not mirror-symmetric.

    Where classes look the same in the mirror (faces, animals) this is near 0; for digits it is a quarter and more;
    where groups are too small for their means to say anything, it is a half.

    Args:
        pictures: float (N, C, H, W).
        groups: bool (N, groups).
    """
    mean, odd, even = pictures.mean(0), 0.0, 0.0
    for group in groups.T:
        if group.any():
            difference = pictures[group].mean(0) - mean
            mirrored = difference[..., ::-1]
            odd += group.sum() * float(((difference - mirrored) ** 2).sum())
            even += group.sum() * float(((difference + mirrored) ** 2).sum())
    return odd / (odd + even) if odd + even > 0 else 0.5


def _small(pixels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    side = reading_side(*pixels.shape[1:3])
    parts = (area_means(premultiplied(part), *side) for part in batches_of(pixels, torch.device("cpu"), rows=rows))
    return torch.cat(list(parts)).numpy()


def _set_scale(net: Classifier, pixels: np.ndarray, rows: np.ndarray) -> None:
    sample = torch.from_numpy(_small(pixels, rows))
    net.mean.copy_(sample.mean((0, 2, 3))[:, None, None])
    net.std.copy_(sample.std((0, 2, 3), correction=0).clamp(min=0.01)[:, None, None])


# Training -----------------------------------------------------------------------------------------------------------


def _train(
    net: Classifier,
    pixels: np.ndarray,
    rows: np.ndarray,
    answers: Answers,
    schedule: Schedule,
    mirror: bool,
    progress: Progress,
) -> int:
    """Train ``net`` in place and return the updates it took."""
    device = net.mean.device
    lr, momentum, decay = schedule.lr, schedule.momentum, schedule.weight_decay
    optimiser = torch.optim.SGD(net.parameters(), lr, momentum, weight_decay=decay, nesterov=True)
    batch = min(schedule.batch, len(rows))
    cycles = [max(min(n, round(schedule.epochs * len(rows) / batch)), schedule.least) for n in schedule.cycles]
    order, done = _batches(rows, batch), 0
    for updates in cycles:
        right = torch.zeros((), device=device)
        for i in range(updates):
            for group in optimiser.param_groups:
                group["lr"] = schedule.lr * one_cycle(i, updates)
            chosen = next(order)
            pictures = torch.from_numpy(pixels[chosen]).to(device).permute(0, 3, 1, 2)
            x = _varied(net.prepared(pictures), schedule.shift, mirror, done)
            accuracy = _update(net, optimiser, x, answers.at(chosen, device), answers)
            right += accuracy if i >= updates - updates // 4 else 0
            done += 1
            progress(done, sum(cycles))
        if right / (updates // 4) >= schedule.enough:
            break
    return done


def one_cycle(i: int, updates: int) -> float:
    """Return the rate at update i of a cycle, in (0, 1]: up for a seventh of it, then down. Source: Smith and Topin,
    arXiv 1708.07120."""
    peak = max(updates // 7, 1)
    return (i + 1) / peak if i < peak else (updates - i) / (updates - peak + 1)


def _batches(rows: np.ndarray, batch: int) -> Iterator[np.ndarray]:
    """Yield batches of rows for ever; every pass is a new permutation, whose last rows wait for another one."""
    epoch = 0
    while True:
        generator = torch.Generator().manual_seed(key(SEED, "order of the labels' classifier", epoch))
        order = rows[torch.randperm(len(rows), generator=generator).numpy()]
        for start in range(0, len(rows) - batch + 1, batch):
            yield np.sort(order[start : start + batch])  # sorted: kinder to a disk
        epoch += 1


def _varied(x: Tensor, shift: float, mirror: bool, update: int) -> Tensor:
    """Move every picture (N, C, H, W) by a few pixels, its edges repeated, and mirror half of them if ``mirror``."""
    generator = torch.Generator().manual_seed(key(SEED, "shifts of the labels' classifier", update))
    count, _, height, width = x.shape
    down, across = round(shift * height), round(shift * width)
    tops = torch.randint(2 * down + 1, (count,), generator=generator).to(x.device)
    lefts = torch.randint(2 * across + 1, (count,), generator=generator).to(x.device)
    turned = (torch.rand(count, generator=generator) < 0.5 * mirror).to(x.device)
    windows = F.pad(x, (across, across, down, down), mode="replicate").unfold(2, height, 1).unfold(3, width, 1)
    x = windows[torch.arange(count, device=x.device), :, tops, lefts]
    return torch.where(turned[:, None, None, None], x.flip(3), x).contiguous(memory_format=torch.channels_last)


def _update(net: Classifier, optimiser: torch.optim.Optimizer, x: Tensor, target: Tensor, answers: Answers) -> Tensor:
    with torch.autocast(x.device.type, torch.bfloat16, enabled=has_bf16(x.device)):
        logits = net(x)
    loss = answers.loss(logits.float(), target)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return answers.right(logits.detach(), target)


def _logits(net: Classifier, pixels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    parts = []
    for part in batches_of(pixels, net.mean.device, rows=rows):
        with plain_float32(part.device):
            parts.append(net(net.prepared(part)).cpu().numpy())
    return np.concatenate(parts)
