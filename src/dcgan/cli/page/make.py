"""From a command's options to a folder with all that a page shows."""

from pathlib import Path
from typing import Any

from dcgan.api import Model, load
from dcgan.cli.page.labels import page_reader
from dcgan.cli.page.options import PageOptions
from dcgan.cli.page.told import told_of
from dcgan.cli.progress import Progress
from dcgan.export.content import Wish, write_content
from dcgan.export.facts import Facts, facts_of
from dcgan.training.device import choose_device


def open_page_model(options: PageOptions) -> Model:
    """Return the model that the options name.

    Raises:
        UserError: there is none.
    """
    device = str(choose_device(options.device))
    return load(options.run, snapshot=options.snapshot, weights=options.weights, device=device)


def facts_for(model: Model) -> Facts:
    """Return what is said of a model."""
    return facts_of(model.G, model.info, model.weights)


def make_content(folder: Path, model: Model, options: PageOptions) -> dict[str, Any]:
    """Write all that the page of a model shows into a folder, with progress; see ``write_content``.

    Raises:
        UserError: it cannot be made.
    """
    facts, path = facts_for(model), Path(options.run)
    told = told_of(path, options.reals)
    reader = page_reader(model, options)
    wish = Wish(facts=facts, D=model.D, title=options.title or facts.title, half=options.half, reader=reader, told=told)
    with Progress("making the page") as progress:
        return write_content(folder, wish, progress.now)
