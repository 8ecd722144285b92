"""A page's content kept in the cache, so that the second look at a run begins at once."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import dcgan
from dcgan.api import Model
from dcgan.cli.latent.named import directions_folder
from dcgan.cli.origin import run_of
from dcgan.cli.page.make import make_content, open_page_model
from dcgan.cli.page.options import PageOptions
from dcgan.data.prepare import default_cache
from dcgan.errors import DiskError
from dcgan.export.content import VERSION
from dcgan.files import replacing_dir
from dcgan.locks import held
from dcgan.models.digest import weights_digest

KEPT = 12
"""Pages that stay in the cache: those that were looked at last."""
SHOWN = ("options.json", "stats.jsonl", "metrics.jsonl", "metrics.json", "health.jsonl", "events.jsonl", "named.npz")
"""Files of a run that a page is made from, beside its sheets and directions."""


def cached_content(options: PageOptions) -> Path:
    """Return a folder as ``write_content`` fills it, from the cache or made now.

    Raises:
        UserError: it cannot be made or kept.
    """
    model = open_page_model(options)
    cache = options.cache or default_cache()
    folder = cache / "pages" / key_of(model, options, cache)
    if (folder / "model.json").is_file():
        folder.touch()
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with held(folder.with_name(f".{folder.name}.lock")):
            if not (folder / "model.json").is_file():  # another process may have made it meanwhile
                with replacing_dir(folder) as temporary:
                    make_content(temporary, model, options)
                _forget_oldest(folder.parent)
    except OSError as error:
        raise DiskError(f"the page cannot be kept in {cache} ({error}): give another folder with --cache") from error
    return folder


def _forget_oldest(pages: Path) -> None:
    """Remove all but the ``KEPT`` pages that were looked at last: a run that still trains is another at every tick."""
    whole = [page for page in pages.iterdir() if page.is_dir() and not page.name.startswith(".")]
    for page in sorted(whole, key=lambda page: -page.stat().st_mtime_ns)[KEPT:]:
        shutil.rmtree(page, ignore_errors=True)


def key_of(model: Model, options: PageOptions, cache: Path) -> str:
    """Return what changes with anything that the page of a model shows."""
    asked: dict[str, Any] = {
        name: str(getattr(options, name)) for name in ("half", "reals", "title", "reader", "data", "labels")
    }
    made_of = {
        "version": (dcgan.__version__, VERSION),
        "weights": (weights_digest(model.G), weights_digest(model.D), model.weights, model.info.get("nimg")),
        "asked": asked,
        "run": (str(Path(options.run).resolve()), _states(Path(options.run))),
        "readers": sorted(path.name for path in cache.glob("labels-*")),
    }
    return hashlib.blake2b(json.dumps(made_of, sort_keys=True).encode(), digest_size=8).hexdigest()


def _states(path: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of every file of a run that its page is made from."""
    run, files = run_of(path), sorted(directions_folder(path).glob("*.json"))
    if run is not None:
        sheets = [*run.path.glob("fakes*.png"), run.path / "reals.png"]
        files += [file for file in [*(run.path / name for name in SHOWN), *sorted(sheets)] if file.is_file()]
    return [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
