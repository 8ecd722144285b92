"""``dcgan prepare``, ``dcgan.prepare``, and what ``dcgan train`` does with what is prepared."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import dcgan
from dcgan.cli.main import main
from dcgan.config import Config
from dcgan.errors import ConfigError, DataError
from dcgan.files import read_jsonl
from tests.cli.kit import UNMEASURED, refused

QUICK = ["--no-time", "--size", "16"]
TRAIN = ["--size", "16", "--width", "0.1", "--batch", "4"]


def printed(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(argv) == 0
    return capsys.readouterr().out


def line(out: str, start: str) -> str:
    """The one line that starts so."""
    (found,) = [row for row in out.splitlines() if row.startswith(start)]
    return found


# The command --------------------------------------------------------------------------------------------------------


def test_what_it_says(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(["prepare", "pets", *QUICK], capsys)
    assert out.splitlines()[0] == f"pets: 30 pictures of 31 files (folder, {pets})"
    assert "all 24x20" in line(out, "sizes")
    assert "PNG 30" in line(out, "files")
    assert "2 classes: cats 20, dogs 10" in line(out, "labels")
    assert "the middle, 83%" in line(out, "crop")
    assert "1 not a picture" in line(out, "left out")
    assert "dogs/notes.txt: not a picture" in out
    assert "30 pictures are few" in line(out, "warning")
    assert line(out, "recommended").startswith("recommended: dcgan train pets --size 20 --channels 3 --crop center")
    assert "--mirror" in out
    folder = Path(line(out, "prepared").split(": ")[1])
    assert "30x16x16x3" in line(out, "prepared")
    assert folder.is_dir()
    assert folder.parent == pets.parent / "cache" / "dcgan"


def test_sheets_lie_beside_the_pictures_and_are_kept(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = line(printed(["prepare", "pets", *QUICK], capsys), "look at")
    sheets = [Path(word) for word in shown.split()[2:]]
    assert [p.name for p in sheets] == ["crop.png", "odd.png"]
    for sheet in sheets:
        with Image.open(sheet) as picture:
            assert picture.width > 300
    before = [sheet.read_bytes() for sheet in sheets]
    assert line(printed(["prepare", "pets", *QUICK], capsys), "look at") == shown
    assert [sheet.read_bytes() for sheet in sheets] == before


@pytest.mark.parametrize("out", [None, "there/sheets"])
def test_json(pets: Path, out: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["prepare", "pets", *QUICK, "--json", *(["--out", out] if out else [])]
    found = json.loads(printed(argv, capsys))
    assert (found["pictures"], found["files"], found["classes"]) == (30, 31, {"cats": 20, "dogs": 10})
    assert found["recommended"]["size"] == "20"
    assert found["left_out"] == {"not a picture": 1}
    assert Path(found["folder"]).is_dir()
    assert "seconds" not in found
    if out:
        assert sorted(p.name for p in Path(out).iterdir()) == ["checkup.json", "crop.png", "odd.png"]
        assert json.loads((Path(out) / "checkup.json").read_text()) == found


def test_how_long_a_run_takes(pets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Config] = []

    def rate(config: Config, model: Any) -> float:
        asked.append(config)
        assert (model.height, model.width, model.channels) == (20, 20, 3)
        return 100.0

    monkeypatch.setattr("dcgan.training.rehearse.images_a_second", rate)
    found = json.loads(printed(["prepare", "pets", "--size", "16", "--json"], capsys))
    assert (asked[0].size, asked[0].channels) == ("20", 3)
    assert found["images_a_second"] == 100.0
    assert found["seconds"] == pytest.approx(found["kimg"] * 10)
    assert f"here for its {found['kimg']:g} kimg, at 100 img/s" in printed(["prepare", "pets", "--size", "16"], capsys)


def test_a_cache_of_ones_own(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(["prepare", "pets", *QUICK, "--cache", "elsewhere"], capsys)
    assert Path(line(out, "prepared").split(": ")[1]).parent == Path("elsewhere")
    assert not (pets.parent / "cache").exists()


def test_every_setting_arrives(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pets.parent / "t.csv").write_text("file_name,label\n" + "".join(f"cats/{i:02d}.png,{i % 2}\n" for i in range(20)))
    argv = ["--channels", "1", "--crop", "pad", "--background", "#00ff00", "--limit", "12", "--dedupe"]
    out = printed(["prepare", "pets", *QUICK, *argv, "--labels", "t.csv"], capsys)
    assert "12x16x16x1" in line(out, "prepared")
    assert "2 classes" in line(out, "labels")
    assert "--labels t.csv" in line(out, "recommended")
    settings = json.loads((Path(line(out, "prepared").split(": ")[1]) / "manifest.json").read_text())["settings"]
    expected = {"channels": 1, "crop": "pad", "background": "#00ff00", "limit": 12, "dedupe": True}
    assert settings.items() >= expected.items()


def test_names_that_need_quotes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "my pets").mkdir()
    for i in range(3):
        Image.new("RGB", (16, 16), (i * 80, 0, 0)).save(place / "my pets" / f"{i}\n.png")
    out = printed(["prepare", "my pets", *QUICK], capsys)
    assert "dcgan train 'my pets' --size" in line(out, "recommended")
    assert "0?.png" in out


def test_many_files_left_out_are_summed_up(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(15):
        (pets / "dogs" / f"notes {i}.txt").write_text("hello")
    out = printed(["prepare", "pets", *QUICK], capsys)
    assert sum("not a picture: " in row for row in out.splitlines()) == 10
    assert "and 6 more: " in out
    assert "manifest.json names them all" in out


@pytest.mark.parametrize("command", ["prepare", "train"])
@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--channels", "2"], "--channels is 1 (gray), 3 (colour), 4 (with transparency) or auto, not 2"),
        (["--background", "reddish"], "--background is a colour's name, or #rrggbb, not 'reddish'"),
        (["--background", "#12"], "--background"),
        (["--limit", "0"], "--limit is at least 1, not 0"),
        (["--size", "4"], "--size is between"),
        (["--labels", "missing.csv"], "missing.csv cannot be read"),
        (["--labels", "pets"], "pets cannot be read"),
        (["--labels", "~nobody-of-this-name/x"], "labels"),
        (["--labels", "pets/cats/00.png"], "is not a table of labels"),
        (["--cache", "pets/dogs/notes.txt"], "give another folder with --cache"),
    ],
)
def test_bad_options_get_a_sentence(
    command: str, argv: list[str], sentence: str, pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused([command, "pets", *argv], capsys)
    assert not any(Path("runs").glob("*"))


@pytest.mark.parametrize("argv", [["--crop", "round"], ["--channels", "blue"], ["--limit", "many"], ["--colour", "1"]])
def test_words_that_are_no_values_are_explained(
    argv: list[str], pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["prepare", "pets", *argv])
    assert ended.value.code == 2
    assert argv[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("nowhere", "no source of pictures at nowhere"),
        ("empty", "no file in"),
        ("text", "none of 1 files of text is a picture that can be read"),
        ("text/a.txt", "is not a source"),
        ("~nobody-of-this-name/x", "no source of pictures at"),
    ],
)
def test_what_is_no_source(source: str, sentence: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "empty").mkdir()
    (place / "text").mkdir()
    (place / "text" / "a.txt").write_text("no picture")
    assert sentence in refused(["prepare", source, "--no-time"], capsys)


@pytest.mark.parametrize("source", ["~nobody-of-this-name/x", "~nobody-of-this-name/{0..3}.tar"])
def test_a_stream_from_nowhere(source: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there are no shards at" in refused(["train", source, "--stream", *UNMEASURED], capsys)


# Training on it -----------------------------------------------------------------------------------------------------


def options() -> dict[str, Any]:
    (path,) = Path("runs").glob("*/options.json")
    return dict(json.loads(path.read_text()))


def test_training_chooses_channels_and_prepares_once(
    ghosts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "ghosts", *TRAIN, "--steps", "2"]) == 0
    assert options()["config"]["channels"] == 1
    with Image.open(next(Path("runs").glob("*/reals.png"))) as reals:
        assert reals.mode == "L"

    def nothing(*arguments: object) -> None:
        raise AssertionError("pictures were read again")

    monkeypatch.setattr("dcgan.data.cache.examine_all", nothing)
    for answer in Path("cache/dcgan").glob(".channels-*"):
        answer.unlink()
    assert main(["train", "--resume", "latest", "--steps", "3"]) == 0
    assert [row["nimg"] for row in read_jsonl(next(Path("runs").glob("*/launches.jsonl")))] == [0, 8]
    assert "--channels cannot change" in refused(["train", "--resume", "latest", "--channels", "3"], capsys)


def test_what_was_prepared_is_found_by_training(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["prepare", "pets", *QUICK]) == 0

    def nothing(*arguments: object) -> None:
        raise AssertionError("pictures were read again")

    monkeypatch.setattr("dcgan.data.cache.examine_all", nothing)
    assert main(["train", "pets", *TRAIN, "--steps", "1"]) == 0
    assert (options()["config"]["channels"], options()["data"]["classes"]) == (3, ["cats", "dogs"])


def test_labels_go_with_the_run_wherever_it_is_resumed(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pets.parent / "t.csv").write_text("".join(f"cats/{i:02d}.png,kind {i % 3}\n" for i in range(20)))
    assert main(["train", "pets", *TRAIN, "--steps", "1", "--labels", "t.csv"]) == 0
    assert options()["data"]["classes"] == ["kind 0", "kind 1", "kind 2"]
    run = next((pets.parent / "runs").iterdir())
    monkeypatch.chdir(pets)
    assert main(["train", "--resume", str(run), "--steps", "2"]) == 0
    assert json.loads((run / "options.json").read_text())["data"]["classes"] == ["kind 0", "kind 1", "kind 2"]


def test_mirror(ghosts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "ghosts", *TRAIN, "--steps", "1", "--mirror"]) == 0
    assert options()["config"]["mirror"] is True
    assert main(["train", "--resume", "latest", "--steps", "2"]) == 0
    assert options()["config"]["mirror"] is True
    sentence = refused(["train", "ghosts", *UNMEASURED, "--mirror", "--order", "sequential"], capsys)
    assert "--mirror goes with --order shuffled" in sentence


# From Python --------------------------------------------------------------------------------------------------------


def test_prepare_from_python(pets: Path) -> None:
    pictures = dcgan.prepare(pets, cache="c", size=16, crop="pad", background="black", limit=12)
    assert pictures.pixels.shape == (12, 16, 16, 3)
    assert pictures.classes == ("cats", "dogs")
    assert pictures.folder.parent == Path("c")
    assert (pictures.checkup.pictures, len(pictures.names)) == (12, 12)
    again = dcgan.prepare("pets", cache=Path("c"), size="16", crop="pad", background="black", limit=12, channels=3)
    assert (again.folder.name, again.digest) == (pictures.folder.name, pictures.digest)
    assert dcgan.prepare(pets, cache="c", size="8x12", channels=1).pixels.shape == (30, 8, 12, 1)


def test_prepare_from_python_with_labels(pets: Path) -> None:
    table = pets.parent / "t.csv"
    table.write_text("file,young,old\n" + "".join(f"cats/{i:02d}.png,{i % 2},{1 - i % 2}\n" for i in range(20)))
    pictures = dcgan.prepare(pets, cache="c", size=16, labels=table)
    assert pictures.attributes == ("young", "old")
    assert pictures.values is not None
    assert pictures.values[:3].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert (pictures.values[20:] == -1).all()
    assert any("no row for 11 of 31 files" in note for note in pictures.checkup.notes)


def test_the_cache_is_the_users_own_where_none_is_named(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(pets.parent / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert dcgan.prepare(pets, size=16).folder.parent == pets.parent / "home" / ".cache" / "dcgan"
    monkeypatch.setenv("XDG_CACHE_HOME", str(pets.parent / "xdg"))
    assert dcgan.prepare(pets, size=16).folder.parent == pets.parent / "xdg" / "dcgan"


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"colour": 3}, ConfigError, "the settings has only the keys .*size.*, not .*'colour'"),
        ({"recipe": "modern"}, ConfigError, "the settings has only the keys"),
        ({"channels": 2}, ConfigError, "--channels is 1"),
        ({"channels": "3"}, ConfigError, "channels"),
        ({"crop": "round"}, ConfigError, "crop is one of center, none, pad"),
        ({"limit": 0}, ConfigError, "--limit is at least 1"),
        ({"limit": "5"}, ConfigError, "limit"),
        ({"size": 4}, ConfigError, "--size"),
        ({"labels": "missing.csv"}, DataError, "cannot be read"),
    ],
)
def test_settings_that_are_refused(
    settings: dict[str, Any], error: type[ValueError], sentence: str, pets: Path
) -> None:
    with pytest.raises(error, match=sentence):
        dcgan.prepare(pets, cache="c", **settings)


def test_a_source_that_is_missing(place: Path) -> None:
    with pytest.raises(DataError, match="there is no source of pictures at nowhere"):
        dcgan.prepare("nowhere", cache="c")
    assert not (place / "c").exists()


def test_pixels_are_those_of_the_files(pets: Path) -> None:
    pictures = dcgan.prepare(pets, cache="c", size="20x24")
    for i, name in enumerate(pictures.names):
        with Image.open(pets / name) as picture:
            assert np.array_equal(pictures.pixels[i], np.asarray(picture))


def test_finding_what_is_prepared_does_not_load_torch() -> None:
    code = "import dcgan.cli.prepare, sys; print(sorted({'torch', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
