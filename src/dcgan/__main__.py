"""``python -m dcgan``."""

from dcgan.cli.main import entry

entry()
