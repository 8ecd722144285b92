"""What a run writes of itself, when, and what it keeps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dcgan.config import TicksConfig
from dcgan.errors import NonFiniteError
from dcgan.files import read_jsonl
from dcgan.models.recipes import resolve_model
from dcgan.models.snapshot import load_snapshot
from dcgan.training import ticks
from dcgan.training.figures import COLUMNS, LOSSES
from dcgan.training.run import Run, best_measured, find_snapshot, kimg_name, snapshots_to_keep
from dcgan.training.state import load_state, new_state
from tests.training import tiny


def test_a_run_writes_what_it_promises(tmp_path: Path) -> None:
    tiny.run_in(tmp_path, tiny.config(steps=6))
    names = {p.name for p in tmp_path.iterdir()}
    assert {"options.json", "launches.jsonl", "stats.jsonl", "reals.png", "fakes_init.png"} <= names
    assert {"fakes000000.012.png", "fakes000000.024.png", "state.safetensors", "snapshots"} <= names
    assert {p.name for p in (tmp_path / "snapshots").iterdir()} == {"000000.012", "000000.024"}
    assert any(name.startswith("events.out.tfevents") for name in names)


def test_statistics_are_means_over_their_steps(tmp_path: Path) -> None:
    tiny.run_in(tmp_path / "two", tiny.config(steps=4))
    one = tiny.config(steps=4)
    tiny.run_in(tmp_path / "one", replace(one, ticks=replace(one.ticks, log="1step")))
    pairs, singles = (read_jsonl(tmp_path / name / "stats.jsonl") for name in ("two", "one"))
    assert [row["step"] for row in pairs] == [2, 4]
    for name in (*COLUMNS, "loss_D"):
        means = np.array([row[name] for row in singles]).reshape(2, 2).mean(1)
        assert np.allclose([row[name] for row in pairs], means, rtol=1e-6)
    assert all(row["loss_D"] == row["loss_D_real"] + row["loss_D_fake"] for row in pairs)


def test_a_line_before_its_time_is_marked(tmp_path: Path) -> None:
    tiny.run_in(tmp_path, tiny.config(steps=3))
    assert [row.get("partial", False) for row in read_jsonl(tmp_path / "stats.jsonl")] == [False, True]


def test_previews_show_the_same_z_through_time(tmp_path: Path) -> None:
    c = tiny.config("celeba-32", steps=3)
    state = tiny.run_in(tmp_path, c)
    sheet = np.asarray(Image.open(tmp_path / "fakes000000.012.png"))
    ticks.preview(state, Run(tmp_path))
    assert np.array_equal(sheet, np.asarray(Image.open(tmp_path / "fakes000000.012.png")))
    assert not np.array_equal(sheet, np.asarray(Image.open(tmp_path / "fakes_init.png")))


@pytest.mark.parametrize("column", range(len(LOSSES)))
def test_a_loss_that_is_no_number_stops_the_run(column: int, tmp_path: Path) -> None:
    c = tiny.config()
    state = new_state(c, resolve_model(c))
    state.step, state.pending = 7, [torch.zeros(len(COLUMNS)) for _ in range(3)]
    ticks.check_finite(state, Run(tmp_path))
    state.pending[1][column] = float("nan")
    (tmp_path / "snapshots" / "000004").mkdir(parents=True)
    (tmp_path / "snapshots" / "000004" / "config.json").touch()
    with pytest.raises(NonFiniteError, match=rf"{COLUMNS[column]} is nan at step 6: .*snapshots/000004"):
        ticks.check_finite(state, Run(tmp_path))


def test_a_run_that_blows_up_keeps_its_last_good_state(tmp_path: Path) -> None:
    c = tiny.config("celeba-32", steps=3)
    tiny.run_in(tmp_path, c)
    good = (tmp_path / "state.safetensors").read_bytes()
    wild = replace(c, steps=9, optim_D=replace(c.optim_D, lr=1e38))
    with pytest.raises(NonFiniteError, match="step"):
        tiny.run_in(tmp_path, wild)
    assert (tmp_path / "state.safetensors").read_bytes() == good
    assert [p.name for p in (tmp_path / "snapshots").iterdir()] == ["000000.012"]


def test_weights_that_blow_up_are_never_saved(tmp_path: Path) -> None:
    c = tiny.config("celeba-32", steps=3)
    wild = replace(c, optim_G=replace(c.optim_G, lr=1e39), ticks=replace(c.ticks, snapshot="1step"))
    with pytest.raises(NonFiniteError, match=r"of G is not a number after step 1: .*no snapshot had been written"):
        tiny.run_in(tmp_path, wild)
    saved = new_state(c, resolve_model(c))
    load_state(saved, tmp_path / "state.safetensors")
    assert saved.nimg == 0  # the state of the beginning, and its weights are numbers
    assert all(torch.isfinite(p).all() for net in (saved.G, saved.D) for p in net.parameters())
    assert not any((tmp_path / "snapshots").glob("*"))


def test_other_things_among_the_snapshots_are_passed_over(tmp_path: Path) -> None:
    tiny.run_in(tmp_path, tiny.config(steps=3))
    (tmp_path / "snapshots" / "000000.012").rename(tmp_path / "snapshots" / "000000.012.bak")
    (tmp_path / "snapshots" / "000000.004").mkdir()  # without config.json
    assert Run(tmp_path).list_snapshots() == {}
    tiny.run_in(tmp_path, tiny.config(steps=6))
    assert find_snapshot(tmp_path).name == "000000.024"
    assert (tmp_path / "snapshots" / "000000.012.bak").is_dir()


def test_the_averaged_generator_has_statistics_of_its_own(tmp_path: Path) -> None:
    state = tiny.run_in(tmp_path, tiny.config("modern", steps=3))
    assert state.G_ema is not None
    snapshot = load_snapshot(find_snapshot(tmp_path))
    norm, raw = snapshot.G_ema.layers[0].norm, snapshot.G.layers[0].norm
    z = torch.randn(4096, state.model.z_dim)
    made = snapshot.G_ema.layers[0].op(z)
    assert torch.allclose(norm.running_mean, made.mean(0), atol=0.2 * made.std().item())
    assert torch.allclose(norm.running_var, made.var(0), rtol=0.3)
    assert not torch.allclose(raw.running_var, norm.running_var, rtol=0.3)


@pytest.mark.parametrize(
    ("nimg", "name"), [(0, "000000"), (200_000, "000200"), (6400, "000006.400"), (64, "000000.064")]
)
def test_kimg_names_sort_as_numbers(nimg: int, name: str) -> None:
    assert kimg_name(nimg) == name
    assert round(float(name) * 1000) == nimg


def test_snapshots_thin_out_evenly_and_keep_the_newest() -> None:
    kept: set[int] = set()
    for nimg in range(100, 5001, 100):
        kept = snapshots_to_keep([*kept, nimg], 100, 5)
        assert nimg in kept
        assert len(kept) <= 6
    assert kept == {1600, 3200, 4800, 5000}


def test_few_snapshots_all_stay() -> None:
    assert snapshots_to_keep([100, 200, 300], 100, 4) == {100, 200, 300}
    assert snapshots_to_keep([], 100, 4) == set()


def test_evaluators_decide_which_snapshot_is_best(tmp_path: Path) -> None:
    c = tiny.config(steps=12)
    c = replace(c, ticks=TicksConfig(log="2steps", preview="12steps", snapshot="1step", keep=3, preview_n=4))
    values = iter([5.0, 4.0, 1.0, *[3.0] * 9])
    state = tiny.run_in(tmp_path, c, evaluators=[lambda G: [("distance", next(values)), ("other", 0.0)]])
    assert state.G.training
    assert find_snapshot(tmp_path, "best").name == find_snapshot(tmp_path).name == "000000.012"
    assert find_snapshot(tmp_path, "latest").name == "000000.048"
    assert best_measured(tmp_path, {4000}) is None
