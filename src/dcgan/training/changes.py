"""Which options a launch changed of the one before."""

import json
from typing import Any

from dcgan.config import Config
from dcgan.serial import to_dict

Changes = dict[str, tuple[Any, Any]]


def difference(last: dict[str, Any], config: Config, hardware: dict[str, str]) -> Changes:
    """Return the options that differ from those of a launch, by their names in the configuration: (old, new).

    An ``auto`` that comes to mean something else counts too. Options that the launch did not know do not.

    Args:
        last: the launch, as ``launches.jsonl`` has it.
        config: the options now.
        hardware: what device and precision mean now.
    """
    before, after = (_flat(json.loads(json.dumps(values))) for values in (last["config"], to_dict(config)))
    for name, now in hardware.items():
        if before.get(name) == after[name] and last.get(name, now) != now:
            before[name], after[name] = f"{before[name]} ({last[name]})", f"{after[name]} ({now})"
    return {name: (before[name], new) for name, new in after.items() if name in before and before[name] != new}


def change_lines(changed: Changes) -> list[str]:
    """Write changes with the names of the flags: "--optim-D.lr 0.0002 -> 0.0001"."""
    return [f"--{name.replace('_', '-')} {_text(old)} -> {_text(new)}" for name, (old, new) in changed.items()]


def _text(value: Any) -> str:
    return "not set" if value is None else str(value)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat
