"""``dcgan latent directions`` and ``turn``, and what reads labels for them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import dcgan
from dcgan.api import load
from dcgan.cli.latent.named import load_directions
from dcgan.cli.latent.reading import ReaderOptions, labels_reader, open_reader, self_reader, values_of
from dcgan.cli.main import main
from dcgan.metrics.extractors import labels
from dcgan.metrics.extractors.learning import Schedule, divided
from tests.cli.kit import finish, refused
from tests.metrics.extractors.kit import noise, opened, pictures

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of four steps on the built-in digits."""
    short = ["--metrics", "none", "--steps", "4", "--ticks.snapshot", "2steps"]
    folder = finish(tmp_path_factory.mktemp("finished"), *short)
    (folder / "runs" / "00000-modern-digits").rename(folder / "run")
    return folder


@pytest.fixture
def run(runs: Path) -> Path:
    return runs / "run"


FEW = ["--n", "300", "--test", "40", "--seeds", "3,4", "--reader", "self"]  # which is learnt fast


def kept(run: Path) -> list[str]:
    return list(load_directions(run / "directions"))


def described(experiment: str) -> dict:  # type: ignore[type-arg]
    return json.loads(Path("out", experiment, "rows.json").read_text())


# Directions ---------------------------------------------------------------------------------------------------------


def test_directions_of_every_kind_are_found_measured_shown_and_kept(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = ["--name", "tall", "--with", "label:3", "--without", "5,6", "--about", "3"]
    argv = ["latent", "directions", "run", "--sefa", "2", "--pca", "1", "--label", "3,7", *examples, *FEW]
    assert main(argv) == 0
    said = capsys.readouterr().out
    names = ["sefa1", "sefa2", "pca1", "3", "7", "tall"]
    assert kept(run) == sorted(names)
    lines = said.splitlines()
    assert "labels are read by linear support vector machines on" in lines[0]
    assert lines[1].split() == ["direction", "label", "at", "+3", "at", "-3", "others", "stay", "pixels"]
    assert [line.split()[0] for line in lines[2:8]] == names
    assert "of 40 fresh samples" in said
    found = described("directions")
    assert [row["name"] for row in found["directions"]] == names
    assert found["directions"][3]["effect"]["label"] == "3"
    assert found["directions"][5]["effect"]["label"] == "3"
    assert len(found["rows"]) == 6 * 2 * 7
    z = np.load("out/directions/z.npy")
    assert {k: found["rows"][9][k] for k in ("direction", "seed", "amount")} == {
        "direction": "sefa1",
        "seed": 4,
        "amount": -1.0,
    }
    vector = load_directions(run / "directions")["sefa1"].vector
    np.testing.assert_allclose(z[9], z[10] - vector, rtol=1e-4, atol=1e-5)  # a normal prior
    with Image.open("out/directions/directions.png") as sheet:
        assert sheet.height > 12 * 64


def test_a_conditional_direction_is_at_right_angles(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latent", "directions", "run", "--label", "3,7", *FEW]) == 0
    assert main(["latent", "directions", "run", "--label", "3,7", "--condition", "3", *FEW]) == 0
    found = load_directions(run / "directions")
    assert list(found) == ["3", "7", "7-alone"]
    assert abs(found["7-alone"].vector @ found["3"].vector) < 1e-6
    assert found["7-alone"].found.endswith("as 7; 3 projected out")
    argv = ["--name", "wide", "--with", "1", "--without", "2", "--condition", "7-alone"]
    assert main(["latent", "directions", "run", *argv, *FEW, "--reader", "none"]) == 0
    found = load_directions(run / "directions")
    assert abs(found["wide"].vector @ found["7-alone"].vector) < 1e-6
    assert found["wide"].effect is not None
    assert found["wide"].effect["label"] is None
    assert "direction    pixels\nwide  " in capsys.readouterr().out


def test_directions_are_listed_and_removed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latent", "directions", "run", "--list"]) == 0
    assert "no directions" in capsys.readouterr().out
    assert main(["latent", "directions", "run", "--sefa", "2", *FEW, "--reader", "none"]) == 0
    assert main(["latent", "directions", "run", "--list"]) == 0
    said = capsys.readouterr().out
    assert "2 directions" in said
    assert "sefa2  at 0.032 kimg, SeFa: eigenvector 2 of the first layer's weight; sefa2: pixels" in said
    assert main(["latent", "directions", "run", "--delete", "sefa1"]) == 0
    assert kept(run) == ["sefa2"]
    assert main(["latent", "directions", "run/snapshots/000000.032", "--list"]) == 0  # a snapshot's are its run's
    assert "1 direction\n" in capsys.readouterr().out


def test_a_direction_of_another_snapshot_gets_a_warning(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latent", "directions", "run", "--sefa", "1", *FEW, "--reader", "none", "--snapshot", "0.016"]) == 0
    assert main(["latent", "algebra", "run", "seed:1 + 2 * direction:sefa1 - direction:sefa1"]) == 0
    said = capsys.readouterr().out
    assert said.count("warning: the direction sefa1 was found on other weights (at 0.016 kimg; these are at 0.032") == 1
    assert main(["latent", "directions", "run", "--pca", "1", "--condition", "sefa1", *FEW, "--reader", "none"]) == 0
    assert "warning: the direction sefa1 was found on other weights" in capsys.readouterr().out


def test_what_is_replaced_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["latent", "directions", "run", "--sefa", "2", "--test", "5", "--reader", "none"]
    assert main([*argv, "--snapshot", "0.016"]) == 0
    assert "replaced" not in capsys.readouterr().out
    assert main(argv) == 0
    said = capsys.readouterr().out
    assert "replaced sefa1, which was found at 0.016 kimg\nreplaced sefa2, which was found at 0.016 kimg\n" in said


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (
            ["--name", "sefa1", "--with", "3", "--without", "4"],
            "--condition sefa1 has the name of a direction that is to",
        ),
        (["--sefa", "2"], "--condition sefa1 has the name of a direction that is to be found"),
    ],
)
def test_no_direction_is_projected_out_of_its_successor(
    argv: list[str], sentence: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--test", "5", "--reader", "none"]
    assert main(["latent", "directions", "run", "--sefa", "1", *few]) == 0
    before = (run / "directions" / "sefa1.json").read_bytes()
    assert sentence in refused(["latent", "directions", "run", *argv, "--condition", "sefa1", *few], capsys)
    assert (run / "directions" / "sefa1.json").read_bytes() == before


def test_nothing_is_listed_where_there_is_no_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "empty").mkdir()
    for where in ("nowhere", "empty"):
        for what in (["--list"], ["--delete", "x"]):
            said = refused(["latent", "directions", where, *what], capsys)
            assert f"there is no run or snapshot at {where}" in said


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "no directions are wished for: give --label"),
        (["--label", "ten"], "there is no label 'ten': there are 0, 1, 2"),
        (["--label", "3", "--reader", "none"], "nothing reads labels here: give labelled pictures with --data"),
        (["--label", "3", "--n", "50"], "--n is between 100 and 1,000,000, not 50"),
        (["--sefa", "1", "--test", "0"], "--test is between 1 and 1,000,000, not 0"),
        (["--sefa", "129"], "--sefa is between 1 and 128, the numbers of z, not 129"),
        (["--pca", "-1"], "--pca is between 1 and 128"),
        (["--pca", "1", "--layer", "9"], "--layer is between 1 and"),
        (["--with", "1", "--without", "2"], "a direction from examples needs --name, --with and --without"),
        (["--name", "x", "--with", "1"], "a direction from examples needs --name, --with and --without"),
        (["--name", "x", "--with", "1", "--without", "1"], "both sides have the same mean"),
        (["--name", "x/y", "--with", "1", "--without", "2"], "a direction's name is letters, digits, - and _"),
        (["--name", "x", "--with", "1-", "--without", "2"], "--with is numbers and ranges"),
        (["--name", "x", "--with", "1", "--without", "2", "--about", "ten"], "there is no label 'ten'"),
        (
            ["--name", "x", "--with", "1", "--without", "2", "--about", "3", "--reader", "none"],
            "no labels are read here",
        ),
        (["--sefa", "1", "--about", "3"], "--about is for the direction of --with and --without: give these"),
        (["--sefa", "1", "--name", "x"], "--name is for the direction of --with and --without: give these"),
        (
            ["--list", "--sefa", "1", "--layer", "1"],
            "--list and --delete find no directions: leave out --sefa, --layer",
        ),
        (["--delete", "x", "--with", "1"], "--list and --delete find no directions: leave out --with"),
        (
            ["--name", "3", "--with", "1", "--without", "2", "--condition", "3", "--n", "300"],
            "--condition 3 has the name of a direction that is to be found",
        ),
        (["--name", "sefa1", "--with", "1", "--without", "2", "--sefa", "1"], "each direction has a name of its own"),
        (["--sefa", "1", "--condition", "x"], "--condition x is no label that is read here, and"),
        (["--sefa", "1", "--condition", "sefa1", "--amounts", "x"], "--amounts is numbers"),
        (["--label", "3", "--label", "3", "--condition", "none"], "--condition none is no label that is read here"),
        (["--delete", "x"], "has no direction 'x': there are none"),
        (["--delete", "../x"], "a direction's name is letters"),
        (["--sefa", "1", "--data", "nowhere"], "no source of pictures at nowhere"),
        (
            ["--sefa", "1", "--reader", "labels", "--data", "plain"],
            "plain has no labels to learn from: give labels with --labels, or labelled pictures with --data",
        ),
        (
            ["--sefa", "1", "--reader", "self", "--data", "plain"],
            "plain has no labels to learn from: give labels with --labels, or labelled pictures with --data",
        ),
    ],
)
def test_mistakes_get_a_sentence_and_leave_nothing(
    argv: list[str], sentence: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("plain").mkdir()
    for i in range(12):
        Image.fromarray(noise(1, 16, 16, seed=i)[0, :, :, 0]).save(f"plain/{i}.png")
    assert sentence in refused(["latent", "directions", "run", "--seeds", "0", "--reader", "self", *argv], capsys)
    assert not Path("out").exists()
    assert not (run / "directions").exists()


# The turn -----------------------------------------------------------------------------------------------------------


def test_a_turn_is_shown_and_kept(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["latent", "turn", "run", "--from", "1,2", "--to", "seed:3-5", "--seeds", "8,9", "--steps", "3"]
    assert main([*argv, "--name", "turn", "--reader", "self", "--test", "40"]) == 0
    z, found = np.load("out/turn/z.npy"), described("turn")
    assert len(z) == 3 + 4 + 6
    difference = z[6] - z[2]
    np.testing.assert_allclose(z[2], z[:2].mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(z[9], z[8] + difference, rtol=1e-4, atol=1e-5)
    assert [(row["seed"], row["turn"]) for row in found["rows"][7:]] == [(s, t) for s in (8, 9) for t in (-1, 0, 1)]
    direction = load_directions(run / "directions")["turn"]
    assert direction.length == pytest.approx(np.linalg.norm(difference), rel=1e-4)
    np.testing.assert_allclose(direction.vector * direction.length, difference, rtol=1e-3, atol=1e-5)
    assert direction.found == "turn from the mean of 1,2 to the mean of seed:3-5"
    assert direction.effect is not None
    assert direction.effect["samples"] == 40
    assert direction.effect["label"] is not None
    said = capsys.readouterr().out
    assert "2 samples turned" in said
    assert "direction  label" in said
    assert "of 40 fresh samples" in said
    assert "replaced" not in said
    assert main([*argv, "--name", "turn", "--reader", "none", "--test", "10"]) == 0
    effect = load_directions(run / "directions")["turn"].effect
    assert effect is not None
    assert effect["label"] is None
    assert effect["pixels"] > 0
    assert "replaced turn, which was found at 0.032 kimg" in capsys.readouterr().out


def test_a_turn_from_label_to_label(run: Path) -> None:
    argv = ["latent", "turn", "run", "--from", "label:3", "--to", "label:8&!3", "--exemplars", "2", "--seeds", "0"]
    assert main([*argv, "--steps", "2", "--reader", "self"]) == 0
    assert len(np.load("out/turn/z.npy")) == 3 + 3 + 2


@pytest.mark.parametrize(
    ("argv", "sentence", "lines"),
    [
        (["--from", "1", "--to", "1"], "both sides have the same mean", 1),
        (["--from", "1", "--to", "2", "--steps", "1"], "--steps is at least 2, not 1", 1),
        (["--from", "1", "--to", "2", "--reach", "0"], "--reach is above 0", 1),
        (["--from", "1", "--to", "2", "--name", "a b"], "a direction's name is letters", 1),
        (["--from", "1", "--to", "2", "--test", "9"], "--test is for the direction that --name keeps", 1),
        (["--from", "1", "--to", "2", "--test", "0", "--name", "x"], "--test is between 1 and 1,000,000", 1),
        (["--from", "1", "--to", "label:ten"], "there is no label 'ten'", 3),
        (["--from", "1", "--to", "label:3", "--exemplars", "0"], "between 1 and 2,000 seeds can be chosen", 3),
        (["--from", "x", "--to", "1"], "x has no meaning: bind it", 3),
    ],
)
def test_mistakes_of_a_turn(
    argv: list[str], sentence: str, lines: int, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(["latent", "turn", "run", "--seeds", "0", "--reader", "self", *argv], capsys, lines)
    assert not Path("out").exists()


# Readers ------------------------------------------------------------------------------------------------------------


def reader_options(**changes: object) -> ReaderOptions:
    return ReaderOptions(cache=Path("cache/dcgan"), **changes)  # type: ignore[arg-type]


def test_readers_of_digits_are_right(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = Schedule(batch=64, cycles=(60,), least=20)
    monkeypatch.setattr(labels, "Schedule", lambda: short)
    model, digits = load(run), dcgan.prepare("digits", size=16, cache="cache/dcgan")
    for kind, least in (("auto", 0.85), ("labels", 0.85), ("self", 0.75)):
        reader = open_reader(run, model, reader_options(reader=kind))
        assert reader is not None
        assert reader.names == digits.classes
        said = reader.read(digits.pixels)
        assert said.dtype == np.float32
        assert said.shape == (1797, 10)
        assert 0 <= said.min() <= said.max() <= 1
        assert (said.argmax(1) == digits.labels).mean() > least
        assert list(reader.accuracy) == list(digits.classes)
        assert np.mean(list(reader.accuracy.values())) > least - 0.05
        assert reader.read(digits.pixels[:0]).shape == (0, 10)
    assert open_reader(run, model, reader_options(reader="none")) is None


def test_without_labels_auto_reads_none_and_says_so(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "options.json").write_text((run / "options.json").read_text().replace('"digits"', '"gone"'))
    assert open_reader(run, load(run), reader_options()) is None
    assert capsys.readouterr().out.startswith("no labels are read: there is no source of pictures at gone")


def test_a_snapshot_alone_needs_pictures(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = run / "snapshots" / "000000.032"
    reader = open_reader(inside, load(inside), reader_options(reader="self"))  # of the run's own pictures
    assert reader is not None
    assert "labelled pictures of digits" in reader.what
    shutil.move(inside, "alone")
    model = load("alone")
    assert open_reader("alone", model, reader_options()) is None
    assert "give the real pictures to compare with as --data" in capsys.readouterr().out
    reader = open_reader("alone", model, reader_options(data="digits", reader="self"))
    assert reader is not None
    assert "labelled pictures of digits" in reader.what


def attributes(count: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    values = (rng.random((count, 3)) < (0.5, 0.15, 0.5)).astype(np.int8)
    pixels = noise(count, 16, 16)
    pixels[values[:, 0] == 1, :8] += 60
    pixels[values[:, 1] == 1, :, 8:] += 60
    values[rng.random((count, 3)) < 0.1] = -1
    return pixels, values


def test_yes_is_said_as_often_as_it_is_true(tmp_path: Path) -> None:
    pixels, values = attributes()
    data = pictures(pixels, attributes=("top", "rare", "nothing"), values=values)
    found = opened(data, tmp_path)
    reading = found.read(pixels[:20])
    assert reading.probabilities is None
    assert reading.answers is not None
    assert reading.answers.shape == (20, 3)
    assert found.attributes == ("top", "rare", "nothing")
    reader = labels_reader(found, data)
    others = divided(np.flatnonzero((values >= 0).any(1)))[1]
    said = reader.read(pixels[others]) > 0.5
    true = [(column[column >= 0] == 1).mean() for column in values.T]
    np.testing.assert_allclose(said.mean(0), true, atol=0.06)
    assert reader.accuracy["top"] > 0.8
    assert abs(reader.accuracy["nothing"] - 0.5) < 0.3
    assert "yes is said as often as it is true" in reader.what


def test_machines_read_attributes_with_features_of_d(run: Path) -> None:
    pixels, values = attributes()
    model = load(run)
    data = pictures(pixels, attributes=("top", "rare", "nothing"), values=values)
    reader = self_reader(data, model, CPU)
    assert reader.names == ("top", "rare", "nothing")
    assert reader.accuracy["top"] > 0.9
    assert "fitted to 800 labelled pictures of made up" in reader.what
    values[:, 1] = 0
    less = self_reader(pictures(pixels, attributes=("top", "rare", "nothing"), values=values), model, CPU)
    assert less.names == ("top", "nothing")
    assert "too few examples of rare" in less.what
    assert less.read(pixels[:5]).shape == (5, 2)


def test_classes_are_questions_too() -> None:
    data = pictures(noise(40), labels=[0, 1, 2, -1] * 10)
    np.testing.assert_array_equal(values_of(data)[:4], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, -1, -1]])
