"""Expressions and what they are, in ``expression_cases.json``, which the page's own evaluator is held to as well.

The file is written again by ``python -m tests.latent.test_expression_cases``, after a change of the language.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from dcgan.config import Prior
from dcgan.errors import ConfigError, UserError
from dcgan.latent.expression import Scope, evaluate
from dcgan.parse import parse_ints

FILE = Path(__file__).with_name("expression_cases.json")
PRIORS: tuple[Prior, ...] = get_args(Prior)

NAMES: dict[str, Any] = {
    "A": [0.5, -1.25, 2.0, 0.75],
    "B": [-0.3, 0.4, 1.1, -2.2],
    "C": [1.5, 0.25, -0.6, 0.9],
    "zero": [0.0, 0.0, 0.0, 0.0],
    "k": 2.5,
    "_x1": [1.0, 2.0, 3.0, 4.0],
}
SOURCES: dict[str, dict[str, Any]] = {
    "seed": {
        "0": [-0.2, 1.3, 0.1, -0.7],
        "1": [0.9, -0.4, -1.6, 0.2],
        "2": [0.05, 0.6, -0.35, 1.45],
        "3": [-1.1, 0.8, 0.45, 2.1],
        "5": [0.55, -0.95, 0.15, -0.25],
        "8": [1.75, 0.3, -0.85, 0.65],
        "12": [-0.65, -1.5, 1.2, 0.4],
    },
    "direction": {"smile": [0.5, -0.5, 0.5, 0.5], "turn-left_2": [0.6, 0.0, -0.8, 0.0]},
    "label": {
        "blue hair": [[0.7, 0.1, -0.2, 1.0], [0.3, -0.5, 0.6, -0.4]],
        "7": [[1.0, -1.0, 0.5, 0.25]],
        "Smiling": [[0.2, 0.4, 0.6, 0.8], [-0.1, 0.3, 0.9, -0.7], [1.2, 0.0, -0.3, 0.5]],
        "Male&!Smiling": [[-0.8, 0.35, 1.15, -0.05]],
    },
}
"""By kind and by what follows the colon; ``seed`` by number, and ranges and lists of numbers are read as everywhere."""
UNKNOWN = "there is nothing called {text}"
"""What a source answers where its table has no such entry; of ``seed``, {text} is the first number that is missing."""

TEXTS = [
    # one vector, names, numbers in all forms
    *("A", "  A  ", "\tA\n", "_x1", "seed:3", "direction:smile", "direction:turn-left_2", "label:7"),
    *("2*A", "2.*A", ".5*A", "0.25*A", "1e2*A", "1E-2*A", "2.5e+1*A", ".5e1*A", "007*A", "1e-400*A", "A*k", "k*A*k"),
    *("2 A", "1.2.3*A", "1e*A", "1e+*A", "0x10*A", "1_000*A", "2k*A"),
    # signs and precedence
    *(
        "A+B",
        "A-B",
        "A*B",
        "A - B - C",
        "A - (B - C)",
        "A + B*2",
        "(A + B)*2",
        "A*B*C",
        "A + B*C - 2*A",
        "3 + A",
        "A-1",
    ),
    *("-A", "--A", "-A*B", "-(A*B)", "A*-2", "A--B", "A - -B", "A*-B*-C", "-2*-3*A", "A+-1", "2-A", "-k*A"),
    *("A-1e-3", "A -1", "+A", "A + +B", "A ** B", "A / B", "A ^ 2", "A % B"),
    # brackets
    *("((((A))))", "(A)", "(((A - B)*2 - C)*0.5)", "(A", "A)", "()", "(A, B)", "(A B)"),
    "(" * 99 + "A" + ")" * 99,
    "(" * 100 + "A" + ")" * 100,
    *("-" * 99 + "A", "-" * 100 + "A", "abs(" * 99 + "A" + ")" * 99, "abs(" * 100 + "A" + ")" * 100),
    "A" + " - (A" * 60 + ")" * 60,
    "+".join(["A"] * 300),
    # functions
    *("abs(A)", "abs(-A*B)", "abs( A )", "abs (A)", "abs(-2)*A", "abs(A) - abs(B)", "norm(A)", "norm(3*A + B)"),
    *("norm(A)*2", "norm(norm(B))", "norm(-A)", "mean(A)", "mean(A, B)", "mean(A, B, C)", "mean(mean(A, B), C)"),
    *("mean(1, 2, 6)*A", "mean(k)*A", "mean(2*A, B - C)", "lerp(A, B, 0)", "lerp(A, B, 1)", "lerp(A, B, 0.3)"),
    *("lerp(A, B, -0.5)", "lerp(A, B, 1.5)", "lerp(A, B, k)", "lerp(A, B, mean(0, 1))", "lerp(A, zero, 0.5)"),
    *("slerp(A, B, 0)", "slerp(A, B, 1)", "slerp(A, B, 0.3)", "slerp(A, B, -0.25)", "slerp(A, B, 1.5)"),
    *("slerp(A, A, 0.5)", "slerp(A, 2*A, 0.5)", "slerp(A, A + 1e-9*B, 0.5)", "slerp(A, A + 1e-5*B, 0.5)"),
    *("slerp(norm(A), norm(B), 0.5)", "slerp(A, 3*B, 0.5) - C", "slerp(lerp(A, B, 0.5), mean(B, C), abs(-0.75))"),
    *("abs()", "abs(A, B)", "norm(A, B)", "mean()", "lerp(A, B)", "lerp(A)", "slerp(A, B, 0.5, C)", "slerp(A, B)"),
    *("foo(A)", "Mean(A)", "A(B)", "abs", "abs + A", "abs(A", "abs A", "mean(A,)", "mean(,A)", "mean(A;B)"),
    *(
        "norm(2)",
        "norm(k)",
        "norm(zero)",
        "norm(A * 1e200)",
        "norm(A - A)",
        "lerp(1, 2, 0.5)",
        "lerp(A, 2, 0.5)",
        "slerp(A, 2, 1)",
    ),
    *("lerp(A, B, C)", "slerp(A, B, A)", "slerp(A, -A, 0.5)", "slerp(A, -2*A, 0.25)", "slerp(A, zero, 0.5)"),
    *("slerp(zero, A, 0)", "mean(A, 2)", "mean(1, A)", "2*mean(A, slerp(B, -B, 0.5))"),
    # several vectors
    *("seed:0-1", "seed:3,5,8", "label:'blue hair'", "mean(seed:0-1)", "mean(seed:0-1) - A", "mean(seed:3,5,8)"),
    *("mean(seed:0-3)", "mean(seed:0-1, A)", "mean(seed:0,2-3,12, A, label:Smiling)", "mean(label:Smiling) - B"),
    *("mean(label:'blue hair') - mean(label:Smiling) + mean(seed:12)", "mean(label:Male&!Smiling)", "(seed:0-1)"),
    *("label:Smiling", "seed:0-1 + A", "A*seed:0-1", "-seed:3,5", "abs(seed:0-1)", "norm(label:Smiling)"),
    *("lerp(seed:0-1, A, 0.5)", "mean(2, seed:0-1)", "slerp(A, label:Smiling, 0.5)", "mean(seed:0-1 - A)"),
    # sources: how far one goes, quotes, commas
    *("seed:0-1-A", "seed:3-A", "seed:3 -A", "seed:12", "seed:1 2", "seed:03", "seed:3,3", "mean(seed:3,3,5)"),
    *("lerp(seed:3,seed:5,0.5)", "lerp(seed:3,A,.5)", "lerp(seed:3, seed:8, 1)", "lerp(seed:3,seed:8,1)"),
    *("lerp(A,seed:5,0.5)", "mean(seed:3,5,8.5)", "mean(seed:3,5,0.5)", "slerp(seed:3,5,0.5)", "mean(seed:3,A)"),
    *('label:"blue hair"', 'mean(label:"blue hair", A)', "label:'7'", 'label:"7"*2', "direction:'smile'", "seed:'3'"),
    *("seed:'0-1'", "seed:' 0 , 3 '", "A + 2*direction:smile", "A+direction:smile*1.5", "-direction:smile"),
    *(
        "label:'blue hair",
        "label:blue hair",
        "label:",
        "label: 7",
        "label:'7",
        "seed:",
        "seed:x",
        "seed:-1",
        "seed:3-1",
    ),
    *("seed:'1-0'", "seed:'x'", "seed:99", "seed:0-99", "direction:nobody", "A + label:green", "2*A - label:smiling"),
    *("photo:x", "A + dog:cat", "Seed:3", "LABEL:7", "SEED:3", "seed :3", "seed3", "x:'y z'", "seed:0-10000000"),
    # what is refused as a whole
    *("", " ", "\n", "A +", "A + ", "A -", "*A", "A *", "2", "3 + 4", "k", "k*2", "mean(1, 2)", "abs(-1)", "-2", "(2)"),
    *("X", "A + X", "a", "AA", "A B", "A 2", "A + norm", "1e400*A", "A*1e300*1e300", "A*1e308 + A*1e308 + A*1e308"),
    *("1e400*zero", "A - 1e400*A + 1e400*A", "A*1e308*0.5", "1e308*10*zero"),
    *("__import__('os')", "A.b", "A[0]", "A = B", "A, B", "A; B", "A!", "A'", 'A"', "A\\", "{A}", "A\n+\n", "A\n+ X"),
    *(
        "A + é",
        "é",
        "😀",
        "A + 😀",
        "label:'😀' + 😀",
        "label:😀 + X",
        "A \u2212 B",
        "A \u00d7 2",
        "A\u00a0+ B",
        "A\u2003-\n\tB",
    ),
]


def scope_of(prior: Prior) -> Scope:
    names = {name: np.array(value) if isinstance(value, list) else value for name, value in NAMES.items()}
    return Scope(prior=prior, names=names, sources={"seed": seeds} | {k: table(k) for k in ("direction", "label")})


def seeds(text: str) -> np.ndarray:
    found = [SOURCES["seed"].get(str(seed), seed) for seed in parse_ints(text, "seed:")]
    for seed in found:
        if isinstance(seed, int):
            raise ConfigError(UNKNOWN.format(text=seed))
    return np.array(found)


def table(kind: str) -> Callable[[str], np.ndarray]:
    def source(text: str) -> np.ndarray:
        if text not in SOURCES[kind]:
            raise ConfigError(UNKNOWN.format(text=text))
        return np.atleast_2d(np.array(SOURCES[kind][text]))

    return source


def answer(text: str, prior: Prior) -> dict[str, Any]:
    """A case: the expression, and its value or the whole text of its error."""
    case = {"prior": prior, "text": text}
    try:
        return case | {"value": evaluate(text, scope_of(prior)).tolist()}
    except UserError as error:
        return case | {"error": str(error)}


def cases() -> list[dict[str, Any]]:
    """Every text under the normal prior; under the uniform one those that are another value there."""
    normal = [answer(text, "normal") for text in dict.fromkeys(TEXTS)]
    uniform = [answer(text, "uniform") for text in dict.fromkeys(TEXTS) if "norm(" in text]
    return normal + uniform


def write() -> None:
    head = {"names": NAMES, "sources": SOURCES, "unknown": UNKNOWN}
    lines = ",\n".join("    " + json.dumps(case, ensure_ascii=False) for case in cases())
    start = json.dumps(head, indent=2, ensure_ascii=False).removesuffix("\n}")
    FILE.write_text(f'{start},\n  "cases": [\n{lines}\n  ]\n}}\n', encoding="utf-8")


def test_the_file_is_of_these_texts() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    assert {name: kept[name] for name in ("names", "sources", "unknown")} == {
        "names": NAMES,
        "sources": SOURCES,
        "unknown": UNKNOWN,
    }
    assert [(c["prior"], c["text"]) for c in kept["cases"]] == [(c["prior"], c["text"]) for c in cases()]
    assert len(kept["cases"]) >= 80


@pytest.mark.parametrize("prior", PRIORS)
def test_every_case_holds(prior: Prior) -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    for case in kept["cases"]:
        if case["prior"] == prior:
            found = answer(case["text"], prior)
            assert found.get("error") == case.get("error")
            if "value" in case:
                np.testing.assert_allclose(found["value"], case["value"], rtol=1e-12, atol=1e-12)


if __name__ == "__main__":
    write()
