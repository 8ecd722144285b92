"""Other writings of the same training, and ours: each as a function that takes one step.

``case`` says which: the recipe, the batch, the device, the precision. All see the same made-up pictures. Ours gets them
as training does, in bytes; the others get them ready, as floats in [-1, 1].
"""

import ast
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from dcgan.clock import round_images
from dcgan.config import Config, ModelConfig
from dcgan.images import to_unit
from dcgan.models.recipes import find, resolve_model
from dcgan.training.compiled import compile_nets
from dcgan.training.memory import keep_freed_memory
from dcgan.training.state import State, new_state
from dcgan.training.step import train_step

ROOT = Path(__file__).parents[1]
KERAS_BORN = ("mnist-28", "anime-chollet", "anime-conv", "celeba-32")
TINY_WIDTH, TINY_BATCH = 0.125, 4
Step = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One training step that is to be timed."""

    kind: str
    """ours, examples, plain or keras."""
    row: str
    batch: int
    device: str = "cpu"
    precision: str = "fp32"
    tiny: bool = False
    examples: Path | None = None
    """pytorch/examples' dcgan/main.py."""
    compile: str = "off"
    """Of ours: off, on or graphs."""

    @property
    def width(self) -> float:
        return TINY_WIDTH if self.tiny else 1.0

    @property
    def config(self) -> Config:
        own = find(self.row).config
        changes = {"device": self.device, "precision": self.precision, "compile": self.compile}
        return replace(own, batch=self.batch, width=self.width, **changes)  # type: ignore[arg-type]

    @property
    def model(self) -> ModelConfig:
        return resolve_model(self.config)


def pixels_of(case: Case) -> Tensor:
    """Return the made-up pictures of a round: uint8 (N, H, W, C)."""
    shape = (round_images(case.config), case.model.height, case.model.width, case.model.channels)
    return torch.randint(256, shape, generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def prepare(case: Case) -> Callable[[], Step]:
    """Import what a step needs, and return what builds it: memory is counted from between the two."""
    sys.path.insert(0, str(ROOT))
    if case.kind == "keras":
        os.environ["KERAS_TORCH_DEVICE"] = case.device
        from tests.reference import keras_models, keras_steps  # noqa: F401
    builders = {"ours": ours, "examples": Examples, "plain": plain, "keras": keras}
    return lambda: builders[case.kind](case)


# Ours ---------------------------------------------------------------------------------------------------------------


def ours(case: Case) -> Step:
    """Return a step of the recipe, with the memory setting that ``train`` makes."""
    keep_freed_memory()
    state, pixels = new_state(case.config, case.model), pixels_of(case)
    if trouble := compile_nets(state):
        raise RuntimeError(trouble)
    return lambda: advance(state, pixels)


def advance(state: State, pixels: Tensor) -> None:
    """Take a step and move the clock."""
    train_step(state, pixels)
    state.nimg += len(pixels)
    state.step += 1
    state.pending.clear()


# pytorch/examples ---------------------------------------------------------------------------------------------------

SETUP = {"ngpu", "nz", "ngf", "ndf", "criterion", "fixed_noise", "real_label", "fake_label"}
SETUP |= {"netG", "netD", "optimizerG", "optimizerD", "weights_init", "Generator", "Discriminator"}
OPTIONS = {"ngpu": 1, "nz": 100, "lr": 0.0002, "beta1": 0.5, "niter": 25, "outf": ".", "dry_run": False}


class Sink(io.TextIOBase):
    """Takes what is printed, and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


class Examples:
    """One step of pytorch/examples' dcgan/main.py by its own statements, unchanged.

    Its networks, weights, loss and optimisers are made by its own lines, and a step is one turn of its inner loop, with
    its ``.item()`` calls and its printing, into a sink. The data is one batch that lies in memory. Left out: reading
    data, and the pictures that it saves every 100 steps.
    """

    def __init__(self, case: Case) -> None:
        assert case.examples is not None
        setup, self.loop = _parts(case.examples)
        self.cuda = case.device == "cuda"
        wide = round(64 * case.width)
        options = SimpleNamespace(**OPTIONS, batchSize=case.batch, imageSize=64, ngf=wide, ndf=wide)
        self.numbers = (i for i in count() if i % 100)
        self.names: dict[str, Any] = {
            "torch": torch, "nn": nn, "optim": torch.optim, "nc": 3, "device": torch.device(case.device),
            "opt": options, "epoch": 0, "dataloader": [(to_unit(pixels_of(case)).contiguous(),)],
            "enumerate": self._numbered, "print": lambda *a: print(*a, file=Sink()),
        }  # fmt: skip
        exec(setup, self.names)

    def __call__(self) -> None:
        before = torch.backends.cudnn.benchmark
        torch.backends.cudnn.benchmark = self.cuda or before  # as the script has it
        exec(self.loop, self.names)
        torch.backends.cudnn.benchmark = before

    def _numbered(self, batches: Iterable[Any], start: int) -> Iterator[tuple[int, Any]]:
        return ((next(self.numbers), batch) for batch in batches)


def _parts(path: Path) -> tuple[CodeType, CodeType]:
    """Compile the script's lines that make networks and optimisers, and its inner loop."""
    tree = ast.parse(path.read_text())
    setup = [node for node in tree.body if _names_of(node) & SETUP]
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For) and "dataloader" in ast.unparse(node.iter)]
    parts = ([*setup], loops[:1])
    made = (compile(ast.Module(body=list(part), type_ignores=[]), str(path), "exec") for part in parts)
    return next(made), next(made)


def _names_of(node: ast.stmt) -> set[str]:
    """Return what a statement defines, or the network that it initialises."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    text = ast.unparse(node)
    return {text.split(".")[0]} if ".apply(" in text and isinstance(node, ast.Expr) else set()


def plain(case: Case) -> Step:
    """Return a step of a plain writing of ours of the same network and loss: float32, NCHW, PyTorch's defaults."""
    from tests.reference import torch_dcgan

    wide = round(64 * case.width)
    G, D = torch_dcgan.generator(wide).to(case.device), torch_dcgan.discriminator(wide).to(case.device)
    optim_G, optim_D = (torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (G, D))
    real = to_unit(pixels_of(case)).contiguous().to(case.device)

    def step() -> None:
        z = torch.randn(case.batch, 100, 1, 1, device=case.device)
        torch_dcgan.step(G, D, optim_G, optim_D, real, z)

    return step


def losses_of(
    case: Case, state: State, order: torch.memory_format = torch.contiguous_format
) -> Callable[[Tensor, Tensor], tuple[float, float]]:
    """Return a function that takes a rival's step on (real, z), starting from our weights, and gives its losses.

    The rival is pytorch/examples where the case names it, else the plain writing. ``order``: of its weights in memory.
    Losses are those of D and of G.
    """
    sys.path.insert(0, str(ROOT))
    from tests.reference import torch_dcgan

    if case.examples is None:
        wide = round(64 * case.width)
        G, D = torch_dcgan.generator(wide), torch_dcgan.discriminator(wide)
        optims = torch_dcgan.optimizer(G), torch_dcgan.optimizer(D)
    else:
        rival = Examples(case)
        G, D = rival.names["netG"], rival.names["netD"]
    for theirs, mine in ((G, state.G), (D, state.D)):
        values = zip(theirs.state_dict(), mine.state_dict().values(), strict=True)
        theirs.load_state_dict({name: value.contiguous() for name, value in values})
        theirs.to(memory_format=order)

    def step(real: Tensor, z: Tensor) -> tuple[float, float]:
        if case.examples is None:
            loss_D, loss_G = torch_dcgan.step(G, D, *optims, real, z)
        else:
            rival.names |= {"torch": _Torch(z), "dataloader": [(real,)]}
            rival()
            loss_D, loss_G = rival.names["errD"].detach(), rival.names["errG"].detach()
        return float(loss_D), float(loss_G)

    return step


class _Torch:
    """The module torch, but for ``randn``, which gives the z that it is told."""

    def __init__(self, z: Tensor) -> None:
        self.z = z

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    def randn(self, *shape: int, device: torch.device) -> Tensor:
        assert self.z.shape == shape
        return self.z.to(device)


# Keras --------------------------------------------------------------------------------------------------------------


def keras(case: Case) -> Step:
    """Return a step of a Keras-born row in Keras 3 on PyTorch, as its source takes it: float32, channels last."""
    from tests.reference import keras_models, keras_steps

    name, config = case.row.replace("-", "_"), case.config
    G, D = getattr(keras_models, name)(case.width)
    D = _with_dropout(keras_models, D, [layer.dropout for layer in case.model.D])
    state = new_state(replace(config, device="cpu"), case.model)
    for mine, theirs in ((state.G, G), (state.D, D)):
        assert sum(p.numel() for p in mine.parameters()) == sum(v.value.numel() for v in theirs.trainable_variables)
    optimizer = getattr(keras_steps, f"{name}_optimizer")
    gan = keras_steps.Gan(G, D, optimizer(config.optim_G.lr), optimizer(config.optim_D.lr))
    take, real = getattr(keras_steps, f"{name}_step"), to_unit(pixels_of(case)).permute(0, 2, 3, 1).contiguous()
    real = real.to(case.device)

    def step() -> None:
        z = [torch.randn(case.batch, *G.input_shape[1:], device=case.device) for _ in range(2)]
        uniform = {name: torch.rand(case.batch, device=case.device) for name in ("real", "fake", "G")}
        take(gan, real, *z, uniform)

    return step


def _with_dropout(keras_models: Any, model: Any, rates: list[float]) -> Any:
    """Put a Keras network together again with dropout after the activation of each layer that has a rate."""
    made, at = [keras_models.keras.Input(model.input_shape[1:])], -1
    for layer in model.layers:
        at += hasattr(layer, "kernel")
        made.append(layer)
        if isinstance(layer, keras_models.layers.LeakyReLU) and rates[at]:
            made.append(keras_models.layers.Dropout(rates[at]))
    return keras_models.keras.Sequential(made)
