"""Configurations through JSON: whole there and back, and everything else refused by name."""

import json
from typing import Any

import pytest

from dcgan.config import Config, Layer, ModelConfig, ObjectiveConfig
from dcgan.errors import ConfigError
from dcgan.models.recipes import RECIPES, find
from dcgan.serial import from_dict, to_dict


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_come_back_from_json(name: str) -> None:
    recipe = find(name)
    for cls, value in ((Config, recipe.config), (ModelConfig, recipe.model)):
        assert from_dict(cls, json.loads(json.dumps(to_dict(value)))) == value


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"colour": 1}, r"configuration has only the keys .*, not \['colour'\]"),
        ({"batch": "64"}, "configuration.batch is of type int, not '64'"),
        ({"batch": 64.0}, "configuration.batch is of type int, not 64.0"),
        ({"batch": True}, "configuration.batch is of type int, not True"),
        ({"width": True}, "configuration.width is of type float, not True"),
        ({"kimg": "3"}, "configuration.kimg has a value of the wrong type: '3'"),
        ({"steps": 1.5}, "configuration.steps"),
        ({"prior": "cauchy"}, "configuration.prior is one of normal, uniform, not 'cauchy'"),
        ({"optim_G": {"speed": 1}}, r"configuration.optim_G has only the keys .*, not \['speed'\]"),
        ({"optim_G": {"lr": None}}, "configuration.optim_G.lr is of type float, not None"),
        ({"objective": []}, r"configuration.objective is an object, not \[\]"),
        ({"augment": "color"}, "configuration.augment is a list, not 'color'"),
        ({"augment": ["blur"]}, r"configuration.augment\[0\] is one of color, translation, cutout, mirror, not 'blur'"),
        ({"objective": {"loss": "wgan"}}, "configuration.objective.loss is one of bce, saturating"),
        ({"optim_D": {"lr": -1.0}}, "--optim-D.lr are numbers above 0, not -1.0"),
    ],
)
def test_what_is_refused_in_a_run(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        from_dict(Config, to_dict(Config()) | changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"base": [4]}, r"model.base has 2 items, not \[4\]"),
        ({"base": [4, "4"]}, r"model.base\[1\] is of type int"),
        ({"G": 3}, "model.G is a list, not 3"),
        ({"G": [3]}, r"model.G\[0\] is an object, not 3"),
        ({"D": [{"op": "conv", "width": 3, "padding": "full"}]}, r"model.D\[0\].padding .*'full'"),
        ({"D": [{"op": "conv", "width": 3, "padding": 1.0}]}, r"model.D\[0\].padding"),
        ({"D": [{"op": "conv"}]}, r"model.D\[0\] is incomplete: .*'width'"),
        ({"style": {"gain": 1.0}}, "model.style has only the keys"),
    ],
)
def test_what_is_refused_in_a_model(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        from_dict(ModelConfig, to_dict(find("pytorch").model) | changes, "model")


def test_means_come_back_from_json() -> None:
    config = Config(augment=("color", "cutout"), pack=2, objective=ObjectiveConfig(loss="least-squares", steps_D=2))
    assert from_dict(Config, json.loads(json.dumps(to_dict(config)))) == config


def test_missing_keys_take_their_defaults_where_there_are_some() -> None:
    assert from_dict(Config, {"batch": 32}) == Config(batch=32)
    assert from_dict(Layer, {"op": "linear", "width": 2}) == Layer(op="linear", width=2)
    values = to_dict(find("modern").model)
    del values["z_dim"]
    with pytest.raises(ConfigError, match="'z_dim'"):
        from_dict(ModelConfig, values)


def test_whole_numbers_stand_for_floats() -> None:
    config = from_dict(Config, {"kimg": 5, "width": 2})
    assert (config.kimg, config.width) == (5.0, 2.0)
    assert type(config.kimg) is type(config.width) is float
