"""report.html: whole in itself, safe with any name, honest about what is missing, and bounded in size."""

import base64
import io
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from dcgan.files import append_jsonl
from dcgan.images import save_png
from dcgan.report.page import MOST_FRAMES, make_page
from dcgan.report.record import read_record
from dcgan.report.sheets import data_uri, open_sheet
from dcgan.report.tables import duration, size_text

VOID = {"meta", "link", "img", "input", "source", "br"}


class Page(HTMLParser):
    """Takes a page to pieces and holds that every element that opens is closed, in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def page_of(run):
    text = make_page(read_record(run))
    return text, Page(text)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_page_is_whole_in_itself(make_run, channels):
    text, page = page_of(make_run(channels=channels))
    addresses = [a[key] for _, a in page.elements for key in ("src", "href", "srcset", "action") if key in a]
    assert addresses
    assert all(address.startswith("data:") for address in addresses)
    assert not re.search(r"https?://|@import|url\(", text)
    for address in addresses:
        kind, _, data = address.partition(";base64,")
        if data:
            with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as image:
                assert f"data:image/{image.format.lower()}" == kind


def test_the_page_shows_what_the_run_wrote(make_run):
    run = make_run(rows=10, previews=4)
    (run / "snapshots" / "000003").mkdir(parents=True)
    (run / "snapshots" / "000003" / "config.json").write_text("{}")
    _, page = page_of(run)
    for words in (
        "modern on dots",
        "1,000",
        "64 by 64",
        "3 kimg",
        "10 s",
        "after 3 kimg",
        "from dots",
        "0.1.0",
        "2.10.0",
    ):
        assert words in page.text, words
    assert "losses alone do not tell whether the pictures are good" in page.text
    assert f"dcgan sample {run} --seeds 0-63" in page.text
    assert f"dcgan explore {run}" in page.text
    assert f"dcgan train --resume {run} --kimg 6" in page.text
    assert "2026-01-02 03:04 +0000" in page.text
    assert "optim_G" in page.text
    assert "beta1" in page.text
    frames = [a for a in page.all("img") if "data-when" in a]
    assert [a["data-when"] for a in frames] == ["0 kimg", "1 kimg", "2 kimg", "3 kimg"]
    assert [a["class"] for a in frames] == ["", "", "", "on"]


def test_everything_that_can_be_seen_or_moved_has_a_name(make_run):
    _, page = page_of(make_run())
    assert all(attrs["alt"] for attrs in page.all("img"))
    assert [attrs["aria-label"] for attrs in page.all("input")]
    assert page.all("html")[0]["lang"] == "en"
    slider = page.all("input")[0]
    assert (slider["min"], slider["max"], slider["value"]) == ("0", "2", "2")


def test_names_and_options_are_escaped(make_run):
    evil = "<script>alert(1)</script>\"'&"
    run = make_run(name=evil, recipe=evil, device=evil, **{evil: evil})
    launch = {"time": evil, "nimg": 0, "dcgan": evil, "torch": evil, "config": {}}
    append_jsonl(run / "launches.jsonl", launch)
    strange = run.with_name("<b>run'$title")
    shutil.copytree(run, strange)
    text, page = page_of(strange)
    assert "alert(1)</script>" not in text
    assert len(page.all("script")) == 1
    assert not page.all("b") or all(a == {} for a in page.all("b"))
    assert page.text.count("alert(1)") >= 8
    assert "<b>run" in page.text


def test_the_size_stays_below_six_megabytes_with_500_previews(make_run):
    run = make_run(rows=1000, previews=1, side=4)
    noise = np.random.default_rng(0).integers(0, 256, (500, 500, 3), dtype=np.uint8)
    save_png(run / "reals.png", noise)
    for i in range(1, 500):
        shutil.copy(run / "reals.png", run / f"fakes{i:06d}.png")
        append_jsonl(
            run / "metrics.jsonl", {"nimg": i * 1000, "values": {"frechet:x": abs(i - 99.5), "recall:x": i % 7}}
        )
    text, page = page_of(run)
    assert "How good" in page.text
    assert len(text.encode()) < 6_000_000
    frames = [a["data-when"] for a in page.all("img") if "data-when" in a]
    assert len(frames) == MOST_FRAMES
    assert (frames[0], frames[-1]) == ("0 kimg", "499 kimg")


@pytest.mark.parametrize(
    ("rows", "previews", "said"),
    [
        (0, 0, ["not written any pictures", "not written any statistics", "0 kimg of 1.024 kimg planned"]),
        (0, 1, ["after 0 kimg", "not written any statistics"]),
        (1, 0, ["not written any pictures", "0.064 kimg"]),
    ],
)
def test_a_run_that_stopped_at_once_has_a_page(make_run, rows, previews, said):
    _, page = page_of(make_run(rows=rows, previews=previews))
    assert all(words in page.text for words in said)
    assert "dcgan sample" not in page.text
    assert "Finish what was planned" in page.text
    assert not page.all("input")


def test_options_of_another_version_still_have_a_page(make_run):
    _, page = page_of(make_run(colour_of_the_sky="blue"))
    assert "colour_of_the_sky" in page.text
    assert "planned" not in page.text


@pytest.mark.parametrize(("loss", "said"), [("bce", "near 1"), ("relativistic", "in pairs"), ("hinge", "tendency")])
def test_the_curves_are_read_as_the_loss_allows(make_run, loss, said):
    _, page = page_of(make_run(objective={"loss": loss}))
    assert said in page.text


def test_a_picture_is_lossless_where_it_fits_and_within_its_bytes_where_not():
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    assert data_uri(picture, 1_000_000).startswith("data:image/png")
    for most in (100_000, 20_000, 2_000):
        kind, data = data_uri(picture, most).split(";base64,")
        assert kind == "data:image/jpeg"
        assert len(base64.b64decode(data)) <= most


def test_transparent_sheets_are_laid_on_white(tmp_path):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0] = 200, 0, 0, 255
    save_png(tmp_path / "a.png", pixels)
    shown = np.asarray(open_sheet(tmp_path / "a.png"))
    assert shown[0, 0].tolist() == [200, 0, 0]
    assert shown[1, 1].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5, "2.5 s"), (42, "42 s"), (600, "10 min 0 s"), (7500, "2 h 5 min"), (90000, "1 d 1 h"), (59.7, "1 min 0 s")],
)
def test_durations_are_written_for_readers(seconds, text):
    assert duration(seconds) == text


def test_sizes_are_written_for_readers():
    assert size_text("64") == size_text("64x64") == "64 by 64"
    assert size_text("64x48") == "48 wide, 64 high"
