"""Several processes, as ``accelerate launch`` starts them: each runs the command, and learns here which one it is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from dcgan.cli.speaker import is_alone
from dcgan.errors import ConfigError, DataError, check
from dcgan.processes import ALONE, Processes

PATIENCE = timedelta(hours=6)  # while the first process measures, or prepares a large set


@contextmanager
def together(device: str) -> Iterator[Processes]:
    """Yield what this process is among those that were started together; alone, where it was started as usual.

    Args:
        device: what ``--device`` says; with CUDA they speak through NCCL, else through gloo.

    Raises:
        ConfigError: the package accelerate is missing, or the processes cannot have that device.
    """
    if is_alone():
        yield ALONE
        return
    try:
        from accelerate import PartialState
    except ImportError as error:
        raise ConfigError("several processes need the package accelerate: pip install 'dcgan[several]'") from error
    cuda = device_of_all(device)
    import torch.distributed as dist

    state = PartialState(cpu=not cuda, timeout=PATIENCE)
    control = dist.new_group(backend="gloo", timeout=PATIENCE) if cuda else None
    try:
        yield Processes(
            rank=state.process_index, world=state.num_processes, local=state.local_process_index, control=control
        )
    except RuntimeError as error:
        if state.process_index and "onnection" in str(error):  # what gloo says when another process has ended
            raise DataError("another process has ended: what it says comes first") from error
        raise
    finally:
        state.destroy_process_group()


def device_of_all(device: str) -> bool:
    """Return whether the processes take CUDA devices, one each, and not the CPU.

    Raises:
        ConfigError: they cannot have what ``--device`` says.
    """
    import torch

    if device in ("auto", "cuda") and torch.cuda.is_available():
        here, there = int(os.environ.get("LOCAL_WORLD_SIZE", "1")), torch.cuda.device_count()
        check(here <= there, f"there are {there} CUDA devices here for the processes: start at most so many", here)
        return True
    others = device == "auto" and not torch.backends.mps.is_available()
    check(device == "cpu" or others, "several processes take --device cpu, or auto, a CUDA device each", device)
    return False
