"""The parts of a run's page that are words and figures: facts, settings, launches, files."""

import html
from datetime import datetime
from typing import Any

from dcgan.report.record import Record, kimg_text, planned_images, snapshots
from dcgan.training.changes import change_lines

COLOURS = {1: "gray", 3: "colour", 4: "colour with transparency"}
LONGEST_VALUE = 300  # characters of a setting: a list of a thousand classes is not worth its room
DESCRIPTIONS = {
    "state.safetensors": "what training needs to go on",
    "options.json": "the settings",
    "launches.jsonl": "every launch, with its settings and versions",
    "stats.jsonl": "losses and D's opinions, a line each tick",
    "metrics.jsonl": "what was measured of the pictures' quality, and when",
    "metrics.json": "what measured it, and the same of real pictures",
    "health.jsonl": "what was seen of the run's health, a line each look",
    "events.jsonl": "when it was stopped, begun again or taken back",
    "reals.png": "pictures of the data",
    "fakes_init.png": "what the untrained generator makes",
    "losses.png": "the curves above",
    "progress.gif": "the pictures through time",
}


def facts(record: Record) -> str:
    """Return the line of facts below the title, as items of a description list."""
    config, data, last = record.config, record.data, record.rows[-1] if record.rows else {}
    planned = planned_images(record)
    unfinished = planned is not None and planned > record.nimg
    seconds = float(last.get("seconds", 0))
    epochs = f"{last['epoch']:.3g} epochs" if last.get("epoch") else ""
    items = [
        ("Pictures", f"{int(data['pictures']):,}" if "pictures" in data else "unknown", ""),
        ("Size", size_text(str(config.get("size", "unknown"))), COLOURS.get(config.get("channels", 0), "")),
        ("Trained", kimg_text(record.nimg), f"of {kimg_text(planned)} planned" if unfinished and planned else epochs),
        ("Time", duration(seconds) if seconds else "unknown", ""),
        ("Speed", speed(last["nimg"] / seconds) if seconds else "unknown", ""),
        ("Seed", str(config.get("seed", "unknown")), ""),
    ]
    return "\n".join(_fact(*item) for item in items)


def settings(record: Record) -> str:
    """Return the resolved options, grouped as in the configuration, folded away."""
    single = {key: value for key, value in record.config.items() if not isinstance(value, dict)}
    groups = {"run": single} | {key: value for key, value in record.config.items() if isinstance(value, dict)}
    tables = [
        f"<div><h3>{html.escape(name)}</h3><table><tbody>{_pairs(group)}</tbody></table></div>"
        for name, group in (groups | {"data": record.data}).items()
    ]
    return (
        "<section>\n<h2>Settings</h2>\n<details><summary>All options of the run, as resolved</summary>"
        f'<div class="groups">{"".join(tables)}</div></details>\n</section>'
    )


def launches(record: Record) -> str:
    """Return when the run was launched, from where, and with which versions; nothing where none is recorded."""
    if not record.launches:
        return ""
    rows = [
        (
            moment(str(launch.get("time", "unknown"))),
            kimg_text(int(launch.get("nimg", 0))),
            length_text(dict(launch.get("config") or {})),
            str(launch.get("dcgan", "unknown")),
            str(launch.get("torch", "unknown")),
            ", ".join(change_lines(dict(launch.get("changed") or {}))),
        )
        for launch in record.launches
    ]
    body = "".join("<tr>" + "".join(f'<td class="number">{html.escape(v)}</td>' for v in row) + "</tr>" for row in rows)
    names = ("Started", "From", "Length", "dcgan", "torch", "Changed")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        "<section>\n<h2>Launches</h2>\n"
        f'<div class="wide" tabindex="0" role="region" aria-label="Launches"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>\n</section>"
    )


def files_there(record: Record) -> str:
    """Return a table of the files in the run's folder that matter."""
    rows = [(name, text) for name, text in DESCRIPTIONS.items() if (record.path / name).is_file()]
    trained = [preview for preview in record.previews if preview.nimg > 0]
    if trained:
        rows.append((f"fakes{'*' if len(trained) > 1 else trained[0].path.stem[5:]}.png", "the same z later on"))
    if kept := snapshots(record):
        which = f"the newest of {len(kept)} kept" if len(kept) > 1 else "the only one kept"
        rows.insert(0, (f"snapshots/{kept[-1]}", f"G and D as a snapshot, {which}"))
    body = "".join(
        f'<tr><th scope="row"><code>{html.escape(name)}</code></th><td>{html.escape(text)}</td></tr>'
        for name, text in rows
    )
    return f"<table><tbody>{body}</tbody></table>"


def size_text(size: str) -> str:
    """Write "64" or "64x48" (height x width) for a reader."""
    height, _, width = size.partition("x")
    return f"{width} wide, {height} high" if width and width != height else f"{height} by {height}"


def length_text(config: dict[str, Any]) -> str:
    """Write the length that a launch asked for."""
    lengths = [f"{config[name]:,g} {name}" for name in ("steps", "kimg", "epochs") if config.get(name) is not None]
    return lengths[0] if lengths else "unknown"


def duration(seconds: float) -> str:
    """Write seconds for a reader, in the two largest units that matter: "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.2g} s" if whole < 10 else f"{whole} s"
    for unit, length, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= length:
            return f"{whole // length} {unit} {whole % length // part} {smaller}"
    raise AssertionError(seconds)


def speed(images: float) -> str:
    """Write images a second for a reader."""
    return f"{images:,.0f} img/s" if images >= 10 else f"{images:.2g} img/s"


def moment(text: str) -> str:
    """Write an ISO time without its seconds; what is none stays as it is."""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M %z").strip()
    except ValueError:
        return text


def _fact(name: str, value: str, note: str) -> str:
    small = f"<small>{html.escape(note)}</small>" if note else ""
    return f"<div><dt>{name}</dt><dd>{html.escape(value)}{small}</dd></div>"


def _pairs(group: dict[str, Any]) -> str:
    return "".join(
        f'<tr><th scope="row">{html.escape(str(key))}</th><td>{html.escape(_value(value))}</td></tr>'
        for key, value in group.items()
    )


def _value(value: object) -> str:
    text = {None: "not set", True: "yes", False: "no"}.get(value) if value is None or isinstance(value, bool) else None
    text = text or str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
