"""Directions kept in a run: read as written, refused when damaged, warned of on other weights."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dcgan.errors import ConfigError, DataError
from dcgan.latent.named import (
    Direction,
    delete_direction,
    direction_source,
    fitting,
    load_direction,
    load_directions,
    origin_of,
    save_direction,
)
from dcgan.models.generator import Generator
from tests.latent.kit import Linear


def generator() -> Generator:
    return Linear(prior="uniform")  # type: ignore[return-value]


def direction(name: str = "smile") -> Direction:
    vector = np.array([0.6, 0, 0, 0.8, 0, 0], np.float32)
    effect = {"label": "Smiling", "gained": 0.9}
    return Direction(name=name, vector=vector, found="by eye", origin=origin_of(generator(), 12.5), effect=effect)


def test_a_direction_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = replace(direction(), length=2.5, effect=None)
    path = save_direction(tmp_path / "directions", written)
    assert path == tmp_path / "directions" / "smile.json"
    save_direction(tmp_path / "directions", direction("Big-nose_2"))
    found = load_directions(tmp_path / "directions")
    assert list(found) == ["Big-nose_2", "smile"]
    np.testing.assert_array_equal(found["smile"].vector, written.vector)
    assert replace(found["smile"], vector=written.vector) == written
    assert found["Big-nose_2"].effect == {"label": "Smiling", "gained": 0.9}
    assert load_direction(tmp_path / "directions", "smile").found == "by eye"
    assert load_directions(tmp_path / "none") == {}


@pytest.mark.parametrize("name", ["", "a b", "../up", "ä", "a.b", "a" * 101])
def test_names_are_letters_digits_and_dashes(name: str, tmp_path: Path) -> None:
    sentence = "a direction's name is letters, digits, - and _"
    with pytest.raises(ConfigError, match=sentence):
        direction(name)
    with pytest.raises(ConfigError, match=sentence):
        load_direction(tmp_path, name)
    with pytest.raises(ConfigError, match=sentence):
        delete_direction(tmp_path, name)


def test_a_missing_direction_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no direction 'smile': there are none"):
        load_direction(tmp_path, "smile")
    save_direction(tmp_path, direction("a"))
    save_direction(tmp_path, direction("b"))
    with pytest.raises(ConfigError, match="has no direction 'smile': there are a, b"):
        delete_direction(tmp_path, "smile")
    assert delete_direction(tmp_path, "a") == tmp_path / "a.json"
    assert list(load_directions(tmp_path)) == ["b"]


@pytest.mark.parametrize(
    "change",
    [
        {"vector": [1, 1]},
        {"vector": ["x"]},
        {"vector": [[1.0]]},
        {"vector": [float("nan")]},
        {"name": "other"},
        {"format": "mp3"},
        {"version": 2},
        {"origin": None},
        {"origin": {"kimg": 1}},
        {"length": "long"},
        {"effect": 3},
    ],
    ids=str,
)
def test_a_damaged_direction_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = save_direction(tmp_path, direction())
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError, match=r"smile.json is no direction, or damaged \(.*\): delete it, or find it anew"):
        load_directions(tmp_path)
    delete_direction(tmp_path, "smile")
    assert load_directions(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"format": "dcgan-direction", "version": 1}', "\x00"])
def test_what_is_no_direction_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "smile.json").write_text(text)
    with pytest.raises(DataError, match="is no direction, or damaged"):
        load_direction(tmp_path, "smile")


def test_other_weights_are_warned_of_and_other_lengths_refused() -> None:
    G = generator()
    assert fitting(direction(), G, 12.5) is None
    with torch.no_grad():
        next(G.parameters()).add_(1)
    warning = fitting(direction(), G, 20)
    assert warning is not None
    assert "smile was found on other weights (at 12.5 kimg; these are at 20 kimg)" in warning
    with pytest.raises(ConfigError, match="has 6 numbers, and this generator's z has 7: it belongs to another model"):
        fitting(direction(), Linear(z_dim=7), 20)  # type: ignore[arg-type]


def test_in_an_expression_a_direction_is_a_step_of_one_standard_deviation(tmp_path: Path) -> None:
    save_direction(tmp_path, direction())
    said: list[str] = []
    source = direction_source(tmp_path, generator(), 12.5, said.append)
    assert source("smile").shape == (1, 6)
    np.testing.assert_allclose(source("smile")[0], direction().vector / 3**0.5, rtol=1e-6)
    assert said == []
    other = generator()
    with torch.no_grad():
        next(other.parameters()).add_(1)
    direction_source(tmp_path, other, 12.5, said.append)("smile")
    assert len(said) == 1
