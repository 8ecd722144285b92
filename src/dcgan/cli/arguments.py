"""From words to a typed object: flags come from a dataclass, and a value that it refuses gets its own sentence."""

import contextlib
import io
import sys
from typing import Any, TypeVar

import tyro

from dcgan.errors import UserError

T = TypeVar("T")


def parse(cls: type[T], argv: list[str], prog: str, default: T | None = None) -> T:
    """Return the dataclass that a command line describes.

    Args:
        cls: the dataclass; its docstrings are the help.
        argv: the words after the command's name.
        prog: the command's name.
        default: an instance that gives the defaults.

    Raises:
        UserError: a value is refused by the dataclass, or by one inside it.
        SystemExit: help was asked for (code 0), or a word is no flag or no value of its type (code 2, explained).
    """
    given: dict[str, Any] = {} if default is None else {"default": default}
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(cls, args=argv, prog=prog, config=(tyro.conf.FlagCreatePairsOff,), **given)
    except SystemExit as ended:
        refusal = _user_error(ended)
        if refusal is not None:
            raise refusal from None
        sys.stderr.write(said.getvalue())
        raise


def _user_error(error: BaseException | None) -> UserError | None:
    """Return the first UserError among an exception and what it came from."""
    while error is not None:
        if isinstance(error, UserError):
            return error
        error = error.__cause__ or error.__context__
    return None
