"""``dcgan latent invert``, ``neighbours`` and ``smoothness``: what they print, write and refuse."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import dcgan
from dcgan.cli.latent.encoder import NAME, load_encoder, save_encoder
from dcgan.cli.main import main
from dcgan.errors import SnapshotError
from dcgan.latent.invert.encoder import Encoder
from dcgan.models.snapshot import load_snapshot
from tests.cli.kit import finish_pair, refused, rows_of

FAST = ["--steps", "3", "--starts", "2", "--finish", "2"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs on the built-in digits: a normal prior with an averaged generator and pictures held back,
    and a uniform one."""
    return finish_pair(tmp_path_factory.mktemp("finished"), ["--hold-back", "0.1"], [])


def sheet_of(experiment: str, name: str | None = None) -> tuple[int, int]:
    with Image.open(Path("out", experiment, f"{name or experiment}.png")) as picture:
        return picture.size


def picture(path: Path, side: tuple[int, int], seed: int) -> str:
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*side, 3), np.uint8)).save(path)
    return str(path)


# invert ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", ["normal", "uniform"])
def test_the_runs_own_pictures(run: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latent", "invert", run, "--n", "3", *FAST]) == 0
    said = capsys.readouterr().out
    assert "mean squared error of pixels in [-1, 1]: " in said
    assert "encoder" not in said
    z, described = np.load("out/invert/z.npy"), rows_of("invert")
    assert z.shape[0] == len(described) == 3
    assert np.isfinite(z).all()
    G = dcgan.load(run).G
    x = torch.from_numpy(np.load(next(runs.glob("cache/dcgan/digits-*/pictures.npy")))[:3, ..., :1]).float()
    made = G(torch.from_numpy(z)).permute(0, 2, 3, 1)
    error = (made - (x / 127.5 - 1)).square().mean((1, 2, 3)).numpy()
    np.testing.assert_allclose([row["mean squared error"] for row in described], error, rtol=1e-3)
    assert min(sheet_of("invert")) > 60
    assert main(["latent", "algebra", run, "file:out/invert/z.npy#0 - file:out/invert/z.npy#1 + seed:3"]) == 0


def test_pictures_of_every_kind_in_their_order(runs: Path) -> None:
    files = [picture(runs / f"b{i}.png", (40, 30), i) for i in range(2)] + [picture(runs / "a.jpg", (16, 16), 2)]
    (runs / "folder").mkdir()
    picture(runs / "folder" / "inside.png", (16, 16), 3)
    with zipfile.ZipFile("pictures.zip", "w") as archive:
        archive.write("a.jpg", "zipped.jpg")
    np.save("array.npy", np.zeros((2, 16, 16, 1), np.uint8))
    argv = ["latent", "invert", "uniform", *files, "folder", "pictures.zip", "array.npy", *FAST]
    assert main(argv) == 0
    names = [row["picture of"] for row in rows_of("invert")]
    assert names[:5] == ["b0.png", "b1.png", "a.jpg", "inside.png", "zipped.jpg"]
    assert len(names) == 7
    assert main([*argv, "--n", "2"]) == 0
    assert [row["picture of"] for row in rows_of("invert")] == ["b0.png", "b1.png"]


def test_a_snapshot_alone_takes_pictures(runs: Path) -> None:
    shutil.copytree("uniform/snapshots/000000.032", "alone")
    given = picture(runs / "a.png", (20, 20), 0)
    assert main(["latent", "invert", "alone", given, *FAST, "--perceptual", "0"]) == 0
    assert len(rows_of("invert")) == 1


def test_an_encoder_is_trained_kept_used_and_refused(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = ["--encoder", "train", "--encoder-steps", "20"]
    assert main(["latent", "invert", "normal", "--n", "5", *FAST, *train]) == 0
    said = capsys.readouterr().out
    assert "an encoder that tells " in said
    assert "of the encoder alone: " in said
    file = Path("normal/snapshots/000000.032", NAME)
    assert file.is_file()
    assert load_snapshot(file.parent).G_ema is not None  # the snapshot still loads
    before = file.read_bytes()
    assert main(["latent", "invert", "normal", "--n", "2", *FAST]) == 0
    assert "of the encoder alone: " in capsys.readouterr().out  # auto has found it
    assert main(["latent", "invert", "normal", "--n", "2", *FAST, "--encoder", "none"]) == 0
    assert "encoder alone" not in capsys.readouterr().out
    assert file.read_bytes() == before
    raw = ["latent", "invert", "normal", "--n", "2", *FAST, "--weights", "raw"]
    assert "belongs to another generator" in refused([*raw, "--encoder", "use"], capsys)
    assert main(raw) == 0  # auto uses one that fits
    assert "no encoder is used: " in capsys.readouterr().out


def test_encoders_as_files(runs: Path) -> None:
    folder = Path("uniform/snapshots/000000.032")
    G = load_snapshot(folder).G
    encoder = Encoder(G.config, seed=3).eval()
    with pytest.raises(SnapshotError, match="has no encoder yet: train one with --encoder train"):
        load_encoder(folder, G)
    save_encoder(folder, encoder, G)
    for name, value in load_encoder(folder, G).state_dict().items():
        assert torch.equal(value, encoder.state_dict()[name])
    file = folder / NAME
    shutil.copyfile(folder / "model.safetensors", file)
    with pytest.raises(SnapshotError, match="is no encoder of this program"):
        load_encoder(folder, G)
    for damage in (b"", b"nonsense", b"\x00" * 100):
        file.write_bytes(damage)
        with pytest.raises(SnapshotError, match="is damaged"):
            load_encoder(folder, G)


def test_how_many_z_come_back(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["latent", "invert", "uniform", "--check", "4", "--steps", "5", "--starts", "2", "--finish", "25"]
    assert main(argv) == 0
    said = capsys.readouterr().out
    assert "of 4 generated pictures: z is found within 0.01" in said
    found = json.loads(Path("out/invert/check.json").read_text())
    assert found["checked"] == 4
    assert 0 <= found["recovered"] <= 1
    assert found["rounded"] is False
    assert len(rows_of("invert")) == 4
    assert rows_of("invert")[0]["difference of z"] >= rows_of("invert")[-1]["difference of z"]
    assert main([*argv, "--rounded"]) == 0
    assert "rounded to 8 bits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--n", "0"], "--n is at least 1, not 0"),
        (["--check", "0"], "--check is at least 1"),
        (["--check", "2", "a.png"], "--check makes its own pictures"),
        (["--rounded"], "--rounded goes with --check"),
        (["--steps", "-1"], "--steps and --finish are not negative"),
        (["--finish", "-1"], "--steps and --finish are not negative"),
        (["--starts", "0"], "--starts is at least 1"),
        (["--rate", "0"], "--rate is above 0"),
        (["--rate", "nan"], "--rate is above 0"),
        (["--perceptual", "-1"], "--perceptual is not negative"),
        (["--prior", "nan"], "--prior is not negative"),
        (["--encoder-steps", "0"], "--encoder-steps is at least 1"),
        (["--seeds", "x"], "--seeds is numbers and ranges"),
        (["--encoder", "use"], "has no encoder yet: train one with --encoder train"),
        (["missing.png"], "there is no picture at missing.png"),
        (["missing"], "there is no source of pictures at missing"),
        (["notes.png"], "notes.png is no picture that can be read"),
        (["a.png", "--data", "digits"], "--data is for when no pictures are named"),
        (["--snapshot", "7"], "has no snapshot '7'"),
    ],
)
def test_what_invert_refuses(argv: list[str], sentence: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("notes.png").write_text("hello")
    assert sentence in refused(["latent", "invert", "uniform", *argv], capsys)


# neighbours -----------------------------------------------------------------------------------------------------------


def test_neighbours(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latent", "neighbours", "normal", "--n", "20", "--seeds", "0,3,99", "--k", "2"]) == 0
    said = capsys.readouterr().out
    assert "20 samples" in said
    assert "training pictures" in said
    facts = json.loads(Path("out/neighbours/neighbours.json").read_text())
    assert facts["trained on"] is True
    assert facts["held back"] == 20
    assert list(facts["spaces"]) == ["pixels", "D's features"]
    for figures in facts["spaces"].values():
        assert figures["samples: smallest distance"] <= figures["samples: median distance"]
        assert 0 <= figures["share of samples closer"] <= 1
        assert figures["held back: median distance"] > 0
    described, z = rows_of("neighbours"), np.load("out/neighbours/z.npy")
    assert len(described) == 3 * 3 * (1 + 2 * 2)
    assert [row["seed"] for row in described[::5]][:3] == [0, 3, 99]
    assert np.isfinite(z[::5]).all()
    assert np.isnan(z[1]).all()
    assert described[1]["by"] == "pixels"
    assert described[1]["distance"] <= described[2]["distance"]
    assert min(*sheet_of("neighbours"), *sheet_of("neighbours", "distances")) > 100


def test_neighbours_are_the_nearest_and_distances_are_what_they_say(runs: Path) -> None:
    assert main(["latent", "neighbours", "uniform", "--n", "10", "--seeds", "4", "--k", "1"]) == 0
    described = rows_of("neighbours")
    real = np.load(next(runs.glob("cache/dcgan/digits-*/pictures.npy"))).astype(float)
    made = dcgan.load("uniform").sample(seeds=[4]).astype(float)
    distances = np.sqrt(np.square(real - made).mean((1, 2, 3)))
    assert described[1]["distance"] == pytest.approx(distances.min())
    names = json.loads(next(runs.glob("cache/dcgan/digits-*/names.json")).read_text())
    assert described[1]["real"] == names[distances.argmin()]


def test_a_generator_that_copies_is_found_out(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The real pictures are the samples themselves."""
    assert main(["sample", "uniform", "--n", "40", "--out", "made.npy"]) == 0
    capsys.readouterr()
    argv = ["latent", "neighbours", "uniform", "--data", "made.npy", "--n", "40", "--json"]
    assert main(argv) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["trained on"] is False
    for figures in facts["spaces"].values():
        assert figures["samples: median distance"] < 1e-3
        assert figures["share of samples closer"] == 1
        assert figures["samples nearer than real"] == 1
    assert facts["spaces"]["pixels"]["samples: smallest distance"] == 0


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--n", "9"], "--n is at least 10, not 9"),
        (["--k", "0"], "--k is between 1 and 100"),
        (["--data", "few.npy"], "few has 4 pictures: --k 4 needs 6"),
        (["--seeds", "a"], "--seeds is numbers and ranges"),
    ],
)
def test_what_neighbours_refuses(
    argv: list[str], sentence: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("few.npy", np.random.default_rng(0).integers(0, 256, (4, 16, 16, 1), np.uint8))
    assert sentence in refused(["latent", "neighbours", "uniform", *argv], capsys)


# smoothness -----------------------------------------------------------------------------------------------------------


def test_smoothness_of_all_snapshots(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["latent", "smoothness", "uniform", "--snapshot", "all", "--n", "20", "--seeds", "0-1"]
    assert main(argv) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "20 ways, straight (lerp)" in lines[0]
    assert [line.split()[0] for line in lines[2:4]] == ["0.016", "0.032"]
    facts = json.loads(Path("out/smoothness/smoothness.json").read_text())
    assert facts["D"].endswith("000000.032")
    for row in facts["snapshots"]:
        assert row["path length, D"] > 0
        assert 0 <= row["overlap"] <= 1
        assert len(row["dimensions"]) == 16
    assert len(rows_of("smoothness")) == 32
    assert min(sheet_of("smoothness")) > 100
    assert main([*argv, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == facts


def test_runs_are_compared_under_one_d(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--n", "20", "--seeds", "0", "--json"]
    assert main(["latent", "smoothness", "normal", *argv]) == 0
    own = json.loads(capsys.readouterr().out)
    assert main(["latent", "smoothness", "normal", "--features-of", "uniform", *argv]) == 0
    other = json.loads(capsys.readouterr().out)
    assert "uniform" in other["D"]
    one, two = own["snapshots"][0], other["snapshots"][0]
    assert one["path length, pixels"] == two["path length, pixels"]
    assert one["path length, D"] != two["path length, D"]
    assert main(["latent", "smoothness", "normal", *argv[:-1]]) == 0
    assert "arcs (slerp)" in capsys.readouterr().out


def test_what_smoothness_refuses(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["latent", "smoothness", "uniform"]
    assert "--n is at least 2" in refused([*argv, "--n", "1"], capsys)
    assert "--eps is between" in refused([*argv, "--eps", "0"], capsys)
    assert "no run or snapshot at nowhere" in refused([*argv, "--features-of", "nowhere"], capsys)
    assert main(["train", "digits", "--size", "24", "--width", "0.1", "--steps", "1", "--metrics", "none"]) == 0
    said = refused([*argv, "--features-of", str(next((runs / "runs").iterdir()))], capsys)
    assert "judges pictures of 24x24 with 1 channels, and these are 16x16 with 1 channels" in said
