"""What a run's page tells of its health."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcgan.errors import SnapshotError
from dcgan.report.health import health, verdict
from dcgan.report.page import make_page
from dcgan.report.record import Record, read_record
from tests.report.conftest import MakeRun

SAID = "D has won: since 4 kimg it tells 99% right & G's pictures do not get nearer; a smaller <rate> usually helps"


def looks(*troubles: list[str]) -> list[dict[str, Any]]:
    """A line for the untrained G, and one with these troubles each."""
    rows: list[dict[str, Any]] = [{"nimg": 0, "kimg": 0.0, "spread": 0.1, "crowding": 0.1, "distance": 0.5}]
    for i, names in enumerate(troubles, start=1):
        row = {"nimg": 2000 * i, "kimg": 2.0 * i, "spread": 0.8, "crowding": 0.9, "distance": 0.1}
        rows.append(row | {"accuracy_real": 0.9, "accuracy_fake": 0.8} | ({"troubles": names} if names else {}))
        new = [name for name in names if name not in rows[-2].get("troubles", [])]
        if new:
            rows[-1]["said"] = {name: SAID if name == "discriminator-won" else f"{name} is seen" for name in new}
    return rows


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"event": kind, "nimg": 6000, "trouble": "collapse", "sentence": "it repeats itself", "number": 1, **more}


@pytest.fixture
def record_of(make_run: MakeRun) -> Callable[..., Record]:
    def make(rows: list[dict[str, Any]] = [], done: list[dict[str, Any]] = []) -> Record:  # noqa: B006
        run = make_run()
        for name, lines in (("health.jsonl", rows), ("events.jsonl", done)):
            if lines:
                (run / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        return read_record(run)

    return make


def test_a_run_that_was_not_looked_at_has_no_such_part(record_of: Callable[..., Record]) -> None:
    assert health(record_of()) == ""


def test_the_look_at_the_beginning_alone_is_none(record_of: Callable[..., Record]) -> None:
    assert health(record_of(looks())) == ""


def test_a_healthy_run(record_of: Callable[..., Record]) -> None:
    record = record_of(looks([], [], []))
    assert verdict(record) == "<p>No trouble was seen at the last of 3 looks.</p>"
    assert health(record).count("<picture>") == 2
    assert health(record) in make_page(record)


def test_a_trouble_that_lasts_is_said_with_its_advice(record_of: Callable[..., Record]) -> None:
    text = verdict(record_of(looks([], ["discriminator-won"], ["discriminator-won"])))
    assert "99% right &amp; G&#x27;s pictures" in text
    assert "a smaller &lt;rate&gt; usually helps." in text
    assert "No trouble" not in text


def test_a_trouble_that_went_is_told_with_its_time(record_of: Callable[..., Record]) -> None:
    text = verdict(record_of(looks(["collapse"], ["collapse"], [], ["memorising"])))
    assert "<b>Memorising is seen.</b>" in text
    assert "Seen for a while, and gone: collapse, 2 kimg to 4 kimg." in text


def test_what_was_done(record_of: Callable[..., Record]) -> None:
    done = [event("restart", seed=77), event("rollback", to=4000, gentler=0.5), event("stop")]
    text = health(record_of(looks([]), done))
    for expected in ("begun again with seed 77", "taken back to 4 kimg, D&#x27;s rate x 0.5", "<td>stopped</td>"):
        assert expected in text
    assert text.count("It repeats itself") == 3


def test_a_run_that_ended_in_no_number_says_so(record_of: Callable[..., Record]) -> None:
    ended = event("stop") | {"trouble": "non-finite", "sentence": "loss_G is nan at step 7; a lower rate helps"}
    assert "<b>Loss_G is nan at step 7; a lower rate helps.</b>" in verdict(record_of(looks([]), [ended]))


def test_damaged_lines_get_a_sentence(record_of: Callable[..., Record], tmp_path: Path) -> None:
    record = record_of(looks([]))
    (record.path / "health.jsonl").write_bytes(b"\0\0\n")
    with pytest.raises(SnapshotError, match=r"health\.jsonl is damaged"):
        read_record(record.path)
