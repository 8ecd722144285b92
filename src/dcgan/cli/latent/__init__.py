"""``dcgan latent EXPERIMENT RUN``: what can be done with z. Each experiment is a file of this folder."""

from dcgan.cli.experiments import Family

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

FAMILY = Family(
    name="latent", what="What can be done with the latent vector z of a trained generator.", experiments=EXPERIMENTS
)
main = FAMILY.run
