"""The command ``dcgan``: finds the subcommand, runs it, and turns a user's mistake into one sentence and exit code 2.

Nothing heavy is imported until a subcommand is chosen, so ``dcgan --help`` answers at once.
"""

import importlib
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import dcgan
from dcgan.cli.speaker import is_first
from dcgan.errors import UserError

COMMANDS = {
    "demo": "train on real digits that come with a dependency, in minutes on a CPU",
    "prepare": "check pictures up, and make them ready for training",
    "train": "train a generator on your pictures",
    "evaluate": "measure how good a run's pictures are, beside real ones",
    "sample": "make pictures from a trained generator",
    "latent": "walk the latent space: averages, arithmetic, directions, the z of a picture",
    "features": "what D has learnt to see: classify with it, look into it, take an object out",
    "export": "a generator as ONNX, and its page as a folder or one file",
    "explore": "walk a run's latent space on a page, served on this machine",
    "report": "write a run's plots, GIF and page again",
    "bench": "self-tests: how many modes are covered",
    "recipes": "list the recipes, or print one",
}


def entry() -> None:
    """Run the command line of this process and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no reason to stop
    if not is_first():
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  (of several processes one speaks)
    _on_signals(_leave)
    if len(sys.argv) > 1 and sys.argv[1] in COMMANDS:
        importlib.import_module(f"dcgan.cli.{sys.argv[1]}")
    _on_signals(_interrupt)
    code = main(sys.argv[1:])
    _on_signals(signal.SIG_IGN)  # all is done: there is nothing left to stop
    sys.exit(code)


def main(argv: list[str]) -> int:
    """Run a command line (without the program's name) and return the exit code."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if argv[0] in ("-V", "--version"):
        print(f"dcgan {dcgan.__version__}")
        return 0
    name, *rest = argv
    if name not in COMMANDS:
        return _complain(f"there is no command {name!r}: it is one of {', '.join(COMMANDS)}")
    try:
        return int(importlib.import_module(f"dcgan.cli.{name}").main(rest))
    except UserError as error:
        return _complain(str(error))
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nothing to say, nobody to say it to
        return 141
    except OSError as error:
        return _complain(f"{error.strerror or error}: {error.filename or 'a file of this run'}")
    except KeyboardInterrupt as interrupt:
        return 128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)


def usage() -> str:
    """Return the text of ``dcgan --help``."""
    lines = [f"  {name:<9} {what}" for name, what in COMMANDS.items()]
    return "\n".join(
        ["usage: dcgan COMMAND ...", "", (dcgan.__doc__ or "").strip(), "", "commands:", *lines, ""]
        + ["`dcgan COMMAND --help` lists a command's options."]
    )


def _on_signals(handler: Callable[[int, FrameType | None], NoReturn] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """End at once: while modules are imported there is nothing to tidy up, and an exception could be swallowed."""
    os._exit(128 + number)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(number)


def _complain(sentence: str) -> int:
    process = "" if is_first() else f" (process {os.environ['RANK']})"
    print(f"dcgan{process}: {sentence}", file=sys.stderr)
    return 2
