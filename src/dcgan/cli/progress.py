"""Progress on the terminal: a bar that redraws itself, or a line now and then where the output is not a terminal."""

import time
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from dcgan.cli.speaker import is_first

SECONDS = 10.0  # between two lines where there is no terminal


class Progress:
    """A context that shows how far something is.

    Args:
        what: what is being done, in two words.
    """

    def __init__(self, what: str) -> None:
        self.console = Console(stderr=True, quiet=not is_first())
        self.bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.what = what
        self.task = self.bar.add_task(what, total=None)
        self.spoken = time.monotonic()
        self.before = (0, 0.0)
        self.rate = 0.0

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def now(self, what: str) -> None:
        """Show that something else is being done."""
        self.what = what
        self.bar.update(self.task, description=what)

    def count(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` things are done."""
        self.bar.update(self.task, completed=done, total=total)
        if not self.console.is_terminal and self._time_to_speak():
            self.console.print(f"{self.what}: {done} of {total}", highlight=False)

    def say(self, sentence: str) -> None:
        """Print a sentence that stays, above the bar where there is one."""
        self.console.print(sentence, highlight=False, soft_wrap=True, markup=False)

    def begin(self, nimg: int, seconds: float) -> None:
        """Say where a run goes on: the images seen before, and the seconds they took, count for no rate."""
        self.before = (nimg, seconds)

    def statistics(self, row: dict[str, Any], total: int) -> None:
        """Show a line of a run's statistics; ``total`` is the run's length in images."""
        text = statistics_text(row, total, self._rate(row))
        self.bar.update(self.task, completed=row["nimg"] // 1000, total=-(-total // 1000), description=text)
        if not self.console.is_terminal and (self._time_to_speak() or row["nimg"] >= total):
            self.console.print(text, highlight=False, soft_wrap=True)

    def _rate(self, row: dict[str, Any]) -> float:
        """Images a second since the last line; as before where the run was taken back since."""
        nimg, seconds = self.before
        self.before = (row["nimg"], row["seconds"])
        if row["nimg"] > nimg:
            self.rate = float((row["nimg"] - nimg) / max(row["seconds"] - seconds, 1e-9))
        return self.rate

    def _time_to_speak(self) -> bool:
        if time.monotonic() - self.spoken < SECONDS:
            return False
        self.spoken = time.monotonic()
        return True


def statistics_text(row: dict[str, Any], total: int, rate: float) -> str:
    """Return a run's figures in one line."""
    left = timedelta(seconds=max(0, round((total - row["nimg"]) / rate))) if rate else "unknown"
    return (
        f"{row['kimg']:.1f} of {total / 1000:g} kimg  {rate:.0f} img/s  {left} left  "
        f"loss_D {row['loss_D']:.3f}  loss_G {row['loss_G']:.3f}  D(x) {row['D_real']:.2f}  D(G(z)) {row['D_fake']:.2f}"
    )
