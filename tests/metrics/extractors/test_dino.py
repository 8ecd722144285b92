"""The extractor ``dinov2``, on a tiny network of the same form."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dcgan.errors import UserError
from dcgan.metrics.extractors.dino import as_input, open_dino
from tests.metrics.extractors.kit import CPU

HAS_LIBRARY = importlib.util.find_spec("transformers") is not None
library = pytest.mark.skipif(not HAS_LIBRARY, reason="transformers is not installed: pip install 'dcgan[dino]'")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=24, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14)
    folder = tmp_path_factory.mktemp("tiny: dino")
    Dinov2Model(config).save_pretrained(folder)
    return folder


def some(count: int, side: int = 20, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(side).integers(0, 256, (count, side, side, channels), np.uint8)


@library
def test_it_is_the_class_token(tiny: Path) -> None:
    from transformers import Dinov2Model

    torch.manual_seed(9)
    before = torch.get_rng_state()
    found, pixels = open_dino(str(tiny), CPU), some(3)
    assert torch.equal(torch.get_rng_state(), before)
    net = Dinov2Model.from_pretrained(tiny).eval()
    with torch.no_grad():
        out = net(pixel_values=as_input(torch.from_numpy(pixels).permute(0, 3, 1, 2)))
    features = found.read(pixels).features
    assert features.shape == (3, found.dim) == (3, 24)
    np.testing.assert_allclose(features, out.pooler_output.numpy(), atol=1e-5)
    np.testing.assert_allclose(found.read(pixels[2:]).features, features[2:], atol=1e-5)


@library
def test_gray_transparency_and_key(tiny: Path, tmp_path: Path) -> None:
    from transformers import Dinov2Model

    found, gray = open_dino(str(tiny), CPU), some(2, channels=1)
    np.testing.assert_array_equal(found.read(gray).features, found.read(gray.repeat(3, 3)).features)
    clear, white = np.zeros((1, 8, 8, 4), np.uint8), np.full((1, 8, 8, 3), 255, np.uint8)
    np.testing.assert_array_equal(found.read(clear).features, found.read(white).features)
    net = Dinov2Model.from_pretrained(tiny)
    with torch.no_grad():
        net.layernorm.bias.add_(0.1)
    net.save_pretrained(tmp_path)
    assert open_dino(str(tmp_path), CPU).key != found.key == open_dino(str(tiny), CPU).key


def test_the_resize_is_pillows() -> None:
    """Pillow's bicubic is antialiased too; it rounds to whole numbers in between."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    for side in (40, 300):
        pixels = 64 + some(1, side) // 2  # so that nothing is cut off in between
        found = as_input(torch.from_numpy(pixels).permute(0, 3, 1, 2))[0].permute(1, 2, 0).numpy() * std + mean
        expected = np.asarray(Image.fromarray(pixels[0]).resize((224, 224), Image.Resampling.BICUBIC)) / 255
        np.testing.assert_allclose(found, expected, atol=2 / 255)


@library
@pytest.mark.parametrize("damage", ["empty", "cut", "config"])
def test_damaged_folders(tiny: Path, tmp_path: Path, damage: str) -> None:
    config, weights = (tiny / name for name in ("config.json", "model.safetensors"))
    if damage != "empty":
        (tmp_path / "config.json").write_bytes(b"{" if damage == "config" else config.read_bytes())
        (tmp_path / "model.safetensors").write_bytes(weights.read_bytes()[: 1000 if damage == "cut" else None])
    with pytest.raises(UserError, match=r"of the extractor dinov2 cannot be loaded .*FOLDER, or take labels or random"):
        open_dino(str(tmp_path), CPU)


@library
def test_another_network(tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTModel

    ViTModel(
        ViTConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, image_size=28)
    ).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="of the kind vit, not dinov2"):
        open_dino(str(tmp_path), CPU)


@library
def test_a_network_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    def unreachable(*arguments: Any, **settings: Any) -> None:
        raise OSError("We couldn't connect to 'https://huggingface.co'\nCheck your internet connection")

    monkeypatch.setattr(transformers.AutoModel, "from_pretrained", unreachable)
    with pytest.raises(UserError, match=r"facebook/dinov2-base .*\(We couldn't connect .*\): with a connection"):
        open_dino(None, CPU)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(UserError, match=r"needs transformers, .*: pip install 'dcgan\[dino\]', or take labels"):
        open_dino(None, CPU)
