"""Locks between processes: a file that one of them holds, and that the system frees when its holder dies."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock

NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}  # what network disks without locks answer


@contextmanager
def held(path: Path, seconds: float = -1) -> Iterator[None]:
    """Hold the lock file ``path`` as long as this process lives; where the disk has no locks, go on without.

    Args:
        path: the file; it stays, empty.
        seconds: how long to wait for another process to let go; below 0: for ever.

    Raises:
        TimeoutError: another process held it all that time.
        OSError: the file cannot be made.
    """
    lock = _lock(path)
    try:
        lock.acquire(timeout=seconds)
    except (NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in NO_LOCKS:
            raise
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _lock(path: Path) -> BaseFileLock:
    try:
        return FileLock(path, fallback_to_soft=False)  # a soft lock would outlive a killed process
    except TypeError:  # filelock before it had soft ones
        return FileLock(path)
