"""What is kept open between two reads of one file: a few handles a thread, each as long as its file does not change."""

import atexit
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 4


class _Kept(threading.local):
    def __init__(self) -> None:
        self.handles: OrderedDict[Any, Any] = OrderedDict()


_kept = _Kept()


def kept(what: str, paths: tuple[str, ...], make: Callable[[], T], *, part: Any = None, most: int = MOST) -> T:
    """Return what ``make`` returned for these files before, or makes now; the one used longest ago is closed.

    Args:
        what: what is made of them; files that are opened in two ways do not meet.
        paths: the files; when one of them changes, ``make`` is called again.
        make: opens them.
        part: which part of them, where that is what is kept.
        most: how many of this kind are kept.
    """
    handles = _kept.handles
    key = (what, paths, part, *map(_state, paths))
    if key not in handles:
        handles[key] = make()
        same = [k for k in handles if k[0] == what]
        for old in same[: max(0, len(same) - most)]:
            close = getattr(handles.pop(old), "close", None)
            if close is not None:
                close()
    handles.move_to_end(key)
    found: T = handles[key]
    return found


def _state(path: str) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116  once for every picture
    return status.st_size, status.st_mtime_ns


@atexit.register
def close_all() -> None:
    """Close what this thread has kept."""
    while _kept.handles:
        close = getattr(_kept.handles.popitem()[1], "close", None)
        if close is not None:
            close()
