"""The extractor of one's own: a network in a file, as TorchScript (.pt, .ts) or ONNX (.onnx).

The contract: it takes float32 (N, 3, H, W) in [0, 1] and returns one tensor, (N, d) or (N, d, 1, 1): d features of each
picture, which depend on that picture alone. What it normalises, it normalises itself.

- Gray is repeated in three channels and transparency laid on white. A file that takes 1 or 4 channels gets the
  pictures' own, if they have as many: ONNX states it; TorchScript is tried with 3 first.
- Where it has a fixed size, pictures are resized to it, bicubic with antialiasing: ONNX states it; a TorchScript module
  may have an attribute ``input_size``, (height, width). Else it gets them as they are.
- An ONNX file with a fixed number of pictures is given that many at a time.

Loading TorchScript runs the code in the file: take only files that you trust. ONNX describes a network and runs nothing
else.
"""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dcgan.errors import UserError
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.optional import library
from dcgan.metrics.extractors.reading import on_white, reader, resized
from dcgan.models.precision import plain_float32
from dcgan.rng import key

SUFFIXES = (".pt", ".ts", ".onnx")
CLOSE = 1e-3  # of the largest feature: how much the other pictures of a batch may change one


@dataclass(frozen=True, kw_only=True)
class _Model:
    call: Callable[[Tensor], object]
    """Takes float32 (n, C, H, W)."""
    channels: tuple[int, ...]
    """Channels that it may take, the likeliest first."""
    side: tuple[int, int] | None = None
    batch: int | None = None


def open_model_file(path: str, shape: tuple[int, int, int], device: torch.device) -> Extractor:
    """Return the extractor that the network in a file is, after a trial on two pictures.

    Args:
        path: the file.
        shape: height, width and channels of the pictures that it is tried with.
        device: where it reads; ONNX reads on a CPU unless the installed onnxruntime has CUDA.

    Raises:
        UserError: there is no such file, it is no model, or it does not keep the contract.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f"there is no file {path} to take as an extractor")
    model = _onnx(file, shape, device) if file.suffix.lower() == ".onnx" else _torchscript(file, shape, device)
    network, dim = _tried(model, file, shape, device)
    name = file.name
    return Extractor(
        name=path,
        key=f"file-{_digest(file)}-{'x'.join(map(str, shape))}",
        dim=dim,
        read=reader(network, device, name=name),
        facts={
            "what": f"the network in {name}, {dim} numbers of a picture"
            + (f", read at {model.side[0]}x{model.side[1]}" if model.side else ""),
            "limits": "a network of the user's own, of which only the form was checked",
        },
    )


# Loading ------------------------------------------------------------------------------------------------------------


def _torchscript(file: Path, shape: tuple[int, int, int], device: torch.device) -> _Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PyTorch's, of TorchScript as such
        try:
            module = torch.jit.load(str(file), map_location=device)
        except (RuntimeError, ValueError) as error:
            raise UserError(
                f"{file} is not a TorchScript model ({_reason(error)}): save one with torch.jit.trace(net.eval(), "
                "example).save(FILE), or export it as ONNX"
            ) from error
    module.eval()
    return _Model(call=module, channels=tuple(dict.fromkeys((3, shape[2]))), side=_input_size(module, file))


def _input_size(module: torch.jit.ScriptModule, file: Path) -> tuple[int, int] | None:
    size = getattr(module, "input_size", None)
    if size is None:
        return None
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(isinstance(n, int) and n > 0 for n in size):
        raise UserError(f"the attribute input_size of {file} is (height, width), not {size!r}")
    return size[0], size[1]


def _onnx(file: Path, shape: tuple[int, int, int], device: torch.device) -> _Model:
    runtime = library("onnxruntime", "export", str(file))
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4  # what fails is said in a sentence
    usable = {"CPUExecutionProvider"} | ({"CUDAExecutionProvider"} if device.type == "cuda" else set())
    providers = [name for name in runtime.get_available_providers() if name in usable]
    try:
        session = runtime.InferenceSession(str(file), options, providers=providers)
    except Exception as error:  # its errors have no class in common
        raise UserError(f"{file} is not an ONNX model that onnxruntime can load ({_reason(error)})") from error
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
        given = ", ".join(f"{i.name} {i.type} {i.shape}" for i in inputs)
        raise UserError(f"{file} takes {given}, where one input, float32 (N, C, H, W), is expected")
    count, channels, height, width = (n if isinstance(n, int) else None for n in inputs[0].shape)

    def call(x: Tensor) -> Tensor:
        found = session.run(None, {inputs[0].name: np.ascontiguousarray(x.cpu().numpy())})
        if len(found) != 1:
            raise UserError(f"{file} returns {len(found)} tensors, where one, (N, d), is expected")
        return torch.from_numpy(np.asarray(found[0])).to(device)

    side = (height or shape[0], width or shape[1]) if height or width else None
    takes = (channels,) if channels else tuple(dict.fromkeys((3, shape[2])))
    return _Model(call=call, channels=takes, side=side, batch=count)


# Trying -------------------------------------------------------------------------------------------------------------


def _tried(
    model: _Model, file: Path, shape: tuple[int, int, int], device: torch.device
) -> tuple[Callable[[Tensor], Tensor], int]:
    """Return what reads a batch, uint8 (n, C, H, W) -> float32 (n, d), and d, once two pictures have gone well."""
    generator = torch.Generator().manual_seed(key(0, "pictures to try an extractor with"))
    two = torch.randint(256, (2, shape[2], *shape[:2]), generator=generator).to(torch.uint8).to(device)
    reasons = []
    for channels in model.channels:
        network = partial(_call, model, channels=channels, file=file)
        try:
            with plain_float32(device):
                return network, _check(network, two, file)
        except UserError:
            raise
        except (RuntimeError, ValueError, IndexError, TypeError, _RunError) as error:
            reasons.append(f"with {channels} channels: {_reason(error)}")
    raise UserError(f"{file} cannot read pictures of {shape[0]}x{shape[1]} ({'; '.join(reasons)})")


def _check(network: Callable[[Tensor], Tensor], two: Tensor, file: Path) -> int:
    """Return d, once the features of two pictures are numbers, and those of each the same without the other."""
    together = network(two)
    if not torch.isfinite(together).all():
        raise UserError(f"{file} returns numbers that are not finite for ordinary pictures in [0, 1]")
    apart = torch.cat([network(two[i : i + 1]) for i in range(2)])
    if (together - apart).abs().max() > CLOSE * together.abs().max().clamp(min=1e-6):
        raise UserError(
            f"the features that {file} gives a picture depend on the other pictures of its batch: save it in "
            "evaluation mode (net.eval())"
        )
    return together.shape[1]


class _RunError(Exception):
    """What onnxruntime raises when it computes, whose errors have no class in common."""


def _call(model: _Model, pixels: Tensor, channels: int, file: Path) -> Tensor:
    x = _with_channels(pixels, channels, file).float().div(255)
    if model.side is not None:
        x = resized(x, *model.side)
    parts = [_features(model, part, file) for part in _filled(x.contiguous(), model.batch)]
    return torch.cat(parts)[: len(x)]


def _filled(x: Tensor, batch: int | None) -> tuple[Tensor, ...]:
    """Split into batches of exactly so many, the last one filled up with its last picture; None: one of any number."""
    missing = -len(x) % batch if batch else 0
    if missing:
        x = torch.cat([x, x[-1:].expand(missing, -1, -1, -1)])
    return x.split(batch) if batch and len(x) else (x,)


def _features(model: _Model, x: Tensor, file: Path) -> Tensor:
    try:
        out = model.call(x)
    except (RuntimeError, UserError):
        raise
    except Exception as error:
        raise _RunError(str(error)) from error
    if not isinstance(out, Tensor):
        raise UserError(f"{file} returns {type(out).__name__}, where one tensor, (N, d), is expected")
    flat = out.ndim == 2 or (out.ndim == 4 and out.shape[2:] == (1, 1))
    if not flat or len(out) != len(x) or not out.is_floating_point():
        raise UserError(
            f"{file} returns {tuple(out.shape)} for {len(x)} pictures, where floats (N, d) or (N, d, 1, 1) are expected"
        )
    return out.flatten(1).float()


def _with_channels(pixels: Tensor, channels: int, file: Path) -> Tensor:
    if channels == 3:
        return on_white(pixels)
    if channels != pixels.shape[1]:
        raise UserError(f"{file} takes pictures of {channels} channels, and these have {pixels.shape[1]}")
    return pixels


def _reason(error: Exception) -> str:
    """Return the telling line of an error: TorchScript puts a traceback before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if "Error: " in line] or lines or [type(error).__name__]
    return told[-1 if "Error: " in told[-1] else 0][:300]


def _digest(file: Path) -> str:
    """Return what changes with the file, and with the weights that ONNX may keep beside it."""
    found = hashlib.blake2b(digest_size=8)
    for part in (file, file.with_name(file.name + ".data")):
        if part.is_file():
            with part.open("rb") as f:
                while block := f.read(1 << 20):
                    found.update(block)
    return found.hexdigest()
