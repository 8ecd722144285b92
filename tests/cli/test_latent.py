"""``dcgan latent``: what each experiment prints, writes and refuses."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dcgan
from dcgan.cli.latent import EXPERIMENTS
from dcgan.cli.main import main
from dcgan.latent.path import slerp
from tests.cli.kit import finish_pair, refused, rows_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs on the built-in digits: gray of a normal prior, and colour of a uniform one."""
    return finish_pair(tmp_path_factory.mktemp("finished"), [], ["--channels", "3"])


def z(experiment: str) -> np.ndarray:
    return np.load(Path("out", experiment, "z.npy"))


def test_help_names_every_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latent"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in EXPERIMENTS)
    assert "there is no experiment 'dream'" in refused(["latent", "dream"], capsys)


@pytest.mark.parametrize("run", ["normal", "uniform"])
@pytest.mark.parametrize(
    "argv",
    [
        ["sheet", "--seeds", "0-5"],
        ["means", "--seeds", "0-3"],
        ["average", "--n", "6", "--means", "-1,0,1"],
        ["spread", "--n", "6", "--means", "-1,0,1", "--reader", "none"],
        ["algebra", "seed:3 + seed:4"],
        ["traverse", "--dims", "5"],
        ["traverse", "--rank", "--n", "2"],
        ["interpolate", "--seeds", "0-2", "--steps", "2"],
        ["beside", "--n", "3"],
    ],
    ids=lambda argv: "-".join(argv[:2]) if isinstance(argv, list) else argv,
)
def test_every_experiment_writes_its_sheet_its_pictures_and_their_vectors(
    argv: list[str], run: str, runs: Path
) -> None:
    name, *rest = argv
    assert main(["latent", name, run, *rest]) == 0
    described = rows_of(name)
    vectors = z(name)
    assert len(described) == len(vectors) == len(list(Path("out", name, "frames").glob("*.png")))
    model = dcgan.load(run)
    assert vectors.shape[1] == model.G.config.z_dim
    with Image.open(Path("out", name, f"{name}.png")) as sheet:
        assert min(sheet.size) > 60
    for row, vector in zip(described, vectors, strict=True):  # a vector is what its picture was made of
        if np.isfinite(vector).all():
            with Image.open(Path("out", name, row["picture"])) as picture:
                made = np.asarray(picture).reshape(16, 16, -1)
            import torch

            again = ((model(torch.from_numpy(vector)[None])[0].permute(1, 2, 0) + 1) * 127.5).round().clamp(0, 255)
            assert np.abs(made - again.numpy()).max() <= 1


def test_several_snapshots_have_a_row_each(runs: Path) -> None:
    assert main(["latent", "average", "normal", "--snapshot", "0.016,0.032", "--means", "0,1", "--n", "4"]) == 0
    assert json.loads(Path("out/average/rows.json").read_text())["kimg"] == [0.016, 0.032]
    assert [row["kimg"] for row in rows_of("average")] == [0.016] * 4 + [0.032] * 4
    assert main(["latent", "means", "normal", "--snapshot", "0.016,0.032", "--cells", "0,1", "--seeds", "4"]) == 0
    assert [row["kimg"] for row in rows_of("means")] == [0.016, 0.032]


def test_arithmetic_with_names_files_and_neighbours(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--let", "G=seed:12", "--let", "D=mean(seed:3,8,41)", "--neighbours"]
    assert main(["latent", "algebra", "normal", "2 * G - D", *words]) == 0
    found, vectors = rows_of("algebra"), z("algebra")
    np.testing.assert_allclose(vectors[5], 2 * vectors[0] - vectors[1:4].mean(0), rtol=1e-5, atol=1e-6)
    assert found[5]["result"] == "2 * G - D"
    assert len(found) == 14
    assert np.abs(vectors[6:] - vectors[5]).max() <= 0.25 + 1e-6
    assert "row 5 of" in capsys.readouterr().out
    assert main(["latent", "algebra", "normal", "file:out/algebra/z.npy#5 * 1", "--out", "again"]) == 0
    np.testing.assert_allclose(np.load("again/z.npy")[-1], vectors[5])


def test_a_walk_through_expressions_as_a_film(runs: Path) -> None:
    argv = ["--keys", "seed:3", "--keys", "seed:5,8", "--steps", "4", "--loop", "--mp4"]
    assert main(["latent", "interpolate", "normal", *argv]) == 0
    vectors, described = z("interpolate"), rows_of("interpolate")
    assert len(vectors) == 12
    np.testing.assert_allclose(vectors[1], slerp(vectors[0], vectors[4], 0.25), rtol=1e-4, atol=1e-5)
    assert described[-1]["place"] == 2.75
    with Image.open("out/interpolate/interpolate.gif") as film:
        assert film.n_frames == 12
        assert film.size == (128, 128)
    import av

    with av.open("out/interpolate/interpolate.mp4") as film:
        shown = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    first = np.asarray(Image.open(Path("out/interpolate", described[0]["picture"])).resize((128, 128), 0), float)
    assert len(shown) == 12
    assert np.abs(shown[0] - first).mean() < 12


def test_a_film_without_its_package_is_refused_before_anything_is_made(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    argv = ["latent", "interpolate", "normal", "--seeds", "0,1", "--steps", "2"]
    assert 'pip install "dcgan[video]"' in refused([*argv, "--mp4"], capsys)
    assert not Path("out").exists()
    assert main(argv) == 0


def test_a_shorter_experiment_leaves_nothing_of_a_longer_one(runs: Path) -> None:
    assert main(["latent", "sheet", "normal", "--seeds", "0-5"]) == 0
    assert main(["latent", "sheet", "normal", "--seeds", "7"]) == 0
    assert [path.name for path in Path("out/sheet/frames").iterdir()] == ["sheet0000.png"]
    assert rows_of("sheet")[0]["seed"] == 7


def test_what_is_not_ours_stays(runs: Path) -> None:
    mine = Path("out/sheet/frames/sheet1-final.png")
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    for _ in range(2):
        assert main(["latent", "sheet", "normal", "--seeds", "0-3"]) == 0
    assert mine.read_bytes() == b"mine"
    assert len(list(mine.parent.iterdir())) == 5


def test_what_an_earlier_experiment_wrote_besides_goes(runs: Path) -> None:
    assert main(["latent", "interpolate", "normal", "--seeds", "0,1", "--steps", "2", "--mp4"]) == 0
    assert main(["latent", "interpolate", "normal", "--seeds", "0,1", "--steps", "2"]) == 0
    assert not Path("out/interpolate/interpolate.mp4").exists()
    assert main(["latent", "traverse", "normal", "--rank", "--n", "2"]) == 0
    assert main(["latent", "traverse", "normal", "--dims", "3"]) == 0
    assert not Path("out/traverse/rank.json").exists()


def test_a_walk_there_and_back(runs: Path) -> None:
    assert main(["latent", "interpolate", "normal", "--seeds", "0,5,0", "--steps", "2"]) == 0
    vectors = z("interpolate")
    assert len(vectors) == 5
    np.testing.assert_array_equal(vectors[0], vectors[4])


def test_ranking_keeps_scores_and_maps(runs: Path) -> None:
    assert main(["latent", "traverse", "uniform", "--rank", "--n", "3"]) == 0
    order = json.loads(Path("out/traverse/rank.json").read_text())["order"]
    assert sorted(row["dim"] for row in order) == list(range(100))
    scores = [row["score"] for row in order]
    assert scores == sorted(scores, reverse=True)
    maps = np.load("out/traverse/rank.npy")
    np.testing.assert_allclose(maps[order[0]["dim"]].mean(), scores[0], atol=1e-3)


def test_moving_along_a_named_direction(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            ["latent", "directions", "uniform", "--name", "tall", "--with", "1,2", "--without", "3", "--reader", "none"]
        )
        == 0
    )
    argv = ["latent", "traverse", "uniform", "--direction", "tall", "--seeds", "5,6", "--values", "0,1,3"]
    assert main(argv) == 0
    vectors, described = z("traverse"), rows_of("traverse")
    assert [(row["seed"], row["amount"]) for row in described] == [(s, a) for s in (5, 6) for a in (0, 1, 3)]
    seeds = {row["seed"]: vector for row, vector in zip(described, vectors, strict=True) if row["amount"] == 0}
    words = "seed:6 + 3 * direction:tall"
    assert main(["latent", "algebra", "uniform", words]) == 0
    np.testing.assert_allclose(z("algebra")[-1], vectors[-1], rtol=1e-4, atol=1e-5)
    assert np.linalg.norm(vectors[1] - seeds[5]) == pytest.approx(3**-0.5, rel=1e-4)
    wrong = ["latent", "traverse", "uniform", "--direction", "wide"]
    assert "there are tall" in refused(wrong, capsys)
    assert "give one of --dims, --direction and --rank" in refused([*argv, "--rank"], capsys)


def test_a_quiz_hides_its_answers(runs: Path) -> None:
    assert main(["latent", "beside", "uniform", "--n", "4", "--shuffle"]) == 0
    answers = json.loads(Path("out/beside/answers.json").read_text())
    assert sorted("real" in answer for answer in answers) == [False] * 4 + [True] * 4
    assert all(set(row) == {"picture", "row", "number"} for row in rows_of("beside"))
    assert np.isnan(z("beside")).all()
    pictures = dcgan.prepare("digits", size=16, channels=3)
    for row, answer in zip(rows_of("beside"), answers, strict=True):
        shown = np.asarray(Image.open(Path("out/beside", row["picture"])))
        if "real" in answer:
            assert np.array_equal(shown, pictures.pixels[pictures.names.index(answer["real"])])
        else:
            assert np.array_equal(shown, dcgan.load("uniform").sample([answer["seed"]])[0])
    assert main(["latent", "beside", "uniform", "--n", "4"]) == 0
    assert not Path("out/beside/answers.json").exists()


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["sheet", "nowhere"], "no run or snapshot at nowhere"),
        (["sheet", "normal", "--snapshot", "7"], "no snapshot '7'"),
        (["sheet", "normal", "--seeds", "a-b"], "--seeds"),
        (["sheet", "normal", "--device", "abacus"], "--device"),
        (["means", "normal", "--cells", "0"], "--cells is pairs MEAN,STD"),
        (["means", "normal", "--cells", "0,-1"], "a standard deviation of --cells is not negative"),
        (["average", "normal", "--n", "0"], "--n is at least 1"),
        (["average", "normal", "--std", "-1"], "--std is a number, not negative"),
        (["average", "normal", "--means", "0,x"], "--means is numbers with commas"),
        (["average", "normal", "--means", "nan"], "--means is numbers with commas"),
        (["spread", "normal", "--n", "0"], "--n is at least 1"),
        (["traverse", "normal", "--dims", "128"], "--dims is between 0 and 127"),
        (["traverse", "normal", "--values", ""], "--values is numbers"),
        (["traverse", "normal", "--rank", "--reach", "0"], "--reach is above 0"),
        (["interpolate", "normal", "--seeds", "3"], "at least two key frames, not 1"),
        (["interpolate", "normal", "--keys", "seed:3"], "at least two key frames, not 1"),
        (["interpolate", "normal", "--steps", "0"], "--steps is between 1 and 10000"),
        (["interpolate", "normal", "--ms", "1"], "--ms is between 20 and 10000"),
        (["algebra", "normal", "G + D"], "G has no meaning: bind it"),
        (["algebra", "normal", "seed:1 +"], "at character 9"),
        (["algebra", "normal", "G", "--let", "G"], "--let is NAME=EXPRESSION"),
        (["algebra", "normal", "file:none.npy * 1"], "there is no file none.npy"),
        (["algebra", "normal", "file:cut.npy * 1"], "cut.npy is no array of numbers"),
        (["algebra", "normal", "file:short.npy * 1"], "is of shape (2, 3)"),
        (["algebra", "normal", "file:nan.npy#0 * 1"], "has rows without a z"),
        (["algebra", "normal", "file:nan.npy#9 * 1"], "there is no 9"),
        (["algebra", "normal", "seed:1", "--scale", "-1"], "--scale is not negative"),
        (["beside", "normal", "--n", "0"], "--n is at least 1"),
        (["beside", "normal", "--n", "1000000000"], "--n is at most 1797"),
        (["sheet", "normal", "--columns", "0"], "--columns is at least 1"),
        (["average", "normal", "--std", "inf"], "--std is a number"),
        (["average", "normal", "--means", "1e39", "--n", "2"], "some numbers of z are too large"),
        (["traverse", "normal", "--dims", ""], "--dims names at least one"),
        (["algebra", "normal", "1e300 * seed:1"], "some numbers of z are too large"),
        (["sheet", "normal/snapshots/000000.032", "--snapshot", "0.016"], "is one snapshot"),
        (["beside", "normal", "--data", "nowhere"], "no source of pictures at nowhere"),
    ],
)
def test_mistakes_get_a_sentence_and_leave_nothing(
    argv: list[str], sentence: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("short.npy", np.zeros((2, 3)))
    np.save("nan.npy", np.full((3, 128), np.nan))
    Path("cut.npy").write_bytes(b"\x93NUMPY")
    pointed = "no meaning" in sentence or "character" in sentence or (argv[0] == "algebra" and "file:" in argv[2])
    assert sentence in refused(["latent", *argv], capsys, lines=3 if pointed else 1)
    assert not Path("out").exists()
