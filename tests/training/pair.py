"""One of the processes that train the cases of ``test_several.py``: python -m tests.training.pair FOLDER"""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from dcgan.cli.several import together
from dcgan.config import Config
from dcgan.processes import Processes
from dcgan.training import course, loop, watch
from dcgan.training.health import Context, Trouble
from dcgan.training.state import State
from tests.training import tiny


def cases() -> dict[str, Config]:
    """Return settings to train with: every step is logged, batches of 8."""
    often = replace(tiny.config().ticks, log="1step")

    def case(recipe: str = "modern", **changes: object) -> Config:
        return replace(tiny.config(recipe, steps=3), batch=8, ticks=often, **changes)

    spectral, batch_norm = tiny.config().objective, tiny.config("pytorch").objective
    return {
        "modern": case(),
        "pytorch": case("pytorch"),
        "radford2015": case("radford2015"),
        "updates and Keras's statistics": case("anime-conv"),
        "penalties through BatchNorm": case("pytorch", objective=replace(batch_norm, r1=1.0, r2=0.5)),
        "pairs": case(objective=replace(spectral, loss="relativistic", r1=1.0)),
        "two steps of D": case(objective=replace(spectral, steps_D=2)),
        "mirrored, label noise": case("pytorch", mirror=True, objective=replace(batch_norm, real_noise=-0.2)),
        "bfloat16": case("pytorch", precision="bf16"),
        "each for itself": case("pytorch", sync_bn=False),
        "augmented": case(augment=("translation", "cutout"), objective=replace(spectral, instance_noise=0.1)),
    }


def weights_of(state: State) -> str:
    """Return a hash of all weights."""
    digest = hashlib.blake2b()
    for net in (state.G, state.D, *([state.G_ema] if state.G_ema is not None else [])):
        for parameter in net.parameters():
            digest.update(parameter.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()


def saves(folder: Path, config: Config, processes: Processes) -> int:
    """Train where the second process thinks that the state has not been saved for long; return how often it was."""
    rarely = replace(config, ticks=replace(config.ticks, snapshot="100steps"))
    seconds = loop.SAVE_SECONDS if processes.first else -1
    with patch.object(loop, "SAVE_SECONDS", seconds), patch.object(loop, "save_state", wraps=loop.save_state) as saved:
        tiny.run_in(folder, rarely, processes=processes)
    return saved.call_count


def troubled(folder: Path, kind: str, processes: Processes) -> State:
    """Train where the first process sees a trouble at 40 images, and something is done about it."""
    config = replace(cases()["modern"], steps=8, on_trouble=kind, hold_back=0.2)
    config = replace(config, ticks=replace(config.ticks, health="1step"))

    def detect(looks: list[dict[str, Any]], context: Context) -> list[Trouble]:
        names = ("collapse", "nothing-formed") if looks[-1]["nimg"] == 40 and not context.fresh else ()
        return [Trouble(name=name, since_nimg=8, seen=name, helps="") for name in names]

    with patch.object(watch, "detect", detect), patch.object(course, "MOST", 1):
        return tiny.run_in(folder, config, processes=processes)


def main(folder: Path, processes: Processes) -> None:
    said = {}
    for name, config in cases().items():
        said[name] = weights_of(tiny.run_in(folder / name, config, processes=processes))
    whole = replace(cases()["pytorch"], steps=6)
    tiny.run_in(folder / "whole", whole, processes=processes)
    for steps in (2, 6):
        said["resumed"] = weights_of(tiny.run_in(folder / "parts", replace(whole, steps=steps), processes=processes))
    tiny.run_in(folder / "mixed", replace(whole, steps=4), processes=processes)  # one process has taken two steps of it
    said["saved"] = str(saves(folder / "late", whole, processes))
    asked = iter([False, processes.rank == 1])  # only the second process is asked to stop, after its second step
    said["stopped"] = str(tiny.run_in(folder / "stopped", whole, processes=processes, stop=lambda: next(asked)).step)
    for kind in ("warn", "stop", "restart", "rollback"):
        state = troubled(folder / kind, kind, processes)
        said[kind] = f"{weights_of(state)} {state.nimg} {state.config.seed} {state.optim_D.gentler}"
    gathered = processes.gathered((f"{processes.rank}.{i}" for i in range(3 - processes.rank)), 3)
    said["gathered"] = " ".join(gathered)
    said["from the first"] = processes.from_first(f"of {processes.rank}")
    (folder / f"{processes.rank}.json").write_text(json.dumps(said))


if __name__ == "__main__":
    torch.set_num_threads(1)
    place = Path(sys.argv[1])
    with together("cpu") as found:
        main(place, found)
