"""Configurations as plain values for JSON, and back with every key and type checked."""

import dataclasses
import types
import typing
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from dcgan.errors import ConfigError, check

T = TypeVar("T")


def to_dict(config: Any) -> dict[str, Any]:
    """Turn a configuration into plain dictionaries, lists, numbers and strings."""
    return dataclasses.asdict(config)


def from_dict(cls: type[T], values: dict[str, Any], where: str = "configuration") -> T:
    """Build a dataclass from plain values, refusing unknown keys and values of the wrong type.

    Args:
        cls: the dataclass to build; its fields may be dataclasses, tuples, unions and literals.
        values: what ``to_dict`` made of one.
        where: what to call it in an error.

    Raises:
        ConfigError: a key is unknown or missing, or a value has the wrong type.
    """
    hints = get_type_hints(cls)
    names = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    check(isinstance(values, dict), f"{where} is an object", values)
    unknown = sorted(set(values) - names)
    check(not unknown, f"{where} has only the keys {', '.join(sorted(names))}", unknown)
    built = {name: _from_plain(hints[name], value, f"{where}.{name}") for name, value in values.items()}
    try:
        return cls(**built)
    except TypeError as error:
        raise ConfigError(f"{where} is incomplete: {error}") from error


def _from_plain(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return from_dict(typing.cast(type, hint), value, where)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        check(value in args, f"{where} is one of {', '.join(map(str, args))}", value)
        return value
    if origin in (typing.Union, types.UnionType):
        return _from_union(args, value, where)
    if origin is tuple:
        check(isinstance(value, (list, tuple)), f"{where} is a list", value)
        inner = args[:1] * len(value) if args[-1] is Ellipsis else args
        check(len(inner) == len(value), f"{where} has {len(inner)} items", value)
        return tuple(_from_plain(h, v, f"{where}[{i}]") for i, (h, v) in enumerate(zip(inner, value, strict=True)))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    check(type(value) is hint, f"{where} is of type {getattr(hint, '__name__', hint)}", value)
    return value


def _from_union(args: tuple[Any, ...], value: Any, where: str) -> Any:
    for arg in args:
        try:
            return _from_plain(arg, value, where)
        except ConfigError:
            continue
    raise ConfigError(f"{where} has a value of the wrong type: {value!r}")
