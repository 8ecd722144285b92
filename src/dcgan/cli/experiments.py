"""Commands that are a family: ``dcgan latent EXPERIMENT RUN``, ``dcgan features EXPERIMENT RUN``."""

import importlib
from dataclasses import dataclass

from dcgan.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Family:
    """Experiments under one command; each is a file of the package ``dcgan.cli.NAME`` with a ``main``."""

    name: str
    what: str
    """One sentence: what the family is for."""
    experiments: dict[str, str]
    """By name: what an experiment does, in a few words."""

    def run(self, argv: list[str]) -> int:
        """Run an experiment and return the exit code.

        Raises:
            UserError: there is no such experiment, or it cannot be done.
        """
        if not argv or argv[0] in ("-h", "--help", "help"):
            print(self.usage())
            return 0
        name, *rest = argv
        if name not in self.experiments:
            raise ConfigError(f"there is no experiment {name!r}: it is one of {', '.join(self.experiments)}")
        return int(importlib.import_module(f"dcgan.cli.{self.name}.{name}").main(rest))

    def usage(self) -> str:
        """Return the text of ``--help``."""
        lines = [f"  {name:<12} {what}" for name, what in self.experiments.items()]
        head = [f"usage: dcgan {self.name} EXPERIMENT RUN ...", "", self.what, "", "experiments:"]
        return "\n".join([*head, *lines, "", f"`dcgan {self.name} EXPERIMENT --help` lists an experiment's options."])
