"""Of several processes that a launcher has started together one speaks."""

import os


def is_first() -> bool:
    """Whether this process is that one."""
    return os.environ.get("RANK", "0") == "0"


def is_alone() -> bool:
    """Whether this process was started by itself."""
    return int(os.environ.get("WORLD_SIZE", "1")) == 1
