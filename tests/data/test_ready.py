"""Pictures kept on a device, or read ahead of time: the same batches as from the disk."""

import numpy as np
import pytest
import torch

from dcgan.data.feed import Stored
from dcgan.data.pictures import Pictures
from dcgan.data.ready import Ahead, Resident, ready

CPU = torch.device("cpu")


@pytest.fixture
def pictures() -> Pictures:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 4, 6, 3), np.uint8)
    return Pictures(name="noise", pixels=pixels, labels=np.full(30, -1), classes=())


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rank", [0, 1])
def test_the_same_batches(pictures: Pictures, mirrored: bool, rank: int) -> None:
    stored = Stored(pictures=pictures, batch=8, seed=1, mirrored=mirrored, rank=rank, world=2)
    feeds = [Resident(stored, CPU), Ahead(stored, CPU)]
    for nimg in (0, 8, 16, 24, 32, 16, 64, 72):  # in order, back as after a resume, and on
        for feed in feeds:
            found = feed.batch_at(nimg)
            assert found.dtype == torch.uint8
            assert found.shape == (4, 4, 6, 3)
            assert torch.equal(found, stored.batch_at(nimg))
    for feed in feeds:
        assert len(feed) == 30
        assert np.array_equal(feed.some(5), stored.some(5))


def test_several_processes_see_the_whole_batch(pictures: Pictures) -> None:
    whole = Stored(pictures=pictures, batch=12, seed=1, mirrored=True)
    parts = [Stored(pictures=pictures, batch=12, seed=1, mirrored=True, rank=rank, world=3) for rank in range(3)]
    for nimg in (0, 12, 24, 36):
        assert torch.equal(torch.cat([part.batch_at(nimg) for part in parts]), whole.batch_at(nimg))


def test_the_next_batch_is_read_ahead(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    batch_at = Stored.batch_at

    def noted(self: Stored, nimg: int) -> torch.Tensor:
        asked.append(nimg)
        return batch_at(self, nimg)

    monkeypatch.setattr(Stored, "batch_at", noted)
    ahead = Ahead(Stored(pictures=pictures, batch=4, seed=0), CPU)
    for nimg in (0, 4, 8):
        ahead.batch_at(nimg)
    ahead._thread.shutdown(wait=True)
    assert asked == [0, 4, 8, 12]


def test_a_cpu_needs_nothing(pictures: Pictures) -> None:
    stored = Stored(pictures=pictures, batch=4, seed=0)
    assert ready(stored, CPU) is stored


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_what_does_not_fit_is_sent_ahead(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Stored(pictures=pictures, batch=4, seed=0)
    cuda = torch.device("cuda", 0)
    assert isinstance(ready(stored, cuda), Resident)
    monkeypatch.setattr("dcgan.data.ready.SHARE", 0.0)
    feed = ready(stored, cuda)
    assert isinstance(feed, Ahead)
    assert torch.equal(feed.batch_at(4).cpu(), stored.batch_at(4))
