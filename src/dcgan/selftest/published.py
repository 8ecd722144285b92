"""What others have measured: figures of papers, to stand beside ours. +- is a standard error."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Published:
    """A row of a published table."""

    name: str
    modes: str
    kl: str
    source: str
    good: str = "-"
    """Share of samples of high quality (Gaussians)."""


def _row(name: str, modes: str, kl: str, source: str, good: str = "-") -> Published:
    return Published(name=name, modes=modes, kl=kl, source=source, good=good)


VEEGAN = "VEEGAN, arXiv 1705.07761, table 2"
PACGAN_1, PACGAN_2 = (f"PacGAN, arXiv 1712.04086, table {number}" for number in (1, 2))
R3GAN = "R3GAN, arXiv 2501.05441, table 1"

STACKED = (
    _row("DCGAN", "99.0", "3.40", VEEGAN),
    _row("DCGAN", "78.9 +- 6.46", "4.50 +- 0.127", PACGAN_2),
    _row("ALI", "16.0", "5.40", VEEGAN),
    _row("Unrolled GAN", "48.7", "4.32", VEEGAN),
    _row("VEEGAN", "150.0", "2.95", VEEGAN),
    _row("PacDCGAN2", "1000.0 +- 0.00", "0.06 +- 0.003", PACGAN_2),
    _row("PacDCGAN3", "1000.0 +- 0.00", "0.06 +- 0.003", PACGAN_2),
    _row("PacDCGAN4", "1000.0 +- 0.00", "0.07 +- 0.005", PACGAN_2),
    _row("WGAN-GP", "959", "0.73", R3GAN),
    _row("StyleGAN2", "940", "0.42", R3GAN),
    _row("PresGAN", "1000", "0.12", R3GAN),
    _row("DDGAN", "1000", "0.071", R3GAN),
    _row("R3GAN", "1000", "0.029", R3GAN),
)
GAUSSIANS = {
    "ring": (
        _row("GAN", "6.3 +- 0.5", "0.45 +- 0.09", PACGAN_1, "98.2%"),
        _row("ALI", "6.6 +- 0.3", "0.36 +- 0.04", PACGAN_1, "97.6%"),
        _row("PacGAN2", "7.9 +- 0.1", "0.07 +- 0.03", PACGAN_1, "95.6%"),
        _row("PacGAN3", "7.8 +- 0.1", "0.10 +- 0.02", PACGAN_1, "97.7%"),
        _row("PacGAN4", "7.8 +- 0.1", "0.07 +- 0.02", PACGAN_1, "95.9%"),
    ),
    "grid": (
        _row("GAN", "17.3 +- 0.8", "0.70 +- 0.07", PACGAN_1, "94.8%"),
        _row("ALI", "24.1 +- 0.4", "0.14 +- 0.03", PACGAN_1, "95.7%"),
        _row("PacGAN2", "23.8 +- 0.7", "0.13 +- 0.04", PACGAN_1, "91.3%"),
        _row("PacGAN3", "24.6 +- 0.4", "0.06 +- 0.02", PACGAN_1, "94.2%"),
        _row("PacGAN4", "24.8 +- 0.2", "0.04 +- 0.01", PACGAN_1, "93.6%"),
    ),
}
"""400 passes over 100,000 points in batches of 100, G four layers deep and 400 wide: not comparable in effort."""
