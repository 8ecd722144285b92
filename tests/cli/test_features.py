"""``dcgan features``: classify, export, remove and name: what they print, write and refuse."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import dcgan
from dcgan.cli.features import EXPERIMENTS, contenders
from dcgan.cli.main import main
from dcgan.probes import supervised
from dcgan.probes.features import Eye
from tests.cli.kit import finish_pair, refused, rows_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs on the built-in digits: gray, and colour of a uniform prior."""
    return finish_pair(tmp_path_factory.mktemp("finished"), ["--hold-back", "0.2"], ["--channels", "3"])


def test_help_names_every_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in EXPERIMENTS)
    assert "there is no experiment 'dream'" in refused(["features", "dream"], capsys)


# Classify ------------------------------------------------------------------------------------------------------------


def classified() -> dict[str, Any]:
    with Image.open("out/classify/classify.png") as picture:
        assert picture.width > 600
    assert not list(Path("out/classify").glob(".features*"))
    return dict(json.loads(Path("out/classify/classify.json").read_text()))


def test_all_labels(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["features", "classify", "uniform", "--limit", "300", "--beside", "untrained,pixels", "--C", "1,10"]
    assert main(argv) == 0
    said = capsys.readouterr().out
    found = classified()
    assert [row["name"] for row in found["rows"]] == ["D, 0.032 kimg", "untrained D", "pixels"]
    assert "learnt from all 300 labels of digits (60 pictures choose C); tested on 300" in said
    for row in found["rows"]:
        assert f"{row['accuracy']:.2%}" in said
        assert row["accuracy"] > 0.6
        assert np.trace(row["confusion"]) / np.sum(row["confusion"]) == pytest.approx(row["accuracy"])
        assert np.sum(row["confusion"]) == 300
        assert row["C"] == float(max(row["validation_by_C"], key=lambda C: row["validation_by_C"][C]))
    assert found["rows"][2]["numbers"] == 16 * 16 * 3


def test_what_the_run_held_back_is_tested_on(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features", "classify", "normal", "--limit", "100", "--beside", "none", "--C", "1"]) == 0
    assert "tested on 359 (held back by the run)" in capsys.readouterr().out
    assert len(classified()["rows"]) == 1


def test_few_labels_drawn_again_and_again(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contenders, "CENTROIDS", 30)
    monkeypatch.setattr(supervised, "MOST_PASSES", 12)
    argv = [
        "features",
        "classify",
        "uniform",
        "--labels-per-class",
        "4",
        "--draws",
        "3",
        "--beside",
        "kmeans,supervised",
    ]
    assert main([*argv, "--C", "1", "--limit", "600"]) == 0
    found = classified()
    assert (found["protocol"], found["labels_per_class"], found["draws"]) == ("few", 4, 3)
    assert [row["name"] for row in found["rows"]] == ["D, 0.032 kimg", "k-means, one layer", "supervised network"]
    assert [len(row["accuracies"]) for row in found["rows"]] == [3, 3, 3]
    assert all(row["accuracy"] > 0.3 for row in found["rows"])
    assert "4 labels of each of 10 classes, drawn 3 times" in capsys.readouterr().out


def test_how_it_grows_with_training(runs: Path) -> None:
    assert main(["features", "classify", "uniform", "--snapshot", "all", "--limit", "100", "--C", "1"]) == 0
    kimg = [row["kimg"] for row in classified()["rows"]]
    assert kimg == [0.016, 0.032, 0.0, None]


def test_chosen_layers_and_another_set_to_test_on(runs: Path) -> None:
    argv = [
        "features",
        "classify",
        "uniform",
        "--data",
        "digits",
        "--test",
        "digits",
        "--layers",
        "2",
        "--beside",
        "none",
    ]
    assert main([*argv, "--limit", "200", "--C", "1", "--precision", "bf16"]) == 0
    found = classified()
    assert found["tested"] == 1797
    assert found["rows"][0]["numbers"] == Eye(dcgan.load("uniform").D, [2]).widths[0]


def test_an_attribute_is_told(runs: Path, pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = sorted(path.relative_to(pets).as_posix() for path in pets.rglob("*.png"))
    lines = "\n".join(f"{name} {1 if 'cats' in name else -1} 1" for name in names)
    Path("list.txt").write_text(f"{len(names)}\nFurry Real\n{lines}\n")
    argv = [
        "features",
        "classify",
        "uniform",
        "--data",
        str(pets),
        "--labels",
        "list.txt",
        "--beside",
        "none",
        "--C",
        "1",
    ]
    assert "--attribute" in refused(argv, capsys)
    assert "no attribute 'Wild'" in refused([*argv, "--attribute", "Wild"], capsys)
    assert "at least 20 are needed" in refused([*argv, "--attribute", "Furry"], capsys)
    assert "no attribute 'Furry'" in refused([*argv, "--attribute", "Furry", "--test", str(pets)], capsys)
    argv += ["--attribute", "Furry", "--test", str(pets), "--test-labels", "list.txt"]
    assert main(argv) == 0
    assert classified()["classes"] == ["not Furry", "Furry"]
    assert classified()["tested"] == 30


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["uniform", "--draws", "0"], "--draws is at least 1"),
        (["uniform", "--labels-per-class", "0"], "--labels-per-class is at least 1"),
        (["uniform", "--labels-per-class", "999"], "--labels-per-class is at most that, not 999"),
        (["uniform", "--test-labels", "list.txt"], "--test-labels is for --test"),
        (["uniform", "--limit", "0"], "--limit is at least 1"),
        (["uniform", "--limit", "5"], "at least 20 are needed"),
        (["uniform", "--C", "0"], "--C is above 0"),
        (["uniform", "--C", "big"], "--C"),
        (["uniform", "--layers", "9"], "this D has layers 1 to"),
        (["uniform", "--beside", "magic"], "--beside names"),
        (["uniform", "--snapshot", "7"], "snapshot"),
        (["nowhere"], "nowhere"),
        (["uniform", "--data", "pets/cats"], "has no labels"),
        (["uniform", "--test", "pets"], "classes that are not among those learnt"),
    ],
)
def test_what_cannot_be_classified(
    argv: list[str], word: str, runs: Path, pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert word in refused(["features", "classify", *argv], capsys)
    assert not Path("out").exists() or not list(Path("out").rglob("*"))


def test_what_a_killed_process_left_is_swept(runs: Path) -> None:
    old, new = Path("out/classify/.features.a.tmp"), Path("out/classify/.features.b.tmp")
    for path in (old, new):
        path.mkdir(parents=True)
    os.utime(old, (0, 0))
    assert main(["features", "classify", "uniform", "--limit", "60", "--beside", "none", "--C", "1"]) == 0
    assert not old.exists()
    assert new.exists()  # somebody may be at work there


def test_a_full_disk_is_seen_before(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(".")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert "GB" in refused(["features", "classify", "uniform", "--beside", "none"], capsys)


# Export --------------------------------------------------------------------------------------------------------------


def test_exported_features_are_ds(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features", "export", "uniform", "--out", "f.npz", "--layers", "1-2", "--side", "2"]) == 0
    with np.load("f.npz", allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    pictures = dcgan.prepare("digits", size="16", channels=3, cache="cache/dcgan")
    assert arrays["features"].shape == (len(pictures), arrays["widths"].sum())
    assert arrays["features"].dtype == np.float16
    np.testing.assert_array_equal(arrays["labels"], pictures.labels)
    assert arrays["names"].tolist() == pictures.names
    assert arrays["classes"].tolist() == list(pictures.classes)
    eye = Eye(dcgan.load("uniform").D, [1], 2)  # before the first BatchNorm: no statistics come in
    np.testing.assert_allclose(
        arrays["features"][:5, : arrays["widths"][0]], eye.read(pictures.pixels[:5]), rtol=2e-3, atol=1e-3
    )
    assert "f.npz" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "word"), [(["--out", "f.txt"], ".npz"), (["--side", "0"], "--side"), (["--layers", "8"], "layers 1 to")]
)
def test_what_cannot_be_exported(argv: list[str], word: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert word in refused(["features", "export", "uniform", *argv], capsys)
    assert not Path("out").exists()


# Remove --------------------------------------------------------------------------------------------------------------

BOXES = [{"seed": seed, "box": [2, 3, 10, 11]} for seed in range(6)]


def removed() -> dict[str, Any]:
    return dict(json.loads(Path("out/remove/rows.json").read_text()))


def frames(state: str) -> np.ndarray:
    rows = [row for row in rows_of("remove") if row["state"] == state]
    return np.stack([np.asarray(Image.open(Path("out/remove", row["picture"]))) for row in rows])


def write_boxes(form: str) -> list[str]:
    """The same boxes in each form that they can be given in."""
    mask = np.zeros((16, 16), np.uint8)
    mask[3:11, 2:10] = 255
    if form == "json":
        Path("boxes.json").write_text(json.dumps(BOXES))
    elif form == "csv":
        lines = [f"{row['seed']},{','.join(map(str, row['box']))}" for row in BOXES]  # type: ignore[arg-type]
        Path("boxes.csv").write_text("\n".join(["seed,left,top,right,bottom", *lines]))
    elif form == "mask":
        Image.fromarray(mask).save("mask.png")
        return ["--boxes", "mask.png", "--seeds", "0-5"]
    elif form == "folder":
        Path("masks").mkdir()
        for seed in range(6):
            Image.fromarray(mask).save(f"masks/{seed}.png")
        return ["--boxes", "masks"]
    else:
        return ["--box", "2,3,10,11", "--seeds", "0-5"]
    return ["--boxes", f"boxes.{form}"]


def test_every_form_of_boxes_says_the_same(runs: Path) -> None:
    found = []
    for form in ("json", "csv", "mask", "folder", "box"):
        assert main(["features", "remove", "uniform", *write_boxes(form)]) == 0
        found.append(removed())
    assert all(one["weights"] == found[0]["weights"] for one in found)
    assert found[0]["layer"] == len(dcgan.load("uniform").G.layers) - 1
    assert (
        found[0]["dropped"]
        == [int(i) for i in np.argsort(-np.array(found[0]["weights"]), kind="stable")][
            : sum(weight > 0 for weight in found[0]["weights"])
        ]
    )


def test_before_is_gs_own_and_after_is_not(runs: Path) -> None:
    argv = ["features", "remove", "uniform", "--box", "2,3,10,11", "--seeds", "0-5", "--show", "3-6", "--maps", "2"]
    assert main(argv) == 0
    np.testing.assert_array_equal(frames("before"), dcgan.load("uniform").sample(range(3, 7)))
    assert (frames("before") != frames("after")).any()
    assert len(removed()["dropped"]) <= 2
    vectors = np.load("out/remove/z.npy")
    np.testing.assert_array_equal(vectors[:4], vectors[4:])


def test_a_label_says_which_samples(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NAME, "--names", "round=0,1;tall=2-4"]) == 0
    capsys.readouterr()
    argv = ["features", "remove", "uniform", "--label", "round", "--exemplars", "20", "--box", "2,3,10,11"]
    assert main([*argv, "--reader", "named", "--layer", "1"]) == 0
    found = removed()
    assert found["samples"] == 40
    assert found["effect"]["label"] == "round"
    assert found["effect"]["samples"] == 1000
    assert f"{found['effect']['lost_it']} of them lost it" in capsys.readouterr().out


def test_a_page_to_draw_boxes_on(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features", "remove", "uniform", "--draw", "0-2,9"]) == 0
    page = Path("out/remove/draw.html").read_text()
    facts = json.loads(page.split('id="facts">')[1].split("</script>")[0])
    assert (facts["width"], facts["height"]) == (16, 16)
    assert [one["seed"] for one in facts["pictures"]] == [0, 1, 2, 9]
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        ([], "say where the object is"),
        (["--box", "1,2,3,4"], "give either --seeds or --label"),
        (["--box", "1,2,3", "--seeds", "0"], "--box is left,top,right,bottom"),
        (["--box", "9,2,3,4", "--seeds", "0"], "is no left,top,right,bottom in a picture of 16x16"),
        (["--box", "1,2,3,40", "--seeds", "0"], "is no left,top,right,bottom"),
        (["--boxes", "nothing.json"], "there is no file nothing.json"),
        (["--boxes", "bad.json"], "is no JSON"),
        (["--boxes", "object.json"], "is no list of boxes"),
        (["--boxes", "short.json"], "is no box"),
        (["--boxes", "empty.json"], "has no boxes"),
        (["--boxes", "bad.csv"], "is no box"),
        (["--boxes", "wide.png", "--seeds", "0"], "of 20x16 pixels, the pictures are of 16x16"),
        (["--boxes", "white.png"], "is one mask: say with --seeds"),
        (["--boxes", "white.png", "--seeds", "0-3"], "every position"),
        (["--boxes", "text.png", "--seeds", "0"], "is no picture that can be read"),
        (["--boxes", "nomasks"], "has no masks"),
        (["--boxes", "boxes.json", "--seeds", "0"], "leave out --seeds"),
        (["--boxes", "boxes.json", "--label", "3", "--reader", "self"], "one mask picture"),
        (["--boxes", "endless.json"], "is no box"),
        (["--boxes", "twice"], "two masks for one seed"),
        (["--box", "1,2,9,9", "--seeds", "0", "--layer", "9"], "layers 1 to"),
        (["--box", "1,2,9,9", "--seeds", "0", "--maps", "0"], "--maps is at least 1"),
        (["--box", "1,2,9,9", "--label", "furry", "--reader", "self"], "no label 'furry'"),
    ],
)
def test_what_cannot_be_removed(argv: list[str], word: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.json").write_text("[{")
    Path("object.json").write_text("{}")
    Path("empty.json").write_text("[]")
    Path("short.json").write_text('[{"seed": 1, "box": [1, 2, 3]}]')
    write_boxes("json")
    Path("endless.json").write_text('[{"seed": Infinity, "box": [1, 2, 3, 4]}]')
    Path("twice").mkdir()
    Image.new("L", (16, 16), 255).save("twice/3.png")
    Image.new("L", (16, 16), 255).save("twice/03.png")
    Path("bad.csv").write_text("seed,left\n1,2\n")
    Path("text.png").write_text("hello")
    Path("nomasks").mkdir()
    Image.new("L", (20, 16)).save("wide.png")
    Image.new("L", (16, 16), 255).save("white.png")
    assert word in refused(["features", "remove", "uniform", *argv], capsys)
    assert not Path("out").exists()


# Name ----------------------------------------------------------------------------------------------------------------

NAME = ["features", "name", "uniform", "--clusters", "5", "--n", "60"]


def test_clusters_are_shown_before_they_have_names(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(NAME) == 0
    assert "5 clusters: " in capsys.readouterr().out
    found = json.loads(Path("out/name/rows.json").read_text())
    assert sum(one["samples"] for one in found["clusters"]) == 60
    assert all(one["name"] is None for one in found["clusters"])
    assert not Path("uniform/named.npz").exists()


@pytest.mark.parametrize(
    ("argv", "names"),
    [
        (["--names", "round=0,1;tall=2"], {"round", "tall", "other"}),
        (["--names", "round=0-2;tall=3,4"], {"round", "tall"}),
        (["--examples", "round=0-3;tall=7,9"], {"round", "tall"}),
        (["--labels-per-class", "2"], set("0123456789")),
    ],
)
def test_names_can_be_wished_for_afterwards(
    argv: list[str], names: set[str], runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NAME, *argv]) == 0
    assert Path("uniform/named.npz").is_file()
    said = capsys.readouterr().out
    given = {one["name"] for one in json.loads(Path("out/name/rows.json").read_text())["clusters"]}
    assert given <= names
    if "--labels-per-class" in argv:
        assert "other labelled pictures get their own name" in said
    label = sorted(given)[0]
    assert main(["latent", "algebra", "uniform", f"mean(label:{label})", "--reader", "named"]) == 0
    assert "there is no label 'furry'" in refused(
        ["latent", "algebra", "uniform", "mean(label:furry)", "--reader", "named"], capsys, lines=3
    )


def test_examples_are_read_as_what_they_are(runs: Path) -> None:
    assert main([*NAME, "--names", "round=0;tall=1-4"]) == 0
    rows = rows_of("name")
    from dcgan.cli.latent.reading import named_reader

    model = dcgan.load("uniform")
    reader = named_reader("uniform", model)
    pictures = model.sample([row["seed"] for row in rows])
    said = np.array(reader.names)[reader.read(pictures).argmax(1)]
    assert (said == np.array([row["name"] for row in rows])).mean() > 0.9


def test_names_of_another_snapshot_are_not_taken(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish = ["latent", "algebra", "uniform", "mean(label:round)", "--reader", "named"]
    assert "has no names yet" in refused(wish, capsys, lines=3)
    assert main([*NAME, "--names", "round=0,1"]) == 0
    assert "belongs to other weights" in refused([*wish, "--snapshot", "0.016"], capsys, lines=3)
    whole = Path("uniform/named.npz").read_bytes()
    for damaged in (b"PK", whole[: len(whole) // 2]):
        Path("uniform/named.npz").write_bytes(damaged)
        assert "is damaged" in refused(wish, capsys, lines=3)


def test_a_handful_of_labels_is_enough(runs: Path, pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two labelled pictures of each kind, and no others."""
    for kind in ("cats", "dogs"):
        for path in sorted((pets / kind).iterdir())[2:]:
            path.unlink()
    assert main([*NAME, "--data", str(pets), "--labels-per-class", "2"]) == 0
    said = capsys.readouterr().out
    assert "named by 4 labelled pictures of pets" in said
    assert "other labelled pictures" not in said


def test_the_seed_decides_which_labels_are_taken(runs: Path) -> None:
    found = []
    for seed in ("0", "0", "1"):
        assert main([*NAME, "--labels-per-class", "2", "--seed", seed]) == 0
        found.append(json.loads(Path("out/name/rows.json").read_text())["checked"])
    assert found[0] == found[1] != found[2]


def test_a_name_of_two_words_is_quoted(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NAME, "--names", "very round=0-2;tall=3,4"]) == 0
    assert "mean(label:'very round')" in capsys.readouterr().out
    assert main(["latent", "algebra", "uniform", "mean(label:'very round')", "--reader", "named"]) == 0


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["--clusters", "1"], "--clusters is at least 2"),
        (["--n", "8"], "--n is at least twice --clusters"),
        (["--names", "round"], "--names is NAME=NUMBERS"),
        (["--names", "a&b=0"], "could not stand in an expression"),
        (["--names", "a'b=0"], "could not stand in an expression"),
        (["--names", "round=0;tall=0"], "two names"),
        (["--names", "round=7"], "clusters 0 to 4, not 7"),
        (["--names", "round=0-4"], "nothing to tell apart"),
        (["--examples", "round=1,2"], "one name"),
        (["--names", "round=0", "--examples", "round=1"], "give one of them"),
        (["--labels-per-class", "0"], "--labels-per-class is at least 1"),
    ],
)
def test_what_cannot_be_named(argv: list[str], word: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert word in refused([*NAME, *argv], capsys)
    assert not Path("uniform/named.npz").exists()
