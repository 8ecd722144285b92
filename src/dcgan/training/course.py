"""What is done about a trouble: go on, stop, begin again with a fresh seed, or go back to the best state.

Beginning again and going back are one write: the state that is resumed from is replaced, and training goes on from it
as after any stop. A kill before it leaves the run in front of the trouble, a kill after it behind the change.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dcgan.config import Config, OnTrouble
from dcgan.errors import NonFiniteError
from dcgan.files import append_jsonl, remove_dir, replacing_dir, write_text
from dcgan.rng import key
from dcgan.training.health import Trouble
from dcgan.training.run import Run, read_lines
from dcgan.training.state import GENTLER, State, new_state, restamp, save_state, saved_counters

MOST = 3  # restarts, and ways back, of one run
ROLLBACKS = ("declining", "collapse", "discriminator-won", "non-finite")


@dataclass(frozen=True, kw_only=True)
class Course:
    """What follows from a look."""

    event: dict[str, Any] | None = None
    """What is done, as it is recorded; None: nothing."""
    measured: bool = False
    """Whether an evaluator found that this is the best G so far: it gets a snapshot."""
    best: bool = False
    """Whether this is the best state so far, to which the run may be taken back."""

    @property
    def stops(self) -> bool:
        """Whether the run ends here."""
        return self.event is not None and self.event["event"] == "stop"

    @property
    def leaves(self) -> bool:
        """Whether training goes on from another state."""
        return self.event is not None and not self.stops


def decide(
    state: State, run: Run, troubles: Sequence[Trouble], new: Sequence[Trouble], unformed: Trouble | None = None
) -> dict[str, Any] | None:
    """Return the event that the troubles call for, or None.

    Args:
        state: the run; its settings say what is wanted.
        run: its folder, where the best state may lie.
        troubles: those that last.
        new: those among them that were not there at the look before.
        unformed: that nothing has formed, where it is so, whatever else is to be said.
    """
    wish: OnTrouble = state.config.on_trouble
    if wish == "stop" and new:
        return _event("stop", state, new[0])
    if wish == "restart" and _count(state, "restart") < MOST:
        return _event("restart", state, unformed, **_fresh_seed(state)) if unformed is not None else None
    if wish == "rollback" and _count(state, "rollback") < MOST and run.best.exists():
        grave = [trouble for trouble in troubles if trouble.name in ROLLBACKS]
        return _event("rollback", state, grave[0], **_way_back(state, run)) if grave else None
    return None


def after_non_finite(state: State, run: Run, error: NonFiniteError, say: Callable[[str], None]) -> Course:
    """Return the way back from a loss that is no number, and say it.

    Raises:
        NonFiniteError: there is none.
    """
    trouble = Trouble(
        name="non-finite",
        since_nimg=state.nimg,
        seen=str(error).split(":")[0],
        helps="a lower --optim-D.lr or --precision fp32 usually helps",
    )
    event = decide(state, run, [trouble], []) if state.processes.first else None
    event = state.processes.from_first(event)
    if event is None:
        if state.processes.first:  # for the report: it is forgotten when the run goes on from before
            append_jsonl(run.events, _event("stop", state, trouble))
        raise error
    if state.processes.first:
        say(f"{trouble.sentence}: the run is {describe(event)}")
    return Course(event=event)


def describe(event: dict[str, Any]) -> str:
    """Return what was done, in words."""
    if event["event"] == "restart":
        return f"begun again from nothing with seed {event['seed']} (restart {event['number']} of {MOST})"
    if event["event"] == "rollback":
        return (
            f"taken back to the best state, of {event['to'] / 1000:g} kimg, with D's rate at {event['gentler']:g} of "
            f"what is set (way back {event['number']} of {MOST})"
        )
    return "stopped"


# Taking it ----------------------------------------------------------------------------------------------------------


def take(event: dict[str, Any], state: State, run: Run, config: Config) -> None:
    """Replace the saved state by the one from which the run goes on.

    Args:
        event: a restart or a rollback.
        state: the run as it is.
        run: its folder.
        config: its settings as they were given, with the first seed.
    """
    events = [*state.events, event]
    if event["event"] == "rollback":
        restamp(run.best, run.state, events=events, seconds=state.seconds)
        return
    archive(run, event["number"])
    fresh = new_state(replace(config, seed=event["seed"]), state.model, state.processes)
    fresh.events, fresh.seconds = events, state.seconds
    save_state(fresh, run.state)


def archive(run: Run, number: int) -> None:
    """Copy what an attempt leaves, its lines and its last pictures, to ``attempts/``."""
    previews = run.list_previews()
    with replacing_dir(run.attempts / str(number)) as folder:
        for path in (run.stats, run.metrics, run.health, *([previews[max(previews)]] if previews else [])):
            if path.exists():
                shutil.copyfile(path, folder / path.name)


def restore_record(state: State, run: Run) -> None:
    """Make what is written of looks and events agree with the state that is gone on from, and remove what came later:
    a best state, attempts that were not given up yet."""
    for path, rows in ((run.health, state.looks), (run.events, state.events)):
        if rows != read_lines(path):
            write_text(path, "".join(json.dumps(row) + "\n" for row in rows))
    if run.best.exists() and saved_counters(run.best)[0] > state.nimg:
        run.best.unlink()
    for folder in run.attempts.glob("[0-9]*"):
        if int(folder.name) > _count(state, "restart"):
            remove_dir(folder)


def _event(kind: str, state: State, trouble: Trouble, **more: Any) -> dict[str, Any]:
    return {
        "event": kind,
        "nimg": state.nimg,
        "trouble": trouble.name,
        "sentence": trouble.sentence,
        "number": _count(state, kind) + 1,
        **more,
    }


def _count(state: State, kind: str) -> int:
    return sum(event["event"] == kind for event in state.events)


def _fresh_seed(state: State) -> dict[str, Any]:
    return {"seed": key(state.config.seed, "restart") % 2**31}


def _way_back(state: State, run: Run) -> dict[str, Any]:
    return {"to": saved_counters(run.best)[0], "gentler": GENTLER ** (_count(state, "rollback") + 1)}
