"""``dcgan evaluate`` and ``--metrics``: what they print, write and refuse."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan.api import load
from dcgan.cli.main import main
from dcgan.files import read_jsonl
from dcgan.models.snapshot import load_snapshot
from tests.cli.kit import SMALL, finish, refused

SEEN = ["--ticks.snapshot", "4steps", "--ticks.metrics-n", "200", "--metrics", "frechet:random,prdc:random"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of eight steps, measured twice, and its cache."""
    return finish(tmp_path_factory.mktemp("finished"), *SEEN, "--steps", "8")


def test_training_measures_and_keeps_what_belongs_to_it(trained: Path) -> None:
    rows = read_jsonl(trained / "metrics.jsonl")
    assert [row["nimg"] for row in rows] == [32, 64]
    assert list(rows[0]["values"]) == [f"{n}:random" for n in ("frechet", "precision", "recall", "density", "coverage")]
    kept = json.loads((trained / "metrics.json").read_text())
    assert kept["facts"]["generated"] == 200
    assert kept["floor"]["frechet:random"] < rows[0]["values"]["frechet:random"] / 5
    assert "How good" in (trained / "report.html").read_text()


def test_evaluate_finds_what_training_found(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["evaluate", str(trained), "--metrics", "frechet:random", "--n", "200", "--snapshot", "all", "--json"]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    measured = [row["values"]["frechet:random"] for row in read_jsonl(trained / "metrics.jsonl")]
    assert [row["values"]["frechet:random"] for row in found["rows"]] == pytest.approx(measured, rel=1e-6)
    kept = json.loads((trained / "metrics.json").read_text())
    assert found["floor"]["frechet:random"] == pytest.approx(kept["floor"]["frechet:random"], rel=1e-6)
    assert json.loads((trained / "evaluation.json").read_text()) == found
    assert (trained / "evaluation.png").is_file()


def test_looking_changes_no_weight(trained: Path, place: Path) -> None:
    argv = ["train", "digits", *SMALL, "--ticks.snapshot", "4steps", "--steps", "8", "--metrics", "none"]
    assert main([*argv, "--out", "blind"]) == 0
    blind = load_snapshot(next((place / "blind").iterdir()) / "snapshots" / "000000.064")
    seen = load_snapshot(trained / "snapshots" / "000000.064")
    for mine, other in ((seen.G, blind.G), (seen.D, blind.D), (seen.best_G, blind.best_G)):
        for name, tensor in mine.state_dict().items():
            assert tensor.equal(other.state_dict()[name]), name
    assert not (place / "blind" / "00000-modern-digits" / "metrics.jsonl").exists()


def test_the_best_snapshot_is_taken_by_default(trained: Path) -> None:
    assert f"{load(trained).info['nimg'] / 1000:g}" == found_best(trained)


def test_the_table(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(trained), "--metrics", "frechet:random,kernel:random"]) == 0
    said = capsys.readouterr().out
    assert "898 generated against 899 real pictures" in said
    assert "halved at random" in said
    lines = [line.split() for line in said.splitlines()]
    head = lines.index(["frechet:random", "kernel:random", "kernel-sd:random"])
    assert [line[0] for line in lines[head + 1 : head + 3]] == ["floor", found_best(trained)]
    assert all(len(line) in (4, 5) for line in lines[head + 1 : head + 3])


def found_best(run: Path) -> str:
    values = {row["nimg"]: row["values"]["frechet:random"] for row in read_jsonl(run / "metrics.jsonl")}
    return f"{min(values, key=lambda nimg: values[nimg]) / 1000:g}"


def test_labels_are_learnt_once_and_named(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["evaluate", str(trained), "--metrics", "frechet:labels,modes:labels", "--n", "300", "--json"]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    facts = found["facts"]["extractors"]["labels"]
    assert facts["accuracy"] > 0.9
    assert facts["held_out"] > 100
    assert found["floor"]["modes:labels"] == 10
    assert main(argv) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["values"] == found["rows"][0]["values"]


def test_finished_pictures_of_anything(trained: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(trained), "--n", "150", "--out", "fakes.npy"]) == 0
    assert np.load("fakes.npy").shape == (150, 16, 16, 1)
    capsys.readouterr()
    argv = ["evaluate", "fakes.npy", "--data", "digits", "--metrics", "frechet:random", "--json", "--size"]
    assert main([*argv, "16"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["facts"]["generated"] == 150
    assert found["rows"][0]["values"]["frechet:random"] > 5 * found["floor"]["frechet:random"]
    assert "16x16" in refused([*argv, "32"], capsys)


def test_a_snapshot_alone_and_another_test_set(trained: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    (place / "other").mkdir()
    for i in range(20):
        Image.fromarray(rng.integers(0, 256, (16, 16), np.uint8)).save(place / "other" / f"{i}.png")
    snapshot = str(trained / "snapshots" / "000000.064")
    argv = ["evaluate", snapshot, "--data", "digits", "--test", "other", "--metrics", "frechet:random", "--json"]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["facts"]["generated"], found["facts"]["floor"], found["facts"]["reference"]) == (20, 20, 1797)
    assert found["facts"]["split"] == "from other"
    assert not (trained / "snapshots" / "000000.064" / "evaluation.json").exists()


def test_a_snapshot_knows_the_pictures_of_its_run(
    trained: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = trained / "snapshots" / "000000.064"
    assert main(["evaluate", str(inside), "--metrics", "frechet:random", "--n", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["snapshot"] for row in found["rows"]] == ["000000.064"]
    assert not (inside / "evaluation.json").exists()
    inside.rename("alone")
    assert "give the real pictures to compare with as --data" in refused(["evaluate", "alone"], capsys)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["RUN", "--metrics", "fid"], "--metrics knows frechet"),
        (["RUN", "--metrics", "none"], "--metrics names what to measure"),
        (["RUN", "--metrics", "frechet:nobody"], "nobody"),
        (["RUN", "--n", "2"], "--n is at least 4"),
        (["RUN", "--size", "32"], "--size is for finished pictures"),
        (["RUN", "--snapshot", "7"], "no snapshot '7'"),
        (["nowhere", "--data", "digits"], "nowhere"),
        (["RUN", "--metrics", "score:random"], "score needs classes"),
    ],
)
def test_what_is_refused(argv: list[str], words: str, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name for path in trained.iterdir()}
    assert words in refused(["evaluate", *(word.replace("RUN", str(trained)) for word in argv)], capsys)
    assert {path.name for path in trained.iterdir()} == before


@pytest.mark.parametrize(
    ("metrics", "words"),
    [("fid", "--metrics knows"), ("prdc", "decides"), ("frechet:self", "dcgan evaluate"), ("frechet:a.onnx", "a.onnx")],
)
def test_what_training_refuses(metrics: str, words: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", *SMALL, "--steps", "1", "--metrics", metrics]) == 2
    *_, said = capsys.readouterr().err.splitlines()
    assert said.startswith("dcgan: ")
    assert words in said
    assert not (place / "runs").exists()


def test_a_run_that_cannot_begin_leaves_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["train", "digits", *SMALL, "--steps", "1", "--metrics", "frechet:random", "--precision", "tf32"]
    assert main([*argv, "--device", "cpu"]) == 2
    assert not list((place / "runs").glob("*"))
