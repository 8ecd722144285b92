"""The page as one file, and as a folder: what is inside, what may run, and what is refused."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dcgan.errors import ConfigError, ExportError
from dcgan.export.single import write_single
from dcgan.export.site import check_site, write_site
from tests.export.kit import FILES, INDEX, SCRIPT, STYLE, build_page


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A folder as ``write_content`` fills it."""
    folder = tmp_path / "content"
    (folder / "time").mkdir(parents=True)
    (folder / "model.json").write_text('{"format": "dcgan-page"}')
    (folder / "model.onnx").write_bytes(bytes(range(256)) * 100)
    (folder / "time" / "000.webp").write_bytes(b"RIFF")
    return folder


class Elements(HTMLParser):
    """Reads a page as a browser does: elements with their attributes and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))
        self.inside = True

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1][2].append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, "".join(text)) for name, attributes, text in self.found if name == tag]


def hash_of(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_all_is_in_one_file(tmp_path: Path, content: Path) -> None:
    write_single(tmp_path / "one.html", build_page(tmp_path / "dist"), content)
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    page = Elements(text)
    *files, (script, code) = page.of("script")
    kept = {str(attributes["id"]): base64.b64decode(inside) for attributes, inside in files}
    assert {attributes["type"] for attributes, _ in files} == {"text/plain"}
    assert kept == {
        "file:engine-wasm.js": FILES["engine-wasm.js"].encode(),
        "file:ort-wasm.wasm": FILES["ort-wasm.wasm"].encode(),
        "file:licences.txt": b"free",
        "file:model.json": (content / "model.json").read_bytes(),
        "file:model.onnx": (content / "model.onnx").read_bytes(),
        "file:time/000.webp": b"RIFF",
    }
    assert script == {"type": "module"}
    assert code.replace("<\\/", "</").replace("\\x3c", "<") == SCRIPT
    ((_, style),) = page.of("style")
    assert style.replace("<\\/", "</") == STYLE
    (icon,) = [attributes["href"] for attributes, _ in page.of("link")]
    assert base64.b64decode(str(icon).removeprefix("data:image/svg+xml;base64,")).decode() == FILES["icon.svg"]


def test_what_may_run_is_named_by_its_hash_and_nothing_is_fetched(tmp_path: Path, content: Path) -> None:
    write_single(tmp_path / "one.html", build_page(tmp_path / "dist"), content)
    page = Elements((tmp_path / "one.html").read_text(encoding="utf-8"))
    (policy,) = [str(a["content"]) for a, _ in page.of("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    _, code = page.of("script")[-1]
    ((_, style),) = page.of("style")
    assert policy == (
        f"default-src 'none'; script-src {hash_of(code)} blob: 'wasm-unsafe-eval'; worker-src blob:; "
        f"style-src {hash_of(style)}; img-src data: blob:; media-src blob:; connect-src 'none'; base-uri 'none'; "
        "form-action 'none'"
    )
    for tag, attributes, _ in page.found:
        assert "src" not in attributes, tag
        assert str(attributes.get("href", "data:")).startswith("data:"), tag


def test_no_script_ends_early_or_hides_its_end(tmp_path: Path, content: Path) -> None:
    write_single(tmp_path / "one.html", build_page(tmp_path / "dist"), content)
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    module = text[text.index('<script type="module">') :]
    assert len(re.findall(r"</script", module, re.IGNORECASE)) == 1
    assert "<!--" not in module


@pytest.mark.parametrize(
    "changes",
    [
        {"index.html": INDEX.replace("page.js", "other.js")},
        {"index.html": INDEX.replace("Content-Security-Policy", "X")},
        {"index.html": INDEX + '<link rel="stylesheet" href="./page.css">'},
    ],
)
def test_a_page_of_another_make_is_refused(tmp_path: Path, content: Path, changes: dict[str, str]) -> None:
    with pytest.raises(ExportError, match=r"does not fit this dcgan .*: build it again with `make web`"):
        write_single(tmp_path / "out" / "one.html", build_page(tmp_path / "dist", **changes), content)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_page_without_an_icon(tmp_path: Path, content: Path) -> None:
    page = build_page(tmp_path / "dist", **{"index.html": INDEX.replace('<link rel="icon" href="./icon.svg" />', "")})
    write_single(tmp_path / "one.html", page, content)
    ids = [a.get("id") for a, _ in Elements((tmp_path / "one.html").read_text(encoding="utf-8")).of("script")]
    assert "file:icon.svg" in ids


# As a folder --------------------------------------------------------------------------------------------------------


def test_a_folder_is_made_and_replaced(tmp_path: Path, content: Path) -> None:
    site, page = tmp_path / "site", build_page(tmp_path / "dist")
    write_site(site, page, content)
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert names == {*FILES, "model.json", "model.onnx", "time/000.webp", "files.txt"}
    assert {*(site / "files.txt").read_text().split(), "files.txt"} == names


def test_what_the_page_wrote_is_replaced_and_what_else_lies_there_stays(tmp_path: Path, content: Path) -> None:
    site, page = tmp_path / "site", build_page(tmp_path / "dist")
    (content / "time" / "001.webp").write_bytes(b"of before")
    write_site(site, page, content)
    (site / ".git").mkdir()
    (site / ".git" / "HEAD").write_text("ref")
    (site / "CNAME").write_text("faces.example")
    (content / "time" / "001.webp").unlink()
    write_site(site, page, content)
    assert not (site / "time" / "001.webp").exists()
    assert (site / ".git" / "HEAD").read_text() == "ref"
    assert (site / "CNAME").read_text() == "faces.example"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["content", "dist", "site"]


def test_an_earlier_page_stays_whole_when_something_goes_wrong(tmp_path: Path, content: Path) -> None:
    site, page = tmp_path / "site", build_page(tmp_path / "dist")
    write_site(site, page, content)
    page["engine-wasm.js"].unlink()
    (content / "model.json").write_text("{}")
    with pytest.raises(OSError):
        write_site(site, page, content)
    assert json.loads((site / "model.json").read_text()) == {"format": "dcgan-page"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["content", "dist", "site"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    check_site(tmp_path / "empty")
    check_site(tmp_path / "new" / "deep")
    (tmp_path / "mine").mkdir()
    for text in ("[]", "{", '{"format": "another"}'):
        (tmp_path / "mine" / "model.json").write_text(text)
        with pytest.raises(
            ConfigError, match=r"mine holds something else than an earlier page, model.json: give another"
        ):
            check_site(tmp_path / "mine")
    with pytest.raises(ConfigError, match="is a file: give a folder with --web"):
        check_site(tmp_path / "mine" / "model.json")
