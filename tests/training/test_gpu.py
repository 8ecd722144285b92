"""What only a GPU can show."""

from pathlib import Path

import pytest
import torch

from dcgan.files import read_jsonl
from dcgan.models.recipes import RECIPES
from tests.training import tiny


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_run_on_a_gpu_trains_and_resumes(recipe: str, precision: str, tmp_path: Path) -> None:
    c = tiny.config(recipe, steps=3, device="cuda", precision=precision)
    state = tiny.run_in(tmp_path, c)
    assert next(state.G.parameters()).is_cuda
    whole = tiny.config(recipe, steps=6, device="cuda", precision=precision)
    state = tiny.run_in(tmp_path, whole)
    assert state.step == 6
    assert [row["step"] for row in read_jsonl(tmp_path / "stats.jsonl")] == [2, 4, 6]
    other = tiny.run_in(tmp_path / "whole", whole)
    for parts, at_once in zip(state.G.parameters(), other.G.parameters(), strict=True):
        torch.testing.assert_close(parts, at_once, rtol=0, atol=1e-2)  # cuDNN may sum in another order
