"""What is done to pictures before D sees them, against slow code for one picture at a time."""

from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from dcgan.augment import MEANS, augment, instance_noise
from dcgan.config import Means

SHAPES = [(6, 3, 16, 24), (6, 1, 13, 9), (6, 4, 17, 32)]


def pictures(shape: tuple[int, ...] = SHAPES[0], seed: int = 0) -> Tensor:
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def seeded(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# One picture (C, H, W) at a time --------------------------------------------------------------------------------------


def slow_color(x: np.ndarray, generator: torch.Generator) -> Iterator[np.ndarray]:
    draws = torch.rand(3, len(x), 1, 1, 1, generator=generator).numpy().reshape(3, -1)
    for picture, brightness, saturation, contrast in zip(x, *draws, strict=True):
        new = picture.copy()
        colours = new[:3]
        colours += brightness - 0.5
        for y in range(colours.shape[1]):
            for column in range(colours.shape[2]):
                gray = colours[:, y, column].mean()
                colours[:, y, column] = gray + 2 * saturation * (colours[:, y, column] - gray)
        middle = colours.mean()
        new[:3] = middle + (0.5 + contrast) * (colours - middle)
        yield new


def slow_translation(x: np.ndarray, generator: torch.Generator) -> Iterator[np.ndarray]:
    count, _, height, width = x.shape
    most = [int(s / 8 + 0.5) for s in (height, width)]
    ways = [torch.randint(-m, m + 1, (count, 1), generator=generator).flatten() for m in most]
    for picture, down, right in zip(x, *[way.tolist() for way in ways], strict=True):
        new = np.zeros_like(picture)
        for y in range(height):
            for column in range(width):
                if 0 <= y + down < height and 0 <= column + right < width:
                    new[:, y + down, column + right] = picture[:, y, column]
        yield new


def slow_cutout(x: np.ndarray, generator: torch.Generator) -> Iterator[np.ndarray]:
    count, _, height, width = x.shape
    sides = (int(height / 2 + 0.5), int(width / 2 + 0.5))
    tops, lefts = (
        (torch.randint(s + 1 - side % 2, (count, 1), generator=generator).flatten() - side // 2).tolist()
        for s, side in zip((height, width), sides, strict=True)
    )
    for picture, top, left in zip(x, tops, lefts, strict=True):
        new = picture.copy()
        new[:, max(top, 0) : top + sides[0], max(left, 0) : left + sides[1]] = 0
        yield new


def slow_mirror(x: np.ndarray, generator: torch.Generator) -> Iterator[np.ndarray]:
    for picture, turned in zip(x, torch.randint(2, (len(x), 1, 1, 1), generator=generator).flatten(), strict=True):
        yield picture[:, :, ::-1] if turned else picture


SLOW = {"color": slow_color, "translation": slow_translation, "cutout": slow_cutout, "mirror": slow_mirror}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("means", get_args(Means))
def test_each_means_is_the_slow_one(means: Means, shape: tuple[int, ...]) -> None:
    x = pictures(shape)
    found = augment(x, (means,), seeded())
    assert found.shape == x.shape
    np.testing.assert_allclose(found.numpy(), list(SLOW[means](x.numpy(), seeded())), atol=1e-12)


def test_they_follow_each_other() -> None:
    x, generator = pictures(), seeded()
    expected = x.numpy()
    for means in ("mirror", "color", "cutout", "translation"):
        expected = np.stack(list(SLOW[means](expected, generator)))
    found = augment(x, ("mirror", "color", "cutout", "translation"), seeded())
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


# Ranges ---------------------------------------------------------------------------------------------------------------


def test_brightness_and_contrast_span_their_ranges() -> None:
    flat = augment(torch.zeros(4000, 1, 2, 2, dtype=torch.float64), ("color",), seeded())[:, 0, 0, 0]
    assert -0.5 <= flat.min() < -0.499
    assert 0.499 < flat.max() <= 0.5
    halves = torch.tensor([-0.1, 0.1], dtype=torch.float64).expand(4000, 1, 2, 2)
    found = augment(halves, ("color",), seeded())[:, 0, 0]
    contrast = (found[:, 1] - found[:, 0]) / 0.2
    assert 0.5 <= contrast.min() < 0.501
    assert 1.499 < contrast.max() <= 1.5


def test_gray_pictures_have_no_saturation_and_transparency_stays() -> None:
    x = pictures((5, 4, 8, 8))
    assert torch.equal(augment(x, ("color",), seeded())[:, 3], x[:, 3])
    gray = pictures((5, 1, 8, 8))
    three = augment(gray.expand(5, 3, 8, 8), ("color",), seeded())
    torch.testing.assert_close(three, augment(gray, ("color",), seeded()).expand(5, 3, 8, 8))


def test_translation_moves_up_to_an_eighth_each_way() -> None:
    x = torch.zeros(4000, 1, 16, 32)
    x[:, 0, 8, 16] = 1
    places = augment(x, ("translation",), seeded())[:, 0].nonzero()
    assert len(places) == 4000
    assert places[:, 1].unique().tolist() == list(range(6, 11))
    assert places[:, 2].unique().tolist() == list(range(12, 21))


def test_cutout_takes_a_quarter_where_it_is_whole() -> None:
    left = augment(torch.ones(2000, 1, 16, 16), ("cutout",), seeded())
    gone = (left == 0).sum(dim=(1, 2, 3))
    assert gone.max() == 64
    assert gone.min() >= 16  # centred on a corner
    assert ((left == 0).float().mean(0)[0, 8, 8] > 0.2).item()


def test_mirror_turns_half_of_them() -> None:
    x = torch.tensor([0.0, 1.0]).expand(4000, 1, 1, 2)
    assert augment(x, ("mirror",), seeded())[:, 0, 0, 0].mean().item() == pytest.approx(0.5, abs=0.03)


# Both kinds, gradients, nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("means", ["translation", "cutout", "mirror"])
def test_one_seed_does_the_same_to_reals_and_fakes(means: Means) -> None:
    real, fake = pictures(seed=1), pictures(seed=2)
    both = augment(real + fake, (means,), seeded())
    torch.testing.assert_close(both, augment(real, (means,), seeded()) + augment(fake, (means,), seeded()))


def test_every_picture_has_draws_of_its_own() -> None:
    x = pictures()[:1].expand(6, 3, 16, 24)
    for means in MEANS:
        found = augment(x, (means,), seeded())
        assert any(not torch.equal(found[0], other) for other in found[1:]), means


@pytest.mark.parametrize("means", get_args(Means))
def test_gradients_flow(means: Means) -> None:
    x = pictures((2, 3, 8, 8)).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda v: augment(v, (means,), seeded()), (x,))
    assert torch.autograd.gradgradcheck(lambda v: augment(v, (means,), seeded()).square(), (x[:1, :, :8, :2],))


def test_an_empty_policy_and_no_noise_draw_nothing() -> None:
    x, generator = pictures(), seeded()
    before = generator.get_state()
    assert augment(x, (), generator) is x
    assert torch.equal(generator.get_state(), before)


def test_noise_has_its_spread_and_a_draw_a_number() -> None:
    found = instance_noise(torch.ones(50, 3, 16, 16), 0.3, seeded()) - 1
    assert found.mean().item() == pytest.approx(0, abs=0.006)
    assert found.std().item() == pytest.approx(0.3, abs=0.006)
    assert len(found.unique()) > 30_000
