"""A network's weights as a short word."""

import hashlib

from torch import nn


def weights_digest(net: nn.Module) -> str:
    """Return what changes with any of a network's weights and statistics: 16 hexadecimal digits."""
    found = hashlib.blake2b(digest_size=8)
    for name, value in net.state_dict().items():
        found.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
