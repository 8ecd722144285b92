"""The extractor ``self``: what the run's own discriminator sees. It shows where a run goes, and no more."""

import copy

import torch
from torch import Tensor

from dcgan.errors import UserError
from dcgan.images import to_unit
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.reading import fitting, reader, width_of
from dcgan.models.digest import weights_digest
from dcgan.models.discriminator import Discriminator
from dcgan.models.pooling import max_pooled

SIDE = 4


def open_self(D: Discriminator | None, device: torch.device) -> Extractor:
    """Return the extractor of D's features: of every layer but the last, each map max-pooled to 4x4, then its mean.

    The maxima are those of the DCGAN paper's own probe (Radford and others, arXiv 1511.06434); their mean keeps the
    features as few as D has maps. D is copied as it is now, in evaluation mode: training it further changes nothing
    here. A D that judges several pictures together is shown each picture that many times.

    Args:
        D: the discriminator.
        device: where it reads.

    Raises:
        UserError: there is no D.
    """
    if D is None:
        raise UserError("the extractor self needs a run's discriminator: name a run, or take labels or random")
    net = copy.deepcopy(D).eval().requires_grad_(False).to(device)
    shape = (net.config.height, net.config.width, net.config.channels)

    def network(pixels: Tensor) -> Tensor:
        x = to_unit(fitting(pixels, shape, "self").permute(0, 2, 3, 1))
        maps = net.features(x.repeat_interleave(net.config.pack, 0))
        return torch.cat([max_pooled(m, SIDE).mean((2, 3)) for m in maps], 1)

    dim = width_of(network, shape, device)
    return Extractor(
        name="self",
        key=f"self-{SIDE}-{weights_digest(net)}",
        dim=dim,
        read=reader(network, device, name="self"),
        facts={
            "what": f"the features of this run's own discriminator, {dim} numbers from {len(net.layers) - 1} layers",
            "limits": "D was trained to tell these very pictures apart and changes as the run goes on, so its figures "
            "may only be compared with each other, within one run and one D",
        },
        trends_only=True,
    )
