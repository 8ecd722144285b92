"""The three files of a report, from whatever a run left."""

import subprocess
import sys

import pytest

from dcgan.errors import SnapshotError
from dcgan.report.record import kimg_text, spread
from dcgan.report.write import write_report


@pytest.mark.parametrize(
    ("rows", "previews", "made"),
    [
        (5, 3, ["losses.png", "progress.gif", "report.html"]),
        (0, 1, ["progress.gif", "report.html"]),
        (1, 0, ["losses.png", "report.html"]),
        (0, 0, ["report.html"]),
    ],
)
def test_what_can_be_made_is_made(make_run, rows, previews, made):
    run = make_run(rows=rows, previews=previews)
    before = set(run.iterdir())
    paths = write_report(run)
    assert [path.name for path in paths] == made
    assert set(run.iterdir()) - before == set(paths)


def test_a_folder_with_only_options_has_a_report(make_run):
    run = make_run(rows=0, previews=0)
    (run / "stats.jsonl").unlink()
    (run / "launches.jsonl").unlink()
    assert write_report(run) == [run / "report.html"]


def test_a_report_is_the_same_when_written_again(make_run):
    run = make_run()
    first = {path: path.read_bytes() for path in write_report(run)}
    once_more = {path: path.read_bytes() for path in write_report(run)}
    assert once_more[run / "losses.png"] == first[run / "losses.png"]
    assert once_more[run / "progress.gif"] == first[run / "progress.gif"]
    assert write_report(run)[-1].read_bytes() == once_more[run / "report.html"]


def test_a_line_cut_off_by_a_crash_is_passed_over(make_run):
    run = make_run(rows=4)
    with (run / "stats.jsonl").open("a") as f:
        f.write('{"nimg": 99')
    assert len(write_report(run)) == 3


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SnapshotError, match=r"is not a run: a folder with options\.json is expected"):
            write_report(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"config": 3, "data": {}}'])
def test_damaged_options_are_named(make_run, text):
    run = make_run()
    (run / "options.json").write_text(text)
    with pytest.raises(SnapshotError, match=r"options\.json is damaged"):
        write_report(run)


def test_damaged_statistics_are_named(make_run):
    run = make_run()
    (run / "stats.jsonl").write_text("nonsense\n")
    with pytest.raises(SnapshotError, match=r"stats\.jsonl is damaged"):
        write_report(run)


def test_a_choice_is_even_and_keeps_both_ends():
    assert spread([], 2) == []
    assert spread([1, 2], 2) == [1, 2]
    assert spread(range(101), 5) == [0, 25, 50, 75, 100]
    for count in range(3, 60):
        chosen = spread(range(count), 7)
        assert (chosen[0], chosen[-1]) == (0, count - 1)
        assert len(set(chosen)) == len(chosen) <= 7


def test_kimg_is_written_for_readers():
    assert [kimg_text(n) for n in (0, 64, 6400, 200_000, 12_345_678)] == [
        "0 kimg",
        "0.064 kimg",
        "6.4 kimg",
        "200 kimg",
        "12,345.678 kimg",
    ]


def test_a_report_needs_no_torch():
    code = (
        "import sys, dcgan.report.write; assert 'torch' not in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
