"""Addressed randomness: every draw has an address, and the address alone decides what is drawn.

An address is (seed, rank, purpose, nimg). Nothing is carried from one draw to the next, so a resumed run
draws what the uninterrupted one would have drawn, and looking at a run (previews, metrics) cannot change it.
"""

import hashlib


def key(seed: int, purpose: str, nimg: int = 0, rank: int = 0) -> int:
    """Return the 63-bit seed at an address.

    Args:
        seed: the run's seed, any integer.
        purpose: what the draw is for, e.g. ``"z_D"``; two purposes never share a stream.
        nimg: images seen when the draw is made, so that every step has its own stream.
        rank: index of the process in a run of several.

    Returns:
        An integer in [0, 2**63), the same on every machine and Python version (BLAKE2b of the address).
    """
    address = f"{seed}/{rank}/{purpose}/{nimg}".encode()
    return int.from_bytes(hashlib.blake2b(address, digest_size=8).digest(), "little") >> 1
