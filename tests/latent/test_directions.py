"""Directions: what is found where it is known what there is to find, and how its effect is measured."""

import numpy as np
import pytest
import torch

from dcgan.config import Prior
from dcgan.errors import ConfigError
from dcgan.latent.directions.candidates import alone, label_about, of_examples, of_label
from dcgan.latent.directions.conditional import conditional
from dcgan.latent.directions.effect import Effect, measure
from dcgan.latent.directions.examples import difference
from dcgan.latent.directions.ganspace import activations, ganspace
from dcgan.latent.directions.labelled import labelled, readings
from dcgan.latent.directions.sefa import first_weight, sefa, upright
from dcgan.latent.move import moved, step
from dcgan.latent.reader import Reader
from dcgan.models.generator import Generator
from dcgan.models.layers import Block
from dcgan.models.prior import from_seeds
from tests.latent.kit import Linear, small
from tests.latent.readers import pixel_reader

E = np.eye(6)


def linear(prior: Prior = "normal") -> Generator:
    return Linear(prior=prior)  # type: ignore[return-value]


@pytest.mark.parametrize(("prior", "length"), [("normal", 1.0), ("uniform", 3**-0.5)])
def test_a_move_counts_in_standard_deviations(prior: Prior, length: float) -> None:
    z = from_seeds(prior, range(3), 6).numpy()
    np.testing.assert_allclose(moved(prior, z, E[2], 2.0), z + 2 * length * E[2])
    np.testing.assert_allclose(moved(prior, z, E[2], np.array([0, 1, -3])), z + length * np.outer([0, 1, -3], E[2]))
    np.testing.assert_allclose(moved(prior, z[0], E[2], 1), z[0] + step(prior, E[2]))
    np.testing.assert_allclose(moved(prior, moved(prior, z, E[2], 3), E[2], -3), z, atol=1e-12)
    assert from_seeds(prior, range(2000), 6).numpy().std() == pytest.approx(length, rel=0.02)


# SeFa and GANSpace ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["celeba-32", "pytorch"])  # a linear first layer, and a transposed convolution
def test_sefa_is_the_eigenvectors_of_the_normalised_weight(recipe: str) -> None:
    G = small(recipe)
    z_dim = G.config.z_dim
    weight = first_weight(G)
    assert weight.shape[0] == z_dim
    z = torch.randn(2, z_dim)
    x = z if G.config.G[0].op == "linear" else z[:, :, None, None]
    with torch.no_grad():
        out = G.layers[0].op(x).flatten(1)  # type: ignore[operator]
    np.testing.assert_allclose((z[1] - z[0]).numpy() @ weight, (out[1] - out[0]).numpy(), atol=1e-5)
    found, values = sefa(G, 4)
    normalised = weight / np.linalg.norm(weight, axis=0)
    np.testing.assert_allclose(normalised @ normalised.T @ found.T, found.T * values, atol=1e-8)
    np.testing.assert_allclose(found @ found.T, np.eye(4), atol=1e-10)
    assert (np.diff(values) <= 0).all()
    assert values[0] == pytest.approx(np.linalg.norm(normalised, 2) ** 2)
    assert (upright(-found) == found).all()


def test_ganspace_finds_the_axes_of_a_linear_layer() -> None:
    G = small("celeba-32")  # its first layer has neither normalisation nor activation
    scales = 4.0 ** -np.arange(G.config.z_dim)
    block = G.layers[0]
    assert isinstance(block, Block)
    weight = block.op.weight
    assert isinstance(weight, torch.Tensor)
    with torch.no_grad():
        left = torch.linalg.qr(torch.randn(*weight.shape, generator=torch.Generator().manual_seed(0)))[0]
        weight.copy_(left[:, : weight.shape[1]] * torch.from_numpy(scales).float())
    z = from_seeds("uniform", range(400), G.config.z_dim).numpy()
    found, shares = ganspace(G, z, 3, layer=1)
    np.testing.assert_allclose(np.abs(found[:, :3]), np.eye(3), atol=0.12)
    assert shares[0] == pytest.approx(15 / 16, abs=0.02)
    assert (np.diff(shares) < 0).all()


def test_ganspace_looks_after_the_activation() -> None:
    G = small("pytorch")
    z = from_seeds("normal", range(110), G.config.z_dim).numpy()
    found = activations(G, z, 2)
    with torch.no_grad():
        x = G.layers[1](G.layers[0](torch.from_numpy(z)[:, :, None, None]))
    np.testing.assert_allclose(found, x.flatten(1).numpy(), atol=1e-5)
    assert found.min() == 0
    vectors, shares = ganspace(G, z, 5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1)
    assert 0 < shares.sum() < 1


def test_ganspace_refuses() -> None:
    G = small("celeba-32")
    z = from_seeds("uniform", range(120), G.config.z_dim).numpy()
    for layer in (0, 3):
        with pytest.raises(ConfigError, match=f"--layer is between 1 and 2, .* not {layer}"):
            ganspace(G, z, 2, layer)
    with pytest.raises(ConfigError, match="the principal components of 100 numbers need more samples than 100"):
        ganspace(G, z[:100], 2)


# Labels, examples, conditions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("prior", ["normal", "uniform"])
def test_a_label_is_found_where_it_lies(prior: Prior) -> None:
    G, reader, done = linear(prior), pixel_reader([0, 3]), list[int]()
    scores = readings(G, reader, range(2000), lambda n, total: done.append(n))
    assert scores.shape == (2000, 2)
    assert done[-1] == 2000
    for column, axis in ((0, 0), (1, 3)):
        found = labelled(G, scores[:, column], range(2000))
        assert found @ E[axis] > 0.95
        assert np.linalg.norm(found) == pytest.approx(1)


def test_a_label_that_does_not_differ_has_no_direction() -> None:
    for scores in (np.full(500, 0.3), np.linspace(0, 1, 50)):  # all alike; two per cent of fifty are one
        with pytest.raises(ConfigError, match="too few samples differ in this label"):
            labelled(linear(), scores, range(len(scores)))


def test_examples_give_the_difference_of_their_means() -> None:
    with_, without = np.stack([E[0] * 3, E[0] + E[1]]), np.stack([E[1], E[1] * 3])
    vector, length = difference(with_, without)
    np.testing.assert_allclose(vector * length, with_.mean(0) - without.mean(0))
    assert length == pytest.approx(2.5)
    with pytest.raises(ConfigError, match="both sides have the same mean"):
        difference(with_, with_[::-1])


def test_what_is_conditioned_on_does_not_move() -> None:
    rng = np.random.default_rng(0)
    first, *others = (v / np.linalg.norm(v) for v in rng.normal(size=(4, 20)))
    found = conditional(first, others)
    np.testing.assert_allclose([found @ other for other in others], 0, atol=1e-12)
    assert np.linalg.norm(found) == pytest.approx(1)
    assert found @ first > 0
    one = conditional(first, others[:1])
    rest = first - (first @ others[0]) * others[0]
    np.testing.assert_allclose(one, rest / np.linalg.norm(rest))
    np.testing.assert_allclose(conditional(first, [others[0], others[0]]), one)  # named twice is named once
    assert conditional(first, []) is first
    with pytest.raises(ConfigError, match="lies within those that it is to leave alone"):
        conditional(first, [*others, (first + others[1]) / np.linalg.norm(first + others[1])])


def test_candidates_say_how_they_were_found() -> None:
    G = linear()
    scores = readings(G, pixel_reader([0]), range(500))[:, 0]
    label = of_label(G, "Blue hair", scores, range(500))
    assert (label.name, label.label) == ("Blue-hair", "Blue hair")
    assert label.found == "between the 2% of 500 samples that are read most and least as Blue hair"
    example = of_examples("tall", ("1,2", E[:2]), ("3", E[2:3]), None)
    assert example.found == "mean of 2 (1,2) less mean of 1 (3)"
    assert example.length == pytest.approx(1.5**0.5)
    found = alone(example, [label], "tall-alone")
    assert abs(found.vector @ label.vector) < 1e-12
    assert (found.name, found.found, found.length) == ("tall-alone", f"{example.found}; Blue-hair projected out", None)
    with pytest.raises(ConfigError, match="tall: the direction lies within those"):
        alone(example, [example], "tall")
    with pytest.raises(ConfigError, match="Blue hair: too few samples differ"):
        of_label(G, "Blue hair", np.ones(500), range(500))


def test_what_a_direction_is_about() -> None:
    assert label_about("smiling", "x", ("Male", "Smiling")) == "Smiling"
    assert label_about(None, "smiling", ("Male", "Smiling")) == "Smiling"
    assert label_about(None, "x", ("Male", "Smiling")) is None
    with pytest.raises(ConfigError, match="there is no label 'x', since no labels are read here: see --reader"):
        label_about("x", "x", ())


# Effects --------------------------------------------------------------------------------------------------------------


def effect(direction: np.ndarray, label: str | None, reader: Reader | None, **changes: object) -> Effect:
    G = linear()
    return measure(G, [direction], [label], reader, seeds=range(300), **changes)[0]  # type: ignore[arg-type]


def test_an_effect_in_closed_form() -> None:
    """Along axis 0 only pixel 0 changes: it is bright where z[0] > 0, before and after 3 are added."""
    reader = pixel_reader([0, 1, 2], ("a", "b", "c"))
    z = from_seeds("normal", range(300), 6).numpy()[:, 0]
    found = effect(E[0], "a", reader)
    assert found.samples == 300
    assert found.without == (z <= 0).sum()
    assert found.gained == pytest.approx((z[z <= 0] > -3).mean(), abs=0.01)
    assert found.lost == pytest.approx((z[z > 0] < 3).mean(), abs=0.01)
    assert found.flipped == pytest.approx((np.abs(z) < 3).mean(), abs=0.01)
    assert found.stays == {"b": 1, "c": 1}
    assert found.others_stay == 1
    assert found.pixels == pytest.approx(3 * 0.25 * 127.5 / 64, rel=0.2)  # less where a pixel is white already


def test_what_else_changes_is_told() -> None:
    both = (E[0] + E[1]) / 2**0.5
    found = effect(both, "a", pixel_reader([0, 1, 2], ("a", "b", "c")))
    assert found.stays["b"] < 0.6
    assert found.stays["c"] == 1
    assert found.others_stay == pytest.approx((found.stays["b"] + 1) / 2)


def test_labels_near_chance_are_named_not_counted() -> None:
    known = pixel_reader([0, 1, 2], ("a", "b", "c"))
    reader = Reader(names=known.names, read=known.read, what="", accuracy={"a": 0.9, "b": 0.54})
    found = effect(E[1], "a", reader)
    assert found.left_out == ("b", "c")  # one near chance, one of which nothing is known
    assert found.stays == {}
    assert found.others_stay is None
    assert found.gained == found.lost == 0


def test_a_direction_without_a_label_is_told_by_what_flips_most() -> None:
    reader = pixel_reader([0, 1, 2], ("a", "b", "c"))
    found = effect((E[0] + 0.1 * E[1]) / 1.01**0.5, None, reader)
    assert (found.label, found.backwards) == ("a", False)
    back = effect(-(E[0] + 0.1 * E[1]) / 1.01**0.5, None, reader)
    assert (back.label, back.backwards) == ("a", True)
    assert back.gained == found.gained
    assert back.lost == found.lost


def test_without_a_reader_there_are_pixels() -> None:
    found = effect(E[0], None, None, amount=1.0)
    assert (found.label, found.gained, found.others_stay) == (None, None, None)
    assert found.pixels == pytest.approx(0.25 * 127.5 / 64, rel=0.05)
    assert found.as_json()["stays"] == {}


def test_no_sample_at_all_has_the_label() -> None:
    dark = Reader(names=("a",), read=lambda x: np.zeros((len(x), 1), np.float32), what="", accuracy={"a": 0.9})
    found = effect(E[0], "a", dark)
    assert (found.gained, found.lost, found.flipped) == (0, None, 0)


def test_an_effect_needs_samples() -> None:
    with pytest.raises(ConfigError, match="on at least one sample"):
        measure(linear(), [E[0]], [None], None, seeds=[])
