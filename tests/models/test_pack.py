"""A D that judges several pictures together."""

import dataclasses

import pytest
import torch

from dcgan.models.discriminator import Discriminator, packed
from dcgan.models.recipes import find, resolve_model
from dcgan.models.snapshot import load_snapshot, save_snapshot
from dcgan.serial import from_dict, to_dict

ROWS = ["radford2015", "anime-chollet", "mnist-28", "modern"]


def packing(name: str, pack: int) -> Discriminator:
    config = dataclasses.replace(find(name).config, width=0.1, pack=pack, batch=6)
    return Discriminator(resolve_model(config)).eval()


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("pack", [2, 3])
def test_a_packed_d_is_a_plain_one_of_joined_pictures(name: str, pack: int) -> None:
    D = packing(name, pack)
    model = D.config
    joined = dataclasses.replace(model, pack=1)
    object.__setattr__(joined, "channels", pack * model.channels)  # which G could not make
    plain = Discriminator(joined).eval()
    plain.load_state_dict(D.state_dict())
    x = torch.randn(6, model.channels, model.height, model.width)
    by_hand = torch.stack([torch.cat(list(x[i : i + pack])) for i in range(0, 6, pack)])
    assert torch.equal(packed(x, pack), by_hand)
    torch.testing.assert_close(D(x), plain(by_hand))
    assert D(x).shape == (6 // pack,)
    assert [len(maps) for maps in D.features(x)] == [6 // pack] * (len(model.D) - 1)


@pytest.mark.parametrize("name", ROWS)
def test_only_the_first_layer_grows(name: str) -> None:
    one, two = packing(name, 1), packing(name, 2)
    shapes = [[p.shape for p in D.parameters()] for D in (one, two)]
    different = [i for i, (a, b) in enumerate(zip(*shapes, strict=True)) if a != b]
    assert different == [0]
    assert shapes[1][0][1] == 2 * shapes[0][0][1]


def test_pictures_that_are_not_whole_groups_are_refused() -> None:
    D = packing("modern", 2)
    with pytest.raises(ValueError, match="2 pictures at a time, so their number is a multiple of it, not 3"):
        D(torch.zeros(3, 3, 64, 64))


def test_channels_last_pictures_are_joined_alike() -> None:
    x = torch.randn(4, 3, 8, 8)
    assert torch.equal(packed(x.contiguous(memory_format=torch.channels_last), 2), packed(x, 2))
    assert packed(x, 1) is x


def test_a_packed_model_travels_in_its_snapshot(tmp_path) -> None:
    from dcgan.models.generator import Generator

    D = packing("modern", 2)
    save_snapshot(tmp_path / "s", D.config, Generator(D.config), D, None, {})
    again = load_snapshot(tmp_path / "s")
    x = torch.randn(4, 3, 64, 64)
    assert again.model.pack == 2
    torch.testing.assert_close(again.D(x), D(x))


def test_models_from_before_packing_still_load() -> None:
    model = find("modern").model
    values = to_dict(model)
    del values["pack"]
    assert from_dict(type(model), values) == model
