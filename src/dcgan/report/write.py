"""Write a run's report: the plot, the GIF and the page."""

from pathlib import Path

from dcgan.files import write_text
from dcgan.report.gif import write_gif
from dcgan.report.page import make_page
from dcgan.report.plots import write_losses
from dcgan.report.record import read_record


def write_report(run: Path) -> list[Path]:
    """Write ``losses.png``, ``progress.gif`` and ``report.html`` into a run's folder, each in one step.

    What the run has not written yet is left out: without statistics there is no plot, without previews no GIF. The page
    is always made.

    Args:
        run: the folder, as the commands on the page are to name it.

    Returns:
        The files that were made.

    Raises:
        SnapshotError: ``run`` is not a run's folder, or one of its files is damaged.
    """
    record = read_record(run)
    plot, gif, page = run / "losses.png", run / "progress.gif", run / "report.html"
    made = [path for path, write in ((plot, write_losses), (gif, write_gif)) if write(record, path.name)]
    write_text(page, make_page(record))
    return [*made, page]
