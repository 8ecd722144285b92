"""``dcgan export`` and ``dcgan explore``: what they write, serve, say and refuse."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import onnx
import pytest
import torch
from onnxruntime import InferenceSession
from PIL import Image

import dcgan
from dcgan.cli.latent.named import save_direction
from dcgan.cli.main import main
from dcgan.cli.page.cached import cached_content
from dcgan.cli.page.labels import page_reader
from dcgan.cli.page.make import open_page_model
from dcgan.cli.page.options import PageOptions
from dcgan.cli.page.told import curves, health, metrics
from dcgan.latent.named import Direction, FoundOn, found_on
from dcgan.latent.reader import Reader
from dcgan.metrics.extractors.learning import Schedule
from dcgan.models.digest import weights_digest
from dcgan.models.prior import from_seeds
from dcgan.report.record import Record
from dcgan.web import built
from tests.cli.kit import RUN, finish, refused
from tests.export.kit import FILES, build_page

DIGITS = {"height": 16, "width": 16, "channels": 1, "z_dim": 128, "prior": "normal", "range": [-1, 1]}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that has all a page can show, and a snapshot out of its run."""
    folder = tmp_path_factory.mktemp("finished")
    ticks = [
        "--ticks.log",
        "2steps",
        "--ticks.preview",
        "4steps",
        "--ticks.snapshot",
        "4steps",
        "--ticks.preview-n",
        "6",
    ]
    finish(folder, "--steps", "8", *ticks, "--metrics", "frechet:pixels", "--ema-kimg", "0.01")
    model = dcgan.load(folder / RUN)
    for name, on in (("smile", found_on(model.G, 0.064)), ("older", FoundOn(kimg=0.032, weights="0" * 16))):
        vector = np.zeros(128, np.float32)
        vector[:2] = 0.6, -0.8
        save_direction(folder / RUN / "directions", Direction(name=name, vector=vector, found="by hand", found_on=on))
    shutil.copytree(model.path, folder / "alone")
    named = ["--clusters", "4", "--n", "60", "--names", "round=0,1;tall=2,3", "--out", str(folder / "named")]
    assert main(["features", "name", str(folder / RUN), *named]) == 0
    return folder


@pytest.fixture(autouse=True)
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small built page in place of the real one."""
    build_page(tmp_path / "dist")
    monkeypatch.setattr(built, "DIST", tmp_path / "dist")
    return tmp_path / "dist"


# Export -------------------------------------------------------------------------------------------------------------


def test_all_three_at_once(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = ["--onnx", "out/g.onnx", "--web", "site", "--single-file", "one.html"]
    assert main(["export", str(RUN), *targets, "--title", "Zwölf"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for line in ("out/g.onnx: ONNX, float32, ", "look at it: python -m http.server -d site", "trained on digits"):
        assert line in said.out
    assert "6 real pictures of digits are inside: --no-reals leaves them out" in said.out
    check_model(json.loads(Path("site/model.json").read_text(encoding="utf-8")))
    check_sheets()
    check_budget()
    assert Path("out/g.onnx").read_bytes() == Path("site/model.onnx").read_bytes()
    text = Path("one.html").read_text(encoding="utf-8")
    inside = dict(re.findall(r'<script type="text/plain" id="file:([^"]+)">([^<]*)</script>', text))
    assert base64.b64decode(inside["model.json"]) == Path("site/model.json").read_bytes()
    assert base64.b64decode(inside["model.onnx"]) == Path("site/model.onnx").read_bytes()
    assert {"time/000.webp", "reals.webp", "averages.webp", "ort-wasm.wasm"} <= set(inside)


def check_model(plain: dict[str, Any]) -> None:
    """Every field that the page reads, and no other."""
    model = dcgan.load(RUN)
    digest = weights_digest(model.G)
    sentence = (
        "The weights were trained on digits; its licence, and the rights in its pictures, are yours to check before "
    )
    parameters = sum(p.numel() for p in model.G.parameters())
    about = {"recipe": "modern", "data": "digits", "kimg": 0.064, "weights": "averaged", "digest": digest}
    exact = {
        "format": "dcgan-page",
        "version": 1,
        "title": "Zwölf",
        "run": "00000-modern-digits",
        "dcgan": dcgan.__version__,
        "licence": sentence + "you pass them on.",
        "model": about | DIGITS | {"parameters": parameters},
        "averages": {
            "file": "averages.webp",
            "tile": [16, 16],
            "means": [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1],
            "std": 1,
            "count": 256,
        },
        "reals": {"file": "reals.webp", "tile": [16, 16], "columns": 6, "count": 6, "name": "digits"},
        "time": {
            "tile": [16, 16],
            "columns": 6,
            "rows": 1,
            "count": 6,
            "averaged": True,
            "frames": [{"kimg": kimg, "file": f"time/00{i}.webp"} for i, kimg in enumerate((0, 0.032, 0.064))],
        },
    }
    assert {name: plain[name] for name in exact} == exact
    rest = {"onnx", "seeds", "seeds_how", "names", "directions", "rank", "curves", "metrics", "health"}
    assert set(plain) == set(exact) | rest
    check_rest(plain, digest)


def check_rest(plain: dict[str, Any], digest: str) -> None:
    data = Path("site/model.onnx").read_bytes()
    assert {prop.key: prop.value for prop in onnx.load_from_string(data).metadata_props}["digest"] == digest
    assert set(plain["onnx"]) == {"file", "bytes", "sha256", "half", "difference"}
    assert (plain["onnx"]["file"], plain["onnx"]["bytes"], plain["onnx"]["half"]) == ("model.onnx", len(data), False)
    assert len(set(plain["seeds"])) == 16
    assert "discriminator" in plain["seeds_how"]
    assert sorted(plain["rank"]["order"]) == list(range(128))
    scores = plain["rank"]["scores"]
    assert [scores[i] for i in plain["rank"]["order"]] == sorted(scores, reverse=True)
    assert plain["rank"]["reach"] == 1
    assert {name["name"] for name in plain["names"]} <= {"round", "tall"}
    for name in plain["names"]:
        assert set(name) == {"name", "vector", "count", "how"}
        assert len(name["vector"]) == 128
        assert 3 <= name["count"] <= 24
        assert f"The mean of {name['count']} of the seeds 0 to 1999" in name["how"]
    older, smile = plain["directions"]
    assert (older["name"], older["stale"], older["kimg"]) == ("older", True, 0.032)
    assert smile == {
        "name": "smile",
        "vector": [0.6, -0.8] + [0.0] * 126,
        "found": "by hand",
        "kimg": 0.064,
        "stale": False,
        "effect": None,
    }
    assert plain["curves"]["kimg"] == [0.016, 0.032, 0.048, 0.064]
    assert set(plain["curves"]["columns"]) == {"loss_D", "loss_G", "D_real", "D_fake"}
    assert all(len(column) == 4 for column in plain["curves"]["columns"].values())
    assert isinstance(plain["curves"]["opinions_are_probabilities"], bool)
    (frechet,) = plain["metrics"]
    assert (frechet["name"], frechet["kimg"], frechet["better"]) == ("frechet:pixels", [0.032, 0.064], "lower")
    assert len(frechet["value"]) == 2
    assert frechet["floor"] > 0
    assert plain["health"] is None or set(plain["health"]) == {"ok", "looks", "now", "gone"}


def check_sheets() -> None:
    """The pictures beside ``model.json`` are those of the run."""
    strip = np.asarray(Image.open("site/averages.webp"))
    assert strip.shape == (16, 9 * 16, 3)
    kept = np.asarray(Image.open(RUN / "reals.png"))
    shown = np.asarray(Image.open("site/reals.webp"))
    assert shown.shape == (16, 6 * 16, 3)
    np.testing.assert_array_equal(shown[:, 16:32, 0], kept[2 : 2 + 64 : 4, 68 : 68 + 64 : 4])
    last = np.asarray(Image.open("site/time/002.webp"))
    kept = np.asarray(Image.open(RUN / "fakes000000.064.png"))
    np.testing.assert_array_equal(last[:, :16, 0], kept[2 : 2 + 64 : 4, 2 : 2 + 64 : 4])


def check_budget() -> None:
    """All but the weights and the runtime is under 3 MB, the page's own files, which are small here, aside."""
    sizes = {p.relative_to("site").as_posix(): p.stat().st_size for p in Path("site").rglob("*") if p.is_file()}
    assert set(FILES) <= set(sizes)
    ours = sum(size for name, size in sizes.items() if name not in FILES and name != "model.onnx")
    assert ours < 1_900_000


def test_onnx_alone_needs_no_built_page(runs: Path, page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(page)
    assert main(["export", "alone", "--onnx", "g.onnx", "--half", "--weights", "raw"]) == 0
    assert "g.onnx: ONNX, float16 weights, " in capsys.readouterr().out
    G, z = dcgan.load("alone", weights="raw").G, from_seeds("normal", range(5), 128)
    found = InferenceSession("g.onnx", providers=["CPUExecutionProvider"]).run(["pictures"], {"z": z.numpy()})[0]
    torch.testing.assert_close(torch.from_numpy(found), G(z), rtol=0, atol=2 / 127.5)
    assert "the page is not built here: run `make web`" in refused(["export", "alone", "--web", "site"], capsys)
    assert "the page is not built here: run `make web`" in refused(["explore", "alone"], capsys)


def test_a_snapshot_out_of_its_run_and_an_earlier_page(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("site").mkdir()
    Path("site/model.json").write_text('{"format": "dcgan-page", "of": "before"}')
    assert main(["export", "alone", "--web", "site", "--no-reals"]) == 0
    assert "real pictures" not in capsys.readouterr().out
    plain = json.loads(Path("site/model.json").read_text(encoding="utf-8"))
    empty = {"run": None, "curves": None, "metrics": [], "health": None, "time": None, "reals": None, "directions": []}
    assert {name: plain[name] for name in empty} == empty
    assert plain["title"] == "modern on digits"


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["alone"], "nothing is to be written: give --onnx FILE, --web DIR or --single-file FILE"),
        (["nowhere", "--onnx", "g.onnx"], "nowhere"),
        (["alone", "--web", "full"], "full holds something else than an earlier page, "),
        (["alone", "--web", "file"], "file is a file: give a folder with --web"),
        (["alone", "--onnx", "full"], "--onnx is a file, not 'full'"),
        (["alone", "--single-file", "full"], "--single-file is a file, not 'full'"),
        (["alone", "--onnx", "g.onnx", "--snapshot", "7"], "is one snapshot"),
        (["alone", "--web", "site", "--reader", "labels"], "give the real pictures to compare with as --data"),
        (["alone", "--web", "site", "--reader", "named"], "alone is not in a run: names are kept in a run's folder"),
    ],
)
def test_mistakes_get_a_sentence_and_leave_nothing(
    argv: list[str], sentence: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("full").mkdir()
    Path("full/letter.txt").write_text("dear")
    Path("file").write_text("text")
    assert sentence in refused(["export", *argv], capsys)
    assert not Path("site").exists()
    assert not Path("g.onnx").exists()
    assert Path("full/letter.txt").read_text() == "dear"


def test_a_missing_package_is_named(runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    for argv in (["export", "alone", "--web", "site"], ["explore", "alone"]):
        assert 'install it with pip install "dcgan[export]"' in refused(argv, capsys)


# Names --------------------------------------------------------------------------------------------------------------


def reader_of(run: str, **options: Any) -> Reader | None:
    wish = PageOptions(run=run, **options)
    return page_reader(open_page_model(wish), wish)


def test_names_that_were_given_are_taken_where_they_belong(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = reader_of(str(RUN))
    assert found is not None
    assert found.names == ("round", "tall")
    assert reader_of(str(RUN), weights="raw") is None
    assert reader_of(str(RUN), reader="none") is None
    assert reader_of("alone") is None
    assert capsys.readouterr() == ("", "")


def test_a_classifier_is_taken_from_the_cache_and_nothing_is_made(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RUN / "named.npz").unlink()
    cache = runs / "cache" / "dcgan"
    before = sorted(cache.rglob("*"))
    assert reader_of(str(RUN)) is None
    assert sorted(cache.rglob("*")) == before
    monkeypatch.setattr("dcgan.metrics.extractors.labels.Schedule", lambda: Schedule(batch=64, cycles=(120,), least=20))
    learnt = reader_of(str(RUN), reader="labels")
    found = reader_of(str(RUN))
    assert found is not None
    assert learnt is not None
    assert found.names == learnt.names == tuple("0123456789")
    shutil.rmtree(cache)
    assert reader_of(str(RUN)) is None
    assert not any(path.name.startswith(("digits", "labels")) for path in runs.rglob("*"))


# What a run tells ---------------------------------------------------------------------------------------------------


def record(**changes: Any) -> Record:
    empty: dict[str, Any] = {"config": {}, "data": {}, "launches": [], "rows": [], "measured": [], "judges": {}}
    return Record(**{"path": Path(), "previews": [], **empty, **changes})


def test_long_curves_are_means_and_gaps_stay_gaps() -> None:
    rows = [{"nimg": 1000 * i, "loss_D": float(i), "D_real": None} for i in range(1, 1001)]
    rows[0]["loss_G"] = float("nan")
    found = curves(record(rows=rows, config={"objective": {"loss": "hinge"}}))
    assert found is not None
    assert len(found["kimg"]) == 400
    assert (found["kimg"][0], found["kimg"][-1]) == (3, 1000)
    assert found["columns"]["loss_D"][0] == 2  # of 1, 2 and 3
    assert found["columns"]["loss_D"][-1] == 999.5
    assert set(found["columns"]["loss_G"]) == set(found["columns"]["D_real"]) == {None}
    assert not found["opinions_are_probabilities"]
    assert curves(record()) is None


def test_figures_say_which_way_is_better() -> None:
    values = {"frechet:labels": 3.0, "kernel-sd:labels": 1.0, "coverage:labels": 0.5}
    rows = [{"nimg": 1000, "values": values}, {"nimg": 2000, "values": {"coverage:labels": float("inf")}}]
    found = metrics(record(measured=rows, judges={"floor": {"frechet:labels": 1.5}}))
    assert found == [
        {"name": "frechet:labels", "kimg": [1], "value": [3], "floor": 1.5, "better": "lower"},
        {"name": "coverage:labels", "kimg": [1, 2], "value": [0.5, None], "floor": None, "better": "higher"},
    ]


def test_health_in_plain_sentences() -> None:
    start: dict[str, Any] = {"nimg": 0}
    looks = [
        start,
        {"nimg": 2000, "troubles": ["collapse"], "said": {"collapse": "all pictures are alike & dull"}},
        {"nimg": 4000, "troubles": ["memorising"], "said": {"memorising": "reals are learnt by heart"}},
    ]
    assert health(record(looks=looks)) == {
        "ok": False,
        "looks": 2,
        "now": ["Reals are learnt by heart."],
        "gone": ["Collapse, 2 kimg to 2 kimg."],
    }
    assert health(record(looks=[start, {"nimg": 10}])) == {"ok": True, "looks": 1, "now": [], "gone": []}
    assert health(record(looks=[start])) is None


# Explore ------------------------------------------------------------------------------------------------------------

START = """
import sys
from pathlib import Path
from dcgan.cli.main import entry
from dcgan.web import built
built.DIST = Path("dist")
sys.argv = ["dcgan", "explore", "alone", "--no-open", "--port", "0"]
entry()
"""


def test_the_page_is_served_until_ctrl_c(runs: Path) -> None:
    command = [sys.executable, "-c", START]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("making the page")
        line = process.stdout.readline()
        match = re.fullmatch(r"alone: (http://127\.0\.0\.1:\d+/) \(Ctrl-C ends it\)\n", line)
        assert match, line
        with urllib.request.urlopen(match[1], timeout=10) as answer:
            assert answer.read() == FILES["index.html"].encode()
            assert "script-src 'self' 'wasm-unsafe-eval'" in answer.headers["Content-Security-Policy"]
        with urllib.request.urlopen(match[1] + "model.json", timeout=10) as answer:
            plain = json.load(answer)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert plain["title"] == "modern on digits"
    check_kept(Path(os.environ["XDG_CACHE_HOME"]))


def check_kept(cache: Path) -> None:
    """The second time it is taken from the cache; another wish is another page."""
    (kept,) = [path for path in (cache / "dcgan" / "pages").iterdir() if path.is_dir()]
    before = (kept / "model.json").stat().st_mtime_ns
    with patch("dcgan.cli.page.cached.make_content", side_effect=AssertionError("it was made again")):
        assert cached_content(PageOptions(run="alone")) == kept
    assert (kept / "model.json").stat().st_mtime_ns == before


def test_the_pages_looked_at_last_are_kept(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcgan.cli.page.cached.make_content", lambda folder, *rest: (folder / "model.json").touch())
    monkeypatch.setattr("dcgan.cli.page.cached.KEPT", 2)
    wishes = [PageOptions(run="alone", title=str(i)) for i in range(3)]
    first, second = (cached_content(wish) for wish in wishes[:2])
    os.utime(first, ns=(1, 1))
    os.utime(second, ns=(2, 2))
    assert cached_content(wishes[0]) == first  # looked at again
    third = cached_content(wishes[2])
    assert {page for page in first.parent.iterdir() if page.is_dir()} == {first, third}


def test_what_is_shown_decides_where_it_is_kept(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def make(folder: Path, *rest: Any) -> None:
        made.append(folder)
        (folder / "model.json").write_text("{}")

    monkeypatch.setattr("dcgan.cli.page.cached.make_content", make)
    run = str(RUN)
    wishes = [PageOptions(run=run), PageOptions(run=run, half=True), PageOptions(run=run, title="x")]
    wishes += [PageOptions(run=run, reals=False), PageOptions(run=run, weights="raw"), PageOptions(run="alone")]
    assert len({cached_content(wish) for wish in wishes}) == len(made) == len(wishes)
    first = cached_content(wishes[0])
    assert len(made) == len(wishes)
    (RUN / "directions" / "smile.json").unlink()
    assert cached_content(wishes[0]) != first


def test_who_may_look_and_what_is_said(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dcgan.web.server import Server, open_server

    def stop(self: Server) -> None:
        raise KeyboardInterrupt

    content = runs / "content"
    content.mkdir()
    opened: list[str] = []
    monkeypatch.setattr(Server, "serve_forever", stop)
    monkeypatch.setattr("dcgan.cli.explore.cached_content", lambda options: content)
    monkeypatch.setattr("webbrowser.open", opened.append)
    with open_server(built.built_page(), "127.0.0.1", 0) as first:
        taken = str(first.port)
        assert main(["explore", "alone", "--port", taken]) == 130
        said = capsys.readouterr().out
        assert f"port {taken} is taken: this is " in said
        for _ in range(100):
            if opened:
                break
            time.sleep(0.01)
        assert opened == [said.split("alone: ")[1].split(" ")[0]]
    assert main(["explore", "alone", "--port", "0", "--host", "0.0.0.0", "--no-open"]) == 130
    assert "warning: with --host 0.0.0.0 anyone on the network can see the page" in capsys.readouterr().out
    assert len(opened) == 1
    assert "--port is between 0 and 65535, not 99999" in refused(["explore", "alone", "--port", "99999"], capsys)
