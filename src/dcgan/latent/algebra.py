"""Arithmetic on z: an expression's operands, its result, and pictures near the result."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from dcgan.errors import ConfigError
from dcgan.latent.expression import FUNCTIONS, ExpressionError, Scope, averaged, evaluate, tokens_of
from dcgan.latent.frames import Frames
from dcgan.latent.render import frames_of
from dcgan.models.generator import Generator
from dcgan.rng import key

SCALE = 0.25


@dataclass(frozen=True, kw_only=True)
class Operand:
    """A name or a source of an expression, with the vectors that it is made of."""

    text: str
    exemplars: np.ndarray
    """float64 (n, d): what a mean was taken of; one where it is a plain vector."""
    vector: np.ndarray
    """float64 (d,)."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """An expression with its parts in the order in which it is written, and its value."""

    text: str
    pieces: list[str | Operand]
    """Signs, and operands between them."""
    result: np.ndarray
    """float64 (d,)."""


def bind(lets: Sequence[str], scope: Scope) -> tuple[Scope, dict[str, np.ndarray]]:
    """Bind names, in order: ``G=seed:12``, ``D=mean(seed:3,8,41)``; a later one may use those before.

    Returns:
        The scope with the names, and for names that stand for a mean the vectors (n, d) that it was taken of.

    Raises:
        ConfigError, ExpressionError: a word is no NAME=EXPRESSION, or its expression cannot be computed.
    """
    names, exemplars = dict(scope.names), dict[str, np.ndarray]()
    for let in lets:
        name, text = _split(let)
        inner = Scope(prior=scope.prior, names=names, sources=scope.sources)
        value = evaluate(text, inner)
        names[name] = value
        exemplars[name] = averaged(text, inner)
    return Scope(prior=scope.prior, names=names, sources=scope.sources), exemplars


def solve(text: str, scope: Scope, exemplars: dict[str, np.ndarray]) -> Solution:
    """Compute an expression, and say what stood in it.

    Raises:
        ExpressionError: it cannot be read or computed, or is several vectors.
    """
    result = evaluate(text, scope)
    if result.ndim == 2:
        raise ExpressionError("these are several vectors: take mean(...) of them", text, 0)
    pieces: list[str | Operand] = []
    for token in tokens_of(text)[:-1]:
        called = token.kind == "name" and token.text not in scope.names
        if token.kind in ("number", "mark") or called:
            pieces.append(token.text)
            continue
        value = evaluate(token.text, scope)
        those = exemplars.get(token.text, np.atleast_2d(value))
        pieces.append(Operand(text=token.text, exemplars=those, vector=np.atleast_2d(value).mean(0)))
    return Solution(text=text, pieces=_shorter(pieces), result=result)


def near(vector: np.ndarray, seed: int, scale: float = SCALE, count: int = 8) -> np.ndarray:
    """Return vectors with U(-scale, scale) added to every number of ``vector``, float64 (count, d): the eight pictures
    around a result in Radford and others (arXiv 1511.06434, figure 7) are such, at 0.25."""
    generator = torch.Generator().manual_seed(key(seed, "near"))
    noise = torch.rand(count, len(vector), generator=generator, dtype=torch.float64).numpy()
    return vector + (2 * noise - 1) * scale


def pictures(G: Generator, solution: Solution) -> Frames:
    """Return the pictures of every operand (its exemplars, then their mean), and of the result, in that order."""
    z: list[np.ndarray] = []
    what: list[dict[str, Any]] = []
    for piece in solution.pieces:
        if isinstance(piece, str):
            continue
        several = len(piece.exemplars) > 1
        if several:
            z += list(piece.exemplars)
            what += [{"operand": piece.text, "exemplar": i} for i in range(len(piece.exemplars))]
        z.append(piece.vector)
        what.append({"operand": piece.text} | ({"mean of": len(piece.exemplars)} if several else {}))
    z.append(solution.result)
    what.append({"result": solution.text})
    return frames_of(G, np.stack(z), what)


def _split(let: str) -> tuple[str, str]:
    name, equals, text = let.partition("=")
    name = name.strip()
    if not equals or not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise ConfigError(f"--let is NAME=EXPRESSION, such as G=seed:12, not {let!r}")
    if name in FUNCTIONS:
        raise ConfigError(f"{name} is a function, so --let cannot bind it: take another name")
    return name, text.strip()


def _shorter(pieces: list[str | Operand]) -> list[str | Operand]:
    """Join signs that follow each other, so that ``mean(`` is one."""
    found: list[str | Operand] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return found
