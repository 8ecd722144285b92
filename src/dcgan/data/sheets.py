"""The check-up in pictures: a sheet that shows the crop, and one that shows the odd ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dcgan.data.checkup import CheckUp, oddities
from dcgan.data.decode import load_upright, open_picture, own_limits, reason, upright_size
from dcgan.data.examine import Measure
from dcgan.data.fit import convert, inner, middle
from dcgan.data.pictures import Pictures
from dcgan.data.sources.source import Source
from dcgan.files import replacing
from dcgan.images import over, to_image

SHEETS = ("crop.png", "odd.png")
TILE = 128  # pixels a side
GAP = 8
LINE = 14
SHOWN = 12  # pictures on the sheet of the crop
EACH = 6  # of every oddity
INK, PAPER, CUT = "#303030", "#ffffff", "#e0342b"
CHECKS = ("#c8c8c8", "#e8e8e8")  # what shows through


def write_sheets(folder: Path, pictures: Pictures, source: Source, checked: CheckUp) -> list[Path]:
    """Write ``crop.png``, and ``odd.png`` where anything is odd; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    with own_limits():
        sheets = zip(SHEETS, (crop_sheet(pictures, source), odd_sheet(pictures, checked)), strict=True)
    written = []
    for name, sheet in sheets:
        if sheet is not None:
            with replacing(folder / name, durable=False) as temporary:
                sheet.save(temporary, format="PNG")
            written.append(folder / name)
    return written


def crop_sheet(pictures: Pictures, source: Source) -> Image.Image:
    """Show some originals, evenly spread, with what the crop keeps of each in a frame, beside what D will see."""
    count = min(SHOWN, len(pictures))
    chosen = [i * len(pictures) // count for i in range(count)]
    names, places = pictures.names, pictures.facts["index"]
    crop = str(pictures.settings["crop"])
    tiles = []
    for i in chosen:
        original = _original_or_why(source, int(places[i]), pictures, crop)
        tiles.append((_beside(original, tile(to_image(pictures.pixels[i]))), names[i]))
    columns = 3 if count > 2 else count
    return _sheet([("in the frame: what the crop keeps; to its right: as it will be seen", tiles)], columns)


def odd_sheet(pictures: Pictures, checked: CheckUp) -> Image.Image | None:
    """Show some of every oddity: gray, transparent, tiny, repeated ... with their names; None where nothing is odd."""
    height, width = pictures.pixels.shape[1:3]
    names, repeats = pictures.names, pictures.repeats
    measure = Measure(height=height, width=width, channels=pictures.channels, crop=pictures.settings["crop"])
    sections = []
    for what, mask in oddities(pictures.facts, repeats, measure).items():
        chosen = np.flatnonzero(mask)[:EACH].tolist()
        if "repeated" in what:
            chosen = [i for pair in ((repeats[i], i) for i in chosen[: EACH // 2]) for i in pair]
        elif mask.all():  # what all have is not odd
            continue
        if chosen:
            tiles = [(tile(to_image(pictures.pixels[i])), names[i]) for i in chosen]
            sections.append((f"{what}: {checked.odd[what]:,}", tiles))
    bad = [(_blank_tile(why), name) for name, why in pictures.left_out[:EACH]]
    if bad:
        sections.append((f"left out: {len(pictures.left_out):,}", bad))
    return _sheet(sections, EACH) if sections else None


def tile(picture: Image.Image) -> Image.Image:
    """Return a picture inside a tile: small ones enlarged by whole numbers, transparency over checks."""
    width, height = picture.size
    if max(width, height) * 2 <= TILE:
        times = TILE // max(width, height)
        picture = picture.resize((width * times, height * times), Image.Resampling.NEAREST)
    elif max(width, height) > TILE:
        picture = picture.convert("RGBA").resize(inner(picture.size, (TILE, TILE)), Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", (TILE, TILE), PAPER)
    place = ((TILE - picture.width) // 2, (TILE - picture.height) // 2)
    clear = picture.convert("RGBA")
    if picture.has_transparency_data:
        sheet.paste(_checks(clear.size), place)
    sheet.paste(clear, place, clear)
    return sheet


def _original_or_why(source: Source, index: int, pictures: Pictures, crop: str) -> Image.Image:
    try:
        return _original(source, index, pictures, crop)
    except Exception as error:  # it has changed since it was prepared
        return _blank_tile(reason(error))


def _original(source: Source, index: int, pictures: Pictures, crop: str) -> Image.Image:
    picture = open_picture(source.read(index))
    size = upright_size(picture)
    small = inner(size, (TILE, TILE))
    upright = load_upright(picture, at_least=2 * TILE)
    if upright.mode not in ("L", "RGB", "RGBA"):
        upright = convert(upright, 4 if upright.has_transparency_data else 3)
    shown = Image.new("RGB", (TILE, TILE), PAPER)
    place = ((TILE - small[0]) // 2, (TILE - small[1]) // 2)
    shown.paste(over(upright.resize(small, Image.Resampling.LANCZOS)), place)
    if crop == "center":
        height, width = pictures.pixels.shape[1:3]
        scale = small[0] / size[0]
        left, top, right, bottom = (round(v * scale) for v in middle(size, (width, height)))
        frame = (place[0] + left, place[1] + top, place[0] + right - 1, place[1] + bottom - 1)
        ImageDraw.Draw(shown).rectangle(frame, outline=CUT, width=2)
    return shown


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (2 * TILE + GAP // 2, TILE), PAPER)
    both.paste(left, (0, 0))
    both.paste(right, (TILE + GAP // 2, 0))
    return both


def _blank_tile(why: str) -> Image.Image:
    sheet = Image.new("RGB", (TILE, TILE), "#eeeeee")
    words, lines = why.split(), [""]
    for word in words:
        lines = [*lines, word] if len(lines[-1]) + len(word) > 18 else [*lines[:-1], f"{lines[-1]} {word}".strip()]
    ImageDraw.Draw(sheet).multiline_text((GAP, GAP), _plain("\n".join(lines[:8]), 160), INK, font=_font())
    return sheet


def _sheet(sections: Sequence[tuple[str, Sequence[tuple[Image.Image, str]]]], columns: int) -> Image.Image:
    """Lay tiles out in rows under their headings, each with its name below."""
    wide, high = sections[0][1][0][0].size
    rows = [-(-len(tiles) // columns) for _, tiles in sections]
    cell = (wide + GAP, high + LINE + GAP)
    head = LINE + GAP
    sheet = Image.new("RGB", (columns * cell[0] + GAP, sum(n * cell[1] + head for n in rows) + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    top = GAP
    for (heading, tiles), count in zip(sections, rows, strict=True):
        draw.text((GAP, top), _plain(heading, 100), INK, font=_font(13))
        top += head
        for i, (picture, name) in enumerate(tiles):
            place = (GAP + i % columns * cell[0], top + i // columns * cell[1])
            sheet.paste(picture, place)
            draw.text((place[0], place[1] + high + 1), _plain(name, wide // 6), INK, font=_font())
        top += count * cell[1]
    return sheet


def _plain(text: str, most: int) -> str:
    """Text that Pillow's own font can draw: other letters as question marks, the end of what is too long."""
    shown = text.encode("latin-1", "replace").decode("latin-1")
    return shown if len(shown) <= most else "..." + shown[len(shown) - most + 3 :]


def _font(size: int = 11) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _checks(size: tuple[int, int], side: int = 8) -> Image.Image:
    rows, columns = (np.arange(n) // side for n in (size[1], size[0]))
    odd = (rows[:, None] + columns[None]) % 2 == 1
    picture = Image.new("RGB", size, CHECKS[0])
    picture.paste(Image.new("RGB", size, CHECKS[1]), (0, 0), Image.fromarray((odd * 255).astype(np.uint8)))
    return picture
