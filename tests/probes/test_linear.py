"""The linear machine: scikit-learn's where it fits, and the same plane where it does not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

from dcgan.probes import linear
from dcgan.probes.judge import predict_each
from dcgan.probes.lbfgs import minimise
from dcgan.probes.linear import Machine, Scaling, fit_each, in_their_span, scaling_of
from dcgan.probes.table import Table, mean_and_scale

N, WIDTH, CLASSES = 900, 60, 4


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, CLASSES, N)


@pytest.fixture(scope="module")
def features(labels: np.ndarray) -> np.ndarray:
    """Of very different sizes and offsets, as layers have them."""
    rng = np.random.default_rng(1)
    means = rng.normal(size=(CLASSES, WIDTH))
    x = means[labels] * 0.4 + rng.normal(size=(N, WIDTH)) + 3
    return (x * np.geomspace(0.05, 20, WIDTH)).astype(np.float16)


@pytest.fixture(scope="module")
def kept(features: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("linear") / "features"
    path.write_bytes(features.tobytes())
    return Table(path=path, count=N, width=WIDTH)


@pytest.fixture(scope="module")
def scaling(kept: Table) -> Scaling:
    return scaling_of(*mean_and_scale(kept, np.arange(N)))


def scaled_weights(machine: Machine, scaling: Scaling) -> np.ndarray:
    return machine.weights / scaling.factor[:, None]


def test_the_input_is_standard_and_of_length_one(kept: Table, scaling: Scaling) -> None:
    x = scaling.apply(kept.read(np.arange(N)))
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(0) * np.sqrt(WIDTH), 1, rtol=1e-3)
    assert (x * x).sum(1).mean() == pytest.approx(1, rel=1e-3)


def test_scaling_knows_only_the_rows_it_is_measured_on(kept: Table) -> None:
    some = np.arange(0, N, 3)
    part = scaling_of(*mean_and_scale(kept, some))
    x = part.apply(kept.read(some))
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-5)
    assert np.abs(part.apply(kept.read(np.arange(N))).mean(0)).max() > 1e-3


@pytest.mark.parametrize("small", [True, False], ids=["scikit-learn", "own"])
@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_it_is_the_plane_of_scikit_learn(
    kept: Table, labels: np.ndarray, scaling: Scaling, C: float, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "SMALL", 10**9 if small else 0)
    rows = np.arange(N)
    x = scaling.apply(kept.read(rows)).astype(np.float64)
    expected = LinearSVC(C=C, dual=False, tol=1e-9, max_iter=100_000).fit(x, labels)
    (machine,) = fit_each(kept, rows, labels, CLASSES, [C], scaling, rounds=300, settled=1e-7)
    most = np.abs(expected.coef_).max()
    np.testing.assert_allclose(
        scaled_weights(machine, scaling), expected.coef_.T, atol=(1e-4 if small else 2e-2) * most
    )
    said = predict_each([machine], kept, rows)[0]
    assert (said == expected.predict(x)).mean() > 0.995


def test_as_the_command_stops_it_the_answers_are_scikit_learns(
    kept: Table, labels: np.ndarray, scaling: Scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "SMALL", 0)
    rows = np.arange(N)
    x = scaling.apply(kept.read(rows)).astype(np.float64)
    for C, machine in zip([0.1, 1.0], fit_each(kept, rows, labels, CLASSES, [0.1, 1.0], scaling), strict=True):
        expected = LinearSVC(C=C, dual=False, tol=1e-9, max_iter=100_000).fit(x, labels).predict(x)
        assert (predict_each([machine], kept, rows)[0] == expected).mean() > 0.99


def test_features_that_are_all_alike_fit_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(np.ones((6, 20), np.float16).tobytes())
    same = Table(path=tmp_path / "f", count=6, width=20)
    scaling = scaling_of(*mean_and_scale(same, np.arange(6)))
    (machine,) = fit_each(same, np.arange(6), np.arange(6) % 2, 2, [1.0], scaling)
    assert np.isfinite(machine.weights).all()


def test_several_values_of_c_at_once_are_each_alone(
    kept: Table, labels: np.ndarray, scaling: Scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "SMALL", 0)
    rows, Cs = np.arange(0, N, 2), [0.1, 3.0]
    together = fit_each(kept, rows, labels[rows], CLASSES, Cs, scaling, rounds=200, settled=1e-7)
    for C, one in zip(Cs, together, strict=True):
        (alone,) = fit_each(kept, rows, labels[rows], CLASSES, [C], scaling, rounds=200, settled=1e-7)
        a, b = scaled_weights(one, scaling), scaled_weights(alone, scaling)
        np.testing.assert_allclose(a, b, atol=0.02 * np.abs(b).max())


def test_a_start_is_gone_on_from(
    kept: Table, labels: np.ndarray, scaling: Scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "SMALL", 0)
    rows = np.arange(N)
    (long,) = fit_each(kept, rows, labels, CLASSES, [1.0], scaling, rounds=200, settled=1e-7)
    (short,) = fit_each(kept, rows, labels, CLASSES, [1.0], scaling, rounds=1)
    (onward,) = fit_each(kept, rows, labels, CLASSES, [1.0], scaling, start=long, rounds=1)
    far = np.abs(scaled_weights(short, scaling) - scaled_weights(long, scaling)).max()
    near = np.abs(scaled_weights(onward, scaling) - scaled_weights(long, scaling)).max()
    assert near < 0.05 * far


def test_fewer_pictures_than_features_lose_nothing_in_their_span() -> None:
    x = np.random.default_rng(3).normal(size=(12, 40)).astype(np.float32)
    short, back = in_their_span(x)
    np.testing.assert_allclose(short @ short.T, x.astype(np.float64) @ x.T, atol=1e-5)
    weights = np.random.default_rng(4).normal(size=short.shape[1])
    np.testing.assert_allclose(short @ weights, x @ (back @ weights), atol=1e-6)


def test_few_rows_of_many_features_are_scikit_learns_plane_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(30, 200)).astype(np.float16), np.arange(30) % 3
    (tmp_path / "f").write_bytes(x.tobytes())
    wide = Table(path=tmp_path / "f", count=30, width=200)
    scaling = scaling_of(*mean_and_scale(wide, np.arange(30)))
    (machine,) = fit_each(wide, np.arange(30), y, 3, [1.0], scaling)
    expected = LinearSVC(C=1.0, dual=False, tol=1e-10, max_iter=100_000).fit(scaling.apply(x).astype(np.float64), y)
    np.testing.assert_allclose(
        scaled_weights(machine, scaling), expected.coef_.T, atol=1e-3 * np.abs(expected.coef_).max()
    )


def test_a_class_without_examples_is_never_said(kept: Table, labels: np.ndarray, scaling: Scaling) -> None:
    rows = np.flatnonzero(labels != 2)
    (machine,) = fit_each(kept, rows, labels[rows], CLASSES, [1.0], scaling)
    assert 2 not in predict_each([machine], kept, np.arange(N))[0]


# The minimiser -------------------------------------------------------------------------------------------------------


def test_quadratics_are_solved_side_by_side() -> None:
    """Of very different sizes and curvatures, to their known least points."""
    generator = torch.Generator().manual_seed(0)
    curves = torch.logspace(-2, 2, 20)[:, None] * torch.tensor([1.0, 1000.0])
    least = torch.randn(20, 2, generator=generator)

    def objective(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        away = x - least
        return (0.5 * curves * away * away).sum(0, dtype=torch.float64), curves * away

    found = minimise(objective, torch.zeros(20, 2), (1 / curves.max(0).values).double(), rounds=200, settled=1e-7)
    value, start = objective(found)[0], objective(torch.zeros(20, 2))[0]
    assert (value < 1e-5 * start).all()


def test_it_never_ends_above_the_start() -> None:
    """Also where the first step is far too long."""

    def objective(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (x**4).sum(0, dtype=torch.float64), 4 * x**3

    start = torch.full((3, 2), 2.0)
    found = minimise(objective, start, torch.tensor([1e6, 1e-3], dtype=torch.float64), rounds=20)
    assert (objective(found)[0] <= objective(start)[0]).all()
    assert objective(found)[0][1] < 1
