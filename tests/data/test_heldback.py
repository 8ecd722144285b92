"""Pictures that training never sees: which, and that a feed without them is that of the others alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dcgan.cli.launch import describe, trained_on
from dcgan.config import Config
from dcgan.data.feed import Stored, feed_of
from dcgan.data.heldback import kept_rows, split
from dcgan.data.pictures import Pictures
from dcgan.data.ready import Ahead, Resident, behind
from dcgan.errors import ConfigError


def some(count: int = 40) -> Pictures:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 4, 6, 3), np.uint8)
    return Pictures(name="noise", pixels=pixels, labels=np.full(count, -1), classes=())


@pytest.mark.parametrize(
    ("count", "share", "held"), [(40, 0.25, 10), (40, 0.001, 1), (3, 0.5, 1), (1, 0.5, 0), (40, 0, 0)]
)
def test_every_picture_is_on_one_side(count: int, share: float, held: int) -> None:
    kept, back = split(count, share)
    assert len(back) == held
    assert sorted([*kept, *back]) == list(range(count))
    assert (np.diff(kept) > 0).all()
    assert (np.diff(back) > 0).all()
    assert kept_rows(count, 0) is None


def test_the_same_are_held_back_whatever_the_seed_and_more_of_them_include_fewer() -> None:
    config = Config(size="64", hold_back=0.2, batch=4)
    feeds = [feed_of(some(), replace(config, seed=seed)) for seed in (0, 1)]
    assert isinstance(feeds[0], Stored)
    assert isinstance(feeds[1], Stored)
    assert np.array_equal(feeds[0].rows, feeds[1].rows)  # type: ignore[arg-type]
    assert set(split(40, 0.1)[1]) < set(split(40, 0.3)[1])


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rank", [0, 1])
def test_a_feed_is_that_of_the_kept_pictures_alone(mirrored: bool, rank: int) -> None:
    pictures, rows = some(), split(40, 0.25)[0]
    alone = replace(pictures, pixels=pictures.pixels[rows])
    settings = {"batch": 8, "seed": 3, "mirrored": mirrored, "rank": rank, "world": 2}
    part, whole = Stored(pictures=pictures, rows=rows, **settings), Stored(pictures=alone, **settings)
    cpu = torch.device("cpu")
    feeds = [part, Resident(part, cpu), Ahead(part, cpu)]
    for feed in feeds:
        assert len(feed) == 30
        for nimg in (0, 8, 24, 32, 56, 64):
            assert torch.equal(feed.batch_at(nimg), whole.batch_at(nimg))
        assert np.array_equal(feed.some(7), whole.some(7))
        assert behind(feed) is part


def test_held_back_pictures_are_never_shown() -> None:
    pictures, (_, back) = some(), split(40, 0.5)
    feed = feed_of(pictures, Config(size="64", hold_back=0.5, batch=10))
    shown = torch.cat([feed.batch_at(nimg) for nimg in range(0, 200, 10)]).numpy()
    held = {pictures.pixels[row].tobytes() for row in back}
    assert not held & {picture.tobytes() for picture in shown}
    assert len({picture.tobytes() for picture in shown}) == 20


def test_a_run_counts_what_it_is_trained_on() -> None:
    config = Config(size="64", hold_back=0.25)
    assert trained_on(config, some()) == 30
    about = describe(config, some(), "noise")
    assert (about["pictures"], about["held_back"]) == (30, 10)
    about = describe(replace(config, hold_back=0.0), some(), "noise")
    assert (about["pictures"], about["held_back"]) == (40, 0)


def test_a_share_that_is_none_and_streams_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"--hold-back is a share in \[0, 0.5\]"):
        Config(hold_back=0.6)
    with pytest.raises(ConfigError, match="with --stream --hold-back is 0"):
        Config(hold_back=0.1, stream=True)
