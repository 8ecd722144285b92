"""Memory that is given back to the system has to be fetched again, page by page, at every step."""

import ctypes
import sys
from contextlib import suppress

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # mallopt's names for them, in glibc's malloc.h
MOST = 2**30
OLD_MOST = 2**25  # older ones refuse more


def keep_freed_memory() -> None:
    """Have the C library keep the large blocks that a step frees for the next step, in this process, from now on.

    glibc would map each block of more than some megabytes afresh, and the first touch of every page costs: a tenth of a
    step on a CPU. Where there is no glibc nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        if mallopt(MMAP_THRESHOLD, MOST) != 1:
            mallopt(MMAP_THRESHOLD, OLD_MOST)
        mallopt(TRIM_THRESHOLD, MOST)
