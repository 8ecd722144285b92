"""``dcgan explore RUN``: the page on which a run's latent space is walked, served on this machine."""

import threading
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from dcgan.cli.arguments import parse
from dcgan.cli.page.cached import cached_content
from dcgan.cli.page.options import PageOptions
from dcgan.export.onnx import check_packages
from dcgan.export.site import content_files
from dcgan.web.built import built_page
from dcgan.web.server import Server, is_local, open_server


@dataclass(frozen=True, kw_only=True)
class Arguments(PageOptions):
    """Open a page on which the run's latent space is walked. It computes in the browser; Ctrl-C ends it."""

    port: int = 7860
    """Where it is served; one of the next 20 where that is taken."""
    host: str = "127.0.0.1"
    """Who may look: by default this machine alone; 0.0.0.0 is everyone on the network."""
    open: bool = True
    """Whether it is opened in the browser; --no-open only prints its address."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan explore")
    check_packages()
    page = built_page()
    print("making the page, some seconds, or finding it in the cache ...", flush=True)
    content = cached_content(arguments)
    with open_server({**page, **content_files(content)}, arguments.host, arguments.port) as server:
        say(server, arguments)
        if arguments.open:  # not in this thread: a browser of the terminal stays until it is left
            threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        server.serve_forever()
    return 0


def say(server: Server, arguments: Arguments) -> None:
    """Print where the page is, and who sees it."""
    if arguments.port not in (0, server.port):
        print(f"port {arguments.port} is taken: this is {server.port}")
    if not is_local(arguments.host):
        print(f"warning: with --host {arguments.host} anyone on the network can see the page and take the model")
    print(f"{Path(arguments.run).resolve().name}: {server.address} (Ctrl-C ends it)", flush=True)
