"""Taking an object out: which maps are found, and that dropping them changes only what it should."""

import numpy as np
import pytest
import torch

from dcgan.errors import ConfigError, DataError
from dcgan.latent.render import units
from dcgan.models.recipes import RECIPES
from dcgan.probes.remove import Finding, checked_layer, find_maps, positions, second_highest, shrunk, without
from tests.latent.kit import small


def vectors(G: torch.nn.Module, count: int = 6) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, G.config.z_dim)).astype(np.float32)  # type: ignore[union-attr, operator]


@pytest.mark.parametrize("name", RECIPES)
def test_with_nothing_dropped_pictures_are_gs_own(name: str) -> None:
    G = small(name)
    z = vectors(G)
    for layer in range(1, len(G.layers)):
        found = torch.cat(list(without(G, z, layer, [])))
        torch.testing.assert_close(found, torch.cat(list(units(G, z))), rtol=0, atol=1e-5)


def test_dropped_maps_are_zero_everywhere_and_the_others_stay() -> None:
    G = small()
    z = torch.from_numpy(vectors(G))
    maps = G.maps(z, 2)
    seen: list[torch.Tensor] = []
    handle = G.layers[2].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    list(without(G, z.numpy(), 2, [1, 4]))
    handle.remove()
    (given,) = seen
    assert (given[:, [1, 4]] == 0).all()
    others = [i for i in range(maps.shape[1]) if i not in (1, 4)]
    torch.testing.assert_close(given[:, others], maps[:, others])


def test_a_map_that_the_rest_of_g_does_not_look_at_changes_nothing() -> None:
    G = small()
    with torch.no_grad():
        G.layers[-1].op.weight[3] = 0  # transposed: input channels first
    z, layer = vectors(G), second_highest(G)
    same, before = torch.cat(list(without(G, z, layer, [3]))), torch.cat(list(without(G, z, layer, [])))
    assert torch.equal(same, before)
    assert not torch.equal(torch.cat(list(without(G, z, layer, [2]))), before)


def test_a_caller_is_not_left_in_inference_mode() -> None:
    G = small()
    for _ in without(G, vectors(G, 40), 1, [0]):
        assert not torch.is_inference_mode_enabled()


def test_g_itself_stays_as_it_is() -> None:
    G = small()
    z = vectors(G)
    before = torch.cat(list(units(G, z)))
    list(without(G, z, 1, [0, 1, 2]))
    assert torch.equal(torch.cat(list(units(G, z))), before)


def planted(layer: int) -> tuple[torch.nn.Module, np.ndarray, np.ndarray]:
    """A generator, z, and masks of where its map 2 of a layer is strong: map 2 draws the object."""
    G = small("celeba-32")
    z = vectors(G, 40)
    map_2 = G.maps(torch.from_numpy(z), layer)[:, 2]
    strong = map_2 > map_2.flatten(1).quantile(0.8, dim=1)[:, None, None]
    times = 16 // strong.shape[1]
    return G, z, strong.repeat_interleave(times, 1).repeat_interleave(times, 2).numpy()


@pytest.mark.parametrize("layer", [1, 2])
def test_the_map_that_draws_the_object_is_found(layer: int) -> None:
    G, z, masks = planted(layer)
    found = find_maps(G, z, masks, layer)  # type: ignore[arg-type]
    assert found.drawing()[0] == 2
    assert found.accuracy > 0.85
    assert found.inside > 0
    assert found.outside > 0


def test_what_is_compared_with_can_be_said() -> None:
    G, z, masks = planted(2)
    others = np.zeros_like(masks)
    others[:, :8] = True
    x, within = positions(G, z, masks, others, 2)  # type: ignore[arg-type]
    side = 8
    inside = shrunk(G, masks, (side, side))  # type: ignore[arg-type]
    allowed = shrunk(G, others & ~masks, (side, side))  # type: ignore[arg-type]
    assert within.sum() == inside.sum()
    counts = np.minimum(inside.sum((1, 2)), (allowed & ~inside).sum((1, 2)))
    assert (~within).sum() == counts.sum()
    assert len(x) == len(within)


def test_all_positive_maps_are_dropped_or_the_strongest() -> None:
    found = Finding(layer=1, weights=np.array([0.5, -1, 2, 0, 0.1]), inside=1, outside=1, accuracy=1.0)
    assert found.drawing().tolist() == [2, 0, 4]
    assert found.drawing(2).tolist() == [2, 0]


def test_positions_are_inside_where_their_centre_is() -> None:
    G = small("celeba-32")
    mask = np.zeros((1, 16, 16), bool)
    mask[0, 4:8, 0:3] = True
    found = shrunk(G, mask, (4, 4))
    assert found.sum() == 1
    assert found[0, 1, 0]


def test_a_picture_from_the_middle_of_a_larger_map_is_looked_at_there() -> None:
    G = small("stacked-dcgan", size="28")
    assert G.cropped
    whole = np.ones((1, 28, 28), bool)
    found = shrunk(G, whole, (32, 32))
    assert found.sum() == 28 * 28
    assert not found[0, : G.top].any()


@pytest.mark.parametrize(("value", "word"), [(False, "no position"), (True, "every position")])
def test_boxes_that_hold_nothing_or_all_are_refused(value: bool, word: str) -> None:
    G = small()
    with pytest.raises(DataError, match=word):
        find_maps(G, vectors(G), np.full((6, 16, 16), value), 1)


def test_a_layer_that_is_not_there_is_refused() -> None:
    G = small()
    assert checked_layer(G, None) == len(G.layers) - 1
    for layer in (0, len(G.layers)):
        with pytest.raises(ConfigError, match="layers 1 to"):
            checked_layer(G, layer)
