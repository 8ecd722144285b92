"""Arithmetic as pictures: names, exemplars, and what stands in an expression."""

import numpy as np
import pytest

from dcgan.errors import ConfigError
from dcgan.latent.algebra import Operand, bind, near, pictures, solve
from dcgan.latent.expression import ExpressionError, Scope
from tests.latent.kit import small

Z = np.random.default_rng(0).normal(size=(10, 100))
SCOPE = Scope(prior="uniform", names={}, sources={"seed": lambda text: Z[[int(i) for i in text.split(",")]]})


def test_names_are_bound_in_order() -> None:
    scope, exemplars = bind(["A=seed:1", "B = mean(seed:2,3, A)", "C=A+B"], SCOPE)
    np.testing.assert_allclose(scope.names["B"], (Z[2] + Z[3] + Z[1]) / 3)
    np.testing.assert_allclose(scope.names["C"], Z[1] + scope.names["B"])
    np.testing.assert_allclose(exemplars["B"], Z[[2, 3, 1]])
    assert len(exemplars["C"]) == 1
    assert SCOPE.names == {}


@pytest.mark.parametrize("let", ["A", "=seed:1", "1A=seed:1", "A B=seed:1", "é=seed:1"])
def test_a_let_that_is_none(let: str) -> None:
    with pytest.raises(ConfigError, match="--let is NAME=EXPRESSION"):
        bind([let], SCOPE)


def test_a_function_is_no_name() -> None:
    with pytest.raises(ConfigError, match="abs is a function"):
        bind(["abs=seed:1"], SCOPE)


def test_an_expression_and_its_parts() -> None:
    scope, exemplars = bind(["glasses=mean(seed:1,2,3)", "man=seed:4"], SCOPE)
    found = solve("norm(glasses - 0.5 * man)", scope, exemplars)
    kinds = [piece.text if isinstance(piece, Operand) else (piece,) for piece in found.pieces]
    assert kinds == [("norm(",), "glasses", ("-0.5*",), "man", (")",)]
    frames = pictures(small(), found)
    assert frames.what == [
        {"operand": "glasses", "exemplar": 0},
        {"operand": "glasses", "exemplar": 1},
        {"operand": "glasses", "exemplar": 2},
        {"operand": "glasses", "mean of": 3},
        {"operand": "man"},
        {"result": "norm(glasses - 0.5 * man)"},
    ]
    np.testing.assert_allclose(frames.z[:5], [*Z[1:4], Z[1:4].mean(0), Z[4]], rtol=1e-6)
    np.testing.assert_allclose(frames.z[5], found.result, rtol=1e-6)


def test_several_vectors_are_no_result() -> None:
    with pytest.raises(ExpressionError, match=r"take mean\(\.\.\.\)"):
        solve("seed:1,2", SCOPE, {})


def test_neighbours_are_within_the_scale() -> None:
    found = near(Z[0], seed=3)
    assert found.shape == (8, 100)
    assert 0.24 < np.abs(found - Z[0]).max() <= 0.25
    assert np.array_equal(found, near(Z[0], seed=3))
    assert not np.array_equal(found, near(Z[0], seed=4))
    np.testing.assert_array_equal(near(Z[0], 0, scale=0), Z[:1].repeat(8, 0))
