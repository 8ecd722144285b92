"""The extractor that learns the labels: how good, how reproducible, how robust."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import dcgan
from dcgan.data.heldback import split
from dcgan.data.pictures import Pictures
from dcgan.errors import UserError
from dcgan.metrics.extractors import learning
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.find import can_be_learnt, open_extractor
from dcgan.metrics.extractors.labels import find_labels
from dcgan.metrics.extractors.learning import Schedule
from tests.metrics.extractors.kit import CPU, SHORT, SHORTEST, noise, opened, pictures, rows_lit


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def digits(cache: Path) -> Pictures:
    return dcgan.prepare("digits", cache=cache, size=8)


@pytest.fixture(scope="module")
def of_digits(digits: Pictures, cache: Path) -> Extractor:
    return open_extractor("labels", pictures=digits, D=None, cache=cache, device=CPU)


def test_digits_are_learnt(digits: Pictures, of_digits: Extractor) -> None:
    facts = of_digits.facts
    assert facts["accuracy"] >= 0.95
    assert facts["held_out"] + facts["trained_on"] == len(digits) == 1797
    assert not facts["mirrored"]
    assert can_be_learnt(facts)
    assert of_digits.classes == digits.classes
    assert json.loads(json.dumps(facts)) == facts


def test_the_accuracy_is_that_of_the_pictures_held_out(digits: Pictures, of_digits: Extractor) -> None:
    held = split(len(digits), 0.1)[1]
    found = of_digits.read(digits.pixels[held])
    assert found.probabilities is not None
    np.testing.assert_allclose(found.probabilities.sum(1), 1, atol=1e-5)
    right = (found.probabilities.argmax(1) == digits.labels[held]).mean()
    assert right == pytest.approx(of_digits.facts["accuracy"], abs=1e-5)
    assert of_digits.facts["held_out"] == len(held)


def test_a_picture_is_read_alike_in_any_batch(digits: Pictures, of_digits: Extractor) -> None:
    together = of_digits.read(digits.pixels[:200]).features
    alone = np.concatenate([of_digits.read(digits.pixels[i : i + 1]).features for i in range(0, 200, 17)])
    assert together.shape == (200, of_digits.dim) == (200, 128)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together[::17], alone, atol=1e-5 * together.max())
    assert of_digits.read(digits.pixels[:0]).features.shape == (0, 128)


def test_autocast_around_it_changes_nothing(digits: Pictures, of_digits: Extractor) -> None:
    plain = of_digits.read(digits.pixels[:20]).features
    with torch.autocast("cpu", torch.bfloat16):
        inside = of_digits.read(digits.pixels[:20]).features
    np.testing.assert_array_equal(plain, inside)


def test_it_is_trained_once(digits: Pictures, of_digits: Extractor, cache: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(learning, "learn", _never)
    again = open_extractor("labels", pictures=digits, D=None, cache=cache, device=CPU)
    assert (again.key, again.facts) == (of_digits.key, of_digits.facts)
    np.testing.assert_array_equal(again.read(digits.pixels[:9]).features, of_digits.read(digits.pixels[:9]).features)


def _never(*arguments: Any) -> None:
    raise AssertionError("it was trained a second time")


# The same again -----------------------------------------------------------------------------------------------------


def test_training_is_reproducible_and_leaves_other_draws_alone(tmp_path: Path) -> None:
    data = rows_lit([0, 1, 2] * 20)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = opened(data, tmp_path / "a", SHORTEST)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    second = opened(data, tmp_path / "b", SHORTEST)
    assert first.key == second.key
    np.testing.assert_array_equal(first.read(data.pixels).features, second.read(data.pixels).features)


def test_pixels_labels_and_settings_make_another_one(tmp_path: Path) -> None:
    data = rows_lit([0, 1, 2] * 10)
    brighter = pictures(data.pixels + 1, data.labels)
    relabelled = pictures(data.pixels, np.roll(data.labels, 1))
    keys = {opened(d, tmp_path, SHORTEST).key for d in (data, brighter, relabelled, data)}
    keys.add(opened(data, tmp_path, Schedule(batch=16, cycles=(2,), least=2, lr=0.05)).key)
    assert len(keys) == 4


@pytest.mark.parametrize("damage", ["cut", "flipped", "no facts", "other facts", "gone"])
def test_a_damaged_one_is_made_anew(tmp_path: Path, damage: str) -> None:
    data = rows_lit([0, 1, 2] * 20)
    whole = opened(data, tmp_path, SHORTEST)
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    weights, facts = folder / "model.safetensors", folder / "facts.json"
    content = weights.read_bytes()
    if damage == "cut":
        weights.write_bytes(content[:-100])
    elif damage == "flipped":
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 64]))
    elif damage == "no facts":
        facts.write_text('{"weights": ')
    elif damage == "other facts":
        facts.write_text(json.dumps({"weights": json.loads(facts.read_text())["weights"], "facts": {}}))
    else:
        weights.unlink()
    again = opened(data, tmp_path, SHORTEST)
    assert again.key == whole.key
    assert weights.read_bytes() == content


def test_two_processes_train_it_once(tmp_path: Path) -> None:
    from multiprocessing import get_context

    from tests.metrics.extractors.processes import open_and_note

    with get_context("spawn").Pool(2) as pool:
        keys = pool.map(open_and_note, [tmp_path] * 2, chunksize=1)
    assert keys[0] == keys[1]
    assert (tmp_path / "trainings").read_text().split() == ["trained"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    data = rows_lit([0, 1] * 10)
    opened(data, tmp_path, SHORTEST)
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    (folder / "facts.json").unlink()
    left = tmp_path / f".{folder.name}.abc123.tmp"
    left.mkdir()
    opened(data, tmp_path, SHORTEST)
    assert not left.exists()


# Every kind of labels and pictures ----------------------------------------------------------------------------------


def test_attributes_are_learnt_together_and_the_unlearnable_one_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 2, (600, 3))
    pixels = noise(600)
    pixels[values[:, 0] == 1, :4] += 120
    pixels[values[:, 1] == 1, :, :4] += 60
    values[rng.random((600, 3)) < 0.3] = -1
    data = pictures(pixels, attributes=("top", "left", "nothing"), values=values)
    found = opened(data, tmp_path, Schedule(batch=32, cycles=(150,)))
    assert found.classes == ()
    reading = found.read(pixels[:4])
    assert reading.probabilities is None
    assert reading.answers is not None
    assert ((reading.answers[:, :2] > 0.5) == (pixels[:4, [0, 7], [7, 0], 0] > 59)).all()
    assert found.facts["attributes"]["top"] > 0.95
    assert found.facts["attributes"]["left"] > 0.95
    assert abs(found.facts["attributes"]["nothing"] - 0.5) < 0.25
    assert found.facts["near_chance"] == [n for n, v in found.facts["attributes"].items() if v < 0.55]
    assert "mean balanced accuracy of 3 attributes" in found.facts["what"]
    assert can_be_learnt(found.facts)


def test_an_attribute_that_nobody_knows_is_not_measured(tmp_path: Path) -> None:
    data = pictures(noise(60), attributes=("a", "b"), values=np.stack([np.arange(60) % 2, np.full(60, -1)], 1))
    assert opened(data, tmp_path, SHORTEST).facts["not_measured"] == ["b"]


def test_rare_classes_are_recognised_too(tmp_path: Path) -> None:
    labels = [0] * 540 + [1] * 60
    found = opened(rows_lit(labels), tmp_path).facts
    assert found["chance"] > 0.8
    assert found["balanced_accuracy"] > 0.9
    assert can_be_learnt(found)


def test_labels_that_mean_nothing_are_not_learnt(tmp_path: Path) -> None:
    labels = np.random.default_rng(1).integers(0, 4, 600)
    found = opened(pictures(noise(600), labels), tmp_path)
    assert not can_be_learnt(found.facts)


def test_pictures_without_labels_and_classes_of_one_picture(tmp_path: Path) -> None:
    labels = [0, 1] * 30 + [2] + [-1] * 39
    found = opened(rows_lit(labels), tmp_path, SHORTEST)
    assert found.facts["trained_on"] + found.facts["held_out"] == 61
    assert len(found.classes) == 3
    assert found.read(noise(5)).probabilities.shape == (5, 3)  # type: ignore[union-attr]


@pytest.mark.parametrize("shape", [(8, 8, 4), (9, 31, 3), (16, 16, 1), (33, 20, 3), (64, 64, 4), (100, 100, 3)])
def test_every_size_and_number_of_channels(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    height, width, channels = shape
    data = rows_lit([0, 1, 2] * 8, height=height, width=width, channels=channels)
    found = opened(data, tmp_path, SHORTEST)
    features = found.read(data.pixels).features
    assert features.shape == (24, 128)
    assert np.isfinite(features).all()


def test_a_colour_that_is_wholly_transparent_makes_no_difference(tmp_path: Path) -> None:
    data = rows_lit([0, 1, 2] * 10, channels=4)
    found = opened(data, tmp_path, SHORTEST)
    clear, other = data.pixels.copy(), data.pixels.copy()
    clear[:, :4, :, 3] = other[:, :4, :, 3] = 0
    other[:, :4, :, :3] = 200
    np.testing.assert_array_equal(found.read(clear).features, found.read(other).features)
    assert not np.allclose(found.read(clear).features, found.read(data.pixels).features)


@pytest.mark.data
def test_mnist_is_learnt(shared: Path, tmp_path: Path) -> None:
    data = dcgan.prepare(shared / "mnist", cache=tmp_path, size=28, limit=8000)
    found = opened(data, tmp_path, Schedule(cycles=(150,)))
    assert found.facts["accuracy"] > 0.95
    assert not found.facts["mirrored"]


# Mistakes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (pictures(noise(30)), "made up has no labels .* give labels with --labels, or take frechet:random"),
        (pictures(noise(30), [0] * 30), "of one class, so nothing can be learnt"),
        (pictures(noise(30), [0, 1] * 3 + [-1] * 24), "only 6 pictures of made up have labels"),
        (pictures(noise(30), attributes=("a",), values=np.ones((30, 1))), "no attribute has both a yes and a no"),
    ],
)
def test_what_cannot_be_learnt_is_said(tmp_path: Path, data: Pictures, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        opened(data, tmp_path, SHORTEST)


def test_no_pictures_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs labelled pictures"):
        open_extractor("labels", pictures=None, D=None, cache=tmp_path, device=CPU)


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    found = opened(rows_lit([0, 1] * 10), tmp_path, SHORTEST)
    with pytest.raises(UserError, match="labels reads pictures of 8x8 with 1 channels, not 16x16 with 3"):
        found.read(noise(3, 16, 16, 3))


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be kept in .* give another folder with --cache"):
        opened(rows_lit([0, 1] * 10), tmp_path / "file", SHORTEST)


def test_one_that_is_there_is_found_and_none_is_made(tmp_path: Path) -> None:
    data, cache = rows_lit([0, 1] * 10), tmp_path / "cache"
    assert find_labels(data, cache=cache, device=CPU, schedule=SHORTEST) is None
    assert not cache.exists()
    made = opened(data, cache, SHORTEST)
    found = find_labels(data, cache=cache, device=CPU, schedule=SHORTEST)
    assert found is not None
    assert (found.key, found.facts) == (made.key, made.facts)
    assert find_labels(data, cache=cache, device=CPU) is None


def test_progress_is_told(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    data = rows_lit([0, 1] * 30)
    from dcgan.metrics.extractors.labels import open_labels

    open_labels(data, cache=tmp_path, device=CPU, progress=lambda *p: seen.append(p), schedule=SHORT)
    assert [done for done, _ in seen] == list(range(1, seen[-1][0] + 1))
    assert all(done <= total == 51 for done, total in seen)
