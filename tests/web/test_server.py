"""The page's server: the files that it was given and nothing else, to those whom it is for."""

import errno
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dcgan.errors import ConfigError, ExportError
from dcgan.web import built
from dcgan.web import server as module
from dcgan.web.built import built_page
from dcgan.web.server import HEADERS, MORE_PORTS, Server, is_local, open_server
from tests.export.kit import FILES, build_page


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """What is served; beside it lies what is not."""
    page = build_page(tmp_path / "dist")
    (tmp_path / "dist" / "time").mkdir()
    for name in ("model.json", "model.onnx", "time/000.webp", "secret.txt"):
        (tmp_path / "dist" / name).write_text(name)
    (tmp_path / "passwd").write_text("secret")
    return page | {name: tmp_path / "dist" / name for name in ("model.json", "model.onnx", "time/000.webp")}


@pytest.fixture
def server(files: dict[str, Path]) -> Iterator[Server]:
    with serving(files) as found:
        yield found


@contextmanager
def serving(files: dict[str, Path], host: str = "127.0.0.1") -> Iterator[Server]:
    """A server at work in another thread."""
    with open_server(files, host, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask for a path as it is written, with no tidying; every answer has the headers that keep a page in its place."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body, found = answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    for name, value in HEADERS.items():
        assert found[name.lower()] == value
    assert found["server"] == "dcgan"
    return answer.status, found, body


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/index.html", "index.html", "text/html; charset=utf-8"),
        ("/page.js", "page.js", "text/javascript; charset=utf-8"),
        ("/page.css?v=3", "page.css", "text/css; charset=utf-8"),
        ("/ort-wasm.wasm", "ort-wasm.wasm", "application/wasm"),
        ("/model.onnx", "model.onnx", "application/octet-stream"),
        ("/model.json", "model.json", "application/json"),
        ("/time/000.webp", "time/000.webp", "image/webp"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
        ("/licences.txt", "licences.txt", "text/plain; charset=utf-8"),
    ],
)
def test_what_is_served(server: Server, files: dict[str, Path], path: str, name: str, kind: str) -> None:
    data = files[name].read_bytes()
    status, headers, body = ask(server, path)
    assert (status, body) == (200, data)
    assert (headers["content-type"], headers["content-length"]) == (kind, str(len(data)))
    status, headers, body = ask(server, path, "HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(data)))


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt",
        "/../passwd",
        "/x/../passwd",
        "/time/../../passwd",
        "/time/../model.json",
        "/./model.json",
        "/%2e%2e/passwd",
        "/..%2fpasswd",
        "/..%5cpasswd",
        "/..\\passwd",
        "//etc/passwd",
        "//passwd",
        "/time%2f000.webp",
        "/time/",
        "/time",
        "/model.json%00",
        "/model.json%00.webp",
        "/model.json/",
        "/MODEL.JSON",
        "/model.json;x",
        "model.json",
        "http://127.0.0.1/model.json",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_else_is(server: Server, path: str, method: str) -> None:
    status, headers, body = ask(server, path, method)
    assert status == 404
    assert body == (b"404 Not Found\n" if method == "GET" else b"")
    assert headers["connection"] == "close"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "FROB"])
def test_it_only_gives(server: Server, method: str) -> None:
    status, headers, _ = ask(server, "/", method, Content_Length="0")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_what_has_not_changed_is_not_sent_again(server: Server, files: dict[str, Path]) -> None:
    _, headers, _ = ask(server, "/model.onnx")
    status, again, body = ask(server, "/model.onnx", If_None_Match=f'"x", W/{headers["etag"]}')
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])
    files["model.onnx"].write_text("another")
    status, _, body = ask(server, "/model.onnx", If_None_Match=headers["etag"])
    assert (status, body) == (200, b"another")


def test_a_file_that_went_away(server: Server, files: dict[str, Path]) -> None:
    files["model.onnx"].unlink()
    assert ask(server, "/model.onnx")[0] == 404


@pytest.mark.parametrize("host", ["localhost", "LocalHost:80", "127.0.0.1", "127.0.0.1:7860", "[::1]:7860"])
def test_it_answers_to_its_own_names(server: Server, host: str) -> None:
    assert ask(server, "/", Host=host)[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.", "", "x@localhost"]
)
def test_it_answers_to_no_other(server: Server, host: str) -> None:
    assert ask(server, "/", Host=host)[0] == 421


def test_on_the_network_it_has_any_name(files: dict[str, Path]) -> None:
    with serving(files, "0.0.0.0") as server:
        assert ask(server, "/", Host="box.example:7860")[0] == 200
        assert server.address == f"http://127.0.0.1:{server.port}/"


@pytest.mark.parametrize(
    "words",
    [b"\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
)
def test_what_is_no_request_gets_no_file(server: Server, words: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(words)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"<html" not in answer
    assert b"Traceback" not in answer


def test_a_browser_that_goes_away_is_nobodys_affair(
    server: Server, files: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    files["model.onnx"].write_bytes(bytes(8_000_000))
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(b"GET /model.onnx HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(100)
    assert ask(server, "/")[0] == 200
    assert capfd.readouterr() == ("", "")


# Where it is served -------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_passed_over(files: dict[str, Path]) -> None:
    with open_server(files, "127.0.0.1", 0) as first, open_server(files, "127.0.0.1", first.port) as second:
        assert first.port < second.port <= first.port + MORE_PORTS
        assert second.address == f"http://127.0.0.1:{second.port}/"


def test_when_all_are_taken(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def taken(files: dict[str, Path], host: str, port: int) -> Server:
        asked.append(port)
        raise OSError(errno.EADDRINUSE, "taken")

    monkeypatch.setattr(module, "Server", taken)
    with pytest.raises(ConfigError, match="the ports 7860 to 7880 are all taken: give another one with --port"):
        open_server(files, "127.0.0.1", 7860)
    assert asked == list(range(7860, 7881))


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("no.such.host.invalid", 7860, "nothing can be served at --host no.such.host.invalid --port 7860"),
        ("192.0.2.1", 7860, "nothing can be served at --host 192.0.2.1"),
        ("127.0.0.1", 70000, "--port is between 0 and 65535, not 70000"),
    ],
)
def test_where_it_cannot_be(files: dict[str, Path], host: str, port: int, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        open_server(files, host, port)


def test_which_hosts_are_this_machine_alone() -> None:
    assert all(map(is_local, ("localhost", "127.0.0.1", "127.8.0.1", "::1")))
    assert not any(map(is_local, ("0.0.0.0", "::", "192.168.0.2", "box.example", "")))


# The built page -----------------------------------------------------------------------------------------------------


def test_the_built_page_is_all_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_page(tmp_path / "dist")
    monkeypatch.setattr(built, "DIST", tmp_path / "dist")
    assert built_page() == {name: tmp_path / "dist" / name for name in FILES}


def test_without_a_built_page_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built, "DIST", tmp_path / "dist")
    sentence = r"the page is not built here: run `make web` \(needs Node 20.19 or newer\) or install the wheel"
    with pytest.raises(ExportError, match=sentence):
        built_page()
