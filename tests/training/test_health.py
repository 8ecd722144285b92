"""The rules on made-up looks: each at its edge, from both sides. And runs that really fail, small ones."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dcgan.config import Config, ObjectiveConfig, TicksConfig
from dcgan.data.pictures import Pictures
from dcgan.files import read_jsonl
from dcgan.models.recipes import resolve_model
from dcgan.training import draws, health, look
from dcgan.training.health import EARLY, FAR, LASTING, NAMES, Context, detect
from dcgan.training.loop import train
from dcgan.training.run import Run
from dcgan.training.watch import telling_margin
from tests.training import tiny

Row = dict[str, Any]
WELL = {"accuracy_real": 0.8, "accuracy_fake": 0.8, "margin": 1.0, "spread": 0.9, "crowding": 0.8, "distance": 0.05}


def looks(*rows: Row, before: int = 5, **shared: Any) -> list[Row]:
    """Looks at an untrained G, ``before`` good ones at the end of which EARLY begins, then these, 10 kimg apart."""
    found = [{**WELL, "distance": 1.0, "crowding": 0.1, "spread": 0.1}, *[WELL] * before, *rows]
    each = EARLY / (before + 1)
    return [
        {"nimg": 10_000 * i, "kimg": 10.0 * i, "rounds": round(each * i), **shared, **row}
        for i, row in enumerate(found)
    ]


def names(rows: list[Row], **context: Any) -> list[str]:
    return [trouble.name for trouble in detect(rows, Context(**context))]


def again(times: int = LASTING, **changes: Any) -> list[Row]:
    return [{**WELL, **changes}] * times


def test_a_healthy_run_has_no_trouble() -> None:
    rows = looks(*again(20))
    assert all(names(rows[:count]) == [] for count in range(1, len(rows) + 1))
    assert detect([], Context()) == []


# D has won ------------------------------------------------------------------------------------------------------------


def sure(told: float = 0.98, **changes: Any) -> Row:
    return {**WELL, "accuracy_real": told, "accuracy_fake": told, "margin": 14.0, **changes}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([sure()] * LASTING, True),
        ([sure()] * (LASTING - 1), False),
        ([sure(0.969)] * LASTING, False),
        ([sure(margin=1.9)] * LASTING, False),
        ([sure(margin=2.1)] * LASTING, True),
        ([*[sure()] * 2, WELL, *[sure()] * 2], False),
        ([sure(accuracy_fake=0.96)] * LASTING, False),
        ([sure(distance=0.3), sure(distance=0.044), sure(distance=0.3)], False),  # it gets nearer than 0.05
        ([sure(distance=0.3), sure(distance=0.046), sure(distance=0.3)], True),
        ([sure(0.75, distance=FAR + 0.01)] * LASTING, True),
        ([sure(0.75, distance=FAR - 0.01)] * LASTING, False),
        ([sure(0.69, distance=FAR + 0.01)] * LASTING, False),
    ],
)
def test_d_has_won(rows: list[Row], expected: bool) -> None:
    assert ("discriminator-won" in names(looks(*rows))) == expected


def test_what_margin_tells_depends_on_the_loss() -> None:
    rows = looks(*[sure(margin=1.5)] * LASTING)
    for loss, won in (("least-squares", True), ("hinge", False), ("relativistic", False), ("wasserstein", False)):
        margin = telling_margin(ObjectiveConfig(loss=loss))
        assert (names(rows, margin=margin) == ["discriminator-won"]) == won
    assert names(looks(*[sure(margin=1e3)] * LASTING), margin=telling_margin(ObjectiveConfig(loss="wasserstein"))) == []


def test_d_may_be_far_ahead_in_the_beginning() -> None:
    rows = looks(*[sure()] * LASTING)
    for row in rows:
        row["rounds"] -= EARLY // 3
    assert names(rows) == []


def test_what_is_said_of_a_d_that_has_won() -> None:
    (trouble,) = detect(looks(*[sure()] * 4), Context())
    assert trouble.since_nimg == 60_000
    assert trouble.sentence.startswith("D has won: since 60 kimg it tells 98.0% right with a margin of 14, and G's")
    assert "a smaller --optim-D.lr (x 0.5)" in trouble.sentence


# Collapse -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"crowding": 0.29}, True),
        ({"crowding": 0.31}, False),
        ({"spread": 0.34}, True),
        ({"spread": 0.36}, False),
        ({"crowding": 0.2, "distance": FAR + 0.1}, False),  # formless, as the untrained G's
        ({"crowding": 0.04, "distance": FAR + 0.1}, True),  # one picture
        ({"crowding": 0.06, "distance": FAR + 0.1}, False),
        ({"top_share": 0.61}, True),
        ({"top_share": 0.59}, False),
        ({"modes": 4}, True),
        ({"modes": 5}, False),
    ],
)
def test_collapse(changes: Row, expected: bool) -> None:
    known = {"top_share": 0.2, "modes": 10}
    assert ("collapse" in names(looks(*again(**changes)), **known)) == expected
    assert "collapse" not in names(looks(*again(LASTING - 1, **changes)), **known)
    if "top_share" in changes or "modes" in changes:
        assert names(looks(*again(**changes))) == []  # without labels nothing can be said


def test_of_a_collapse_neither_a_won_d_nor_a_decline_is_said() -> None:
    rows = [sure(crowding=0.01, distance=0.7)] * 5
    assert names(looks(*rows)) == ["collapse"]


def test_what_is_said_of_a_collapse() -> None:
    texts = {
        "crowding": "at 10% of the distance between real ones",
        "spread": "spread over 10% of the reals' spread",
        "top_share": "of few classes",
    }
    for name, text in texts.items():
        value = 0.9 if name == "top_share" else 0.1
        (trouble,) = detect(looks(*again(**{name: value})), Context(top_share=0.1, modes=10))
        assert text in trouble.sentence


# Nothing has formed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("distance", "expected"), [(0.68, True), (0.66, False)])
def test_nothing_has_formed(distance: float, expected: bool) -> None:
    far = {**WELL, "accuracy_real": 0.6, "accuracy_fake": 0.6, "distance": distance}
    rows = looks(*[far] * (5 + LASTING), before=0)
    for i, row in enumerate(rows):
        row["rounds"] = EARLY * i // 6
    assert names(rows) == (["nothing-formed"] if expected else [])
    assert names(rows[:-1]) == []
    if expected:
        (trouble,) = detect(rows, Context())
        assert "68% of the untrained one's distance" in trouble.sentence
        assert "--seed" in trouble.helps


def test_what_has_formed_once_is_not_nothing() -> None:
    rows = looks(*again(4, distance=0.9, accuracy_real=0.5))
    assert "nothing-formed" not in names(rows)


# Declining ------------------------------------------------------------------------------------------------------------


def quality(*values: float, name: str = "distance") -> list[Row]:
    return looks(*[{**WELL, "distance": 0.05, name: value} for value in values], before=0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1] * 6 + [0.21] * 3, True),
        ([0.1] * 6 + [0.19] * 3, False),  # not twice as far
        ([0.02] * 6 + [0.09] * 3, False),  # more than twice, but near all the same
        ([0.02] * 6 + [0.11] * 3, True),
        ([0.1] * 6 + [0.3], False),  # one bad look
        ([0.1] * 6 + [0.3] * 3 + [0.1] * 2, False),  # it has recovered
    ],
)
def test_declining(values: list[float], expected: bool) -> None:
    assert names(quality(*values)) == (["declining"] if expected else [])


def test_what_evaluators_found_counts_where_there_is_enough_of_it() -> None:
    falling = [*[10.0] * 6, *[25.0] * 3]
    assert names(quality(*falling, name="quality")) == ["declining"]
    few = quality(*falling, name="quality")
    for row in few[1:5]:
        del row["quality"]
    assert names(few) == []
    rising = quality(*[0.1] * 6, *[0.3] * 3)
    for row in rising[1:]:
        row["quality"] = 5.0
    assert names(rising) == []  # the distance from afar does not


def test_a_decline_is_told_from_its_best() -> None:
    (trouble,) = detect(quality(*[0.5] * 3, *[0.1] * 3, *[0.4] * 3), Context())
    assert trouble.since_nimg == 50_000
    assert "the distance to the real pictures was 0.1 at its best, at 50 kimg, and is 0.4 now" in trouble.sentence


# Memorising -----------------------------------------------------------------------------------------------------------


def held(share: float, **changes: float) -> Row:
    """A tenth is held back."""
    return {"near": 0.9, "held_share": share, "held_expected": 0.1, "held_error": 0.02, **changes}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (held(0.019), True),
        (held(0.021), False),
        (held(0.0, near=0.01, held_error=0.03), False),  # of so few held-back pictures it cannot be told
        (held(0.1, near=0.01), False),  # blurred: near to everything
        (held(0.0, distance=FAR + 0.01), False),  # formless: all may have one and the same neighbour
        ({"near": 0.34}, True),  # nothing is held back
        ({"near": 0.36}, False),
        ({}, False),
    ],
)
def test_memorising(changes: Row, expected: bool) -> None:
    assert ("memorising" in names(looks(*again(**changes)))) == expected
    assert "memorising" not in names(looks(*again(LASTING - 1, **changes)))


def test_of_pictures_learnt_by_heart_it_is_not_said_that_d_has_won() -> None:
    assert names(looks(*[sure(**held(0.0))] * 4)) == ["memorising"]


# All ------------------------------------------------------------------------------------------------------------------

FAILING = {
    "discriminator-won": [sure()] * 4,
    "collapse": again(4, crowding=0.1),
    "declining": again(6, distance=0.4),
    "memorising": again(4, **held(0.0)),
}
FLAGS = {
    "discriminator-won": "--optim-D.lr",
    "collapse": "--optim-G.lr",
    "declining": "--on-trouble rollback",
    "memorising": "--augment",
}
"""The flag to try first."""


@pytest.mark.parametrize("name", FAILING)
def test_each_is_told_apart(name: str) -> None:
    rows = looks(*FAILING[name])
    assert names(rows) == [name]
    (trouble,) = detect(rows, Context())
    assert FLAGS[name] in trouble.helps
    assert "\n" not in trouble.sentence
    assert name in NAMES


@pytest.mark.parametrize("name", [name for name in FAILING if name != "declining"])
def test_looks_before_a_way_back_do_not_count(name: str) -> None:
    rows = looks(*FAILING[name])
    assert names(rows, fresh=rows[-LASTING]["nimg"]) == []
    assert names(rows, fresh=rows[-LASTING - 1]["nimg"]) == [name]


def test_figures_that_are_missing_are_no_trouble() -> None:
    rows = looks(*again(4))
    for row in rows:
        for name in ("accuracy_real", "accuracy_fake", "margin"):
            row[name] = None
    assert names(rows) == []


# Runs that fail -------------------------------------------------------------------------------------------------------


def digits(count: int = 300) -> Pictures:
    """Some real digits, 16x16."""
    from sklearn.datasets import load_digits

    small = np.repeat(np.repeat(load_digits().images[:count] * 15.9, 2, 1), 2, 2).astype(np.uint8)[..., None]
    return Pictures(name="digits", pixels=small, labels=np.full(count, -1), classes=())


def config(steps: int, **changes: Any) -> Config:
    c = tiny.config("modern", steps=steps, channels=1, **changes)
    ticks = TicksConfig(log="1000steps", preview="1000steps", snapshot="1000steps", preview_n=4, health="30steps")
    return replace(c, width=0.15, batch=16, ema_kimg=0, ticks=ticks)


def said_in(folder: Path, *legs: Config) -> list[str]:
    """Train one after another, and return what was said of it, in its order."""
    pictures, run = digits(), Run(folder)
    for c in legs:
        train(c, resolve_model(c), pictures, run, data={"name": "digits", "pictures": 300})
    return [name for row in read_jsonl(run.health) for name in row.get("said", {})]


@pytest.fixture
def sooner(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Judge so small a run after fewer rounds."""
    return lambda rounds: monkeypatch.setattr(health, "EARLY", rounds)


def rates(c: Config, G: float, D: float) -> Config:
    return replace(c, optim_G=replace(c.optim_G, lr=G), optim_D=replace(c.optim_D, lr=D))


def test_a_run_that_fares_well(sooner: Any, tmp_path: Path) -> None:
    sooner(240)
    assert said_in(tmp_path, config(420)) == []


def test_a_run_without_noise_collapses(sooner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sooner(60)
    for module in (draws, look):
        monkeypatch.setattr(module, "draw_at", lambda prior, count, z_dim, address: torch.zeros(count, z_dim))
    assert said_in(tmp_path, config(180)) == ["collapse"]


def test_a_run_whose_g_cannot_follow_is_lost_to_d(sooner: Any, tmp_path: Path) -> None:
    sooner(60)
    assert said_in(tmp_path, rates(config(240), G=1e-7, D=4e-4)) == ["discriminator-won"]


def test_a_run_that_learns_nothing_forms_nothing(sooner: Any, tmp_path: Path) -> None:
    sooner(60)
    assert said_in(tmp_path, rates(config(180), G=1e-9, D=1e-9)) == ["nothing-formed"]


def test_a_run_whose_d_stands_still_declines(sooner: Any, tmp_path: Path) -> None:
    sooner(240)
    good = config(300)
    said = said_in(tmp_path, good, replace(rates(good, G=4e-4, D=1e-9), steps=600))
    assert said == ["declining"]
