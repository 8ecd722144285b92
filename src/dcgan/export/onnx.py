"""A generator as an ONNX file: BatchNorm folded, any batch, the weights inside, and held to what PyTorch makes."""

import contextlib
import hashlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from dcgan.errors import ExportError
from dcgan.export.folding import folded
from dcgan.files import replacing
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 18
COMPARED = 64
"""Vectors of the prior, seeds 0 to 63, that the file is compared with PyTorch on."""
MOST_APART = 1e-4
"""Pictures in float32 differ by rounding alone, in sums of some thousand products."""
MOST_APART_HALF = 2 / 127.5
"""Two grey levels. A weight in float16 is off by up to 1 in 2,048 of itself; through five layers that comes to less
than a grey level, at most places to none. Where it is more, the weights span more than float16 holds."""
CHATTER = ("torch.onnx", "torch.export", "torch._dynamo", "onnxscript", "onnx_ir")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written."""

    bytes: int
    sha256: str
    half: bool
    """Whether the weights are stored as float16."""
    difference: float
    """The largest between a number of a picture here and in PyTorch, over ``COMPARED`` pictures; the range is 2."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"difference": float(f"{self.difference:.3g}")}


def export_onnx(G: Generator, path: Path, *, half: bool, metadata: Mapping[str, str]) -> Exported:
    """Write a generator as an ONNX file, in one step, after comparing it with PyTorch.

    Its input is ``z``, float32 (n, z_dim), its output ``pictures``, float32 (n, C, H, W) in [-1, 1], for any n.

    Args:
        G: in evaluation mode, on any device; stays as it is.
        path: where to.
        half: store the weights as float16, in half the bytes; the file itself turns them back into float32, so every
            runtime computes in float32.
        metadata: kept in the file, as ``Facts.as_metadata`` gives it.

    Raises:
        ExportError: the packages that this takes are missing, or the file makes other pictures. Nothing is written.
    """
    check_packages()
    model = to_onnx(folded(G))
    if half:
        halve(model)
    _keep(model, metadata)
    data = model.SerializeToString()
    with replacing(path) as temporary:
        temporary.write_bytes(data)
        difference, most = difference_to(G, temporary), MOST_APART_HALF if half else MOST_APART
        if not difference <= most:  # which no number is neither
            raise ExportError(
                f"the ONNX file would make other pictures than PyTorch: they differ by {difference:.2g} on a scale "
                f"from -1 to 1, and {most:.2g} is allowed" + ("; leave out --half" if half else "")
            )
    return Exported(bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), half=half, difference=difference)


def check_packages() -> None:
    """Check that the packages are there.

    Raises:
        ExportError: one is not.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ExportError(
            f'writing ONNX takes the package {error.name}: install it with pip install "dcgan[export]"'
        ) from error


def to_onnx(G: Generator) -> "ModelProto":
    """Return a generator on the CPU as an ONNX model in memory, without a word on the terminal."""
    with _quiet():
        program = torch.onnx.export(
            G,
            (torch.zeros(2, G.config.z_dim),),
            dynamo=True,
            dynamic_shapes=({0: "n"},),
            input_names=["z"],
            output_names=["pictures"],
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's notes, which are no user's affair, off the terminal."""
    loggers = [logging.getLogger(name) for name in CHATTER]
    before = [logger.level for logger in loggers]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)


def halve(model: "ModelProto") -> None:
    """Store a model's matrices and kernels as float16, each with a cast to float32 after it; biases, few, stay."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) > 1:
            name, stored = tensor.name, f"{tensor.name}.half"
            with np.errstate(over="ignore"):  # what is not finite then is found by the comparison
                values = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(values, stored))
            casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _keep(model: "ModelProto", metadata: Mapping[str, str]) -> None:
    from onnx import helper

    model.producer_name = "dcgan"
    model.producer_version = metadata.get("dcgan", "")
    del model.metadata_props[:]
    helper.set_model_props(model, dict(metadata))


def difference_to(G: Generator, path: Path) -> float:
    """Return how far the pictures of an ONNX file are from those that G makes in PyTorch: the largest difference of a
    number in [-1, 1]; nan or inf where the file makes no pictures."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.log_severity_level = 3
    session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    here, most = deepcopy(G).cpu(), 0.0
    for z in from_seeds(G.config.prior, range(COMPARED), G.config.z_dim).split(16):
        with torch.inference_mode():
            wanted = here(z).numpy()
        (found,) = session.run(["pictures"], {"z": z.numpy()})
        most = float(np.maximum(most, np.abs(found - wanted).max()))  # keeps a nan
    return most
