"""Extractors by name, and reading many pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dcgan.errors import UserError
from dcgan.metrics.extractors import find
from dcgan.metrics.extractors.find import open_extractor
from dcgan.metrics.extractors.reading import batches_of
from dcgan.models.discriminator import Discriminator
from tests.metrics.extractors.kit import CPU, noise, pictures
from tests.metrics.extractors.test_own import small


def test_the_size_is_that_of_the_pictures_or_of_the_run(tmp_path: Path) -> None:
    of = {"cache": tmp_path, "device": CPU}
    assert open_extractor("pixels", pictures=pictures(noise(2, 8, 9, 3)), D=None, **of).dim == 8 * 9 * 3
    assert open_extractor("pixels", pictures=None, D=Discriminator(small()), **of).dim == 16 * 16 * 3
    with pytest.raises(UserError, match="needs pictures, or a run"):
        open_extractor("random", pictures=None, D=None, **of)


@pytest.mark.parametrize(
    ("name", "head", "argument"),
    [
        ("dinov2", "dinov2", None),
        ("dinov2:some/where:else", "dinov2", "some/where:else"),
        ("dinov2:net.onnx", "dinov2", "net.onnx"),
        ("inception:a b.pth", "inception", "a b.pth"),
        ("inception", "inception", None),
    ],
)
def test_what_follows_a_colon(name: str, head: str, argument: str | None, tmp_path: Path, monkeypatch: Any) -> None:
    seen = []
    monkeypatch.setitem(find.EXTRACTORS, head, lambda wish: seen.append(wish.argument))
    open_extractor(name, pictures=None, D=None, cache=tmp_path, device=CPU)
    assert seen == [argument]


@pytest.mark.parametrize("name", ["fid", "labels:x", "Random", "", "net.pth", "dinov2:"])
def test_unknown_names(name: str, tmp_path: Path) -> None:
    sentence = "there is no extractor .*: take labels, random, pixels, self, inception, dinov2, or a file"
    with pytest.raises(UserError, match=sentence):
        open_extractor(name, pictures=None, D=None, cache=tmp_path, device=CPU)


@pytest.mark.parametrize("name", ["a:b.pt", "/no/such/net.ONNX", "net.ts"])
def test_files_that_are_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no file"):
        open_extractor(name, pictures=pictures(noise(2)), D=None, cache=tmp_path, device=CPU)


# Many pictures ------------------------------------------------------------------------------------------------------


def test_chosen_pictures_of_a_file_come_a_few_at_a_time(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", noise(20))
    mapped, rows = np.load(tmp_path / "p.npy", mmap_mode="r"), np.array([3, 1, 19, 19, 0])
    parts = list(batches_of(mapped, torch.device("cpu"), 2, rows))
    assert [len(part) for part in parts] == [2, 2, 1]
    np.testing.assert_array_equal(torch.cat(parts).permute(0, 2, 3, 1).numpy(), noise(20)[rows])
    assert [len(part) for part in batches_of(mapped, torch.device("cpu"), 2, rows[:0])] == [0]
