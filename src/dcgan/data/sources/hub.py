"""Hub data sets, and local folders of their form, through the package ``datasets``. They need ``dcgan[hub]``."""

from dataclasses import dataclass
from typing import Any

from dcgan.data.sources.parquet import LABEL_COLUMNS, cell_bytes, first_line, label_text, need
from dcgan.data.sources.source import Item, Source, make_source
from dcgan.errors import DataError


@dataclass(frozen=True, eq=False)
class HubOpener:
    """Reads a picture out of a ``datasets.Dataset``; the key is its row."""

    dataset: Any
    column: str

    def __call__(self, key: int) -> bytes:
        return cell_bytes(self.dataset[key][self.column])


def open_hub(text: str) -> Source:
    """Load ``hub:owner/name``, ``hub:owner/name:split`` or ``hub:FOLDER`` through the package ``datasets``.

    Raises:
        DataError: it cannot be had, or has no column of pictures.
    """
    datasets = need("datasets", f"{text}: reading a Hub data set")
    dataset = load(text)
    column = picture_column(datasets, dataset, text)
    dataset = dataset.cast_column(column, datasets.Image(decode=False))
    labels = _hub_labels(datasets, dataset)
    items = [Item(name=f"{i:06d}", key=i, label=labels[i]) for i in range(len(dataset))]
    name = hub_place(text)[0].rstrip("/").split("/")[-1]
    return make_source(name, "hub", text, items, HubOpener(dataset, column), dataset._fingerprint)


def load(text: str, **options: Any) -> Any:
    """Load a split through ``datasets``; ``streaming=True`` reads it as it goes."""
    datasets = need("datasets", f"{text}: reading a Hub data set")
    place, split = hub_place(text)
    try:
        return datasets.load_dataset(place, split=split, **options)
    except Exception as error:  # the package and the network raise many kinds
        raise DataError(
            f"{text} cannot be had ({first_line(error)}): check the name, the split and the network"
        ) from error


def hub_place(text: str) -> tuple[str, str]:
    """Split ``hub:owner/name:split`` into ("owner/name", "split"); the split is train where none is named."""
    place, _, split = text.removeprefix("hub:").partition(":")
    return place, split or "train"


def picture_column(datasets: Any, dataset: Any, text: str) -> str:
    """Return the first column of pictures."""
    features = dataset.features or {}
    for name, feature in features.items():
        if isinstance(feature, datasets.Image):
            return str(name)
    raise DataError(
        f"{text} has no column that it calls pictures (it has {', '.join(features) or 'none that are known'}): if it "
        "is a folder of parquet, give it without hub:"
    )


def _hub_labels(datasets: Any, dataset: Any) -> list[str | None]:
    classes = [name for name, feature in dataset.features.items() if isinstance(feature, datasets.ClassLabel)]
    name = next((n for n in (*classes, *LABEL_COLUMNS) if n in dataset.features), None)
    if name is None:
        return [None] * len(dataset)
    names = dataset.features[name].names if name in classes else []
    return [label_text(v, names) for v in dataset[name]]
