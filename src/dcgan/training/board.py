"""TensorBoard's events, where it is installed.

They are written at once and by this thread, not by TensorBoard's own writer, which holds them back for two minutes in
a thread of its own: what the saved state has seen is in the file, whatever happens next.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dcgan.files import naming

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
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    path = folder / f"events.out.tfevents.{time.time():.6f}.{os.getpid()}"  # read in the order of their names

    def write(**values: Any) -> None:
        with naming(path), path.open("ab") as file:
            RecordWriter(file).write(Event(wall_time=time.time(), **values).SerializeToString())

    def add(row: dict[str, Any]) -> None:
        if not row.get("partial"):
            values = [Summary.Value(tag=tag, simple_value=row[name]) for name, tag in NAMES.items()]
            write(step=row["nimg"], summary=Summary(value=values))

    write(file_version="brain.Event:2")
    write(step=nimg + 1, session_log=SessionLog(status=SessionLog.START))
    yield add
