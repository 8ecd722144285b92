"""A network of D's shape that is told what pictures are: that it learns, repeats itself, and keeps its best pass."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dcgan.config import Layer, ModelConfig
from dcgan.errors import DataError
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.probes import supervised
from dcgan.probes.supervised import Supervised, batch_of, one_cycle, passes_of, train, varied, widened
from tests.training import tiny

CPU = torch.device("cpu")


def model(channels: int = 1, **changes: Any) -> ModelConfig:
    """Pictures of 8x8, two small layers and a head."""
    up = (Layer(op="linear", width=4), Layer(op="up", width=channels, kernel=4, stride=2, padding=1))
    down = Layer(op="conv", width=8, kernel=3, stride=2, norm="batch", act="leaky")
    D = (down, down, Layer(op="linear", width=1))
    return ModelConfig(
        height=8, width=8, channels=channels, z_dim=4, prior="normal", base=(4, 4), G=up, **({"D": D} | changes)
    )


def squares(m: ModelConfig, count: int = 64, classes: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise, and a corner of it bright: which one says the class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=count)
    pixels = rng.integers(0, 120, (count, m.height, m.width, m.channels), np.uint8)
    high, wide = m.height // 2, m.width // 2
    for picture, label in zip(pixels, labels, strict=True):
        y, x = ((0, 0), (high, wide), (0, wide), (high, 0))[label]
        picture[y : y + high, x : x + wide] += 130
    return pixels, labels


def trained(m: ModelConfig, pixels: np.ndarray, labels: np.ndarray, classes: int = 2, **changes: Any) -> Supervised:
    settings: dict[str, Any] = {"passes": 8, "device": CPU} | changes
    rows = settings.pop("rows", np.arange(len(pixels)))
    return train(m, pixels, labels, rows, classes=classes, **settings)


def test_it_learns_two_kinds_of_pictures() -> None:
    pixels, labels = squares(model())
    done: list[tuple[int, int]] = []
    found = trained(model(), pixels, labels, progress=lambda n, total: done.append((n, total)))
    other, truth = squares(model(), seed=1)
    said = found.predict(other)
    assert said.dtype == np.int64
    assert said.shape == (64,)
    assert (said == truth).all()
    assert done == [(n + 1, 32) for n in range(32)]  # 8 passes of 4 batches of 16
    assert found.validation == ()
    assert found.kept == 7
    assert not found.net.training
    np.testing.assert_array_equal(found.predict(other, np.array([3, 1])), said[[3, 1]])
    assert found.predict(other[:0]).shape == (0,)


def test_the_same_seed_gives_the_same_network_whatever_is_drawn_elsewhere() -> None:
    pixels, labels = squares(model(), classes=4)
    one = trained(model(), pixels, labels, 4, mirror=True, passes=2)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    same = trained(model(), pixels, labels, 4, mirror=True, passes=2)
    assert torch.equal(torch.get_rng_state(), before)
    other = trained(model(), pixels, labels, 4, mirror=True, passes=2, seed=1)
    for name, value in one.net.state_dict().items():
        assert torch.equal(value, same.net.state_dict()[name]), name
    assert not torch.equal(one.net.layers[0].op.weight, other.net.layers[0].op.weight)  # type: ignore[arg-type,union-attr]
    np.testing.assert_array_equal(one.predict(pixels), same.predict(pixels))


def test_looking_at_validation_rows_changes_nothing_but_what_is_kept() -> None:
    pixels, labels = squares(model())
    rows = np.arange(48)
    blind = trained(model(), pixels, labels, rows=rows, passes=3)
    seeing = trained(model(), pixels, labels, rows=rows, passes=3, validation_rows=np.arange(48, 64))
    assert len(seeing.validation) == 3
    if seeing.kept == 2:
        assert torch.equal(blind.net.layers[0].op.weight, seeing.net.layers[0].op.weight)  # type: ignore[arg-type,union-attr]


def test_the_best_pass_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate explodes after the fourth pass, and what was right before is forgotten."""
    pixels, labels = squares(model())
    monkeypatch.setattr(supervised, "one_cycle", lambda i, updates: 1.0 if i < 12 else -1e3)
    apart = np.arange(48, 64)
    found = trained(model(), pixels, labels, rows=np.arange(48), passes=8, validation_rows=apart)
    assert len(found.validation) == 8
    assert found.validation[-1] < max(found.validation)
    assert found.validation[found.kept] == max(found.validation)
    assert (found.predict(pixels[apart]) == labels[apart]).mean() == max(found.validation)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_runs(recipe: str) -> None:
    m = resolve_model(tiny.config(recipe))
    pixels, labels = squares(m, 40, 3)
    found = trained(m, pixels, labels, 3, passes=1, validation_rows=np.arange(10))
    assert set(found.predict(pixels)) <= {0, 1, 2}
    assert all(value.isfinite().all() for value in found.net.state_dict().values())


def test_it_has_the_layers_of_the_row_and_a_logit_a_class() -> None:
    down = Layer(op="conv", width=8, kernel=3, stride=2, norm="spectral", act="leaky", dropout=0.2)
    whole = Layer(op="conv", width=1, kernel=0, padding="valid", norm="spectral")
    m = model(3, pack=4, D=(down, down, whole))
    net = widened(m, 7, seed=0)
    assert net(torch.zeros(5, 3, 8, 8)).shape == (35,)
    assert [layer.row.width for layer in net.layers] == [8, 8, 7]  # type: ignore[union-attr]
    assert net.layers[0].row == down  # type: ignore[union-attr]
    assert isinstance(net.layers[0].op, nn.Conv2d)  # type: ignore[union-attr]
    assert net.layers[0].op.in_channels == 3  # type: ignore[union-attr]


def test_few_rows_and_wrong_labels_are_refused() -> None:
    pixels, labels = squares(model())
    with pytest.raises(DataError, match="at least two labelled pictures, and there are 1"):
        trained(model(), pixels, labels, rows=np.array([3]))
    with pytest.raises(DataError, match="labels are in 0 to 1, and these are in -1 to 1"):
        trained(model(), pixels, np.where(np.arange(64) == 5, -1, labels))


@pytest.mark.parametrize(("rows", "batch"), [(2, 2), (20, 16), (1000, 50), (10_000, 128), (50_000, 128)])
def test_batches_are_smaller_where_there_are_few_rows(rows: int, batch: int) -> None:
    assert batch_of(rows) == batch


def test_passes_are_fewer_where_there_are_many_rows() -> None:
    passes = [passes_of(each) for each in (1, 20, 100, 400, 10_000)]
    assert passes == sorted(passes, reverse=True)
    assert passes[0] == supervised.MOST_PASSES
    assert passes[-1] == supervised.LEAST_PASSES


@pytest.mark.parametrize("updates", [1, 2, 7, 100])
def test_the_rate_rises_and_falls(updates: int) -> None:
    rates = [one_cycle(i, updates) for i in range(updates)]
    peak = int(np.argmax(rates))
    assert max(rates) == 1
    assert min(rates) > 0
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_pictures_are_moved_and_mirrored() -> None:
    ramp = np.arange(10, dtype=np.uint8)
    pixels = np.broadcast_to((10 * ramp[:, None] + ramp)[:, :, None], (200, 10, 10, 1))
    np.testing.assert_array_equal(varied(pixels, 0, False, 0), pixels)
    turned = varied(pixels, 0, True, 0)
    mirrored = (turned[:, 0, 0, 0] == 9).mean()
    assert 0.35 < mirrored < 0.65
    assert all((p == pixels[0]).all() or (p == pixels[0][:, ::-1]).all() for p in turned)
    moved = varied(pixels, 0.2, False, 0)
    assert {int(v) for v in moved[:, 5, 5, 0]} == {10 * y + x for y in range(3, 8) for x in range(3, 8)}
    assert moved.dtype == np.uint8
    assert moved.max() == 99  # edges are repeated
