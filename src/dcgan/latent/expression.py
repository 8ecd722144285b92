"""The small language of arithmetic on latent vectors: ``mean(glasses) - mean(man) + mean(woman)``.

    sum      = product (("+" | "-") product)*
    product  = signed ("*" signed)*
    signed   = "-" signed | atom
    atom     = number | name | source | function "(" sum ("," sum)* ")" | "(" sum ")"
    source   = KIND ":" TEXT          seed:3  seed:3,8,41  seed:0-31  file:z.npy  direction:smile  label:'blue hair'

Every operator works component by component. A source may be several vectors; they can only be averaged, by ``mean``.
Nothing but this grammar is ever run: there is no ``eval``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from dcgan.config import Prior
from dcgan.errors import UserError
from dcgan.latent.path import lerp, slerp, typical_length

Value = float | np.ndarray
"""A number, a vector float64 (d,), or several, float64 (n, d)."""
Source = Callable[[str], np.ndarray]
"""From the text after the colon to vectors (n, d)."""

SEEDS = r"seed:\d+(?:-\d+)?(?:,\d+(?:-\d+)?(?![\d.]))*"  # a comma before 0.5 is the function's
QUOTED = r"[a-z]+:(?:'[^']*'|\"[^\"]*\")"
FILE = r"file:[^\s,()*+'\"#]+(?:#\d+(?:-\d+)?(?:,\d+(?:-\d+)?(?![\d.]))*)?"
PLAIN = r"[a-z]+:[^\s,()*+'\"]+"
TOKEN = re.compile(
    rf"\s*(?:(?P<source>{SEEDS}|{QUOTED}|{FILE}|{PLAIN})|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<mark>[-+*(),])|(?P<end>$)|(?P<wrong>.))",
    re.DOTALL,
)


class ExpressionError(UserError):
    """An expression that cannot be read or computed; the sentence is followed by the expression and a pointer."""

    def __init__(self, sentence: str, text: str, at: int) -> None:
        super().__init__(f"{sentence}, at character {at + 1}:\n  {text}\n  {' ' * at}^")


@dataclass(frozen=True)
class Token:
    """A word of an expression, and where it begins."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Node:
    """A part of an expression: a number, a name, a source, a function or an operator with its arguments."""

    token: Token
    arguments: tuple["Node", ...] = ()


def tokens_of(text: str) -> list[Token]:
    """Return an expression's words, the last of kind ``end``.

    Raises:
        ExpressionError: a character has no meaning here.
    """
    found: list[Token] = []
    at = 0
    while True:
        match = TOKEN.match(text, at)
        assert match is not None
        assert match.lastgroup is not None
        token = Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        if token.kind == "wrong":
            raise ExpressionError(f"{token.text!r} has no meaning in an expression", text, token.at)
        found.append(token)
        if token.kind == "end":
            return found
        at = match.end()


# Reading ------------------------------------------------------------------------------------------------------------


def parse(text: str) -> Node:
    """Return an expression as a tree.

    Raises:
        ExpressionError: it is no expression.
    """
    reader = _Reader(text, tokens_of(text))
    tree = reader.sum()
    if reader.next.kind != "end":
        raise reader.unexpected("an operator")
    return tree


class _Reader:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens, self.place, self.depth = text, tokens, 0, 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def unexpected(self, wanted: str) -> ExpressionError:
        found = f"not {self.next.text!r}" if self.next.text else "but the expression ends"
        return ExpressionError(f"{wanted} is expected, {found}", self.text, self.next.at)

    def sum(self) -> Node:
        return self._chain("+-", self.product)

    def product(self) -> Node:
        return self._chain("*", self.signed)

    def _chain(self, marks: str, part: Callable[[], Node]) -> Node:
        left = part()
        while self.next.kind == "mark" and self.next.text in marks:
            operator = self.take()
            left = Node(operator, (left, part()))
        return left

    def signed(self) -> Node:
        self.depth += 1
        if self.depth > MOST_DEEP:
            raise ExpressionError(f"brackets and signs go at most {MOST_DEEP} deep", self.text, self.next.at)
        minus = self.next.text == "-"
        found = Node(self.take(), (self.signed(),)) if minus else self.atom()
        self.depth -= 1
        return found

    def atom(self) -> Node:
        token = self.next
        if token.kind in ("number", "source"):
            return Node(self.take())
        if token.kind == "name":
            self.take()
            return self.call(token) if self.next.text == "(" else Node(token)
        if token.text == "(":
            self.take()
            inner = self.sum()
            self.close()
            return inner
        raise self.unexpected("a name, a number, a source such as seed:12, or a bracket")

    def call(self, name: Token) -> Node:
        if name.text not in FUNCTIONS:
            known = ", ".join(f"{f}()" for f in FUNCTIONS)
            raise ExpressionError(f"there is no function {name.text}(): there are {known}", self.text, name.at)
        self.take()
        arguments = [self.sum()]
        while self.next.text == ",":
            self.take()
            arguments.append(self.sum())
        self.close()
        least, most = FUNCTIONS[name.text]
        if not least <= len(arguments) <= most:
            count = f"{least} argument{'s' * (least > 1)}" if most == least else "at least one argument"
            hint = "; a number right after a comma is one more seed: write a space before it"
            swallowed = any(part.token.kind == "source" and "," in part.token.text for part in arguments)
            sentence = f"{name.text}() takes {count}, not {len(arguments)}{hint * swallowed}"
            raise ExpressionError(sentence, self.text, name.at)
        return Node(Token("call", name.text, name.at), tuple(arguments))

    def close(self) -> None:
        if self.next.text != ")":
            raise self.unexpected("a closing bracket or an operator")
        self.take()


MOST_DEEP = 100
FUNCTIONS = {"abs": (1, 1), "mean": (1, 10_000), "norm": (1, 1), "lerp": (3, 3), "slerp": (3, 3)}
"""How many arguments, at least and at most."""


# Computing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the words of an expression mean."""

    prior: Prior
    names: Mapping[str, Value]
    """Names that are bound."""
    sources: Mapping[str, Source]
    """The kinds of source, such as ``seed``."""


def evaluate(text: str, scope: Scope) -> np.ndarray:
    """Return what an expression is: one vector, float64 (d,), or several, (n, d), where it is a source alone.

    Raises:
        ExpressionError: it cannot be read, or computed, or is a number.
    """
    tree = parse(text)
    value = _value(tree, text, scope)
    if not isinstance(value, np.ndarray):
        raise ExpressionError("the result is a number, and a picture needs a vector", text, tree.token.at)
    if not np.isfinite(value).all():
        raise ExpressionError("the result is not finite", text, tree.token.at)
    return value


def averaged(text: str, scope: Scope) -> np.ndarray:
    """Return the vectors that an expression is the mean of, float64 (n, d); one where it is no ``mean(...)``.

    Raises:
        ExpressionError: as ``evaluate``.
    """
    tree = parse(text)
    if (tree.token.kind, tree.token.text) != ("call", "mean"):
        return np.atleast_2d(evaluate(text, scope))
    return np.concatenate([np.atleast_2d(_value(argument, text, scope)) for argument in tree.arguments])


def _value(node: Node, text: str, scope: Scope) -> Value:
    token = node.token
    if token.kind == "number":
        return float(token.text)
    if token.kind == "name":
        if token.text not in scope.names:
            raise ExpressionError(f"{token.text} has no meaning: bind it, --let {token.text}=seed:12", text, token.at)
        return scope.names[token.text]
    if token.kind == "source":
        return _source(token, text, scope)
    values = [_value(argument, text, scope) for argument in node.arguments]
    if token.kind == "call" and token.text == "mean":
        return _mean(values, token, text)
    for argument, value in zip(node.arguments, values, strict=True):
        if np.ndim(value) == 2:
            raise ExpressionError("these are several vectors: take mean(...) of them", text, argument.token.at)
    try:
        return _operate(token, values, scope.prior)
    except UserError as error:
        raise ExpressionError(str(error), text, token.at) from error


def _source(token: Token, text: str, scope: Scope) -> Value:
    kind, _, rest = token.text.partition(":")
    if kind not in scope.sources:
        known = ", ".join(f"{name}:" for name in scope.sources)
        raise ExpressionError(f"there is no source {kind}: (there are {known})", text, token.at)
    try:
        found = np.asarray(scope.sources[kind](rest.strip("'\"")), np.float64)
    except ExpressionError:
        raise
    except UserError as error:
        raise ExpressionError(str(error), text, token.at) from error
    return found[0] if len(found) == 1 else found


def _mean(values: list[Value], token: Token, text: str) -> Value:
    if all(isinstance(value, float) for value in values):
        return float(np.mean(np.asarray(values, np.float64)))
    if any(isinstance(value, float) for value in values):
        raise ExpressionError("mean() is of vectors or of numbers, not of both", text, token.at)
    return np.concatenate([np.atleast_2d(value) for value in values]).mean(0)


def _operate(token: Token, values: list[Value], prior: Prior) -> Value:
    if token.text in ("+", "-", "*") and len(values) == 2:
        left, right = values
        with np.errstate(all="ignore"):  # what is not finite is refused at the end
            return {"+": np.add, "-": np.subtract, "*": np.multiply}[token.text](left, right)
    if token.text == "-":
        return -values[0]
    if token.text == "abs":
        return np.abs(values[0])
    if token.text == "norm":
        return normed(prior, _vector(values[0], "norm()"))
    a, b = (_vector(value, f"{token.text}()") for value in values[:2])
    if isinstance(values[2], np.ndarray):
        raise UserError(f"the third argument of {token.text}() is a number")
    return (lerp if token.text == "lerp" else slerp)(a, b, values[2])


def _vector(value: Value, where: str) -> np.ndarray:
    if not isinstance(value, np.ndarray):
        raise UserError(f"{where} needs vectors, not numbers")
    return value


def normed(prior: Prior, vector: np.ndarray) -> np.ndarray:
    """Return a vector (d,) in its direction at the length that is typical of the prior (``path.typical_length``).

    Raises:
        UserError: it has no direction.
    """
    with np.errstate(over="ignore"):
        length = np.linalg.norm(vector)
    if not np.isfinite(length):
        raise UserError("norm() of a vector so long is not finite")
    if length == 0:
        raise UserError("norm() of the vector of zeros has no direction")
    return vector * (typical_length(prior, len(vector)) / length)
