"""A run that is killed at any moment, or whose disk gives out, goes on as if nothing had happened."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from dcgan.files import read_jsonl
from dcgan.training.run import Run
from tests.training.victims import Server, config

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the trials are forked")

AT_POINTS, AT_TIMES, CHANGES = 14, 10, 8


def tensors(path: Path) -> dict[str, tuple[Any, ...]]:
    return {k: (v.dtype, tuple(v.shape), v.numpy().tobytes()) for k, v in load_file(path).items()}


def untimed(path: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_jsonl(path)]


def board(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """TensorBoard's curves, as it shows them."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder)).Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def outcome(folder: Path) -> dict[str, Any]:
    """All that must not depend on how often a run was killed."""
    run = Run(folder)
    return {
        "state": tensors(run.state),
        "statistics": untimed(run.stats),
        "metrics": read_jsonl(run.metrics),
        "health": read_jsonl(run.health),
        "events": read_jsonl(run.events),
        "best": tensors(run.best) if run.best.exists() else None,
        "attempts": [[untimed(p / "stats.jsonl"), read_jsonl(p / "health.jsonl")] for p in run.attempts.glob("*")],
        "pictures": {p.name: p.read_bytes() for p in folder.glob("*.png")},
        "snapshots": {p.name: tensors(p / "model.safetensors") for p in run.snapshots.iterdir()},
        "configs": {p.name: json.loads((p / "config.json").read_text()) for p in run.snapshots.iterdir()},
        "options": json.loads(run.options.read_text()),
        "board": board(folder),
        "files": sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if "tfevents" not in p.name),
    }


def assert_same(folder: Path, whole: dict[str, Any]) -> None:
    found = outcome(folder)
    for what, expected in whole.items():
        assert found[what] == expected, f"{what} of {folder}"
    starts = [row["nimg"] for row in read_jsonl(folder / "launches.jsonl")]
    assert found["events"] or starts == sorted(starts)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    assert server.close() == ""  # no traceback, no warning, of any child


@pytest.fixture(scope="module")
def whole(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What comes of the run when nothing happens to it, how many points it has, and how long it takes."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    server.ask(folder.with_name("warm"))
    answer = server.ask(folder)
    assert answer["code"] == 0
    return {"points": answer["points"], "seconds": answer["seconds"], "outcome": outcome(folder), "folder": folder}


def trials(points: int, seconds: float) -> list[list[dict[str, Any]]]:
    """Draw kills, spread over a run; now and then the run that goes on is killed too."""
    rng = random.Random(20)
    drawn: list[list[dict[str, Any]]] = []
    for i in range(AT_POINTS):
        kills = [{"at": 1 + int((i + rng.random()) / AT_POINTS * points)}]
        if i % 3 == 2:
            kills.append({"at": rng.randint(1, points // 3)})
        drawn.append(kills)
    drawn += [[{"after": (i + rng.random()) / AT_TIMES * seconds}] for i in range(AT_TIMES)]
    return [[{**kill, "often": i % 2 == 0} for kill in kills] for i, kills in enumerate(drawn)]


def test_the_run_that_is_killed_has_all_there_is_to_lose(whole: dict[str, Any]) -> None:
    found = whole["outcome"]
    assert {name.split(".")[0] for name in found["state"]} == {
        "G",
        "D",
        "G_ema",
        "optim_G",
        "optim_D",
        "pending",
        "unlooked",
    }
    assert found["statistics"][-1]["partial"]
    best = min(found["metrics"], key=lambda row: row["values"]["distance"])["nimg"]
    measured = [row["nimg"] for row in found["metrics"]]
    assert len(found["snapshots"]) < len(measured) == 6
    assert best != measured[-1]
    assert best / 1000 in [float(name) for name in found["snapshots"]]
    assert [step for step, _ in found["board"]["loss/D"]] == [12, 24, 36]
    assert whole["points"] > 150


def test_a_run_killed_at_any_moment_goes_on_to_the_bit(server: Server, whole: dict[str, Any], tmp_path: Path) -> None:
    killed = 0
    for i, kills in enumerate(trials(whole["points"], whole["seconds"])):
        folder = tmp_path / f"{i}"
        for kill in kills:
            killed += server.ask(folder, **kill)["code"] == -9
        assert server.ask(folder)["code"] == 0
        assert_same(folder, whole["outcome"])
    assert killed >= 20


@pytest.mark.parametrize("kind", ["rollback", "restart"])
def test_kills_around_a_change_of_course_change_nothing(kind: str, server: Server, tmp_path: Path) -> None:
    answer = server.ask(tmp_path / "whole", kind=kind)
    assert answer["code"] == 0
    expected = outcome(tmp_path / "whole")
    (event,) = expected["events"]
    assert (event["event"], event["nimg"]) == (kind, 24)
    assert len(expected["attempts"]) == (kind == "restart")
    rng, killed = random.Random(24), 0
    for i in range(CHANGES):
        folder = tmp_path / f"{i}"
        at = 1 + int((i + rng.random()) / CHANGES * answer["points"])
        killed += server.ask(folder, kind=kind, at=at, often=i % 2 == 0)["code"] == -9
        killed += i % 3 == 0 and server.ask(folder, kind=kind, at=rng.randint(1, 60))["code"] == -9
        assert server.ask(folder, kind=kind)["code"] == 0
        assert_same(folder, expected)
    assert killed >= CHANGES


def test_going_on_with_a_run_that_has_ended_changes_nothing(server: Server, whole: dict[str, Any]) -> None:
    assert server.ask(whole["folder"])["code"] == 0
    assert_same(whole["folder"], whole["outcome"])


@pytest.mark.parametrize("fault", ["ENOSPC", "EROFS"])
def test_a_disk_that_gives_out_leaves_the_last_good_state(
    fault: str, server: Server, whole: dict[str, Any], tmp_path: Path
) -> None:
    rng = random.Random(28)
    for i in range(6):
        folder = tmp_path / f"{i}"
        at = 1 + int((i + rng.random()) / 6 * whole["points"] * 0.95)
        answer = server.ask(folder, at=at, fault=fault)
        assert answer["code"] == 0
        assert answer["said"].startswith(str(folder))
        assert os.strerror(28 if fault == "ENOSPC" else 30) in answer["said"]
        started = (folder / "options.json").exists()
        assert (f"dcgan train --resume {folder}" if started else "start again") in answer["said"]
        refused = Path(answer["said"].split(" cannot be written")[0]).relative_to(folder)
        assert refused.name in (".lock", "") or not refused.name.startswith(".")
        if fault == "ENOSPC":
            assert list(folder.rglob("*.tmp")) == []
        assert server.ask(folder)["code"] == 0
        assert_same(folder, whole["outcome"])


def test_the_trials_draw_over_the_whole_run() -> None:
    drawn = trials(1000, 1.0)
    assert len(drawn) == AT_POINTS + AT_TIMES >= 20
    assert max(kills[0].get("at", 0) for kills in drawn) > 900
    assert config().ticks.keep == 2
