"""The values of torch-fidelity, where it is installed: its own functions, in float64, on the same features."""

import numpy as np
import pytest
import torch

from dcgan.metrics.frechet import frechet
from dcgan.metrics.kernel import kernel_distance
from dcgan.metrics.moments import Moments
from dcgan.metrics.prdc import prdc
from dcgan.metrics.score import inception_score
from tests.metrics.rows import gaussian

pytest.importorskip("torch_fidelity", exc_type=ImportError)
REAL, FAKE = (gaussian(i, 300, 24) @ gaussian(i + 2, 24, 24) for i in (1, 2))


def tensors() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(FAKE), torch.from_numpy(REAL)


def test_frechet() -> None:
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    theirs = fid_statistics_to_metric(*map(fid_features_to_statistics, tensors()), verbose=False)
    expected = pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)
    assert frechet(Moments.of(REAL), Moments.of(FAKE)) == expected


def test_kernel_distance() -> None:
    from torch_fidelity.metric_kid import kid_features_to_metric

    theirs = kid_features_to_metric(*tensors(), kid_subsets=2, kid_subset_size=300, verbose=False)
    expected = pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-6)
    assert kernel_distance(REAL, FAKE, subsets=2)[0] == expected


@pytest.mark.parametrize("k", [3, 5])
def test_precision_and_recall(k: int) -> None:
    from torch_fidelity.metric_prc import prc_features_to_metric

    real, fake = REAL[:, :4], FAKE[:, :4]
    given = (torch.from_numpy(np.ascontiguousarray(x)) for x in (fake, real))
    theirs = prc_features_to_metric(*given, prc_neighborhood=k, verbose=False)
    found = prdc(real, fake, k)
    assert 0 < found.recall < 1
    assert (found.precision, found.recall) == pytest.approx((theirs["precision"], theirs["recall"]), rel=1e-6)


def test_inception_score() -> None:
    from torch_fidelity.metric_isc import isc_features_to_metric

    logits = torch.from_numpy(gaussian(1, 205, 10))
    theirs = isc_features_to_metric(logits, splits=10, shuffle=False)
    found = inception_score(logits.softmax(1).numpy())
    assert found == pytest.approx((theirs["inception_score_mean"], theirs["inception_score_std"]), rel=1e-6)
