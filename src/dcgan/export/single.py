"""The page as one file that opens from a disk or a mail, with no server and no network.

What the page would fetch stands in it as text: ``<script type="text/plain" id="file:NAME">`` and base64, which no
browser runs. The engine for WebGPU is left out: a file of its own size again, for a page that is for passing on; the
page computes with WebAssembly. What may run is named by its hash, and nothing may be fetched at all.
"""

import base64
import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from dcgan.errors import ExportError
from dcgan.export.site import content_files
from dcgan.files import replacing

POLICY = (
    "default-src 'none'; script-src '{script}' blob: 'wasm-unsafe-eval'; worker-src blob:; style-src '{style}'; "
    "img-src data: blob:; media-src blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
)
POLICY_TAG = re.compile(r'<meta\s[^>]*?http-equiv="Content-Security-Policy"[^>]*>', re.IGNORECASE)
SCRIPT_TAG = re.compile(r'<script\s[^>]*?src="(?:\./)?page\.js"[^>]*>\s*</script>', re.IGNORECASE)
STYLE_TAG = re.compile(r'<link\s[^>]*?href="(?:\./)?page\.css"[^>]*>', re.IGNORECASE)
ICON_TAG = re.compile(r'<link\s[^>]*?href="(?:\./)?(icon\.\w+)"[^>]*>', re.IGNORECASE)
ICONS = {".svg": "image/svg+xml", ".png": "image/png"}
INLINE = {"index.html", "page.js", "page.css"}


def write_single(path: Path, page: Mapping[str, Path], content: Path) -> None:
    """Write the page as one HTML file, in one step.

    Args:
        path: where to.
        page: the built page's files by name.
        content: a folder as ``write_content`` fills it.

    Raises:
        ExportError: the built page is not of the make that is expected here.
    """
    with replacing(path) as temporary, temporary.open("wb") as file:
        for part in _parts(page, content):
            file.write(part)


def _parts(page: Mapping[str, Path], content: Path) -> Iterator[bytes]:
    """Yield the file some at a time: a model is large."""
    script, style = safe_script(_text(page, "page.js")), safe_style(_text(page, "page.css"))
    index = _text(page, "index.html")
    policy = POLICY.format(script=hash_of(script), style=hash_of(style))
    index = _put(POLICY_TAG, index, f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
    index = _put(STYLE_TAG, index, f"<style>{style}</style>")
    index, icon = _with_icon(index, page)
    before, after = _around(SCRIPT_TAG, index)
    yield before.encode()
    for name, path in {**page, **content_files(content)}.items():
        if name not in INLINE and name != icon and "webgpu" not in name:
            yield f'<script type="text/plain" id="file:{html.escape(name)}">'.encode()
            yield base64.b64encode(path.read_bytes())
            yield b"</script>\n"
    yield f'<script type="module">{script}</script>{after}'.encode()


def safe_script(text: str) -> str:
    """Return a script that ends where its element ends: what would end or hide it is written with an escape, which in
    strings, templates and patterns, the only places where it stands, is the same."""
    return re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE).replace("<!--", r"\x3c!--")


def safe_style(text: str) -> str:
    """Return a style sheet that ends where its element ends."""
    return re.sub(r"</(?=style)", r"<\\/", text, flags=re.IGNORECASE)


def hash_of(text: str) -> str:
    """Return how a policy names what stands inside an element: its SHA-256."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(page: Mapping[str, Path], name: str) -> str:
    """Return one of the page's texts; its lines end with \\n, as a browser reads them, so that hashes fit."""
    if name not in page:
        raise ExportError(f"the built page has no {name}: build it again with `make web`")
    return page[name].read_text(encoding="utf-8")


def _with_icon(index: str, page: Mapping[str, Path]) -> tuple[str, str | None]:
    """Return the page with its icon inside, and the icon's name; where it has one."""
    match = ICON_TAG.search(index)
    if match is None or match[1] not in page:
        return index, None
    name = match[1]
    data = base64.b64encode(page[name].read_bytes()).decode()
    kind = ICONS.get(Path(name).suffix, "image/x-icon")
    return _put(ICON_TAG, index, f'<link rel="icon" href="data:{kind};base64,{data}">'), name


def _put(tag: re.Pattern[str], index: str, new: str) -> str:
    before, after = _around(tag, index)
    return before + new + after


def _around(tag: re.Pattern[str], index: str) -> tuple[str, str]:
    """Return what stands before and after the one tag of its kind."""
    found = list(tag.finditer(index))
    if len(found) != 1:
        raise ExportError(f"the built page does not fit this dcgan ({tag.pattern}): build it again with `make web`")
    return index[: found[0].start()], index[found[0].end() :]
