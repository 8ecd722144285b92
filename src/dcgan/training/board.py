"""TensorBoard, where it is installed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NAMES = {"loss_D": "loss/D", "loss_G": "loss/G", "penalty": "loss/penalty", "D_real": "D/x", "D_fake": "D/G(z)"}


@contextmanager
def open_board(folder: Path, nimg: int) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield a function that adds a line of statistics to the events in ``folder``; it does nothing without TensorBoard.

    Args:
        folder: where the events are written.
        nimg: images seen; events after it, from before a resume, are hidden.
    """
    if find_spec("tensorboard") is None:
        yield lambda row: None
        return
    from torch.utils.tensorboard import SummaryWriter

    def add(row: dict[str, Any]) -> None:
        if row.get("partial"):
            return
        for name, tag in NAMES.items():
            writer.add_scalar(tag, row[name], row["nimg"])

    with SummaryWriter(str(folder), purge_step=nimg + 1) as writer:
        yield add
