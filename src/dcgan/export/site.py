"""The page as a folder of static files, for any web server.

What was written stands in ``files.txt``, so that a page can be written again where it lies, and what else lies there,
as a host's own files or a repository, stays.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from dcgan.errors import ConfigError
from dcgan.export.content import FORMAT
from dcgan.files import replacing_dir, write_text

LIST = "files.txt"


def check_site(folder: Path) -> None:
    """Check that a page may be written to a folder: there is none, it is empty, or it holds an earlier page.

    Raises:
        ConfigError: it holds something else.
    """
    if not folder.exists() or _is_ours(folder):
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder} is a file: give a folder with --web")
    other = min((path.name for path in folder.iterdir()), default=None)
    if other is not None:
        raise ConfigError(
            f"{folder} holds something else than an earlier page, {other}: give another folder with --web"
        )


def _is_ours(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / "model.json").read_text(encoding="utf-8"))["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def write_site(folder: Path, page: Mapping[str, Path], content: Path) -> None:
    """Write a folder of static files, in one step; an earlier page that stands there is replaced, and what it did not
    write is kept.

    Args:
        folder: where to, as ``check_site`` allows it.
        page: the built page's files by name.
        content: a folder as ``write_content`` fills it.

    Raises:
        ConfigError: the folder holds something else.
    """
    check_site(folder)
    files = {**content_files(content), **page}
    with replacing_dir(folder.resolve()) as temporary:
        _copy(_others(folder), temporary)
        _copy(files, temporary)
        write_text(temporary / LIST, "".join(f"{name}\n" for name in files))


def _copy(files: Mapping[str, Path], folder: Path) -> None:
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name, follow_symlinks=False)


def _others(folder: Path) -> dict[str, Path]:
    """Return what lies in a folder beside an earlier page."""
    if not folder.is_dir():
        return {}
    earlier = {LIST, *(folder / LIST).read_text(encoding="utf-8").splitlines()} if (folder / LIST).is_file() else set()
    return {name: path for name, path in content_files(folder).items() if name not in earlier}


def content_files(content: Path) -> dict[str, Path]:
    """Return the files of a folder that ``write_content`` has filled, by their names with / between folders."""
    return {path.relative_to(content).as_posix(): path for path in sorted(content.rglob("*")) if path.is_file()}
