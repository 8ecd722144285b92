"""Several processes, as ``accelerate launch`` starts them: each runs the command, and learns here which one it is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from dcgan.errors import ConfigError
from dcgan.processes import ALONE, Processes

PATIENCE = timedelta(hours=6)  # while the first process measures, or prepares a large set


@contextmanager
def together(device: str) -> Iterator[Processes]:
    """Yield what this process is among those that were started together; alone, where it was started as usual.

    Args:
        device: what ``--device`` says; with CUDA they speak through NCCL, else through gloo.

    Raises:
        ConfigError: the package accelerate is missing.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    try:
        from accelerate import PartialState
    except ImportError as error:
        raise ConfigError("several processes need the package accelerate: pip install 'dcgan[several]'") from error
    import torch
    import torch.distributed as dist

    cuda = torch.cuda.is_available() and device != "cpu"
    state = PartialState(cpu=not cuda, timeout=PATIENCE)
    control = dist.new_group(backend="gloo", timeout=PATIENCE) if cuda else None
    try:
        yield Processes(
            rank=state.process_index, world=state.num_processes, local=state.local_process_index, control=control
        )
    finally:
        state.destroy_process_group()
