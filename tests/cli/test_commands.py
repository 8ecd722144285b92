"""The commands as a user types them: what they print, write, refuse, and the code they end with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dcgan
from dcgan.cli import features, latent
from dcgan.cli.main import COMMANDS, main
from dcgan.files import read_jsonl
from dcgan.models.recipes import RECIPES
from tests.cli.kit import RUN, UNMEASURED, finish, refused


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of four steps, and its cache."""
    return finish(tmp_path_factory.mktemp("finished"), "--metrics", "none", "--steps", "4")


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in ([], ["--help"], ["help"]):
        assert main(argv) == 0
        out = capsys.readouterr().out
        assert all(name in out for name in COMMANDS)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"dcgan {dcgan.__version__}"


@pytest.mark.parametrize(
    "command",
    [
        *(name for name in COMMANDS if name not in ("latent", "features")),
        *(f"latent {name}" for name in latent.EXPERIMENTS),
        *(f"features {name}" for name in features.EXPERIMENTS),
    ],
)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert f"dcgan {command}" in capsys.readouterr().out


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert "'walk'" in refused(["walk"], capsys)


def test_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(RECIPES)
    assert main(["recipes", "mnist-28"]) == 0
    out = capsys.readouterr().out
    assert "G 2,305,472, D 212,865" in out
    assert "deviations" in out
    assert "Getting Started With DCGANs" in out


def test_train_leaves_a_run_with_its_report(trained: Path) -> None:
    made = {p.name for p in trained.iterdir()}
    assert {"options.json", "stats.jsonl", "reals.png", "fakes_init.png", "state.safetensors"} <= made
    assert {"losses.png", "progress.gif", "report.html"} <= made
    options = json.loads((trained / "options.json").read_text())
    assert options["config"]["steps"] == 4
    assert options["data"]["pictures"] == 1797


def test_runs_are_numbered(trained: Path) -> None:
    assert main(["train", "digits", *UNMEASURED, "--steps", "1", "--recipe", "celeba-32"]) == 0
    assert (trained.parent / "00001-celeba-32-digits").is_dir()


def test_dry_run_prints_the_options_and_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["train", "digits", "--recipe", "radford2015", "--size", "64x48", "--kimg", "5", "--optim-G.lr", "0.001"]
    assert main([*argv, "--dry-run"]) == 0
    config = json.loads(capsys.readouterr().out)["config"]
    assert (config["recipe"], config["size"], config["kimg"], config["epochs"]) == ("radford2015", "64x48", 5.0, None)
    assert config["optim_G"]["lr"] == 0.001
    assert config["optim_D"] == RECIPES["radford2015"].config.optim_D.__dict__
    assert list(place.iterdir()) == []


def test_means_are_flags(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["train", "digits", "--dry-run", "--augment", "color", "cutout", "--pack", "2", "--objective.steps-D", "3"]
    assert main([*argv, "--objective.loss", "relativistic-average", "--optim-D.warmup-kimg", "5"]) == 0
    config = json.loads(capsys.readouterr().out)["config"]
    assert (config["augment"], config["pack"]) == (["color", "cutout"], 2)
    assert (config["objective"]["steps_D"], config["objective"]["loss"]) == (3, "relativistic-average")
    assert config["optim_D"]["warmup_kimg"] == 5.0
    assert main(["train", "digits", "--dry-run", "--augment"]) == 0
    assert json.loads(capsys.readouterr().out)["config"]["augment"] == []


def test_resume_goes_on_where_the_run_stopped(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--resume", "latest", "--steps", "6"]) == 0
    assert [row["nimg"] for row in read_jsonl(trained / "launches.jsonl")] == [0, 32]
    assert read_jsonl(trained / "stats.jsonl")[-1]["step"] == 6
    assert main(["train", "--resume", str(trained), "--steps", "7"]) == 0
    assert "--size cannot change" in refused(["train", "--resume", str(trained), "--size", "32"], capsys)


def test_a_run_goes_on_only_as_itself(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resume = ["train", "--resume", str(trained), "--steps", "6"]
    options = (trained / "options.json").read_bytes()
    assert "--optim-G.name cannot change" in refused([*resume, "--optim-G.name", "rmsprop"], capsys)
    assert "--optim-D.lr" in refused([*resume, "--optim-D.lr", "inf"], capsys)
    assert "--pack cannot change" in refused([*resume, "--pack", "2"], capsys)
    assert "--objective.steps-D cannot change" in refused([*resume, "--objective.steps-D", "2"], capsys)
    Path("other").mkdir()
    for i in range(9):
        Image.new("L", (16, 16), i * 20).save(Path("other") / f"{i}.png")
    assert "not those that this run was trained on" in refused(["train", "other", *resume[1:]], capsys)
    (trained / "state.safetensors").rename("saved")
    assert "no state.safetensors to go on from" in refused(resume, capsys)
    assert (trained / "options.json").read_bytes() == options
    for snapshot in (trained / "snapshots").iterdir():
        snapshot.rename(snapshot.name)
    assert main(resume) == 0
    assert "starts again from the beginning" in capsys.readouterr().out
    assert "is not a run" in refused(["train", "--resume="], capsys)


def test_of_two_recipes_the_last_counts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", "--recipe", "mnist-28", "--recipe=radford2015", "--dry-run"]) == 0
    config = json.loads(capsys.readouterr().out)["config"]
    assert (config["recipe"], config["prior"], config["batch"]) == ("radford2015", "uniform", 128)


def test_sample_writes_separate_pictures_and_a_grid(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(trained), "--seeds", "0-2,40", "--out", "s"]) == 0
    names = sorted(p.name for p in Path("s").iterdir())
    assert names == ["grid.png", "seed000000.png", "seed000001.png", "seed000002.png", "seed000040.png"]
    assert "4 pictures" in capsys.readouterr().out
    assert main(["sample", str(trained), "--n", "41", "--out", "all.npy", "--batch", "7"]) == 0
    everything = np.load("all.npy")
    assert everything.shape == (41, 16, 16, 1)
    one = np.asarray(Image.open("s/seed000040.png"))
    assert np.abs(everything[40, :, :, 0].astype(int) - one).max() <= 1


def test_sample_chooses_weights_and_snapshot(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    averaged, raw = dcgan.load(trained), dcgan.load(trained, weights="raw", snapshot="latest")
    assert not np.array_equal(averaged.sample(seeds=range(4)), raw.sample(seeds=range(4)))
    for argv, sentence in (
        (["--snapshot", "best"], "measured no quality"),
        (["--snapshot", "77"], "it has 0.032"),
        (["--seeds", "1", "--n", "2"], "one of --seeds and --n"),
        (["--seeds", "a"], "--seeds"),
        (["--n", "0"], "--n"),
        (["--trunc", "-1"], "--trunc"),
        (["--trunc", "1e-9"], "--trunc"),
        (["--mean", "nan"], "--mean"),
        (["--batch", "0"], "--batch"),
        (["--device", "abacus"], "--device"),
    ):
        assert sentence in refused(["sample", str(trained), "--out", "x", *argv], capsys)


def test_the_python_interface(trained: Path) -> None:
    import torch

    model = dcgan.load(trained)
    assert model.info["recipe"] == "modern"
    pictures = model.sample(seeds=range(3))
    assert pictures.shape == (3, 16, 16, 1)
    assert model(torch.zeros(2, 128)).shape == (2, 1, 16, 16)
    assert dcgan.load(model.path).sample([2]).tobytes() == pictures[2:].tobytes()
    with pytest.raises(AttributeError):
        _ = dcgan.lode  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["train"], "SOURCE is missing"),
        (["train", "nowhere"], "no source of pictures at nowhere"),
        (["train", "empty"], "no file in"),
        (["train", "text"], "none of 1 files of text is a picture"),
        (["train", "text/a.txt"], "is not a source"),
        (["train", "digits", "--size", "4"], "--size"),
        (["train", "digits", "--size", "big"], "--size"),
        (["train", "digits", "--channels", "2"], "--channels"),
        (["train", "digits", "--recipe", "dcgan"], "--recipe is one of"),
        (["train", "digits", "--steps", "3", "--kimg", "1"], "one of --steps, --kimg and --epochs"),
        (["train", "digits", "--steps", "0"], "above 0"),
        (["train", "digits", "--batch", "1"], "--batch"),
        (["train", "digits", "--pack", "3"], "--batch is a multiple of --pack"),
        (["train", "digits", "--augment", "color", "color"], "--augment names each means once"),
        (["train", "digits", "--optim-G.anneal", "cosine"], "anneal-to-kimg"),
        (["train", "digits", "--ticks.log", "often"], "--ticks.log"),
        (["train", "digits", "--device", "abacus", *UNMEASURED], "--device"),
        (["train", "--resume", "nowhere"], "is not a run"),
        (["train", "--resume", "latest"], "no run below"),
        (["train", "digits", "--out", "text/a.txt", *UNMEASURED], "text/a.txt"),
        (["sample", "nowhere"], "no run or snapshot at nowhere"),
        (["sample", "empty"], "no snapshot"),
        (["report", "nowhere"], "nowhere"),
        (["recipes", "nothing"], "--recipe is one of"),
    ],
)
def test_mistakes_get_a_sentence_and_leave_nothing(
    argv: list[str], sentence: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "empty").mkdir()
    (place / "text").mkdir()
    (place / "text" / "a.txt").write_text("no picture")
    assert sentence in refused(argv, capsys)
    assert not any(Path("runs").glob("*"))


def test_bad_pictures_are_named_and_left_out(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "mixed").mkdir()
    for i in range(9):
        Image.new("RGB", (20, 24), (i * 20, 0, 0)).save(place / "mixed" / f"{i}.png")
    (place / "mixed" / "notes.txt").write_text("not a picture")
    (place / "mixed" / "5.png").write_bytes((place / "mixed" / "5.png").read_bytes()[:40])
    assert main(["train", "mixed", *UNMEASURED, "--channels", "3", "--steps", "1"]) == 0
    out = capsys.readouterr().out
    assert "left out notes.txt: " in out
    assert "left out 5.png: " in out
    options = json.loads(next(Path("runs").glob("*/options.json")).read_text())
    assert options["data"]["pictures"] == 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_saves_everything_and_goes_on(number: signal.Signals, place: Path) -> None:
    command = [sys.executable, "-m", "dcgan", "train"]
    with subprocess.Popen(
        [*command, "digits", *UNMEASURED, "--kimg", "1000", "--ticks.log", "1step"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ,
    ) as process:  # fmt: skip
        run = place / RUN
        deadline = time.monotonic() + 120
        while len(read_jsonl(run / "stats.jsonl")) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(number)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert "everything is saved" in out
    step = read_jsonl(run / "stats.jsonl")[-1]["step"]
    assert (run / "report.html").exists()
    assert main(["train", "--resume", str(run), "--steps", str(step + 2)]) == 0
    assert [row["step"] for row in read_jsonl(run / "stats.jsonl")] == list(range(1, step + 3))
