"""Everything a run has to remember to go on exactly where it stopped."""

import copy
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from dcgan.config import Config, ModelConfig, Precision
from dcgan.errors import SnapshotError
from dcgan.files import replacing
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.layers import BatchNorm
from dcgan.models.tensors import save_file
from dcgan.processes import ALONE, Processes
from dcgan.training.device import choose_device, choose_precision, set_float32
from dcgan.training.figures import COLUMNS
from dcgan.training.optim import Updater

COUNTERS = ("nimg", "step", "seconds", "looks", "events")
ROWS = ("pending", "unlooked")
GENTLER = 0.5  # what a way back multiplies D's rate by


@dataclass
class State:
    """G, D, the averaged G, both optimisers, and the counters. ``nimg`` (images seen) is the clock."""

    config: Config
    model: ModelConfig
    device: torch.device
    precision: Precision
    G: Generator
    D: Discriminator
    G_ema: Generator | None
    optim_G: Updater
    optim_D: Updater
    processes: Processes = ALONE
    nimg: int = 0
    step: int = 0
    seconds: float = 0.0
    """Time spent training, over all launches."""
    measured: int = -1
    """At which ``nimg`` the averaged G's BatchNorm statistics were last measured."""
    pending: list[Tensor] = field(default_factory=list)
    """A row of figures a round since the last line of statistics (see ``figures.COLUMNS``)."""
    unlooked: list[Tensor] = field(default_factory=list)
    """The same since the last look at the run's health."""
    looks: list[dict[str, Any]] = field(default_factory=list)
    """What was seen of its health (``look.Looker``), the untrained G first."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """When it was stopped, begun again or taken back because of a trouble (``course``)."""


def new_state(config: Config, model: ModelConfig, processes: Processes = ALONE) -> State:
    """Return the state of a run that has not seen a picture, the same in each of ``processes`` that train together.

    Raises:
        ConfigError: the device, or the precision on it, is not to be had here.
    """
    device = choose_device(config.device, processes.local)
    precision = choose_precision(config.precision, device)
    set_float32(precision)
    G = Generator(model, config.seed).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    D = Discriminator(model, config.seed).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = State(
        config=config,
        model=model,
        device=device,
        precision=precision,
        G=G,
        D=D,
        G_ema=copy.deepcopy(G).eval().requires_grad_(False) if config.ema_kimg else None,
        optim_G=Updater(config.optim_G, G, processes, scaled=precision == "fp16", measured=True),
        optim_D=Updater(config.optim_D, D, processes, scaled=precision == "fp16"),
        processes=processes,
    )
    if processes.world > 1 and config.sync_bn:
        for norm in (m for net in (G, D) for m in net.modules() if isinstance(m, BatchNorm)):
            norm.synchronised = True  # not of the averaged G, which one process alone looks at
    return state


def save_state(state: State, path: Path) -> None:
    """Write the state as one safetensors file, in one step: a crash leaves the old one or the new one, whole.

    Raises:
        OSError: it cannot be written; the file that was there before is untouched.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in _tensors(state).items()}
    for name in ROWS:
        if rows := getattr(state, name):
            tensors[name] = torch.stack(rows).cpu()
    counters = {name: getattr(state, name) for name in COUNTERS}
    _write(path, tensors, counters)


def restamp(source: Path, target: Path, **counters: Any) -> None:
    """Write the state in ``source`` to ``target``, in one step, with some counters of its own.

    Raises:
        SnapshotError: ``source`` is missing or damaged.
    """
    tensors, found = _read(source)
    _write(target, tensors, found | counters)


def saved_counters(path: Path) -> tuple[int, float]:
    """Return the images seen and the seconds trained of the state in ``path``; zeros where none can be read."""
    try:
        with safe_open(path, "pt") as file:
            counters = json.loads((file.metadata() or {})["counters"])
        return counters["nimg"], counters["seconds"]
    except (SafetensorError, OSError, KeyError, ValueError):
        return 0, 0.0


def load_state(state: State, path: Path) -> None:
    """Fill a new state from a file that ``save_state`` wrote.

    Raises:
        SnapshotError: the file is missing, damaged, or of a run with other settings.
    """
    tensors, counters = _read(path)
    rows = {name: tensors.pop(name, None) for name in ROWS}
    modules = {"G": state.G, "D": state.D} | ({"G_ema": state.G_ema} if state.G_ema is not None else {})
    try:
        for name, module in modules.items():
            module.load_state_dict(_below(tensors, name))
        for name, optim in {"optim_G": state.optim_G, "optim_D": state.optim_D}.items():
            optim.load_state_tensors(_below(tensors, name))
    except (RuntimeError, KeyError, IndexError) as error:
        raise SnapshotError(f"{path} belongs to a run with other settings: {str(error).splitlines()[0]}") from error
    for name in COUNTERS:
        if name in counters:
            setattr(state, name, counters[name])
    for name, found in rows.items():  # of a version that had other figures they are dropped
        known = found is not None and found.shape[1] == len(COLUMNS)
        setattr(state, name, list(found.to(state.device)) if found is not None and known else [])
    _follow_events(state)


def _follow_events(state: State) -> None:
    """Take the seed and the gentler D that events have led to."""
    seeds = [event["seed"] for event in state.events if event["event"] == "restart"]
    if seeds:
        state.config = replace(state.config, seed=seeds[-1])
    state.optim_D.gentler = GENTLER ** sum(event["event"] == "rollback" for event in state.events)


def _write(path: Path, tensors: dict[str, Tensor], counters: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"format": "dcgan-state", "counters": json.dumps(counters)})


def _tensors(state: State) -> dict[str, Tensor]:
    parts: dict[str, dict[str, Tensor]] = {
        "G": state.G.state_dict(),
        "D": state.D.state_dict(),
        "optim_G": state.optim_G.state_tensors(),
        "optim_D": state.optim_D.state_tensors(),
    }
    if state.G_ema is not None:
        parts["G_ema"] = state.G_ema.state_dict()
    return {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}


def _below(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(part + "."): value for name, value in tensors.items() if name.startswith(part + ".")}


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    if not path.exists():
        raise SnapshotError(f"{path.parent} has no saved state to go on from ({path.name} is missing): start a new run")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if metadata.get("format") != "dcgan-state":
            raise SnapshotError(f"{path} is not a state of a dcgan run")
        return tensors, json.loads(metadata["counters"])
    except (SafetensorError, OSError, KeyError, json.JSONDecodeError) as error:
        raise SnapshotError(f"{path} is damaged ({error}): start a new run, or sample from a snapshot") from error
