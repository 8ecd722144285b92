"""``dcgan features EXPERIMENT RUN``: what D has learnt to see. Each experiment is a file of this folder."""

from dcgan.cli.experiments import Family

EXPERIMENTS = {
    "classify": "D's features under a linear SVM, beside pixels, an untrained D, k-means and a supervised network",
    "export": "D's features of any pictures, as a file",
    "look": "what D looks at: guided backpropagation of its strongest responses",
    "remove": "take an object out of G: the maps that draw it are dropped, z stays",
    "name": "name the clusters of G's own samples, for arithmetic by label",
}

FAMILY = Family(
    name="features",
    what="What the discriminator D of a run has learnt to see, and what its generator G draws with.",
    experiments=EXPERIMENTS,
)
main = FAMILY.run
