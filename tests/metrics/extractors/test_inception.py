"""The extractor ``inception``: how the library is found, loaded and complained of, and what it reads."""

import importlib.util
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

import dcgan
from dcgan.errors import UserError
from dcgan.metrics.extractors.inception import load_library, open_inception
from tests.metrics.extractors.kit import CPU

HAS_LIBRARY = importlib.util.find_spec("torch_fidelity") is not None
library = pytest.mark.skipif(not HAS_LIBRARY, reason="torch-fidelity is not installed: pip install 'dcgan[metrics]'")

STAND_IN = """
import torch
from torch import nn
from torch_fidelity.helpers import SCALE
URL_INCEPTION_V3 = "https://example.org/weights.pth"

class FeatureExtractorInceptionV3(nn.Module):
    def __init__(self, name, features_list, feature_extractor_weights_path=None, verbose=True):
        super().__init__()
        self.fc = nn.Linear(3, 2048)
        assert (name, features_list, verbose) == ("inception-v3-compat", ["2048"], False)
        if feature_extractor_weights_path is None:
            raise OSError("no route to host")
        self.load_state_dict(torch.load(feature_extractor_weights_path))

    def forward(self, x):
        assert x.dtype == torch.uint8 and x.shape[1] == 3
        return (self.fc(x.float().mean((2, 3)) / SCALE),)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A library of the same form, whose package cannot be imported as a whole, as without torchvision."""
    for name in [name for name in sys.modules if name.startswith("torch_fidelity")]:
        monkeypatch.delitem(sys.modules, name)
    folder = tmp_path / "torch_fidelity"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    (folder / "helpers.py").write_text("SCALE = 255")
    (folder / "feature_extractor_inceptionv3.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    assert not [name for name in sys.modules if name.startswith("torch_fidelity")]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    net = torch.nn.Linear(3, 2048)
    torch.save({f"fc.{name}": value for name, value in net.state_dict().items()}, tmp_path / "weights.pth")
    return tmp_path / "weights.pth"


def test_the_file_is_found_where_the_package_cannot_be_imported(stand_in: Path, weights: Path) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    found = open_inception(str(weights), CPU)
    assert torch.equal(torch.get_rng_state(), before)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 9, 9, 3), np.uint8)
    features = found.read(pixels).features
    assert features.shape == (40, found.dim) == (40, 2048)
    state = torch.load(weights)
    expected = (pixels / 255).mean((1, 2)) @ state["fc.weight"].numpy().T + state["fc.bias"].numpy()
    np.testing.assert_allclose(features, expected, atol=1e-5)


def test_gray_and_transparent_pictures(stand_in: Path, weights: Path) -> None:
    found = open_inception(str(weights), CPU)
    gray = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1), np.uint8)
    clear = np.zeros((2, 8, 8, 4), np.uint8)
    np.testing.assert_array_equal(found.read(gray).features, found.read(gray.repeat(3, 3)).features)
    np.testing.assert_array_equal(found.read(clear).features, found.read(np.full((2, 8, 8, 3), 255, np.uint8)).features)


def test_the_key_follows_the_weights(stand_in: Path, weights: Path) -> None:
    first = open_inception(str(weights), CPU).key
    state = torch.load(weights)
    state["fc.bias"][0] += 1
    torch.save(state, weights)
    assert open_inception(str(weights), CPU).key != first


def test_weights_that_cannot_be_had(stand_in: Path) -> None:
    sentence = r"cannot be downloaded \(no route to host\): they come from https://example.org/weights.pth; "
    with pytest.raises(UserError, match=sentence):
        open_inception(None, CPU)


@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_weights_that_are_none(stand_in: Path, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "bad.pth"
    if content is None:
        torch.save({"other": torch.zeros(2)}, file)
    else:
        file.write_bytes(content)
    with pytest.raises(UserError, match="does not hold Inception's weights as torch-fidelity has them"):
        open_inception(str(file), CPU)
    with pytest.raises(UserError, match="there is no file of Inception's weights"):
        open_inception(str(tmp_path / "none.pth"), CPU)


def test_a_library_of_another_form(stand_in: Path) -> None:
    (stand_in / "feature_extractor_inceptionv3.py").unlink()
    with pytest.raises(UserError, match="cannot use the installed torch-fidelity"):
        open_inception(None, CPU)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("torch_fidelity")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs torch-fidelity, .*: pip install 'dcgan\[metrics\]', or take labels"):
        open_inception(None, CPU)


# The library itself -------------------------------------------------------------------------------------------------


@library
def test_the_library_with_random_weights(tmp_path: Path) -> None:
    module = load_library()
    net = _random(module, tmp_path)
    found = open_inception(str(tmp_path / "random.pth"), CPU)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 3), np.uint8)
    with torch.no_grad():
        expected = net(torch.from_numpy(pixels).permute(0, 3, 1, 2))[0].numpy()
    features = found.read(pixels).features
    assert features.shape == (3, 2048)
    np.testing.assert_allclose(features, expected, atol=1e-5 * abs(expected).max())
    np.testing.assert_allclose(found.read(pixels[2:]).features, expected[2:], atol=1e-4 * abs(expected).max())


def _random(module: object, folder: Path) -> torch.nn.Module:
    """Save random weights in the library's form, and return the network that has them."""
    kind = module.FeatureExtractorInceptionV3  # type: ignore[attr-defined]
    saved: dict[str, torch.Tensor] = {}
    original = kind.load_state_dict
    kind.load_state_dict = lambda self, state: saved.update(self.state_dict())
    try:
        torch.save({}, folder / "none.pth")
        net = kind("inception-v3-compat", ["2048"], feature_extractor_weights_path=str(folder / "none.pth"))
    finally:
        kind.load_state_dict = original
    torch.save(saved, folder / "random.pth")
    return net


@library
@pytest.mark.data
def test_the_librarys_golden_distance(shared: Path, tmp_path: Path) -> None:
    """The first 5,000 training pictures of CIFAR-10 against the first 5,000 test pictures: 10.3233274."""
    kept = Path(torch.hub.get_dir()) / "checkpoints" / "weights-inception-2015-12-05-6726825d.pth"
    archive = shared / "cifar-10-python.tar.gz"
    for file in (kept, archive):
        if not file.is_file():
            pytest.skip(f"{file.name} is not there")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    found = open_inception(None, CPU)
    sides = []
    for part in ("data_batch_1", "test_batch"):
        one = tmp_path / part
        one.mkdir()
        (tmp_path / "cifar-10-batches-py" / part).rename(one / part)
        pixels = dcgan.prepare(one, cache=tmp_path / "cache", size=32).pixels[:5000]
        sides.append(found.read(np.asarray(pixels)).features.astype(float))
    means, covariances = zip(*((side.mean(0), np.cov(side.T)) for side in sides), strict=True)
    root = sqrtm(covariances[0] @ covariances[1]).real
    distance = ((means[0] - means[1]) ** 2).sum() + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert distance == pytest.approx(10.3233274, abs=1e-3)
