"""A few steps on made-up pictures, to tell how fast a run would be."""

from pathlib import Path

import pytest

from dcgan.models.recipes import resolve_model
from dcgan.training.rehearse import images_a_second
from tests.training import tiny


@pytest.mark.parametrize("recipe", ["modern", "anime-conv"])
def test_a_rate_and_nothing_else(recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    c = tiny.config(recipe)
    assert images_a_second(c, resolve_model(c), seconds=0) > 0
    assert list(tmp_path.iterdir()) == []
