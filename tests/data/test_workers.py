"""Decoding on several processors: the same as on one, whatever the pictures do to the processes."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcgan.data import workers as module
from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from dcgan.data.pictures import Pictures
from dcgan.data.sources.open import open_source
from dcgan.data.workers import examine_all
from tests.data.processes import Deadly, Made, Talking, made, start
from tests.data.samples import Counted, encoded, flat, noise, write_source

MEASURE = Measure(height=32, width=32, channels=3)
BAD = (3, 77, 78, 299)


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Let the tests' own openers travel, and keep an eye on every process that is started."""
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(module, "can_travel", lambda source: True)
    monkeypatch.setattr(module.subprocess, "Popen", Watched)
    yield started
    assert all(process.returncode is not None for process in started)  # ended, and waited for


def same(a: Pictures, b: Pictures) -> None:
    assert np.array_equal(a.pixels, b.pixels)
    assert (a.digest, a.names, a.classes, a.left_out) == (b.digest, b.names, b.classes, b.left_out)
    for name in ("labels", "facts", "repeats"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


@pytest.mark.parametrize("count", [300, 64, 63, 1])
def test_any_number_of_processes_finds_the_same(tmp_path: Path, crew: list[Any], count: int) -> None:
    source = made(count, Made(bad=BAD))
    found = [prepare(source, MEASURE, root=tmp_path / str(n), workers=n) for n in (0, 1, 3)]
    assert len(crew) == (4 if count >= module.SMALL else 0)
    same(found[0], found[1])
    same(found[0], found[2])
    bad = [i for i in BAD if i < count]
    assert found[2].names == [f"number {i}" for i in range(count) if i not in bad]
    assert found[2].left_out == tuple((f"number {i}", f"damaged: number {i} is broken") for i in bad)
    expected = [Made()(i) for i in range(count) if i not in bad]
    assert np.array_equal(found[2].pixels, np.stack(expected))


@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz", "npy"])
def test_real_files_of_every_form(tmp_path: Path, kind: str) -> None:
    pictures = noise(120, 20, 16, 3)
    forms = ["PNG", "JPEG", "GIF", "WEBP", "TIFF"]
    files = {f"{i:03d}.bin": encoded(Image.fromarray(p), forms[i % 5]) for i, p in enumerate(pictures)}
    files["033.bin"], files["111.bin"] = b"no picture", files["111.bin"][:-99]
    if kind == "npy":
        np.save(tmp_path / "a.npy", pictures)
    path = tmp_path / "a.npy" if kind == "npy" else write_source(tmp_path / "a", kind, files)
    found = [prepare(open_source(str(path)), MEASURE, root=tmp_path / str(n), workers=n) for n in (0, 2)]
    same(*found)
    assert len(found[0]) == (120 if kind == "npy" else 118)


def test_an_opener_of_ones_own_stays_in_this_process(tmp_path: Path) -> None:
    counted = Counted([flat(i) for i in range(100)])
    prepare(counted.source(), MEASURE, root=tmp_path, workers=3)
    assert counted.reads == list(range(100))


def test_what_cannot_be_shared_stays_in_this_process(tmp_path: Path, crew: list[Any]) -> None:
    np.savez(tmp_path / "a.npz", images=noise(100, 8, 8))
    prepare(open_source(str(tmp_path / "a.npz")), MEASURE, root=tmp_path, workers=3)
    assert crew == []


def test_chunks_come_in_order_and_are_small(crew: list[Any]) -> None:
    seen = list(examine_all(made(1000), range(100, 1000), MEASURE, 2))
    assert [i for chunk, _ in seen for i in chunk] == list(range(100, 1000))
    assert max(len(chunk) for chunk, _ in seen) <= module.CHUNK
    large = Measure(height=1024, width=1024, channels=3)
    assert {len(chunk) for chunk, _ in examine_all(made(3), range(3), large, 0)} == {1}


def test_no_more_waits_than_is_needed(crew: list[Any]) -> None:
    """Whoever takes the chunks slowly is not overrun: few are read ahead."""
    found = examine_all(made(20_000, Made(side=8)), range(20_000), Measure(height=8, width=8, channels=3), 2)
    next(found)
    time.sleep(0.3)
    read_ahead = found.gi_frame.f_locals["waiting"]  # type: ignore[attr-defined]
    assert len(read_ahead) <= module.AHEAD * 2 + 1
    found.close()  # type: ignore[attr-defined]


# A picture that brings its process down -----------------------------------------------------------------------------

SCRIPT = """
import json, sys
from pathlib import Path
from dcgan.data import workers
from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from tests.data.processes import Deadly, made
workers.can_travel = lambda source: True
at, how, count = json.loads(sys.argv[2])
source = made(count, Deadly(at=tuple(at), how=how))
pictures = prepare(source, Measure(height=32, width=32, channels=3), root=Path(sys.argv[1]), workers=1)
left_out = [[int(name.split()[1]), why] for name, why in pictures.left_out]
print(json.dumps([pictures.names, left_out, int(pictures.pixels[-1].sum())]))
"""


@pytest.mark.parametrize(("how", "at"), [("exit", [20]), ("segfault", [0, 50, 99])])
def test_a_deadly_picture_is_left_out_alone(tmp_path: Path, at: list[int], how: str) -> None:
    process = start(SCRIPT, tmp_path, json.dumps([at, how, 100]))  # apart, for the sake of this process
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    names, left_out, total = json.loads(out)
    assert left_out == [[i, "damaged: it brings the decoder down"] for i in at]
    kept = [i for i in range(100) if i not in at]
    assert names == [f"number {i}" for i in kept]
    assert total == Made()(kept[-1]).sum()


CHOOSE = """
import sys
from pathlib import Path
from dcgan.data import workers
from dcgan.data.cache import choose_channels
from tests.data.processes import Deadly, made
workers.can_travel = lambda source: True
print(choose_channels(made(300, Deadly(at=(0,))), Path(sys.argv[1])))
"""


def test_a_deadly_picture_does_not_disturb_the_choice_of_channels(tmp_path: Path) -> None:
    process = start(CHOOSE, tmp_path)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (0, "3\n", "")


def test_a_worker_leaves_a_deadly_picture_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crew: list[Any]) -> None:
    monkeypatch.setattr(module, "_help", lambda *arguments: False, raising=False)  # this process only waits
    pictures = prepare(made(100, Deadly(at=(45, 46, 99))), MEASURE, root=tmp_path, workers=2)
    assert [name for name, _ in pictures.left_out] == ["number 45", "number 46", "number 99"]
    assert {why for _, why in pictures.left_out} == {"damaged: it brings the decoder down"}
    assert np.array_equal(pictures.pixels, np.stack([Made()(i) for i in range(99) if i not in (45, 46)]))


# Trouble with the processes -----------------------------------------------------------------------------------------


def test_what_an_opener_prints_disturbs_nothing(tmp_path: Path, crew: list[Any], capfd: Any) -> None:
    pictures = prepare(made(200, Talking()), MEASURE, root=tmp_path, workers=2)
    assert np.array_equal(pictures.pixels, np.stack([Made()(i) for i in range(200)]))
    assert "reading " in capfd.readouterr().err


@pytest.mark.parametrize("program", ["/bin/false", "missing", "no-python.sh", ""])
def test_without_processes_this_one_does_all(
    tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch, crew: list[Any]
) -> None:
    script = tmp_path / "no-python.sh"
    script.write_text("#!/bin/sh\necho This is no Python\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", program if program in ("/bin/false", "") else str(tmp_path / program))
    pictures = prepare(made(400, Made(bad=BAD)), MEASURE, root=tmp_path / "root", workers=2)
    assert len(crew) <= 2  # where one does not start, no other is tried for every few pictures
    assert pictures.names == [f"number {i}" for i in range(400) if i not in BAD]
    assert np.array_equal(pictures.pixels[-1], Made()(399))


def test_processes_killed_from_outside_are_replaced(tmp_path: Path, crew: list[Any]) -> None:
    def kill(done: int, total: int) -> None:
        if done < 200:
            for process in crew:
                if process.returncode is None:
                    process.send_signal(signal.SIGKILL)

    pictures = prepare(made(400), MEASURE, root=tmp_path, workers=2, progress=kill)
    lost = len(pictures.left_out)
    assert len(pictures) + lost == 400
    assert lost < 40  # nobody can tell a picture that kills from a process that was killed


@pytest.mark.parametrize("at", [1, 5])
def test_an_error_where_the_pictures_go_leaves_no_process(crew: list[Any], at: int) -> None:
    found = examine_all(made(2000, Made(seconds=0.001)), range(2000), MEASURE, 2)

    def take() -> None:
        for i, _ in enumerate(found):
            if i == at:
                raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        take()
    found.close()  # type: ignore[attr-defined]
    assert len(crew) == 2
    assert all(process.returncode is not None for process in crew)


def test_a_generator_that_is_closed_leaves_no_process(crew: list[Any]) -> None:
    found = examine_all(made(2000, Made(seconds=0.001)), range(2000), MEASURE, 3)
    next(found)
    assert [process.poll() for process in crew] == [None] * 3
    found.close()  # type: ignore[attr-defined]
    assert all(process.returncode is not None for process in crew)


def test_a_process_that_is_just_starting_is_ended_too(
    crew: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = module.subprocess.Popen, []

    def slowly(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) > 1:  # the second one is slow: by then the first has answered, and nobody wants more
            time.sleep(1)
        return original(*arguments, **options)

    monkeypatch.setattr(module.subprocess, "Popen", slowly)
    found = examine_all(made(500), range(500), MEASURE, 2)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert all(process.returncode is not None for process in crew)


@pytest.mark.parametrize("at", [(0,), tuple(range(60))], ids=["one", "many"])
def test_nobody_looks_for_the_deadly_picture_when_all_is_over(crew: list[Any], at: tuple[int, ...]) -> None:
    found = examine_all(made(2000, Deadly(at=tuple(i + 128 for i in at))), range(2000), MEASURE, 1)
    next(found)
    time.sleep(0.3)  # by now the second chunk has brought the process down
    found.close()  # type: ignore[attr-defined]
    assert all(process.returncode is not None for process in crew)
    assert len(crew) < 30


def test_an_interrupted_preparation_leaves_no_process(tmp_path: Path, crew: list[Any]) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(made(500), MEASURE, root=tmp_path, workers=2, progress=interrupt)
    assert len(crew) == 2
    assert all(process.returncode is not None for process in crew)


def test_a_worker_ignores_ctrl_c(crew: list[Any]) -> None:
    found = examine_all(made(500), range(500), MEASURE, 2)
    first, _ = next(found)
    for process in crew:
        process.send_signal(signal.SIGINT)
    assert [i for chunk, _ in found for i in chunk] == list(range(len(first), 500))
    assert len(crew) == 2


def test_workers_import_no_torch() -> None:
    code = (
        "import sys, dcgan.data.worker; print(sorted({'torch', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
