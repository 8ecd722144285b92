"""A generator as ONNX: the same pictures in any batch, what stands in the file, and what is refused."""

import hashlib
import logging
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnxruntime import InferenceSession

import dcgan
from dcgan.errors import ExportError
from dcgan.export import onnx as module
from dcgan.export.facts import Facts, facts_of
from dcgan.export.folding import folded
from dcgan.export.onnx import MOST_APART_HALF, export_onnx
from dcgan.models.digest import weights_digest
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds
from tests.latent.kit import small


def facts(G: Generator) -> Facts:
    return facts_of(G, {"recipe": "modern", "name": "squares", "nimg": 6400}, "averaged")


def pictures(path: Path, z: torch.Tensor) -> np.ndarray:
    session = InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [(i.name, i.shape[1:]) for i in session.get_inputs()] == [("z", [z.shape[1]])]
    return session.run(["pictures"], {"z": z.numpy()})[0]


@pytest.mark.parametrize("recipe", ["radford2015", "anime-chollet", "mnist-28", "pytorch", "modern"])
def test_the_same_pictures_in_any_batch(recipe: str, tmp_path: Path) -> None:
    G = small(recipe)
    done = export_onnx(G, tmp_path / "g.onnx", half=False, metadata=facts(G).as_metadata())
    assert 0 <= done.difference < 1e-4
    for count in (1, 5, 64):
        z = from_seeds(G.config.prior, range(100, 100 + count), G.config.z_dim)
        found = pictures(tmp_path / "g.onnx", z)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, G(z).numpy(), rtol=0, atol=1e-4)


def test_what_stands_in_the_file_and_nothing_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    G, path = small("celeba-32", channels=4), tmp_path / "new" / "g.onnx"
    level = logging.getLogger("torch.onnx").level
    done = export_onnx(G, path, half=False, metadata=facts(G).as_metadata())  # where a warning is an error
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("torch.onnx").level == level
    data = path.read_bytes()
    assert done.as_json() == {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "half": False,
        "difference": pytest.approx(done.difference, rel=0.01),
    }
    assert [p.name for p in path.parent.iterdir()] == ["g.onnx"]  # the weights are inside
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    assert [opset.version >= 18 for opset in model.opset_import if opset.domain == ""] == [True]
    assert {node.op_type for node in model.graph.node}.isdisjoint({"BatchNormalization"})
    kept = {prop.key: prop.value for prop in model.metadata_props}
    assert kept["format"] == "dcgan-generator"
    assert kept["dcgan"] == dcgan.__version__
    assert kept["digest"] == weights_digest(G)
    assert (kept["prior"], kept["z_dim"], kept["range"]) == ("uniform", "100", "[-1, 1]")
    assert (kept["height"], kept["width"], kept["channels"]) == ("16", "16", "4")
    assert (kept["recipe"], kept["kimg"], kept["weights"]) == ("modern", "6.4", "averaged")
    assert "trained on squares" in kept["licence"]


def test_half_the_bytes_and_nearly_the_same_pictures(tmp_path: Path) -> None:
    G = small("pytorch", width=0.3)
    whole = export_onnx(G, tmp_path / "whole.onnx", half=False, metadata={})
    half = export_onnx(G, tmp_path / "half.onnx", half=True, metadata={})
    assert half.half
    assert 0.45 * whole.bytes < half.bytes < 0.6 * whole.bytes
    assert whole.difference < half.difference <= MOST_APART_HALF
    z = from_seeds("normal", range(5), 100)
    found = pictures(tmp_path / "half.onnx", z)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, G(z).numpy(), rtol=0, atol=MOST_APART_HALF)
    kinds = {tensor.data_type for tensor in onnx.load(tmp_path / "half.onnx").graph.initializer if len(tensor.dims) > 1}
    assert onnx.TensorProto.FLOAT not in kinds


def test_a_file_that_makes_other_pictures_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bent(G: Generator) -> Generator:
        found = folded(G)
        with torch.no_grad():
            found.layers[-1].op.weight.mul_(1.02)  # type: ignore[union-attr,operator]
        return found

    path = tmp_path / "g.onnx"
    path.write_text("an earlier one")
    monkeypatch.setattr(module, "folded", bent)
    with pytest.raises(ExportError, match=r"other pictures than PyTorch: they differ by 0\.\d+ .* 0.0001 is allowed$"):
        export_onnx(small(), path, half=False, metadata={})
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("g.onnx", "an earlier one")]


def test_weights_beyond_float16_are_refused(tmp_path: Path) -> None:
    G = small("anime-chollet")
    with torch.no_grad():
        first = G.layers[0].op
        first.weight.view(-1)[0] = 1e6  # type: ignore[union-attr,operator]
    with pytest.raises(ExportError, match="leave out --half"):
        export_onnx(G, tmp_path / "g.onnx", half=True, metadata={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "onnxscript"])
def test_a_missing_package_is_named(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    sentence = rf'writing ONNX takes the package {package}: install it with pip install "dcgan\[export\]"'
    with pytest.raises(ExportError, match=sentence):
        export_onnx(small(), tmp_path / "g.onnx", half=False, metadata={})
