"""The published systems on the data they were made for, where it is at hand."""

import json
from pathlib import Path

import pytest

from dcgan.cli.main import main
from dcgan.files import read_jsonl


@pytest.mark.data
@pytest.mark.parametrize(
    ("source", "recipe", "pictures", "classes"),
    [
        ("mnist", "mnist-28", 60_000, 10),
        ("celeba-10k.zip", "celeba-32", 10_000, 0),
        ("cifar10-test.zip", "modern", 10_000, 10),
    ],
)
def test_real_pictures_train(
    source: str, recipe: str, pictures: int, classes: int, shared: Path, tmp_path: Path
) -> None:
    argv = ["train", str(shared / source), "--recipe", recipe, "--size", "28" if recipe == "mnist-28" else "32"]
    argv += ["--metrics", "none"]  # a classifier of all these labels takes minutes: digits stand in, elsewhere
    argv += ["--width", "0.2", "--batch", "32", "--steps", "3", "--out", str(tmp_path / "runs")]
    assert main([*argv, "--cache", str(tmp_path / "cache")]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    data = json.loads((run / "options.json").read_text())["data"]
    assert (data["pictures"], len(data["classes"])) == (pictures, classes)
    assert read_jsonl(run / "stats.jsonl")[-1]["step"] == 3
    assert (run / "report.html").exists()
