"""A network of one's own, as TorchScript and as ONNX: the same numbers as the module it came from, and bad files."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dcgan.errors import UserError
from dcgan.metrics.extractors import model_file
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.model_file import open_model_file
from tests.metrics.extractors.kit import CPU

Read = Callable[[Tensor], Tensor]


class Small(nn.Module):
    """Two convolutions and their mean: (N, 6), or (N, 6, 1, 1)."""

    def __init__(self, channels: int = 3, maps: bool = False) -> None:
        super().__init__()
        torch.manual_seed(channels)
        self.body = nn.Sequential(
            nn.Conv2d(channels, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(), nn.Conv2d(5, 6, 3)
        )
        self.maps = maps

    def forward(self, x: Tensor) -> Tensor:
        x = self.body(x).mean((2, 3))
        return x[:, :, None, None] if self.maps else x


class Sized(Small):
    input_size: tuple[int, int]

    def __init__(self) -> None:
        super().__init__()
        self.input_size = (12, 20)


class Odd(nn.Module):
    """Modules that break the contract in one way each."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way
        self.norm = nn.BatchNorm2d(3, track_running_stats=False)

    def forward(self, x: Tensor) -> Any:
        if self.way == "maps":
            return x
        if self.way == "nan":
            return torch.log(x.mean((2, 3)) - 1)
        if self.way == "batch":
            return self.norm(x).amax((2, 3))
        if self.way == "two":
            return x.mean((2, 3)), x.mean((2, 3))
        if self.way == "one":
            return x.mean((0, 2, 3))[None]
        return (x.mean((2, 3)) * 255).to(torch.int64)


def some(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


def save_script(net: nn.Module, path: Path, *example: int, script: bool = False) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = torch.jit.script(net.eval()) if script else torch.jit.trace(net.eval(), torch.rand(*example))
        made.save(str(path))
    return path


def save_onnx(net: nn.Module, path: Path, *example: int, free: dict[int, str] | None = None) -> Path:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'dcgan[export]'")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed: pip install 'dcgan[export]'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shapes = (dict.fromkeys(free, torch.export.Dim.DYNAMIC),) if free else None
        made = torch.onnx.export(net.eval(), (torch.rand(*example),), dynamo=True, dynamic_shapes=shapes, verbose=False)
    assert made is not None
    onnx.save(made.model_proto, str(path))
    return path


def opened(path: Path, shape: tuple[int, int, int] = (16, 16, 3)) -> Extractor:
    return open_model_file(str(path), shape, CPU)


def expected(net: nn.Module, pixels: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return net.eval()(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255).flatten(1).numpy()


# As the module ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("maps", [False, True])
@pytest.mark.parametrize("suffix", [".pt", ".ts"])
def test_torchscript_is_the_module(tmp_path: Path, maps: bool, suffix: str) -> None:
    net = Small(maps=maps)
    found, pixels = opened(save_script(net, tmp_path / f"net{suffix}", 2, 3, 16, 16)), some(150, 16, 16, 3)
    assert found.dim == 6
    np.testing.assert_allclose(found.read(pixels).features, expected(net, pixels), atol=1e-5)
    alone = found.read(pixels[149:]).features
    np.testing.assert_allclose(alone, expected(net, pixels[149:]), atol=1e-5)


@pytest.mark.parametrize("maps", [False, True])
def test_onnx_is_the_module(tmp_path: Path, maps: bool) -> None:
    net, free = Small(maps=maps), {0: "n", 2: "h", 3: "w"}
    found = opened(save_onnx(net, tmp_path / "a:b net.onnx", 2, 3, 16, 16, free=free))
    pixels = some(150, 16, 16, 3)
    np.testing.assert_allclose(found.read(pixels).features, expected(net, pixels), atol=1e-5)


def test_onnx_of_a_fixed_number_and_a_fixed_size(tmp_path: Path) -> None:
    net = Small()
    found = opened(save_onnx(net, tmp_path / "net.onnx", 4, 3, 12, 20), (12, 20, 3))
    pixels = some(7, 12, 20, 3)
    np.testing.assert_allclose(found.read(pixels).features, expected(net, pixels), atol=1e-5)
    large = np.repeat(np.repeat(some(2, 1, 1, 3), 40, 1), 40, 2)  # flat colours stay what they are in any size
    np.testing.assert_allclose(found.read(large).features, expected(net, large[:, :12, :20]), atol=1e-5)
    assert "read at 12x20" in found.facts["what"]


def test_torchscript_that_states_its_size(tmp_path: Path) -> None:
    path = save_script(Sized(), tmp_path / "net.pt", script=True)
    seen = np.repeat(np.repeat(some(2, 1, 1, 3), 40, 1), 40, 2)
    np.testing.assert_allclose(opened(path).read(seen).features, expected(Small(), seen[:, :12, :20]), atol=1e-5)
    assert "read at 12x20" in opened(path).facts["what"]


def test_gray_is_repeated_and_transparency_laid_on_white(tmp_path: Path) -> None:
    net = Small()
    path = save_script(net, tmp_path / "net.pt", 2, 3, 16, 16)
    gray, clear = some(3, 16, 16, 1), some(3, 16, 16, 4)
    np.testing.assert_allclose(
        opened(path, (16, 16, 1)).read(gray).features, expected(net, gray.repeat(3, 3)), atol=1e-5
    )
    clear[..., 3] = 0
    white = np.full((3, 16, 16, 3), 255, np.uint8)
    np.testing.assert_allclose(opened(path, (16, 16, 4)).read(clear).features, expected(net, white), atol=1e-5)


@pytest.mark.parametrize("channels", [1, 4])
def test_a_network_may_take_the_pictures_own_channels(tmp_path: Path, channels: int) -> None:
    net, shape = Small(channels), (16, 16, channels)
    paths = [save_script(net, tmp_path / "net.pt", 2, channels, 16, 16)]
    paths.append(save_onnx(net, tmp_path / "net.onnx", 2, channels, 16, 16, free={0: "n"}))
    pixels = some(5, *shape)
    for path in paths:
        np.testing.assert_allclose(opened(path, shape).read(pixels).features, expected(net, pixels), atol=1e-5)
        with pytest.raises(UserError, match="channels"):
            opened(path, (16, 16, 3))


def test_the_key_is_the_content(tmp_path: Path) -> None:
    first = save_script(Small(), tmp_path / "a.pt", 2, 3, 16, 16)
    (tmp_path / "b.pt").write_bytes(first.read_bytes())
    other = save_script(Small(maps=True), tmp_path / "c.pt", 2, 3, 16, 16)
    keys = [opened(path).key for path in (first, tmp_path / "b.pt", other)]
    assert keys[0] == keys[1] != keys[2]


def test_weights_beside_an_onnx_file_are_part_of_its_key(tmp_path: Path) -> None:
    path = save_onnx(Small(), tmp_path / "net.onnx", 2, 3, 16, 16)
    before = opened(path).key
    (tmp_path / "net.onnx.data").write_bytes(b"weights")
    assert opened(path).key != before


# Bad files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("maps", r"returns \(2, 3, 16, 16\) for 2 pictures, where floats \(N, d\)"),
        ("nan", "numbers that are not finite"),
        ("batch", "depend on the other pictures of its batch"),
        ("two", "returns .*, where one"),
        ("one", r"returns \(1, 3\) for 2 pictures"),
        ("whole", r"returns \(2, 3\) for 2 pictures, where floats"),
    ],
)
@pytest.mark.parametrize("suffix", [".pt", ".onnx"])
def test_networks_that_break_the_contract(tmp_path: Path, way: str, sentence: str, suffix: str) -> None:
    if suffix == ".pt":
        path = save_script(Odd(way), tmp_path / "odd.pt", 2, 3, 16, 16)
    else:
        path = save_onnx(Odd(way), tmp_path / "odd.onnx", 2, 3, 16, 16, free=None if way == "one" else {0: "n"})
    with pytest.raises(UserError, match=rf"odd\{suffix} .*{sentence}|{sentence}"):
        opened(path)


@pytest.mark.parametrize(
    ("suffix", "sentence"), [(".pt", "is not a TorchScript model"), (".onnx", "is not an ONNX model")]
)
@pytest.mark.parametrize("content", [b"", b"no model at all" * 20])
def test_files_that_are_no_models(tmp_path: Path, suffix: str, sentence: str, content: bytes) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    if suffix == ".onnx":
        pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'dcgan[export]'")
    with pytest.raises(UserError, match=sentence):
        opened(path)


def test_a_state_dict_is_no_torchscript(tmp_path: Path) -> None:
    torch.save(Small().state_dict(), tmp_path / "weights.pt")
    with pytest.raises(UserError, match=r"is not a TorchScript model .*: save one with torch.jit.trace"):
        opened(tmp_path / "weights.pt")


def test_a_network_for_larger_pictures(tmp_path: Path) -> None:
    path = save_script(nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 4)), tmp_path / "net.pt", 2, 3, 32, 32)
    assert opened(path, (32, 32, 3)).dim == 4
    with pytest.raises(UserError, match=r"cannot read pictures of 16x16 \(with 3 channels: .*shapes"):
        opened(path)


def test_onnx_that_takes_something_else(tmp_path: Path) -> None:
    path = save_onnx(nn.Linear(4, 2), tmp_path / "net.onnx", 2, 4)
    with pytest.raises(UserError, match=r"takes .* where one input, float32 \(N, C, H, W\), is expected"):
        opened(path)


def test_numbers_that_stop_being_finite_later(tmp_path: Path) -> None:
    class Late(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.log(x.mean((2, 3)))

    found = opened(save_script(Late(), tmp_path / "late.pt", 2, 3, 16, 16))
    with pytest.raises(UserError, match=r"extractor late.pt gives features that are not all finite"):
        found.read(np.zeros((2, 16, 16, 3), np.uint8))


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.onnx").write_bytes(b"x")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(
        UserError, match=r"needs onnxruntime, .*: pip install 'dcgan\[export\]', or take labels or random"
    ):
        opened(tmp_path / "net.onnx")


def test_an_input_size_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"input_size of .* is \(height, width\), not 5"):
        model_file._input_size(type("M", (), {"input_size": 5})(), tmp_path / "net.pt")  # type: ignore[arg-type]
