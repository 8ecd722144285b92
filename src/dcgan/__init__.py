"""Train a small image GAN on any pictures and walk its latent space."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dcgan.api import Model, load, prepare

__version__ = "0.1.0"
__all__ = ["Model", "__version__", "load", "prepare"]


def __getattr__(name: str) -> Any:
    """Import the Python interface, and with it torch, only when it is asked for."""
    if name in ("Model", "load", "prepare"):
        from dcgan import api

        return getattr(api, name)
    raise AttributeError(f"module 'dcgan' has no attribute {name!r}")
