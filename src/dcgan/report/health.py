"""The part of a run's page that tells how healthy its training was: troubles, what was done about them, the looks."""

import html
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from dcgan.report.plots import DARK, LIGHT, Line, Rows, Theme, columns, draw_lines, dress, panel_png
from dcgan.report.record import Record, kimg_text
from dcgan.report.sheets import png_uri

NAMES = {
    "discriminator-won": "D has won",
    "collapse": "collapse",
    "nothing-formed": "nothing has formed",
    "declining": "declining",
    "memorising": "learnt by heart",
    "non-finite": "no number",
}
DONE = {"stop": "stopped", "restart": "begun again", "rollback": "taken back"}


def health(record: Record) -> str:
    """Return the section; nothing where the run was not looked at."""
    found = judge(record)
    if found is None:
        return ""
    plot = _plot(record.looks) if found.looks else ""
    return f"<section>\n<h2>Health</h2>\n{verdict(record)}\n{events(record)}\n{plot}\n</section>"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What troubles a run, in words."""

    looks: int
    """At the trained generator."""
    now: list[str]
    """What troubles it at its last look, a sentence each, as it was said then."""
    gone: list[str]
    """What troubled it for a while: its name and its time."""


def judge(record: Record) -> Verdict | None:
    """Return what troubles a run; None where it was not looked at."""
    trained = [row for row in record.looks if row["nimg"] > 0]
    if not trained and not record.events:
        return None
    lasting = list(trained[-1].get("troubles", [])) if trained else []
    ended = record.events[-1] if record.events and record.events[-1]["trouble"] == "non-finite" else None
    said = {name: text for row in trained for name, text in row.get("said", {}).items()}
    now = [said[name] for name in lasting if name in said]
    if ended is not None and ended["event"] == "stop":
        now.append(str(ended["sentence"]))
    gone = [_span(trained, name) for name in said if name not in lasting]
    return Verdict(looks=len(trained), now=[f"{_upper(text)}." for text in now], gone=gone)


def verdict(record: Record) -> str:
    """Return what troubles the run at its last look, and what troubled it for a while."""
    found = judge(record)
    if found is None:
        return ""
    if found.now:
        text = f"<ul>{''.join(f'<li><b>{html.escape(line)}</b></li>' for line in found.now)}</ul>"
    else:
        text = f"<p>No trouble was seen at the last of {found.looks} looks.</p>"
    if found.gone:
        text += f"<p>Seen for a while, and gone: {html.escape('; '.join(found.gone))}.</p>"
    return text


def events(record: Record) -> str:
    """Return a table of when the run was stopped, begun again or taken back; nothing where it never was."""
    if not record.events:
        return ""
    rows = "".join(
        f'<tr><td class="number">{kimg_text(int(event["nimg"]))}</td><td>{html.escape(_done(event))}</td>'
        f"<td>{html.escape(_upper(str(event['sentence'])))}</td></tr>"
        for event in record.events
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="What was done"><table><thead><tr>'
        '<th scope="col">At</th><th scope="col">Done</th><th scope="col">Because</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def draw_pictures(axes: Axes, rows: Rows, theme: Theme) -> None:
    """Draw what was seen of the pictures: how varied they are, and how far from the real ones."""
    base = rows[0]["distance"] or 1.0
    seen = [row | {"left": row["distance"] / base} for row in rows]
    lines = [
        Line(column="spread", label="spread", color=theme.real),
        Line(column="crowding", label="distance to the nearest other", color=theme.G),
        Line(column="left", label="distance to the real ones", color=theme.fake),
    ]
    draw_lines(axes, *columns(seen, lines), lines)
    axes.set_ylim(0, 1.6)
    dress(axes, "The pictures at each look", "over reals; over the untrained G's", theme)


def draw_told(axes: Axes, rows: Rows, theme: Theme) -> None:
    """Draw the shares of real and of generated pictures that D tells right."""
    lines = [
        Line(column="accuracy_real", label="real", color=theme.real),
        Line(column="accuracy_fake", label="generated", color=theme.fake),
    ]
    draw_lines(axes, *columns(rows, lines), lines)
    axes.axhline(0.5, color=theme.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1.5)
    axes.set_ylim(-0.03, 1.03)
    dress(axes, "What D tells right", "share of pictures", theme)


def _plot(looks: list[dict[str, Any]]) -> str:
    last = looks[-1]
    alts = {
        draw_pictures: f"Spread of the generated pictures ({_number(last.get('spread'))} of the reals' at the end), "
        f"their distance to each other ({_number(last.get('crowding'))}), and to the real ones.",
        draw_told: "Shares of real and generated pictures that D tells right between two looks: "
        f"{_number(last.get('accuracy_real'))} and {_number(last.get('accuracy_fake'))} at the end.",
    }
    drawn = ""
    for draw, alt in alts.items():
        light, dark = (png_uri(panel_png(draw, looks, theme)) for theme in (LIGHT, DARK))
        drawn += (
            f'<div class="plot"><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
            f'<img src="{light}" alt="{html.escape(alt)}"></picture></div>'
        )
    return (
        "<p>Some pictures of fixed z beside fixed real ones, compared from afar. Spread and distance to each other are "
        "those of the real pictures at 1; the distance to the real ones is the untrained G's at 1, and good near 0.</p>"
        f'<div class="pair">{drawn}</div>'
    )


def _span(trained: list[dict[str, Any]], name: str) -> str:
    seen = [row["nimg"] for row in trained if name in row.get("troubles", [])]
    return f"{NAMES.get(name, name)}, {kimg_text(min(seen))} to {kimg_text(max(seen))}"


def _done(event: dict[str, Any]) -> str:
    text = DONE.get(str(event["event"]), str(event["event"]))
    if event["event"] == "restart":
        text += f" with seed {event['seed']}"
    if event["event"] == "rollback":
        text += f" to {kimg_text(int(event['to']))}, D's rate x {event['gentler']:g}"
    return text


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, (int, float)) else "unknown"
