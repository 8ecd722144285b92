"""Directions as files of a run: read as written, replaced with a word, refused when damaged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dcgan.cli.latent.named import delete_direction, directions_folder, load_direction, load_directions, save_direction
from dcgan.errors import ConfigError, DataError
from dcgan.latent.named import FoundOn
from tests.latent.test_named import direction


def test_directions_are_kept_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "directions"
    assert load_directions(folder) == {}
    assert save_direction(folder, direction()) == (folder / "smile.json", None)
    save_direction(folder, direction("Big-nose_2"))
    found = load_directions(folder)
    assert list(found) == ["Big-nose_2", "smile"]
    assert found["smile"].effect == {"label": "Smiling", "gained": 0.9}
    assert load_direction(folder, "smile").found == "by eye"


def test_what_is_replaced_is_said(tmp_path: Path) -> None:
    save_direction(tmp_path, direction())
    later = replace(direction(), found_on=FoundOn(kimg=200.0, weights="x"))
    assert save_direction(tmp_path, later)[1] == "replaced smile, which was found at 12.5 kimg"
    assert save_direction(tmp_path, direction())[1] == "replaced smile, which was found at 200 kimg"
    (tmp_path / "smile.json").write_text("{")
    assert save_direction(tmp_path, later)[1] == "replaced smile, which was damaged"
    assert load_direction(tmp_path, "smile").found_on == later.found_on


@pytest.mark.parametrize("name", ["", "a b", "../up"])
def test_names_are_no_paths(name: str, tmp_path: Path) -> None:
    for use in (load_direction, delete_direction):
        with pytest.raises(ConfigError, match="a direction's name is letters, digits, - and _"):
            use(tmp_path, name)


def test_a_missing_direction_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no direction 'smile': there are none"):
        load_direction(tmp_path, "smile")
    save_direction(tmp_path, direction("a"))
    save_direction(tmp_path, direction("b"))
    with pytest.raises(ConfigError, match="has no direction 'smile': there are a, b"):
        delete_direction(tmp_path, "smile")
    assert delete_direction(tmp_path, "a") == tmp_path / "a.json"
    assert list(load_directions(tmp_path)) == ["b"]


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", json.dumps(direction("other").as_json())])
def test_a_damaged_file_is_refused_and_can_be_removed(text: str, tmp_path: Path) -> None:
    (tmp_path / "smile.json").write_text(text)
    with pytest.raises(DataError, match=r"smile.json is no direction, or damaged \(.*\): delete it, or find it anew"):
        load_directions(tmp_path)
    delete_direction(tmp_path, "smile")
    assert load_directions(tmp_path) == {}


def test_a_snapshot_alone_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "run" / "snapshots" / "000001").mkdir(parents=True)
    inside = tmp_path / "run" / "snapshots" / "000001"
    (inside / "config.json").touch()
    assert directions_folder(inside) == inside / "directions"
    (tmp_path / "run" / "options.json").touch()
    assert directions_folder(inside) == (tmp_path / "run" / "directions").resolve()
    assert directions_folder(tmp_path / "run") == tmp_path / "run" / "directions"
