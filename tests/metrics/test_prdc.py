"""Precision, recall, density, coverage: points set by hand, parity, what they must see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan.errors import UserError
from dcgan.metrics import checks, distances
from dcgan.metrics.prdc import Prdc, prdc
from tests.metrics.rows import BAD, clusters, gaussian
from tests.reference import measures


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float64)[:, None]


def four(found: Prdc) -> tuple[float, float, float, float]:
    return found.precision, found.recall, found.density, found.coverage


def test_points_set_by_hand() -> None:
    """k = 1 on a line. Reals 0 1 4 8 reach 1 1 3 4; fakes 2 3 20 reach 1 1 17."""
    found = prdc(column(0, 1, 4, 8), column(2, 3, 20), k=1)
    assert found.precision == 2 / 3  # 20 lies in no ball of a real
    assert found.density == (2 + 1) / 3  # 2 lies in those of 1 and 4; 3 in that of 4
    assert found.coverage == 2 / 4  # 1 (its nearest is 2, at its very edge) and 4
    assert found.recall == 3 / 4  # 1 and 4 by the balls of 2 and 3, 4 and 8 by that of 20


def test_copies_of_the_reals() -> None:
    real = gaussian(1, 60, 4)
    found = prdc(real, real[::-1], k=3)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    assert found.density == pytest.approx((3 + 1) / 3)  # each ball holds k others and the real's own copy


def test_reals_that_coincide_have_a_ball_of_one_point() -> None:
    real = np.concatenate([column(*[5.0] * 4), column(10, 11, 12, 13)])
    found = prdc(real, column(5, 5 + 1e-9, 100, 101, 102), k=3)
    assert found.precision == 1 / 5
    assert found.density == 4 / 3 / 5
    assert found.coverage == 4 / 8


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_parity_with_pairs_one_by_one(k: int, offset: float) -> None:
    real, fake = gaussian(1, 120, 3), 1.2 * gaussian(2, 100, 3) + 0.5
    expected = measures.prdc(real, fake, k)
    assert 0 < min(expected) < max(expected[:2]) < 1
    assert four(prdc(real + offset, fake + offset, k)) == pytest.approx(expected, rel=1e-12)


def test_tiles_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = gaussian(1, 90, 3).astype(np.float32), gaussian(2, 110, 3).astype(np.float32)
    whole = prdc(real, fake)
    monkeypatch.setattr(checks, "CELLS", 128)
    monkeypatch.setattr(distances, "COLUMNS", 32)
    assert prdc(real, fake) == whole


@given(st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_blind_to_order_shift_and_rotation(seed: int, k: int) -> None:
    """On a lattice too, where distances tie and a rotation rounds each differently."""
    draw = np.random.default_rng(seed)
    real, fake = (draw.integers(0, 5, (40, 3)).astype(np.float64) for _ in range(2))
    expected = prdc(real, fake, k)
    q = np.linalg.qr(draw.normal(size=(3, 3)))[0]
    assert prdc(draw.permutation(real), draw.permutation(fake), k) == expected
    assert prdc(real @ q + 100, fake @ q + 100, k) == expected


def test_two_halves_of_one_set() -> None:
    found = prdc(gaussian(1, 1000, 8), gaussian(2, 1000, 8))
    assert found.precision == pytest.approx(found.recall, abs=0.05)
    assert found.density == pytest.approx(1, abs=0.1)
    assert found.coverage == pytest.approx(1 - 0.5**5, abs=0.02)  # of equal sets: the nearest k are all reals


def test_modes_that_are_dropped_lower_recall_and_coverage_alone() -> None:
    real = clusters(1, 40, 10)
    before = None
    for kinds in (10, 6, 2):
        found = prdc(real, clusters(2, 40, 10)[: 40 * kinds])
        assert found.precision > 0.8
        assert found.density == pytest.approx(1, abs=0.25)
        if before:
            assert found.recall < before.recall - 0.2
            assert found.coverage < before.coverage - 0.2
        assert found.coverage <= kinds / 10
        before = found


def test_modes_that_are_invented_lower_precision_alone() -> None:
    fake = clusters(2, 40, 10)
    found = prdc(clusters(1, 40, 10)[:200], fake)
    whole = prdc(clusters(1, 40, 10), fake)
    assert found.precision < whole.precision - 0.3
    assert found.recall == pytest.approx(whole.recall, abs=0.1)
    assert found.coverage == pytest.approx(whole.coverage, abs=0.1)


def test_few_fakes_over_and_over_cover_little() -> None:
    """Collapse within every mode: each fake is a real picture, and still most reals have none near."""
    real = gaussian(1, 400, 4)
    found = prdc(real, real[np.arange(400) % 20])
    assert found.precision == 1
    assert found.recall == 20 / 400
    assert found.coverage < 0.4
    one = prdc(real, real[:1].repeat(400, axis=0))
    assert one.recall == 1 / 400
    assert one.coverage < 0.05


@pytest.mark.parametrize(("real", "fake", "said"), BAD)
def test_bad_features(real: np.ndarray, fake: np.ndarray, said: str) -> None:
    with pytest.raises(UserError, match=said):
        prdc(real, fake)


def test_bad_k() -> None:
    with pytest.raises(UserError, match=r"at least 6 rows of fake: real \(9, 2\), fake \(5, 2\)"):
        prdc(gaussian(1, 9, 2), gaussian(2, 5, 2))
    with pytest.raises(UserError, match="not 0"):
        prdc(gaussian(1, 9, 2), gaussian(2, 9, 2), k=0)
