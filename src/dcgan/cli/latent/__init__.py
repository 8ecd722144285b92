"""``dcgan latent EXPERIMENT RUN``: what can be done with z. Each experiment is a file of this folder."""

import importlib

from dcgan.errors import ConfigError

EXPERIMENTS = {
    "sheet": "a numbered contact sheet of seeds, to choose from",
    "means": "grids for z ~ N(mean, std), several side by side, for one snapshot or more",
    "average": "average faces along the mean of z, beside the picture of that mean",
    "spread": "what changes along the mean: brightness, hue, saturation, labels",
    "algebra": 'arithmetic on z: "G + D", "mean(glasses) - mean(man) + mean(woman)"',
    "traverse": "one dimension or direction moved, the rest frozen; --rank scores all dimensions",
    "interpolate": "walks through key frames: a grid, a GIF, an mp4",
    "turn": "the difference of two averages, applied in steps",
    "beside": "generated beside real: could you tell?",
    "directions": "find directions, name them, measure what they do",
    "invert": "the z of real pictures",
    "neighbours": "memorised or not: the training pictures nearest to samples",
    "smoothness": "how entangled: perceptual path length, and how far dimensions do the same",
}


def main(argv: list[str]) -> int:
    """Run an experiment and return the exit code.

    Raises:
        UserError: there is no such experiment, or it cannot be done.
    """
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *rest = argv
    if name not in EXPERIMENTS:
        raise ConfigError(f"there is no experiment {name!r}: it is one of {', '.join(EXPERIMENTS)}")
    module = importlib.import_module(f"dcgan.cli.latent.{name}")
    return int(module.main(rest))


def usage() -> str:
    """Return the text of ``dcgan latent --help``."""
    lines = [f"  {name:<12} {what}" for name, what in EXPERIMENTS.items()]
    head = "usage: dcgan latent EXPERIMENT RUN ...\n\nWhat can be done with the latent vector z of a trained generator."
    return "\n".join(
        [head, "", "experiments:", *lines, "", "`dcgan latent EXPERIMENT --help` lists an experiment's options."]
    )
