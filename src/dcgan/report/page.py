"""``report.html``: one file that shows a run, with everything inside it and no request to anywhere.

Its size is held below 6 MB. Two sheets of at most SHEET_BYTES and MOST_FRAMES sheets of FRAMES_BYTES together are
inlined, reduced and compressed until they fit, and two of ``quality.SHEET_BYTES``; as text they grow by a third, to
4.8 MB. The plots add 1 MB at most.
"""

import html
import shlex
from importlib.resources import files
from string import Template

from PIL import Image

from dcgan.report.health import health
from dcgan.report.plots import DARK, LIGHT, Panel, draw_losses, draw_opinions, panel_png
from dcgan.report.quality import quality
from dcgan.report.record import Preview, Record, kimg_text, planned_images, snapshots, spread
from dcgan.report.sheets import data_uri, enlarge, fit, open_sheet, png_uri
from dcgan.report.tables import facts, files_there, launches, settings

SHEET_BYTES, SHEET_SIDE = 600_000, 1200
FRAMES_BYTES, FRAME_SIDE, MOST_FRAMES = 2_000_000, 800, 24
SHARP_WIDTH = 400  # a sheet of fewer pixels would be blurred when it fills its column
BCE = (
    "D(x) near 1 with D(G(z)) near 0 for long means that D has won and G learns little; both at 0.5 mean that D does "
    "not tell them apart, which it may also owe to its own weakness."
)
PAIRED = (
    "The loss of this run compares D's answers in pairs: the gap between the two lines of the second plot means "
    "something, their height does not."
)
HINGE = "The hinge loss does not make a probability of D's answer: read the second plot as a tendency."
NOTES = {"bce": BCE, "relativistic": PAIRED, "hinge": HINGE}


def make_page(record: Record) -> str:
    """Return the page of a run as HTML."""
    e = html.escape
    recipe, name = str(record.config.get("recipe", "GAN")), str(record.data.get("name", "pictures"))
    sections = [beside(record), quality(record), through_time(record), curves(record), health(record)]
    sections += [go_on(record), settings(record), launches(record)]
    template = Template(files("dcgan.report").joinpath("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=e(f"{recipe} on {name}, {kimg_text(record.nimg)}"),
        heading=f'{e(recipe)} <span class="soft">on</span> {e(name)}',
        lead=f"What the run <code>{e(record.path.resolve().name)}</code> wrote about itself.",
        facts=facts(record),
        sections="\n".join(section for section in sections if section),
    )


def beside(record: Record) -> str:
    """Return the newest generated pictures beside real ones."""
    if not record.previews and record.reals is None:
        return _section("Pictures", "<p>The run has not written any pictures yet.</p>")
    figures, name = [], str(record.data.get("name", "the data"))
    if record.previews:
        last = record.previews[-1]
        figures.append(_sheet(open_sheet(last.path), "Generated", f"after {kimg_text(last.nimg)}"))
    if record.reals is not None:
        figures.append(_sheet(open_sheet(record.reals), "Real", f"from {name}, drawn at random once"))
    return _section("Generated beside real", f'<div class="pair">{"".join(figures)}</div>')


def through_time(record: Record) -> str:
    """Return the pictures of the fixed z under a slider; nothing where there are fewer than two sheets."""
    chosen = spread(record.previews, MOST_FRAMES)
    if len(chosen) < 2:
        return ""
    most = min(SHEET_BYTES, FRAMES_BYTES // len(chosen))
    frames = [_frame(preview, most, preview is chosen[-1]) for preview in chosen]
    averaged = " The pictures are those of the averaged generator." if record.config.get("ema_kimg") else ""
    last = len(chosen) - 1
    return _section(
        "Through time",
        f'<div class="time"><figure><div class="frames">{"".join(frames)}</div><div class="control">'
        '<button type="button" id="play">Play</button>'
        f'<input type="range" id="when" min="0" max="{last}" value="{last}" step="1" autocomplete="off" '
        'aria-label="Moment in training"><output id="shown" for="when"></output></div></figure>'
        "<p>Every place on the sheet keeps its own z: follow one from the untrained generator on. "
        f"Drag, or use the arrow keys.{averaged}</p></div>",
    )


def curves(record: Record) -> str:
    """Return both plots with what can and cannot be read from them."""
    if not record.rows:
        return _section("Curves", "<p>The run has not written any statistics yet.</p>")
    last = record.rows[-1]
    losses = "Losses of D on real and generated pictures, and of G, over thousands of pictures seen."
    opinions = (
        "Mean probability of real that D gives to real and to generated pictures. "
        f"At the end {_number(last.get('D_real'))} and {_number(last.get('D_fake'))}."
    )
    note = NOTES.get(str(dict(record.config.get("objective") or {}).get("loss")), "")
    plots = _plot(record, draw_losses, losses) + _plot(record, draw_opinions, opinions)
    return _section(
        "Curves",
        "<p>D and G are measured against each other, and both keep changing: losses alone do not tell whether the "
        "pictures are good, and a loss that falls is no proof of progress. They tell whether the two still contest. "
        f'{note}</p><div class="pair">{plots}</div>',
    )


def go_on(record: Record) -> str:
    """Return the commands to go on with, and the files that matter."""
    run = html.escape(shlex.quote(str(record.path)))
    planned = planned_images(record) or 0
    commands = []
    if snapshots(record):
        commands.append(("Make pictures", f"dcgan sample {run} --seeds 0-63"))
        commands.append(("Walk its latent space", f"dcgan explore {run}"))
    if planned > record.nimg:
        commands.append(("Finish what was planned", f"dcgan train --resume {run}"))
    longer = max(1, round(2 * max(planned, record.nimg) / 1000))
    commands.append(("Train for longer", f"dcgan train --resume {run} --kimg {longer}"))
    shown = "".join(f"<h3>{what}</h3><pre>{command}</pre>" for what, command in commands)
    return _section("Go on", f"{shown}<h3>In the folder</h3>{files_there(record)}")


def _section(title: str, inner: str) -> str:
    return f"<section>\n<h2>{html.escape(title)}</h2>\n{inner}\n</section>"


def _sheet(picture: Image.Image, what: str, where: str) -> str:
    text = html.escape(where)
    address = data_uri(fit(enlarge(picture, SHARP_WIDTH), SHEET_SIDE), SHEET_BYTES)
    return (
        f"<figure><figcaption><b>{what}</b>, {text}</figcaption>"
        f'<img src="{address}" width="{picture.width}" height="{picture.height}" '
        f'alt="A sheet of pictures: {what.lower()}, {text}."></figure>'
    )


def _frame(preview: Preview, most: int, shown: bool) -> str:
    picture, when = fit(enlarge(open_sheet(preview.path), SHARP_WIDTH), FRAME_SIDE), kimg_text(preview.nimg)
    return (
        f'<img class="{"on" if shown else ""}" data-when="{when}" src="{data_uri(picture, most)}" '
        f'width="{picture.width}" height="{picture.height}" alt="Generated pictures after {when}.">'
    )


def _plot(record: Record, draw: Panel, alt: str) -> str:
    light, dark = (png_uri(panel_png(draw, record.rows, theme)) for theme in (LIGHT, DARK))
    return (
        f'<div class="plot"><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{html.escape(alt)}"></picture></div>'
    )


def _number(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, (int, float)) else "unknown"
