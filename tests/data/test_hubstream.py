"""A Hub data set read as it arrives: the same after resuming anywhere, split over processes, bad pictures replaced."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dcgan.data.examine import Measure
from dcgan.data.hubstream import HubStream
from dcgan.errors import DataError
from tests.data.samples import encoded, flat

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

MEASURE = Measure(height=8, width=8, channels=1)
COUNT = 24
HUGGING = {"huggingface": '{"info": {"features": {"image": {"_type": "Image"}}}}'}


@pytest.fixture
def folder(tmp_path: Path, hub: ModuleType) -> Path:
    """A folder of two parquet files, COUNT gray pictures each of its own value."""
    for part in range(2):
        values = range(part * COUNT // 2, (part + 1) * COUNT // 2)
        cells = [{"bytes": encoded(flat(8 * i)), "path": f"{i}.png"} for i in values]
        write(tmp_path / "pets" / "data" / f"train-{part}.parquet", cells)
    return tmp_path / "pets"


def write(path: Path, cells: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"image": cells}).replace_schema_metadata(HUGGING), path, row_group_size=5)


def stream(folder: Path, **options: Any) -> HubStream:
    return HubStream(f"hub:{folder}", MEASURE, **{"batch": 4, "seed": 0, "count": COUNT, **options})


def values(s: HubStream, steps: int, start: int = 0) -> np.ndarray:
    with closing(s):
        return np.concatenate([s.batch_at(start + i * s.batch)[:, 0, 0, 0].numpy() for i in range(steps)]) // 8


def test_every_picture_once_an_epoch_and_mixed(folder: Path) -> None:
    epochs = values(stream(folder), 12).reshape(2, COUNT)
    assert (np.sort(epochs) == np.arange(COUNT)).all()
    assert (epochs[0] != epochs[1]).any()
    assert (epochs[0] != np.arange(COUNT)).any()


@pytest.mark.parametrize("batch", [4, 10])
def test_resumed_anywhere_it_goes_on_alike(folder: Path, batch: int) -> None:
    whole = values(stream(folder, batch=batch), 7)
    for step in range(7):
        part = values(stream(folder, batch=batch), 1, step * batch)
        assert np.array_equal(part, whole[step * batch :][:batch])


def test_processes_share_a_batch(folder: Path) -> None:
    whole = values(stream(folder, batch=8), 5).reshape(5, 2, 4)
    for rank in range(2):
        part = values(stream(folder, batch=8, rank=rank, world=2), 5)
        assert np.array_equal(part.reshape(5, 4), whole[:, rank])


def test_a_coin_mirrors(tmp_path: Path, hub: ModuleType) -> None:
    from PIL import Image

    left = np.zeros((8, 8), np.uint8)
    left[:, 0] = 255
    write(tmp_path / "pets" / "data" / "train-0.parquet", [{"bytes": encoded(Image.fromarray(left)), "path": "a.png"}])
    with closing(stream(tmp_path / "pets", batch=64, count=64, mirrored=True)) as s:
        batch = s.batch_at(0).numpy()[..., 0]
    assert 16 < (batch[:, 0, 0] == 255).sum() < 48
    assert ((batch[:, 0, 0] == 255) ^ (batch[:, 0, 7] == 255)).all()


def test_a_bad_picture_is_named_and_replaced(tmp_path: Path, hub: ModuleType) -> None:
    cells = [{"bytes": encoded(flat(8 * i)), "path": "a.png"} for i in range(3)] + [{"bytes": b"no", "path": "b.png"}]
    write(tmp_path / "pets" / "data" / "train-0.parquet", cells)
    s = stream(tmp_path / "pets", count=4)
    assert Counter(Counter(values(s, 1).tolist()).values()) == {1: 2, 2: 1}
    assert s.left_out[0][0].startswith("picture ")
    assert "not a picture" in s.left_out[0][1]


def test_nothing_but_bad_pictures(tmp_path: Path, hub: ModuleType) -> None:
    write(tmp_path / "pets" / "data" / "train-0.parquet", [{"bytes": b"no", "path": "b.png"}] * 4)
    with pytest.raises(DataError, match=r"none of 4 pictures in a row of pets can be read: not a picture"):
        values(stream(tmp_path / "pets", count=4), 1)


def test_without_a_length_limit_is_asked_for(folder: Path) -> None:
    with pytest.raises(DataError, match=r"does not say how many pictures it has: .* --limit"):
        stream(folder, count=None)
