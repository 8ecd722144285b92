"""What reads labels for a page: by default only what is there already, so that nothing is learnt or fetched."""

from contextlib import suppress

from dcgan.api import Model
from dcgan.cli.latent.reading import labels_reader, named_reader, open_reader
from dcgan.cli.origin import known_origin
from dcgan.cli.page.options import PageOptions
from dcgan.data.prepare import default_cache, find_prepared
from dcgan.errors import UserError
from dcgan.latent.reader import Reader
from dcgan.metrics.extractors.labels import can_be_learnt, find_labels


def page_reader(model: Model, options: PageOptions) -> Reader | None:
    """Return what reads labels; None where none is wanted or, with ``auto``, where none is there.

    Raises:
        UserError: a reader that is named cannot be had.
    """
    if options.reader != "auto" or options.data is not None or options.labels is not None:
        return open_reader(options.run, model, options)
    with suppress(UserError):
        return named_reader(options.run, model)
    with suppress(UserError):
        return _cached(model, options)
    return None


def _cached(model: Model, options: PageOptions) -> Reader | None:
    origin, cache = known_origin(options.run, None), options.cache or default_cache()
    if origin.source is None:
        return None
    pictures = find_prepared(origin.source, origin.settings, cache)
    if pictures is None:
        return None
    found = find_labels(pictures, cache=cache, device=next(model.G.parameters()).device)
    return None if found is None or not can_be_learnt(found.facts) else labels_reader(found, pictures)
