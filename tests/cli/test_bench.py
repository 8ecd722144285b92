"""``dcgan bench modes``: its three forms, what they write, and what they refuse."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dcgan.cli import bench, bench_stacked
from dcgan.cli.main import main
from dcgan.files import read_jsonl
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.recipes import find, resolve_model
from dcgan.models.snapshot import save_snapshot
from dcgan.selftest.published import STACKED
from dcgan.selftest.settings import COVERING
from dcgan.selftest.stacked import KL, MISSING, make_stacks
from tests.cli import kit
from tests.selftest.kit import brightness, write_mnist

SMALL = ["--width", "0.1", "--batch", "8", "--precision", "fp32", "--ticks.preview-n", "4", "--n", "30"]
SNAPSHOTS = ["--ticks.snapshot", "2steps"]


@pytest.fixture
def mnist(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MNIST in small, a classifier that reads it, and few stacks."""
    monkeypatch.setattr(bench_stacked, "open_extractor", lambda name, **given: brightness())
    monkeypatch.setattr(bench_stacked, "make_stacks", lambda digits: make_stacks(digits, 64))
    return write_mnist(place / "mnist")


def refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    return kit.refused(["bench", *argv], capsys)


def test_gaussians(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "modes", "--steps", "4", "--out", "b"]) == 0
    out = capsys.readouterr().out
    for word in (COVERING, "noise over the square", "PacGAN4", "24.8 +- 0.2", "b/modes-grid.png"):
        assert word in out
    found = json.loads((place / "b" / "modes.json").read_text())["gaussians"]
    assert [len(found[name]["rows"]) for name in ("ring", "grid")] == [9, 9]
    row = found["grid"]["rows"][0]
    assert {"name", "found", "good", "kl", "seconds", "steps", "over"} <= row.keys()
    assert found["ring"]["controls"][0]["found"] == 8
    for name in ("ring", "grid"):
        with Image.open(place / "b" / f"modes-{name}.png") as picture:
            assert picture.height > picture.width


@pytest.fixture
def one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the setting that is to cover all modes, after four steps."""
    row = next(row for row in bench.settings(4) if row.name == COVERING)
    monkeypatch.setattr(bench, "settings", lambda steps, seed: [row])


def test_gaussians_as_json(place: Path, one_row: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "modes", "--steps", "4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["failures"] == []


def test_a_failed_self_test_is_an_exit_code(place: Path, one_row: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "modes"]) == 1
    assert f"failed: ring: {COVERING} found" in capsys.readouterr().out


def test_training_on_stacks_measures_modes_and_resumes(
    mnist: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "modes", "--stacked", "mnist", *SMALL, *SNAPSHOTS, "--steps", "4"]) == 0
    out = capsys.readouterr().out
    assert all(row.source in out and row.modes in out for row in STACKED)
    assert "a perfect sampler" in out
    assert "100.00% of 20 test digits" in out
    run = place / "runs" / "00000-stacked-dcgan-stacked-mnist"
    rows = read_jsonl(run / "metrics.jsonl")
    assert [row["nimg"] for row in rows] == [16, 32]
    assert list(rows[0]["values"]) == [KL, MISSING]
    assert json.loads((run / "metrics.json").read_text())["floor"].keys() == {KL, MISSING}
    page = (run / "report.html").read_text()
    assert "KL from even shares (stacked)" in page
    assert "20 test digits" in page
    assert main(["bench", "modes", "--resume", "latest", "--steps", "6", "--n", "30"]) == 0
    assert [row["nimg"] for row in read_jsonl(run / "metrics.jsonl")] == [16, 32, 48]


def test_any_recipe_trains_under_the_protocol(mnist: Path, place: Path) -> None:
    assert main(["bench", "modes", "--stacked", "mnist", "--recipe", "modern", *SMALL, "--steps", "1"]) == 0
    options = json.loads((place / "runs" / "00000-modern-stacked-mnist" / "options.json").read_text())
    assert options["config"]["size"] == "28"
    assert options["config"]["objective"]["loss"] == "hinge"
    assert options["data"]["source"] == str(mnist)


def test_judging_a_run(mnist: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "modes", "--stacked", "mnist", *SMALL, *SNAPSHOTS, "--steps", "4"]) == 0
    during = read_jsonl(place / "runs" / "00000-stacked-dcgan-stacked-mnist" / "metrics.jsonl")
    capsys.readouterr()
    argv = ["bench", "modes", "runs/00000-stacked-dcgan-stacked-mnist", "--data", "mnist", "--n", "30", "--out", "b"]
    assert main([*argv, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [(r["nimg"], r["kl"], 1000 - r["modes"]) for r in found["rows"]] == [
        (row["nimg"], pytest.approx(row["values"][KL], abs=1e-4), row["values"][MISSING]) for row in during
    ]
    assert found == json.loads((place / "b" / "stacked.json").read_text())
    assert (place / "b" / "stacked.png").is_file()
    assert main([*argv, "--snapshot", "latest"]) == 0
    assert "0.032 kimg" in capsys.readouterr().out


def test_bad_input(mnist: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "first word" in refused([], capsys)
    assert "'speed'" in refused(["speed"], capsys)
    assert "MNIST" in refused(["modes", "--stacked", "nowhere"], capsys)
    assert "--data is missing" in refused(["modes", "runs/1"], capsys)
    assert "goes with a RUN" in refused(["modes", "--data", "mnist"], capsys)
    assert "no snapshot" in refused(["modes", "runs/1", "--data", "mnist"], capsys)
    assert "28x28x3" in refused(["modes", "--stacked", "mnist", "--size", "32"], capsys)
    assert "--metrics" in refused(["modes", "--stacked", "mnist", "--metrics", "frechet"], capsys)
    assert "'best-ever'" in refused(["modes", "--stacked", "mnist", "--recipe", "best-ever"], capsys)
    assert "--steps" in refused(["modes", "--steps", "1"], capsys)
    assert "--n is" in refused(["modes", "--n", "0"], capsys)
    assert "no run" in refused(["modes", "--resume", "latest"], capsys)
    assert not (place / "runs").exists()
    assert not (place / "bench").exists()


def test_a_run_of_other_pictures_is_refused_before_a_classifier_is_trained(
    mnist: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = resolve_model(replace(find("stacked-dcgan").config, size="32", width=0.1))
    save_snapshot(place / "other", model, Generator(model), Discriminator(model), None, {})
    monkeypatch.delattr(bench_stacked, "open_extractor")
    assert "32x32x3" in refused(["modes", "other", "--data", "mnist"], capsys)


def test_help_of_both_forms(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argv, said in ((["--help"], "--stacked MNIST"), (["modes", "--stacked", "mnist", "--help"], "--optim-G.lr")):
        with pytest.raises(SystemExit) as ended:
            main(["bench", *argv])
        assert ended.value.code == 0
        out = capsys.readouterr().out
        assert "usage: dcgan bench modes" in out
        assert said in " ".join(out.split())
