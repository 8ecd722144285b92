"""What is done about a trouble: stopping, beginning again, going back; exact through all of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from dcgan.errors import NonFiniteError
from dcgan.files import read_jsonl
from dcgan.training import loop, watch
from dcgan.training.health import Context, Trouble
from dcgan.training.run import Run
from dcgan.training.state import GENTLER, saved_counters
from dcgan.training.step import train_step
from tests.training import tiny
from tests.training.test_resume import assert_same, stop_after, without_time

Detector = Callable[[Sequence[dict[str, Any]], Context], list[Trouble]]


def trouble(name: str) -> Trouble:
    return Trouble(name=name, since_nimg=4, seen=f"{name} is seen", helps="nothing helps")


def always(name: str, after: int) -> Detector:
    """A detector that sees a trouble ``after`` images, counted from the last way back."""

    def detect(looks: Sequence[dict[str, Any]], context: Context) -> list[Trouble]:
        return [trouble(name)] if looks[-1]["nimg"] >= context.fresh + after else []

    return detect


def once(name: str, at: int) -> Detector:
    """A detector that sees a trouble at one look, as long as the run has not been taken back."""

    def detect(looks: Sequence[dict[str, Any]], context: Context) -> list[Trouble]:
        return [trouble(name)] if looks[-1]["nimg"] == at and not context.fresh else []

    return detect


def config(on_trouble: str, steps: int = 12, **changes: Any) -> Any:
    c = tiny.config(steps=steps, on_trouble=on_trouble, **changes)
    return replace(c, ticks=replace(c.ticks, health="1step", snapshot="5steps"))


@pytest.fixture
def seeing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Detector], None]:
    return lambda detector: monkeypatch.setattr(watch, "detect", detector)


def events(folder: Path) -> list[dict[str, Any]]:
    return read_jsonl(folder / "events.jsonl")


def assert_same_run(a: Path, b: Path) -> None:
    assert_same(a, b)
    assert without_time(a) == without_time(b)
    for name in ("health.jsonl", "events.jsonl"):
        assert read_jsonl(a / name) == read_jsonl(b / name), name
    files = [{str(p.relative_to(f)) for p in f.rglob("*") if "tfevents" not in p.name} for f in (a, b)]
    assert files[0] == files[1]
    for name in files[0]:
        if name.endswith(".png"):
            assert (a / name).read_bytes() == (b / name).read_bytes(), name


# Warn, and what is written --------------------------------------------------------------------------------------------


def test_a_trouble_is_said_once_and_stands_in_every_line_while_it_lasts(seeing: Any, tmp_path: Path) -> None:
    seeing(lambda looks, context: [trouble("collapse")] if 12 <= looks[-1]["nimg"] <= 24 else [])
    said: list[str] = []
    tiny.run_in(tmp_path, config("warn", steps=10), warn=said.append)
    assert said == ["collapse is seen; nothing helps"]
    lasting = [row["nimg"] for row in read_jsonl(tmp_path / "stats.jsonl") if row.get("trouble") == ["collapse"]]
    assert lasting == [16, 24]  # a line every second step
    rows = read_jsonl(tmp_path / "health.jsonl")
    assert [row["nimg"] for row in rows] == list(range(0, 41, 4))
    assert [row["nimg"] for row in rows if "troubles" in row] == [12, 16, 20, 24]
    assert {row["nimg"]: row["said"] for row in rows if "said" in row} == {12: {"collapse": said[0]}}
    assert not (tmp_path / "events.jsonl").exists()


# Stop -----------------------------------------------------------------------------------------------------------------


def test_stop_saves_everything_and_the_run_can_go_on(seeing: Any, tmp_path: Path) -> None:
    seeing(lambda looks, context: [trouble("collapse")] if looks[-1]["nimg"] >= 12 else [])
    state = tiny.run_in(tmp_path / "run", config("stop"))
    assert state.nimg == 12
    assert [(e["event"], e["nimg"], e["trouble"]) for e in events(tmp_path / "run")] == [("stop", 12, "collapse")]
    assert (tmp_path / "run" / "snapshots" / "000000.012").is_dir()
    assert saved_counters(tmp_path / "run" / "state.safetensors")[0] == 12
    assert tiny.run_in(tmp_path / "run", config("stop")).nimg == 48  # it lasts, so it does not stop again
    tiny.run_in(tmp_path / "whole", config("warn"))
    assert_same(tmp_path / "run", tmp_path / "whole")


# Restart --------------------------------------------------------------------------------------------------------------


def test_a_restart_is_the_run_of_another_seed(seeing: Any, tmp_path: Path) -> None:
    seeing(lambda looks, context: [trouble("nothing-formed")] if looks[-1]["nimg"] == 20 else [])
    said: list[str] = []
    c = config("restart", steps=4)
    tiny.run_in(tmp_path / "short", c, warn=said.append)
    assert said == []
    c = config("restart", steps=9)
    tiny.run_in(tmp_path / "run", c, warn=said.append)
    found = events(tmp_path / "run")
    assert [(e["event"], e["nimg"], e["number"]) for e in found] == [("restart", 20, n) for n in (1, 2, 3)]
    seeds = [e["seed"] for e in found]
    assert len({0, *seeds}) == 4
    assert f"begun again from nothing with seed {seeds[0]} (restart 1 of 3)" in said[1]
    tiny.run_in(tmp_path / "other", replace(c, seed=seeds[-1], on_trouble="warn"))
    assert_same(tmp_path / "run", tmp_path / "other")
    assert without_time(tmp_path / "run") == without_time(tmp_path / "other")
    assert read_jsonl(tmp_path / "run" / "health.jsonl") == read_jsonl(tmp_path / "other" / "health.jsonl")
    for number, seed in enumerate([0, *seeds[:2]], start=1):
        kept = tmp_path / "run" / "attempts" / str(number)
        assert {p.name for p in kept.iterdir()} == {"stats.jsonl", "health.jsonl", "fakes000000.012.png"}
        tiny.run_in(tmp_path / f"{number}", replace(config("warn", steps=4), seed=seed))
        assert without_time(kept)[:2] == without_time(tmp_path / f"{number}")


def test_the_options_keep_the_first_seed_and_the_snapshots_their_own(seeing: Any, tmp_path: Path) -> None:
    seeing(lambda looks, context: [trouble("nothing-formed")] if looks[-1]["nimg"] == 20 else [])
    tiny.run_in(tmp_path, config("restart", steps=6))
    assert json.loads((tmp_path / "options.json").read_text())["config"]["seed"] == 0
    info = json.loads((tmp_path / "snapshots" / "000000.024" / "config.json").read_text())["info"]
    assert info["seed"] == events(tmp_path)[-1]["seed"]
    assert len(read_jsonl(tmp_path / "launches.jsonl")) == 1


@pytest.mark.parametrize("first", [3, 4, 5, 6, 8])
def test_exact_resume_across_a_restart(first: int, seeing: Any, tmp_path: Path) -> None:
    """The run is stopped after some of its steps, those of abandoned attempts counted too."""
    seeing(lambda looks, context: [trouble("nothing-formed")] if looks[-1]["nimg"] == 20 else [])
    c = config("restart", steps=6)
    tiny.run_in(tmp_path / "whole", c)
    tiny.run_in(tmp_path / "parts", c, stop=stop_after(first))
    tiny.run_in(tmp_path / "parts", c, stop=stop_after(3))
    tiny.run_in(tmp_path / "parts", c)
    snapshots = [tmp_path / name / "snapshots" for name in ("whole", "parts")]
    for folder in snapshots:  # a stop leaves one too
        for extra in folder.glob("*"):
            if extra.name not in ("000000.020", "000000.024"):
                for file in extra.iterdir():
                    file.unlink()
                extra.rmdir()
    strip_seconds(tmp_path / "whole"), strip_seconds(tmp_path / "parts")
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


def strip_seconds(folder: Path) -> None:
    for path in folder.glob("attempts/*/stats.jsonl"):
        rows = [{k: v for k, v in row.items() if k != "seconds"} for row in read_jsonl(path)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))


# Going back -----------------------------------------------------------------------------------------------------------


def test_going_back_takes_the_best_state_with_a_gentler_d(seeing: Any, tmp_path: Path) -> None:
    seeing(once("declining", 40))
    said: list[str] = []
    c = config("rollback")
    state = tiny.run_in(tmp_path / "run", c, warn=said.append)
    (event,) = events(tmp_path / "run")
    assert (event["event"], event["nimg"], event["trouble"], event["gentler"]) == ("rollback", 40, "declining", GENTLER)
    assert 12 <= event["to"] < 48
    assert f"taken back to the best state, of {event['to'] / 1000:g} kimg, with D's rate at 0.5" in said[-1]
    assert state.optim_D.gentler == GENTLER
    assert state.nimg == 48
    # by hand: the run up to the best state, then half the rate of D
    steps = event["to"] // 4
    seeing(lambda looks, context: [])
    tiny.run_in(tmp_path / "hand", config("warn", steps=steps))
    gentle = config("warn")
    gentle = replace(gentle, optim_D=replace(gentle.optim_D, lr=gentle.optim_D.lr * GENTLER))
    tiny.run_in(tmp_path / "hand", gentle)
    assert_same(tmp_path / "run", tmp_path / "hand")
    later = [row for row in without_time(tmp_path / "run") if row["nimg"] > event["to"]]
    assert later == [row for row in without_time(tmp_path / "hand") if row["nimg"] > event["to"]]


@pytest.mark.parametrize("first", [3, 7, 10, 11, 13])
def test_exact_resume_across_a_way_back(first: int, seeing: Any, tmp_path: Path) -> None:
    seeing(once("collapse", 40))
    c = config("rollback")
    c = replace(c, ticks=replace(c.ticks, snapshot="100steps"))
    tiny.run_in(tmp_path / "whole", c)
    tiny.run_in(tmp_path / "parts", c, stop=stop_after(first))
    tiny.run_in(tmp_path / "parts", c, stop=stop_after(2))
    tiny.run_in(tmp_path / "parts", c)
    for folder in (tmp_path / "whole", tmp_path / "parts"):
        for file in folder.glob("snapshots/*/*"):
            file.unlink()
        for extra in folder.glob("snapshots/*"):
            extra.rmdir()
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_ways_back_are_bounded(seeing: Any, tmp_path: Path) -> None:
    seeing(always("discriminator-won", after=20))
    state = tiny.run_in(tmp_path, config("rollback", steps=20))
    assert [event["number"] for event in events(tmp_path)] == [1, 2, 3]
    assert state.optim_D.gentler == GENTLER**3
    assert state.nimg == 80


def test_without_a_best_state_there_is_no_way_back(seeing: Any, tmp_path: Path) -> None:
    seeing(always("discriminator-won", after=4))
    tiny.run_in(tmp_path, config("rollback", steps=2))
    assert not (tmp_path / "events.jsonl").exists()


def test_the_evaluators_choose_the_best_state(seeing: Any, tmp_path: Path) -> None:
    seeing(once("declining", 40))
    c = config("rollback")
    c = replace(c, ticks=replace(c.ticks, metrics="1step", snapshot="100steps"))
    values = iter([5, 4, 3, 2, 1, 6, 7, 8, 9, 10, 8, 8, 8, 8, 8, 8, 8, 8])
    tiny.run_in(tmp_path, c, evaluators=[lambda G: [("distance", float(next(values)))]])
    (event,) = events(tmp_path)
    assert event["to"] == 20
    assert saved_counters(tmp_path / "best.safetensors")[0] == 20
    rows = read_jsonl(tmp_path / "metrics.jsonl")
    assert [row["nimg"] for row in rows] == list(range(4, 49, 4))
    assert [row["values"]["distance"] for row in rows] == [5, 4, 3, 2, 1, 8, 8, 8, 8, 8, 8, 8]
    looks = read_jsonl(tmp_path / "health.jsonl")
    assert [row["quality"] for row in looks[1:]] == [5, 4, 3, 2, 1, 8, 8, 8, 8, 8, 8, 8]


# No number ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def spoilt(seeing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a loss infinite at 32 images, as long as D learns at its full rate."""

    def step(state: Any, pixels: Any) -> None:
        train_step(state, pixels)
        if state.nimg == 32 and state.optim_D.gentler == 1:
            state.pending[-1][0] = float("inf")

    seeing(lambda looks, context: [])
    monkeypatch.setattr(loop, "train_step", step)


@pytest.mark.usefixtures("spoilt")
def test_a_loss_that_is_no_number_is_gone_back_from(tmp_path: Path) -> None:
    state = tiny.run_in(tmp_path, config("rollback"))
    (event,) = events(tmp_path)
    assert (event["trouble"], event["nimg"]) == ("non-finite", 36)
    assert "loss_D_real is inf at step 9" in event["sentence"]
    assert state.nimg == 48
    assert all(torch.isfinite(v).all() for v in load_file(tmp_path / "state.safetensors").values())


@pytest.mark.usefixtures("spoilt")
@pytest.mark.parametrize("wish", ["warn", "stop", "restart"])
def test_else_it_ends_the_run_and_the_record_says_so(wish: str, tmp_path: Path) -> None:
    with pytest.raises(NonFiniteError, match="at step 9"):
        tiny.run_in(tmp_path, config(wish))
    (event,) = events(tmp_path)
    assert (event["event"], event["trouble"], event["nimg"]) == ("stop", "non-finite", 36)
    gentle = config(wish)
    tiny.run_in(tmp_path, replace(gentle, steps=7))  # shorter: it goes on from its saved state, before the trouble
    assert not read_jsonl(tmp_path / "events.jsonl")


# The rhythm of measures -----------------------------------------------------------------------------------------------


def test_measures_at_a_rhythm_of_their_own_keep_the_best_snapshot(tmp_path: Path) -> None:
    c = tiny.config(steps=12)
    c = replace(c, ticks=replace(c.ticks, metrics="1step", snapshot="6steps", keep=2))
    values = iter([5.0, 4.0, 1.0, 2.0, 3.0, 3.0, 0.5, *[3.0] * 5])
    there: list[list[str]] = []

    def evaluate(G: torch.nn.Module) -> list[tuple[str, float]]:
        there.append(sorted(p.name for p in (tmp_path / "snapshots").glob("*")))
        return [("distance", next(values))]

    tiny.run_in(tmp_path, c, evaluators=[evaluate])
    assert there[3] == ["000000.012"]
    assert len(there) == 12
    kept = sorted(p.name for p in Run(tmp_path).snapshots.iterdir())
    assert "000000.028" in kept  # the best
    assert "000000.048" in kept  # the newest
    assert "000000.004" not in kept
