"""What every round leaves of itself: its figures, and their means over many."""

from typing import Any

import torch
from torch import Tensor

LOSSES = ("loss_D_real", "loss_D_fake", "penalty", "loss_G", "D_real", "D_fake")
SIGNS = ("accuracy_real", "accuracy_fake", "margin", "grad_G")
COLUMNS = LOSSES + SIGNS
"""Losses and D's opinions, then what tells who is ahead: the shares of pictures that D tells right, the distance of the
two kinds' mean logits (above 0 where D is right), and the length of G's gradient."""


def column_means(rows: list[Tensor]) -> dict[str, Any]:
    """Return the mean of each of COLUMNS over rows, float64; None for what is a number in no row.

    What is no number is passed over: a gradient may overflow in float16, and that update is then left out. Losses are
    looked at before (``ticks.check_finite``).
    """
    table = torch.stack(rows).cpu().double()
    found = torch.where(torch.isfinite(table), table, torch.nan).nanmean(0).tolist()
    return {name: value if value == value else None for name, value in zip(COLUMNS, found, strict=True)}
