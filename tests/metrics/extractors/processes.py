"""What other processes do in tests: a module that they can import."""

from pathlib import Path
from typing import Any

import torch

from dcgan.metrics.extractors import learning
from tests.metrics.extractors.kit import SHORTEST, opened, rows_lit

learn = learning.learn


def open_and_note(folder: Path) -> str:
    """Open the extractor and write a line for every training."""
    torch.set_num_threads(1)

    def noted(*arguments: Any) -> Any:
        with (folder / "trainings").open("a") as f:
            f.write("trained\n")
        return learn(*arguments)

    learning.learn = noted
    return opened(rows_lit([0, 1, 2] * 20), folder, SHORTEST).key
