"""The language of arithmetic: against Python's own arithmetic on random expressions, and what it refuses."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan.errors import UserError
from dcgan.latent.expression import ExpressionError, Scope, averaged, evaluate, tokens_of
from dcgan.latent.path import slerp, typical_length

rng = np.random.default_rng(0)
NAMES = {"G": rng.normal(size=8), "D": rng.normal(size=8), "faces": rng.normal(size=(3, 8))}
SEEDS = {str(i): rng.normal(size=8) for i in range(10)}


def seeds(text: str) -> np.ndarray:
    return np.stack([SEEDS[part] for part in text.split(",")])


def lost(text: str) -> np.ndarray:
    raise UserError(f"there is nothing called {text}")


SCOPE = Scope(prior="normal", names=NAMES, sources={"seed": seeds, "lost": lost})


def value(text: str) -> np.ndarray:
    return evaluate(text, SCOPE)


# Against Python -----------------------------------------------------------------------------------------------------

ATOMS = st.sampled_from(["G", "D", "seed:3", "2", "0.5", "1e-1", ".25", "mean(faces)", "mean(seed:1,2,3)"])


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from([" + ", "-", " - ", "*", " * "]), inner).map("".join),
        inner.map(lambda a: f"({a})"),
        inner.map(lambda a: f"-{a}"),
        inner.map(lambda a: f"abs( {a} )"),
        pair.map(lambda p: f"mean(0*G + {p[0]}, {p[1]} + 0*D)"),
        pair.map(lambda p: f"lerp({p[0]} + 0*G, 0*D + {p[1]}, 0.3)"),
    )


def by_python(text: str) -> np.ndarray:
    """The same expression as Python reads it."""
    sources = re.sub(r"seed:([\d,]+)", lambda m: f"S('{m[1].rstrip(',')}')" + "," * m[1].endswith(","), text)

    def mean(*parts):  # type: ignore[no-untyped-def]
        return np.concatenate([np.atleast_2d(part) for part in parts]).mean(0)

    def S(text):  # type: ignore[no-untyped-def]
        found = seeds(text)
        return found[0] if len(found) == 1 else found

    scope = {"G": NAMES["G"], "D": NAMES["D"], "faces": NAMES["faces"], "S": S, "mean": mean, "abs": np.abs}
    scope["lerp"] = lambda a, b, t: (1 - t) * a + t * b  # type: ignore[assignment]
    return eval(sources, {"__builtins__": {}}, scope)


@settings(max_examples=300, deadline=None)
@given(st.recursive(ATOMS, compound, max_leaves=12))
def test_it_computes_what_python_does(text: str) -> None:
    np.testing.assert_allclose(value(f"0*G + ({text})"), by_python(f"0*G + ({text})"), rtol=1e-9, atol=1e-9)


def test_precedence_and_order() -> None:
    np.testing.assert_allclose(value("G - D - G"), -NAMES["D"], atol=1e-12)
    np.testing.assert_allclose(value("G + D * 2"), NAMES["G"] + 2 * NAMES["D"])
    np.testing.assert_allclose(value("-G * D"), -(NAMES["G"] * NAMES["D"]))
    np.testing.assert_allclose(value("G*-2"), -2 * NAMES["G"])


# Functions ----------------------------------------------------------------------------------------------------------


def test_norm_is_the_length_of_the_prior() -> None:
    found = value("norm(3 * G + D)")
    whole = 3 * NAMES["G"] + NAMES["D"]
    assert np.linalg.norm(found) == pytest.approx(typical_length("normal", 8))
    np.testing.assert_allclose(found / np.linalg.norm(found), whole / np.linalg.norm(whole))
    uniform = Scope(prior="uniform", names=NAMES, sources={})
    assert np.linalg.norm(evaluate("norm(G)", uniform)) == pytest.approx(np.sqrt(8 / 3))


def test_slerp_is_the_arc() -> None:
    np.testing.assert_allclose(value("slerp(G, D, 0.3)"), slerp(NAMES["G"], NAMES["D"], 0.3))


def test_a_comma_before_a_fraction_is_the_functions() -> None:
    np.testing.assert_allclose(value("lerp(seed:3,seed:4,0.5)"), (SEEDS["3"] + SEEDS["4"]) / 2)
    np.testing.assert_allclose(value("lerp(G,seed:4,0.5)"), (NAMES["G"] + SEEDS["4"]) / 2)
    np.testing.assert_allclose(value("mean(seed:3,4,5)"), seeds("3,4,5").mean(0))


def test_rows_of_a_file_are_part_of_its_name() -> None:
    tokens = tokens_of("mean(file:a/z-1.npy#0,2-5, G) - file:b.npy#3 * 2")
    assert [t.text for t in tokens if t.kind == "source"] == ["file:a/z-1.npy#0,2-5", "file:b.npy#3"]


def test_a_source_alone_may_be_several() -> None:
    assert value("seed:3,4").shape == (2, 8)
    assert value("seed:3").shape == (8,)
    np.testing.assert_allclose(averaged("mean(seed:3,4, G)", SCOPE), [*seeds("3,4"), NAMES["G"]])
    np.testing.assert_allclose(averaged("G + D", SCOPE), [NAMES["G"] + NAMES["D"]])


def test_words_know_where_they_stand() -> None:
    tokens = tokens_of("abs(G) -  label:'blue hair'")
    assert [(t.kind, t.text, t.at) for t in tokens] == [
        ("name", "abs", 0),
        ("mark", "(", 3),
        ("name", "G", 4),
        ("mark", ")", 5),
        ("mark", "-", 7),
        ("source", "label:'blue hair'", 10),
        ("end", "", 27),
    ]


# What is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 1, "is expected, but the expression ends"),
        ("G +", 4, "is expected, but the expression ends"),
        ("G D", 3, "an operator is expected, not 'D'"),
        ("(G", 3, "a closing bracket or an operator is expected"),
        ("G )", 3, "an operator is expected, not ')'"),
        ("G / D", 3, "'/' has no meaning"),
        ("G ** D", 4, "is expected, not '*'"),
        ("G + X", 5, "X has no meaning: bind it, --let X=seed:12"),
        ("2 * foo(G)", 5, "there is no function foo()"),
        ("abs(G, D)", 1, "abs() takes 1 argument, not 2"),
        ("lerp(G, D)", 1, "lerp() takes 3 arguments, not 2"),
        ("mean()", 6, "is expected, not ')'"),
        ("3 + 4", 3, "the result is a number"),
        ("G + faces", 5, "several vectors: take mean(...)"),
        ("-seed:3,4", 2, "several vectors: take mean(...)"),
        ("mean(G, 2)", 1, "of vectors or of numbers"),
        ("norm(2)", 1, "norm() needs vectors"),
        ("norm(G - G)", 1, "no direction"),
        ("lerp(G, D, D)", 1, "the third argument of lerp() is a number"),
        ("lerp(seed:3,seed:8,1)", 1, "one more seed: write a space before it"),
        ("slerp(G, 2, 1)", 1, "slerp() needs vectors"),
        ("slerp(G, -G, 0.5)", 1, "opposite directions"),
        ("G + lost:cat", 5, "there is nothing called cat"),
        ("G + dog:cat", 5, "there is no source dog:"),
        ("G * 1e300 * 1e300", 11, "the result is not finite"),
        ("(" * 200 + "G" + ")" * 200, 101, "at most 100 deep"),
        ("__import__('os')", 12, "has no meaning"),
    ],
)
def test_an_error_points_at_the_character(text: str, at: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(text)
    sentence, shown, pointer = str(caught.value).split("\n")
    assert words in sentence
    assert f"at character {at}:" in sentence
    assert shown == f"  {text}"
    assert pointer == " " * (at + 1) + "^"
