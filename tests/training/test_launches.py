"""Launches from Python: what is recorded, who may go on with a run, and real disks that are full or read-only."""

import errno
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from dcgan.errors import BusyError, DiskError, SnapshotError
from dcgan.files import read_jsonl, write_json
from dcgan.locks import held
from dcgan.serial import to_dict
from dcgan.training.changes import difference
from dcgan.training.run import Run
from dcgan.training.state import saved_counters
from tests.training import tiny
from tests.training.test_resume import assert_same, without_time


def test_a_launch_from_python_records_what_it_changed(tmp_path: Path) -> None:
    c = tiny.config(steps=2)
    tiny.run_in(tmp_path / "run", c)
    changed = replace(c, steps=4, optim_D=replace(c.optim_D, lr=1e-5))
    write_json(tmp_path / "run" / "options.json", {"config": to_dict(changed), "data": tiny.DATA})
    tiny.run_in(tmp_path / "run", changed)  # as if a launch had been killed before it was recorded
    first, second = read_jsonl(tmp_path / "run" / "launches.jsonl")
    assert first["changed"] == {}
    assert second["changed"] == {"steps": [2, 4], "optim_D.lr": [c.optim_D.lr, 1e-5]}
    assert (second["device"], second["precision"]) == ("cpu", "fp32")


def test_an_auto_that_means_something_else_is_a_change() -> None:
    c = tiny.config()
    last = {"config": to_dict(c), "device": "cpu", "precision": "fp32"}
    there = {"device": "cuda:0", "precision": "fp32"}
    assert difference(last, c, there) == {"device": ("auto (cpu)", "auto (cuda:0)")}
    assert difference(last, c, {"device": "cpu", "precision": "fp32"}) == {}
    del last["config"]["batch"], last["device"]
    assert difference(last, c, there) == {}


def test_a_missing_state_is_damage_once_there_are_snapshots(tmp_path: Path) -> None:
    c = tiny.config(steps=3)
    tiny.run_in(tmp_path / "run", c)
    (tmp_path / "run" / "state.safetensors").unlink()
    with pytest.raises(SnapshotError, match=r"has snapshots but no state\.safetensors to go on from"):
        tiny.run_in(tmp_path / "run", c)
    (tmp_path / "run" / "snapshots").rename(tmp_path / "elsewhere")
    tiny.run_in(tmp_path / "run", c)
    tiny.run_in(tmp_path / "whole", c)
    assert_same(tmp_path / "run", tmp_path / "whole")
    assert without_time(tmp_path / "run") == without_time(tmp_path / "whole")


def test_what_came_after_the_state_is_taken_back(tmp_path: Path) -> None:
    c = tiny.config(steps=3)
    tiny.run_in(tmp_path, c)
    saved = (tmp_path / "state.safetensors").read_bytes()
    tiny.run_in(tmp_path, replace(c, steps=6))
    (tmp_path / "state.safetensors").write_bytes(saved)  # as if it had been killed before saving again
    slower = replace(c, steps=5, optim_D=replace(c.optim_D, lr=1e-6))
    tiny.run_in(tmp_path, slower)
    assert {p.name for p in (tmp_path / "snapshots").iterdir()} == {"000000.012", "000000.020"}
    assert {p.name for p in tmp_path.glob("fakes0*.png")} == {"fakes000000.012.png", "fakes000000.020.png"}


def test_lines_that_are_damaged_get_a_sentence(tmp_path: Path) -> None:
    tiny.run_in(tmp_path, tiny.config(steps=2))
    (tmp_path / "stats.jsonl").write_bytes(b"\0\0\0\n")
    with pytest.raises(SnapshotError, match=r"stats\.jsonl is damaged"):
        tiny.run_in(tmp_path, tiny.config(steps=4))


# One at a time ------------------------------------------------------------------------------------------------------


def test_a_run_that_is_being_trained_is_refused(tmp_path: Path) -> None:
    c = tiny.config(steps=2)
    tiny.run_in(tmp_path / "run", c)
    with held(Run(tmp_path / "run").lock), pytest.raises(BusyError, match="trained by another process"):
        tiny.run_in(tmp_path / "run", c)
    tiny.run_in(tmp_path / "run", c)


def test_a_lock_is_waited_for_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path), pytest.raises(TimeoutError), held(path, seconds=0):
        raise AssertionError
    taken = threading.Event()

    def hold() -> None:
        with held(path):
            taken.set()
            time.sleep(0.3)

    other = threading.Thread(target=hold)
    other.start()
    taken.wait()
    started = time.monotonic()
    with held(path, seconds=10):
        assert time.monotonic() - started > 0.2
    other.join()


@pytest.mark.parametrize("error", [NotImplementedError(), OSError(errno.ENOLCK, "no locks"), OSError(errno.ENOSYS, "")])
def test_a_disk_without_locks_goes_on_without(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FileLock, timeout: float) -> None:
        raise error

    monkeypatch.setattr(FileLock, "acquire", refuse)
    tiny.run_in(tmp_path, tiny.config(steps=2))
    assert saved_counters(Run(tmp_path).state)[0] == 8


# Real disks ---------------------------------------------------------------------------------------------------------


class Disk:
    """A file system in memory, of a size that can be set."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.path)], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be mounted here")
    yield Disk(path)
    subprocess.run(["umount", str(path)], check=True, capture_output=True)


def test_a_full_disk_gets_a_sentence_and_the_run_goes_on_when_there_is_room(disk: Disk, tmp_path: Path) -> None:
    c = tiny.config(steps=6)
    tiny.run_in(tmp_path / "whole", c)
    needed = sum(p.stat().st_size for p in (tmp_path / "whole").rglob("*") if p.is_file())
    said = set()
    for i in range(8):
        run = disk.path / f"{i}"
        used = os.statvfs(disk.path)
        room = (used.f_blocks - used.f_bfree) * used.f_frsize + int(needed * (i + 0.1) / 8)
        disk.remount(f"size={room // 4096 * 4096}")
        with pytest.raises(DiskError, match=r"No space left on device.*free some space") as error:
            tiny.run_in(run, c)
        said.add(Path(str(error.value).split(" cannot be written")[0]).name)
        assert not str(error.value).startswith(f"{run}/.")
        assert list(run.rglob("*.tmp")) == []
        disk.remount("size=64m")
        tiny.run_in(run, c)
        assert_same(run, tmp_path / "whole")
        assert without_time(run) == without_time(tmp_path / "whole")
    assert len(said) >= 3  # the disk was full in front of different files


def test_a_read_only_disk_gets_a_sentence(disk: Disk) -> None:
    run = disk.path / "run"
    tiny.run_in(run, tiny.config(steps=3))
    saved = (run / "state.safetensors").read_bytes()
    disk.remount("ro")
    with pytest.raises(DiskError, match=r"Read-only file system.*that the folder can be written, then go on from 0"):
        tiny.run_in(run, tiny.config(steps=6))
    disk.remount("rw")
    assert (run / "state.safetensors").read_bytes() == saved
    tiny.run_in(run, tiny.config(steps=6))
