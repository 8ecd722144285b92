"""A server for one page: it knows the files that it was given, and nothing else on this machine.

A path is looked up as it stands in the request among the names of these files; none is ever made from it. Every answer,
also one of an error, forbids the browser whatever the page does not need. A server that only this machine reaches
answers to this machine's names alone, so that no other site can have its own name point here (DNS rebinding).
"""

import errno
import ipaddress
import os
import re
import shutil
import socket
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import BinaryIO

from dcgan.errors import ConfigError, check

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src blob:; connect-src 'self'; font-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
    ".webp": "image/webp",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
OTHERWISE = "application/octet-stream"
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
MORE_PORTS = 20
SECONDS = 60  # that a connection may be silent


class Server(ThreadingHTTPServer):
    """Serves files until ``shutdown``.

    Args:
        files: by the path of their address without the first /, such as ``time/000.webp``; ``index.html`` is also /.
        host: a name or address of this machine; 0.0.0.0 is all of them.
        port: 0 takes any that is free.
    """

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # where it would let two servers have one port

    def __init__(self, files: Mapping[str, Path], host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.files = {f"/{name}": path for name, path in files.items()} | {"/": files["index.html"]}
        self.names = {*OWN_NAMES, _bracketed(host)} if is_local(host) else None
        super().__init__((host, port), Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = str(self.server_address[0])
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
        return f"http://{_bracketed(anywhere.get(host, host))}:{self.port}/"

    def server_bind(self) -> None:
        """Bind without looking the machine's own name up, as an HTTPServer does: that may take seconds."""
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def knows(self, host: str) -> bool:
        """Whether a ``Host`` header names this server."""
        return self.names is None or re.sub(r":\d+$", "", host).lower() in self.names


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = SECONDS

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        path = self.server.files.get(self.path.split("?", 1)[0])
        if not self.server.knows(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            try:
                file = path.open("rb")
            except OSError:  # it was there when the server began
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            with file:
                self._send(file, TYPES.get(path.suffix.lower(), OTHERWISE), body)

    def _send(self, file: BinaryIO, kind: str, body: bool) -> None:
        found = os.fstat(file.fileno())
        tag = f'"{found.st_size:x}-{found.st_mtime_ns:x}"'
        known = tag in self.headers.get("If-None-Match", "")
        self.send_response(HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK)
        self.send_header("ETag", tag)
        if not known:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(found.st_size))
        self.end_headers()
        if body and not known:
            shutil.copyfileobj(file, self.wfile, 1 << 18)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer that it cannot be had, in a few words."""
        status = HTTPStatus(code)
        if status == HTTPStatus.NOT_IMPLEMENTED:  # a method that has no do_...
            status = HTTPStatus.METHOD_NOT_ALLOWED
        text = f"{status.value} {status.phrase}\n".encode()
        self.close_connection = True  # what the request still holds is not read
        self.send_response(status)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.send_header("Content-Type", TYPES[".txt"])
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def version_string(self) -> str:
        return "dcgan"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the user's."""


def open_server(files: Mapping[str, Path], host: str, port: int) -> Server:
    """Return a server that listens, on the port that is wanted or one of the ``MORE_PORTS`` after it.

    Raises:
        ConfigError: none of them is free, or the address is none of this machine's.
    """
    check(0 <= port <= 65535, "--port is between 0 and 65535", port)
    last = min(port + MORE_PORTS, 65535) if port else 0
    for each in range(port, last + 1):
        try:
            return Server(files, host, each)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            why = error.strerror or str(error)
            raise ConfigError(f"nothing can be served at --host {host} --port {each}: {why}") from error
    raise ConfigError(f"the ports {port} to {last} are all taken: give another one with --port")


def is_local(host: str) -> bool:
    """Whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
