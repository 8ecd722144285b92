"""The extractor ``inception``: the network of published FIDs, through torch-fidelity.

Its 2,048 features of the Inception of 2015 (Heusel and others, arXiv 1706.08500), with the weights that were converted
from the original ones, and its own resizing, which is TensorFlow 1's: resizing alone changes a FID by points (Parmar
and others, arXiv 2104.11222). The library downloads the weights when they are first used, and keeps them where
torch.hub keeps its files.
"""

import importlib
import importlib.util
import pickle
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from dcgan.errors import UserError
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.optional import INSTEAD, missing
from dcgan.metrics.extractors.reading import on_white, reader
from dcgan.models.digest import weights_digest

PACKAGE, MODULE = "torch_fidelity", "torch_fidelity.feature_extractor_inceptionv3"
DIM = 2048
BATCH = 32


def open_inception(argument: str | None, device: torch.device) -> Extractor:
    """Return the extractor of Inception's features.

    Args:
        argument: a file of the weights, in torch-fidelity's form, where they cannot be downloaded. Loading it runs what
            is pickled in it.
        device: where it reads.

    Raises:
        UserError: the library is not installed, or the weights cannot be had.
    """
    net = _load(load_library(), argument).to(device)

    def network(pixels: Tensor) -> Tensor:
        return net(on_white(pixels).contiguous())[0]

    return Extractor(
        name=f"inception:{argument}" if argument else "inception",
        key=f"inception-{DIM}-{weights_digest(net)}",
        dim=DIM,
        read=reader(network, device, name="inception", batch=BATCH),
        facts={
            "what": "2,048 features of the Inception network of 2015, as in published FIDs, through torch-fidelity",
            "limits": "it was trained on photographs of 1,000 kinds of things at 299x299, to which pictures are "
            "enlarged; gray is repeated in three channels, transparency laid on white; 10,000 pictures and more are "
            "usual, and figures compare only with the same number and the same split",
        },
    )


def load_library() -> ModuleType:
    """Import the one file of torch-fidelity that is needed.

    Its package imports torchvision, for other networks, and torchvision does not load beside a PyTorch of another make
    (the one for CPUs alone, say). This file of it needs no torchvision, so the package's own start is passed over, and
    nothing is left behind that a later import of the whole package would stumble on.
    """
    if PACKAGE in sys.modules:
        return importlib.import_module(MODULE)
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise missing(PACKAGE, "metrics", "inception")
    package = ModuleType(PACKAGE)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[PACKAGE] = package
    try:
        return importlib.import_module(MODULE)
    except ImportError as error:
        raise UserError(
            f"the extractor inception cannot use the installed torch-fidelity ({error}): install the version that "
            f"'dcgan[metrics]' names, or {INSTEAD}"
        ) from error
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]


def _load(module: ModuleType, path: str | None) -> nn.Module:
    if path is not None and not Path(path).is_file():
        raise UserError(f"there is no file of Inception's weights at {path}")
    kind = module.FeatureExtractorInceptionV3
    try:
        with torch.random.fork_rng(devices=[]):  # it fills its layers at random before it loads them
            net: nn.Module = kind("inception-v3-compat", ["2048"], feature_extractor_weights_path=path, verbose=False)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError, TypeError, AttributeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        if path is not None:
            raise UserError(f"{path} does not hold Inception's weights as torch-fidelity has them: {first}") from error
        raise UserError(
            f"the weights of the extractor inception cannot be downloaded ({first}): they come from "
            f"{module.URL_INCEPTION_V3}; fetch them elsewhere and give frechet:inception:FILE, or {INSTEAD}"
        ) from error
    return net.eval().requires_grad_(False)
