"""The tick that looks after a run's health: look, tell what troubles it, and say what follows."""

import math
from collections.abc import Callable
from typing import Any

from dcgan.config import ObjectiveConfig
from dcgan.files import append_jsonl
from dcgan.training.course import Course, decide, describe
from dcgan.training.health import Context, detect, nothing_formed, smoothed
from dcgan.training.look import Looker
from dcgan.training.run import Run, read_lines
from dcgan.training.state import State


def watch(state: State, run: Run, looker: Looker, say: Callable[[str], None]) -> Course:
    """Look at the run, keep what is seen, say what is new in it, and return what follows.

    The look goes into ``state.looks`` and ``health.jsonl`` with the names of the troubles that last, and with the
    sentences of those that are new.
    """
    row = look_at(state, run, looker)
    if row is None:
        return Course()
    context = context_of(state, looker)
    troubles = detect(state.looks, context)
    before = state.looks[-2].get("troubles", []) if len(state.looks) > 1 else []
    new = [trouble for trouble in troubles if trouble.name not in before]
    if troubles:
        row["troubles"] = [trouble.name for trouble in troubles]
    if new:
        row["said"] = {trouble.name: trouble.sentence for trouble in new}
    append_jsonl(run.health, row)
    for trouble in new:
        say(trouble.sentence)
    formless = next((trouble for trouble in troubles if trouble.name == "nothing-formed"), None)
    if formless is None and any(trouble.name == "discriminator-won" for trouble in troubles):
        formless = nothing_formed(state.looks, context)  # which is not said beside it
    event = decide(state, run, troubles, new, formless)
    if event is not None:
        say(f"{trouble_of(event)}: the run is {describe(event)}")
    return Course(event=event, best=is_best(state))


def begin_watch(state: State, run: Run, looker: Looker) -> None:
    """Look at the untrained G, by whose distance others are judged; once in a run."""
    if not state.looks and (row := look_at(state, run, looker)) is not None:
        append_jsonl(run.health, row)


def look_at(state: State, run: Run, looker: Looker) -> dict[str, Any] | None:
    """Take a look, with what evaluators have found since the one before, and add it to ``state.looks``."""
    row = looker.look(state)
    if row is not None:
        since = state.looks[-1]["nimg"] if state.looks else -1
        row |= measured(run, since)
        state.looks.append(row)
    return row


def measured(run: Run, since: int) -> dict[str, float]:
    """Return the newest values that evaluators have found after ``since`` images: quality, the first of all, and
    top_share and modes where a value is named ``top_share:...`` or ``modes:...``."""
    rows = [row for row in read_lines(run.metrics) if row["nimg"] > since and row["values"] and "partial" not in row]
    if not rows:
        return {}
    values = rows[-1]["values"]
    shares = {kind: value for kind in ("top_share", "modes") for name, value in values.items() if kind in name}
    named = {kind: value for kind, value in shares.items() if f"{kind}:" in "".join(values)}
    return {"quality": next(iter(values.values())), **named}


def context_of(state: State, looker: Looker) -> Context:
    """Return what the rules know beside the looks."""
    fresh = max((event["to"] for event in state.events if event["event"] == "rollback"), default=0)
    counts, margin = looker.label_counts, telling_margin(state.config.objective)
    if not len(counts):
        return Context(fresh=fresh, margin=margin)
    return Context(fresh=fresh, margin=margin, top_share=float(counts.max() / counts.sum()), modes=len(counts))


def telling_margin(objective: ObjectiveConfig) -> float:
    """Return the margin of the logits at which D's answers say no more than right or wrong: 2 where they pass through a
    sigmoid or a hinge, most of the way between the targets of least squares, and none for wasserstein, whose D is meant
    to be right, and whose logits have no scale."""
    if objective.loss == "wasserstein":
        return math.inf
    return 0.8 * abs(objective.real_label - objective.fake_label) if objective.loss == "least-squares" else 2.0


def is_best(state: State) -> bool:
    """Whether the distance, smoothed over three looks, was never as small as now."""
    smooth = smoothed(state.looks[1:], "distance")
    return bool(smooth) and smooth[-1] == min(smooth)


def trouble_of(event: dict[str, Any]) -> str:
    """Return the name of the trouble that an event answers, with its first letter large."""
    return str(event["trouble"]).replace("-", " ").capitalize()
