"""The errors a user can meet.

Everything here is a ``ValueError``: the command prints its sentence and exits with code 2.
An error that is not one of these (an ``AssertionError``, say) is a mistake of ours and keeps its traceback.
"""


class UserError(ValueError):
    """Something the user can put right: the sentence says what, where, and what to do."""


class ConfigError(UserError):
    """An option that is unknown, out of range, or at odds with another one."""


class DataError(UserError):
    """A source of pictures that is missing, empty, or cannot be read."""


class SnapshotError(UserError):
    """A snapshot, state or run folder that is missing, damaged, or written by something else."""


class BusyError(UserError):
    """Something that another process is working on."""


class DiskError(UserError):
    """A disk that is full or cannot be written. What had been saved is whole."""


class ExportError(UserError):
    """A model or a page that cannot be written for other programs, or would not be there what it is here."""


class NonFiniteError(UserError):
    """A loss that stopped being a number: the run cannot go on from here."""


def check(condition: bool, rule: str, value: object) -> None:
    """Raise ``ConfigError`` with the rule and the offending value unless ``condition`` holds."""
    if not condition:
        raise ConfigError(f"{rule}, not {value!r}")
