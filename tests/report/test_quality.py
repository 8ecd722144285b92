"""The report's section on how good the pictures are."""

import json
from pathlib import Path

import pytest
from PIL import Image

from dcgan.errors import SnapshotError
from dcgan.files import append_jsonl, write_json
from dcgan.report.page import make_page
from dcgan.report.quality import in_words, points, write_plot
from dcgan.report.record import read_record
from tests.report.conftest import MakeRun
from tests.report.test_page import Page


def measured(run: Path, values: list[float], step: int = 1000) -> Path:
    for i, value in enumerate(values):
        append_jsonl(
            run / "metrics.jsonl", {"nimg": (i + 1) * step, "values": {"frechet:random": value, "recall:x": 0.5}}
        )
    write_json(run / "metrics.json", {"floor": {"frechet:random": 0.5}, "lines": ["random: <untrained>, 7 features"]})
    return run


def test_a_run_that_measured_nothing_has_no_such_section(make_run: MakeRun) -> None:
    assert "How good" not in Page(make_page(read_record(make_run()))).text


def test_the_section_says_best_newest_and_floor(make_run: MakeRun) -> None:
    page = Page(make_page(read_record(measured(make_run(previews=4), [9.0, 2.0, 3.5]))))
    assert "Fréchet distance (random): 2 at its best, after 2 kimg" in page.text
    assert "real pictures among themselves reach 0.5" in page.text
    assert "The newest, after 3 kimg, has 3.5" in page.text
    assert "random: <untrained>, 7 features" in page.text  # escaped, or the parser would have lost it
    alts = [image["alt"] for image in page.all("img")]
    assert any("near the best moment, after 2 kimg" in alt for alt in alts)
    assert any("near the newest moment, after 3 kimg" in alt for alt in alts)


def test_both_moments_are_shown_only_where_they_differ(make_run: MakeRun) -> None:
    page = Page(make_page(read_record(measured(make_run(previews=4), [9.0, 3.0, 2.0]))))
    assert "The newest is the best so far." in page.text
    assert not any("moment" in image["alt"] and "best" in image["alt"] for image in page.all("img"))


def test_a_damaged_file_is_named(make_run: MakeRun) -> None:
    run = measured(make_run(), [1.0])
    (run / "metrics.json").write_text("{")
    with pytest.raises(SnapshotError, match=r"metrics\.json is damaged"):
        read_record(run)


def test_one_moment_has_words_without_a_floor() -> None:
    assert in_words([(1000, 2.0)], None, "kernel:labels").startswith(
        "kernel distance (labels): 2 at its best, after 1 kimg."
    )


def test_points_leave_out_what_was_not_measured() -> None:
    rows = [{"nimg": 1, "values": {"a": 1}}, {"nimg": 2, "values": {"b": 2}}]
    assert points(rows, "a") == [(1, 1.0)]


@pytest.mark.parametrize("values", [[3.0, 1.0], [3000.0, 0.1], [0.0, -1.0]])
def test_the_plot_holds_every_value(values: list[float], tmp_path: Path) -> None:
    rows = [{"nimg": i * 1000, "values": {"frechet:x": v, "kernel-sd:x": 1}} for i, v in enumerate(values)]
    found = json.loads(json.dumps({"rows": rows, "floor": {"frechet:x": 0.05, "kernel-sd:x": 0.1}}))
    assert write_plot(found, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > 1000
    assert not write_plot({"rows": rows[:1], "floor": found["floor"]}, tmp_path / "b.png")
    assert not (tmp_path / "b.png").exists()
