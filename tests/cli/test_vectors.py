"""``file:`` in an expression: vectors that the page has saved as ``vectors.json``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.cli.latent.words import read_vectors
from dcgan.errors import DataError
from dcgan.latent.expression import Scope, evaluate

VECTORS = [[0.1, -2.5, 3.0], [1, 0, 0.25], [1e-3, 7, -1]]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def save(name: str, vectors: list[Any], **changes: Any) -> None:
    """As the page does."""
    rows = [{"name": f"v{i}", "z": z} for i, z in enumerate(vectors)]
    plain = {"format": "dcgan-vectors", "version": 1, "z_dim": 3, "digest": "0123456789abcdef", "vectors": rows}
    Path(name).write_text(json.dumps(plain | changes))


@pytest.mark.parametrize(("rows", "wanted"), [("", [0, 1, 2]), ("#1", [1]), ("#0,2", [0, 2]), ("#1-2,0", [1, 2, 0])])
def test_all_of_them_or_some(rows: str, wanted: list[int]) -> None:
    save("vectors.json", VECTORS)
    found = read_vectors(f"vectors.json{rows}", 3)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.array(VECTORS)[wanted])


def test_in_an_expression() -> None:
    save("My.JSON", VECTORS)
    scope = Scope(prior="normal", names={}, sources={"file": lambda text: read_vectors(text, 3)})
    found = evaluate("mean(file:My.JSON#0-1) - 2 * file:My.JSON#2", scope)
    np.testing.assert_allclose(found, np.mean(VECTORS[:2], 0) - 2 * np.array(VECTORS[2]))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("none.json", "there is no file none.json: the page saves its vectors as vectors.json"),
        ("cut.json", "cut.json holds no vectors, or is damaged"),
        ("list.json", "list.json holds no vectors, or is damaged"),
        ("folder.json", "folder.json holds no vectors, or is damaged"),
        ("nameless.json", "nameless.json holds no vectors, or is damaged"),
        ("ragged.json", "ragged.json holds no vectors, or is damaged"),
        ("words.json", "words.json holds no vectors, or is damaged"),
        ("page.json", "page.json is no dcgan-vectors of version 1: take vectors that the page has saved"),
        ("newer.json", "newer.json is no dcgan-vectors of version 1"),
        ("empty.json", "empty.json has no vectors: save some on the page"),
        ("short.json", r"short.json is of shape \(1, 2\), and this generator's z is \(n, 3\)"),
        ("flat.json", r"flat.json is of shape \(3,\)"),
        ("good.json#3", "good.json has 3 vectors, numbered from 0, so there is no 3"),
        ("good.json#x", "the rows of good.json is numbers and ranges"),
        ("nan.json", "nan.json has rows without a z"),
    ],
)
def test_what_is_refused(text: str, sentence: str) -> None:
    Path("cut.json").write_text('{"format": "dcgan-vectors", "version": 1, "vectors": [')
    Path("list.json").write_text("[1, 2, 3]")
    Path("nameless.json").write_text('{"format": "dcgan-vectors", "version": 1, "vectors": [{"name": "a"}]}')
    Path("folder.json").mkdir()
    save("good.json", VECTORS)
    save("ragged.json", [[0, 1, 2], [3]])
    save("words.json", [["a", "b", "c"]])
    save("page.json", [], format="dcgan-page")
    save("newer.json", VECTORS, version=2)
    save("empty.json", [])
    save("short.json", [[1, 2]])
    save("flat.json", [1, 2, 3])
    save("nan.json", [[float("nan"), 1, 2]])
    with pytest.raises((DataError, ValueError), match=sentence):
        read_vectors(text, 3)
