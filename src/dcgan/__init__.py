"""Train a small image GAN on any pictures and walk its latent space."""

__version__ = "0.1.0"
