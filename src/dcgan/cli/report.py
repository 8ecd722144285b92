"""``dcgan report RUN``: a run's plots, GIF and page, written again from what the run wrote."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from dcgan.cli.arguments import parse
from dcgan.cli.speaker import is_first
from dcgan.report.write import write_report


@dataclass(frozen=True)
class Arguments:
    """Write losses.png, progress.gif and report.html of a run again, also while it is training."""

    run: Annotated[Path, tyro.conf.Positional]
    """The run's folder."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan report")
    if not is_first():
        return 0
    print("\n".join(str(path) for path in write_report(arguments.run)))
    return 0
