"""What only a GPU can show."""

from pathlib import Path

import pytest
import torch

from dcgan.data.feed import feed_of
from dcgan.data.ready import ready
from dcgan.files import read_jsonl
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.training.state import new_state
from dcgan.training.step import train_step
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
        assert (parts - at_once).abs().mean() <= 0.05 * c.optim_G.lr  # cuDNN may sum in another order


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_step_does_not_wait_for_the_gpu(recipe: str) -> None:
    c = tiny.config(recipe, device="cuda", precision="bf16", augment=("color", "translation", "cutout", "mirror"))
    state = new_state(c, resolve_model(c))
    feed = ready(feed_of(tiny.pictures(state.model), c), state.device)
    train_step(state, feed.batch_at(0))
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for nimg in (4, 8, 12):
            state.nimg = nimg
            train_step(state, feed.batch_at(nimg))
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.filterwarnings("ignore")  # compilers think aloud
@pytest.mark.parametrize("way", ["on", "graphs"])
def test_compiled_on_a_gpu(way: str, tmp_path: Path) -> None:
    plain = tiny.run_in(tmp_path / "off", tiny.config("pytorch", steps=3, device="cuda", precision="fp32"))
    said: list[str] = []
    c = tiny.config("pytorch", steps=3, device="cuda", precision="fp32", compile=way)
    compiled = tiny.run_in(tmp_path / way, c, warn=said.append)
    assert said == []
    for a, b in zip(plain.D.parameters(), compiled.D.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["fp16", "tf32"])
def test_other_precisions_on_a_gpu(precision: str, tmp_path: Path) -> None:
    state = tiny.run_in(tmp_path, tiny.config("pytorch", steps=4, device="cuda", precision=precision))
    assert torch.backends.cudnn.allow_tf32 == (precision == "tf32")
    assert all(bool(torch.isfinite(p).all()) for p in state.G.parameters())
