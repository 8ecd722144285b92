"""Libraries that come with an extra."""

import importlib
from types import ModuleType

from dcgan.errors import UserError

INSTEAD = "take labels or random"


def library(module: str, extra: str, extractor: str) -> ModuleType:
    """Import a library that an extractor needs.

    Raises:
        UserError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing(module, extra, extractor) from error


def missing(module: str, extra: str, extractor: str) -> UserError:
    """Return the error that says which extra an extractor needs."""
    package = module.split(".")[0].replace("_", "-")
    return UserError(
        f"the extractor {extractor} needs {package}, which is not installed: pip install 'dcgan[{extra}]', or {INSTEAD}"
    )
