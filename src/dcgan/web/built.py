"""The built page: the files of ``web/`` as ``make web`` leaves them in the package."""

from pathlib import Path

from dcgan.errors import ExportError

NEEDED = {"index.html", "page.js", "page.css", "engine-wasm.js", "ort-wasm.wasm"}
DIST = Path(__file__).with_name("dist")


def built_page() -> dict[str, Path]:
    """Return the page's files by their names, such as ``index.html``; with / between folders.

    Raises:
        ExportError: it is not built.
    """
    files = {path.relative_to(DIST).as_posix(): path for path in sorted(DIST.rglob("*")) if path.is_file()}
    if not files.keys() >= NEEDED:
        raise ExportError(
            "the page is not built here: run `make web` (needs Node 20.19 or newer) or install the wheel, which has it"
        )
    return files
