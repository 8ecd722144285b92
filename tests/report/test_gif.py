"""progress.gif: every chosen preview, in order, told apart, the last one held."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from dcgan.errors import SnapshotError
from dcgan.images import save_png
from dcgan.report.gif import HOLD_MS, LARGEST_SIDE, LONGEST_MS, MOST_FRAMES, SHORTEST_MS, STRIP, make_frames, write_gif
from dcgan.report.record import Preview, find_previews, read_record, spread


def frames_of(path):
    """Return the frames as gray float arrays (N, H, W), and their milliseconds."""
    frames, times = [], []
    with Image.open(path) as gif:
        for i in range(gif.n_frames):
            gif.seek(i)
            frames.append(np.asarray(gif.convert("L"), dtype=float))
            times.append(gif.info["duration"])
    return np.array(frames), times


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_frames_are_the_previews_in_order_with_the_last_one_held(make_run, channels):
    run = make_run(previews=4, channels=channels)
    assert write_gif(read_record(run))
    frames, times = frames_of(run / "progress.gif")
    assert times == [LONGEST_MS] * 3 + [HOLD_MS]
    expected = np.array([f.astype(float).mean(2) for f in make_frames(read_record(run).previews)])
    assert frames.shape == expected.shape
    distance = np.abs(frames[:, None] - expected[None]).mean((2, 3))
    assert (distance.argmin(1) == np.arange(4)).all()


def test_identical_previews_still_are_frames_of_their_own(make_run):
    run = make_run(previews=1)
    for i in range(1, 4):
        (run / f"fakes{i:06d}.png").write_bytes((run / "fakes_init.png").read_bytes())
    write_gif(read_record(run))
    frames, _ = frames_of(run / "progress.gif")
    assert len(frames) == 4
    for before, after in pairwise(frames):
        assert (before != after)[-STRIP:].any()


def test_the_number_of_frames_is_bounded_and_the_ends_are_in(make_run):
    run = make_run(previews=150, side=8)
    write_gif(read_record(run))
    frames, times = frames_of(run / "progress.gif")
    assert len(frames) == MOST_FRAMES
    assert min(times) >= SHORTEST_MS
    chosen = spread(find_previews(run), MOST_FRAMES)
    assert (chosen[0].nimg, chosen[-1].nimg) == (0, 149_000)
    gaps = np.diff([preview.nimg for preview in chosen])
    assert gaps.max() - gaps.min() <= 1000


def test_large_sheets_are_reduced_and_tiny_ones_enlarged(make_run, tmp_path):
    for side, low, high in ((1500, LARGEST_SIDE - 1, LARGEST_SIDE), (10, 200, 210)):
        path = tmp_path / f"{side}.png"
        save_png(path, np.zeros((side, side, 1), np.uint8))
        frame = make_frames([Preview(nimg=0, path=path)])[0]
        assert frame.shape[2] == 1
        assert frame.shape[0] - STRIP == frame.shape[1]
        assert low <= frame.shape[1] <= high


def test_sheets_of_several_sizes_and_kinds_make_one_gif(make_run):
    run = make_run(previews=2, channels=1)
    save_png(run / "fakes000002.png", np.full((300, 400, 4), 128, np.uint8))
    assert write_gif(read_record(run))
    assert frames_of(run / "progress.gif")[0].shape == (3, 300 + STRIP, 400)


def test_previews_are_found_by_their_names_and_sorted_by_images(make_run):
    run = make_run(previews=1)
    for name in ("fakes000200", "fakes000006.400", "fakes001000", "fakes_best", "fakes"):
        (run / f"{name}.png").write_bytes(b"")
    assert [preview.nimg for preview in find_previews(run)] == [0, 6400, 200_000, 1_000_000]


def test_no_previews_no_gif(make_run):
    run = make_run(previews=0)
    assert not write_gif(read_record(run))
    assert not (run / "progress.gif").exists()


def test_a_preview_that_is_no_picture_is_named(make_run):
    run = make_run(previews=2)
    (run / "fakes000001.png").write_bytes(b"nothing")
    with pytest.raises(SnapshotError, match=r"fakes000001\.png is damaged"):
        write_gif(read_record(run))
