"""Directions as plain values and back, refused when damaged, and what they mean to a generator."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from dcgan.errors import ConfigError, DataError
from dcgan.latent.named import Direction, direction_source, fitting, found_on, from_json
from dcgan.models.generator import Generator
from tests.latent.kit import Linear


def generator() -> Generator:
    return Linear(prior="uniform")  # type: ignore[return-value]


def direction(name: str = "smile") -> Direction:
    vector = np.array([0.6, 0, 0, 0.8, 0, 0], np.float32)
    effect = {"label": "Smiling", "gained": 0.9}
    return Direction(name=name, vector=vector, found="by eye", found_on=found_on(generator(), 12.5), effect=effect)


@pytest.mark.parametrize("written", [direction(), replace(direction("Big-nose_2"), length=2.5, effect=None)])
def test_a_direction_is_read_as_it_was_written(written: Direction) -> None:
    found = from_json(json.loads(json.dumps(written.as_json())))
    np.testing.assert_array_equal(found.vector, written.vector)
    assert found.vector.dtype == np.float32
    assert replace(found, vector=written.vector) == written


@pytest.mark.parametrize("name", ["", "a b", "../up", "ä", "a.b", "a" * 101])
def test_names_are_letters_digits_and_dashes(name: str) -> None:
    with pytest.raises(ConfigError, match="a direction's name is letters, digits, - and _"):
        direction(name)
    with pytest.raises(DataError, match="a direction's name is letters, digits, - and _"):
        from_json(direction().as_json() | {"name": name})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"vector": [1, 1]}, "its vector is not of length 1"),
        ({"vector": ["x"]}, "could not convert"),
        ({"vector": [[1.0]]}, "its vector is not of length 1"),
        ({"vector": [float("nan")]}, "its vector is not of length 1"),
        ({"format": "mp3"}, "it is no dcgan-direction of version 1"),
        ({"version": 2}, "it is no dcgan-direction of version 1"),
        ({"origin": None}, "NoneType"),
        ({"origin": {"kimg": 1}}, "it has no 'weights'"),
        ({"length": "long"}, "could not convert"),
        ({"effect": 3}, "int"),
    ],
    ids=str,
)
def test_a_damaged_direction_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        from_json(direction().as_json() | change)


@pytest.mark.parametrize("plain", [[], 3, None, "x", {"format": "dcgan-direction", "version": 1}])
def test_what_is_no_direction_is_refused(plain: object) -> None:
    with pytest.raises(DataError):
        from_json(plain)


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


def test_in_an_expression_a_direction_is_a_step_of_one_standard_deviation() -> None:
    said: list[str] = []
    source = direction_source({"smile": direction()}.__getitem__, generator(), 12.5, said.append)
    assert source("smile").shape == (1, 6)
    np.testing.assert_allclose(source("smile")[0], direction().vector / 3**0.5, rtol=1e-6)
    assert said == []
    other = generator()
    with torch.no_grad():
        next(other.parameters()).add_(1)
    direction_source({"smile": direction()}.__getitem__, other, 12.5, said.append)("smile")
    assert len(said) == 1
