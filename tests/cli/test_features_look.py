"""``dcgan features look``: what it prints, writes and refuses."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import dcgan
from dcgan.cli.main import main
from dcgan.models.discriminator import Discriminator
from dcgan.models.statistics import recompute_statistics
from dcgan.probes.guided import as_pictures, guided
from tests.cli.kit import finish, finish_pair, refused, rows_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs on the built-in digits: gray, and colour with transparency and two judged together."""
    return finish_pair(tmp_path_factory.mktemp("finished"), [], ["--channels", "4", "--pack", "2"])


def facts() -> dict[str, Any]:
    return dict(json.loads(Path("out/look/rows.json").read_text()))


def pixels_of(row: dict[str, Any]) -> np.ndarray:
    with Image.open(Path("out/look", row["picture"])) as picture:
        return np.array(picture)


def test_real_pictures(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features", "look", "normal", "--n", "100", "--top", "3", "--features", "5,0-1,5"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("3 features of ")
    assert "the 3 pictures of 100 real pictures of digits that each answers most strongly" in said
    described = rows_of("look")
    assert facts()["BatchNorm"] is None
    assert facts()["looked through"] == 100
    assert len(described) == 2 * 2 * 3 * 3
    assert [row["D"].split(",")[0] for row in described[::18]] == ["trained", "untrained"]
    assert [row["feature"] for row in described[:9]] == [5, 5, 5, 0, 0, 0, 1, 1, 1]
    assert [row["shows"] for row in described[:18]] == ["the picture"] * 9 + ["gradient"] * 9
    names = json.loads(next(runs.glob("cache/dcgan/digits-*/names.json")).read_text())
    real = np.load(next(runs.glob("cache/dcgan/digits-*/pictures.npy")))
    for picture in described[:9] + described[18:27]:
        assert picture["real"] == names[picture["row of the data"]]
        np.testing.assert_array_equal(pixels_of(picture), real[picture["row of the data"], ..., 0])
    for start in (0, 3, 6, 18, 21, 24):
        three = described[start : start + 3]
        assert len({row["row of the data"] for row in three}) == 3
        responses = [row["response"] for row in three]
        assert responses == sorted(responses, reverse=True)
    assert np.isnan(np.load("out/look/z.npy")).all()
    with Image.open("out/look/look.png") as sheet:
        assert min(sheet.size) > 200


def test_the_gradients_are_those_of_the_pictures(runs: Path) -> None:
    assert main(["features", "look", "normal", "--n", "20", "--top", "2", "--features", "1", "--layer", "2"]) == 0
    described = rows_of("look")
    model = dcgan.load("normal")
    untrained = Discriminator(model.D.config, model.info["seed"]).eval()
    for D, rows in ((model.D, described[:4]), (untrained, described[4:])):
        x = torch.from_numpy(np.stack([pixels_of(row) for row in rows[:2]]))[:, None].float() / 127.5 - 1
        found = guided(D, x, 2, [1, 1])
        np.testing.assert_allclose([row["response"] for row in rows[:2]], found.responses, rtol=1e-4)
        assert [row["position"] for row in rows[:2]] == found.positions.tolist()
        expected, scales = as_pictures(found.gradients)
        np.testing.assert_allclose([row["scale"] for row in rows[:2]], scales, rtol=1e-3)
        shown = np.stack([pixels_of(row) for row in rows[2:]]).astype(int)
        assert np.abs(shown - expected[..., 0]).max() <= 1


def test_generated_pictures(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree("uniform/snapshots/000000.032", "alone")
    argv = ["features", "look", "alone", "--generated", "--n", "10", "--top", "2"]
    assert main(argv) == 0
    assert "2 pictures of 10 generated pictures" in capsys.readouterr().out
    described, z = rows_of("look"), np.load("out/look/z.npy")
    kinds = [row["shows"] for row in described]
    features = len(kinds) // 12
    assert kinds[:: 2 * features] == ["the picture", "gradient of colours", "of transparency"] * 2
    samples = dcgan.load("alone").sample(seeds=range(10))
    for i, row in enumerate(described[: 2 * features]):
        np.testing.assert_array_equal(pixels_of(row), samples[row["seed"]])
        assert np.isfinite(z[i]).all()
    assert np.isnan(z[2 * features]).all()
    for row in described[2 * features : 6 * features]:
        assert (pixels_of(row)[..., 3] == 255).all()
    before = {path: path.read_bytes() for path in Path("out/look").rglob("*.png")}
    assert main(argv) == 0
    assert {path: path.read_bytes() for path in Path("out/look").rglob("*.png")} == before


def test_statistics_are_those_of_the_pictures_for_both(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A D with BatchNorm: its responses are those of a D whose statistics were measured on the same pictures."""
    finish(runs, "--recipe", "pytorch", "--metrics", "none", "--steps", "2")
    run = str(next((runs / "runs").iterdir()))
    assert main(["features", "look", run, "--generated", "--n", "30", "--top", "1", "--features", "0"]) == 0
    described = rows_of("look")
    assert facts()["BatchNorm"] == "statistics of these pictures, for both"
    model = dcgan.load(run)
    x = torch.from_numpy(model.sample(seeds=range(30))).permute(0, 3, 1, 2).float() / 127.5 - 1
    for D, row in ((model.D, described[0]), (Discriminator(model.D.config, 0).eval(), described[2])):
        recompute_statistics(D, [x])
        with torch.no_grad():
            responses = D.features(x)[-1][:, 0].flatten(1).max(1).values
        assert row["response"] == pytest.approx(float(responses.max()), rel=1e-3)


def test_repeated_pictures_are_looked_at_once(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 1), np.uint8)
    np.save("twice.npy", np.concatenate([pixels, pixels]))
    argv = ["features", "look", "normal", "--data", "twice.npy", "--features", "0"]
    assert main([*argv, "--top", "5"]) == 0
    assert "5 real pictures of twice" in capsys.readouterr().out
    assert sorted(row["row of the data"] for row in rows_of("look")[:5]) == [0, 1, 2, 3, 4]
    assert "there are 5 different real pictures of twice: --top 6 needs as many" in refused(argv, capsys)


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--layer", "0"], "--layer is one of this D's layers with features, 1 to "),
        (["--layer", "9"], "--layer is one of this D's layers with features, 1 to "),
        (["--features", "99999"], "--features asks for 99999"),
        (["--features", "a"], "--features is numbers and ranges"),
        (["--top", "0"], "--top is at least 1, not 0"),
        (["--n", "5"], "--n is at least --top, 6, not 5"),
        (["--generated", "--data", "digits"], "--generated takes no --data"),
        (["--data", "missing"], "there is no source of pictures at missing"),
        (["--snapshot", "7"], "has no snapshot '7'"),
    ],
)
def test_what_is_refused(argv: list[str], sentence: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sentence in refused(["features", "look", "normal", *argv], capsys)


def test_no_run_and_no_pictures(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no run or snapshot at nowhere" in refused(["features", "look", "nowhere"], capsys)
    shutil.copytree("normal/snapshots/000000.032", "alone")
    assert "give the real pictures to compare with as --data" in refused(["features", "look", "alone"], capsys)
