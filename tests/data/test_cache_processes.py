"""The cache among several processes: killed ones leave nothing that counts, two make one, memory stays flat."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from dcgan.data.pictures import load
from tests.data.processes import Made, made, start
from tests.data.samples import Counted, flat

MEASURE = Measure(height=32, width=32, channels=3)
COUNT = 1500
BEGIN = """
import json, resource, sys, time
from pathlib import Path
from dcgan.data import cache, workers
from dcgan.data.examine import Measure
from tests.data.processes import Made, made
workers.can_travel = lambda source: True
root = Path(sys.argv[1])
"""


def there(root: Path) -> list[str]:
    return sorted(p.name for p in root.iterdir() if not p.name.endswith(".lock"))


def loadable(root: Path) -> list[Path]:
    found = []
    for folder in root.iterdir():
        try:
            load(folder)
            found.append(folder)
        except (OSError, ValueError, KeyError, TypeError):
            pass
    return found


# Killed -------------------------------------------------------------------------------------------------------------

VICTIM = (
    BEGIN
    + """
def wait_at(name, original):
    def waiting(*arguments):
        if name != "write_json" or arguments[0].name == "manifest.json":
            print(name, flush=True)
            time.sleep(60)
        return original(*arguments)
    return waiting

for name in ("find_groups", "write_json"):
    if sys.argv[2] == name:
        setattr(cache, name, wait_at(name, getattr(cache, name)))

def progress(done, total):
    if sys.argv[2] == str(done // 500):
        print(sys.argv[2], flush=True)
        time.sleep(60)

cache.prepare(made(1500), Measure(height=32, width=32, channels=3), root=root, workers=2, progress=progress)
print("it was not stopped", flush=True)
"""
)


def test_a_killed_preparation_leaves_nothing_that_counts(tmp_path: Path) -> None:
    for point in ("0", "1", "2", "find_groups", "write_json"):
        before = len(list(tmp_path.glob(".*.tmp")))
        process = start(VICTIM, tmp_path, point)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == point
        process.kill()
        _, errors = process.communicate(timeout=20)  # ends when the last worker that could write to it is gone
        assert (process.returncode, errors) == (-signal.SIGKILL, "")
        assert loadable(tmp_path) == []
        left = list(tmp_path.glob(".*.tmp"))
        assert (len(left), before) == (1, min(before, 1))  # what the one before had left is swept
    prepare(Counted([flat(1)]).source(), MEASURE, root=tmp_path)
    assert list(tmp_path.glob(".*.tmp")) == []
    pictures = prepare(made(COUNT), MEASURE, root=tmp_path)
    assert len(pictures) == COUNT
    assert np.array_equal(pictures.pixels[7], Made()(7))


# Two at once --------------------------------------------------------------------------------------------------------

RACER = (
    BEGIN
    + """
reads = []
print("ready", flush=True)
sys.stdin.readline()
pictures = cache.prepare(
    made(1500), Measure(height=32, width=32, channels=3), root=root, workers=int(sys.argv[2]),
    progress=lambda done, total: reads.append(done),
)
print(json.dumps({"digest": pictures.digest, "folder": str(pictures.folder), "reads": len(reads)}))
"""
)


def test_processes_that_want_the_same_make_it_once(tmp_path: Path) -> None:
    root = tmp_path / "root"
    processes = [start(RACER, root, workers) for workers in (0, 1, 0)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = []
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        answers.append(json.loads(out))
    assert len({(answer["digest"], answer["folder"]) for answer in answers}) == 1
    assert sorted(answer["reads"] > 0 for answer in answers) == [False, False, True]
    assert there(root) == [Path(answers[0]["folder"]).name]
    assert len(load(Path(answers[0]["folder"]))) == COUNT


# Memory -------------------------------------------------------------------------------------------------------------

EATER = (
    BEGIN
    + """
measure = Measure(height=64, width=64, channels=3)
pictures = cache.prepare(made(int(sys.argv[2]), Made(side=64)), measure, root=root, workers=1)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
own = int(status["VmHWM"].split()[0])
workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"pictures": len(pictures), "own": own, "workers": workers}))
"""
)


def peak(root: Path, count: int) -> dict[str, Any]:
    process = start(EATER, root, count)
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    found = json.loads(out)
    assert found["pictures"] == count
    return dict(found)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read as Linux tells it")
def test_memory_does_not_grow_with_the_pictures(tmp_path: Path) -> None:
    few, many = peak(tmp_path, 4000), peak(tmp_path, 12_000)
    pixels = 8000 * 64 * 64 * 3 / 1024
    assert many["own"] - few["own"] < pixels / 4
    assert many["workers"] - few["workers"] < pixels / 4
