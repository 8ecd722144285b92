"""``dcgan export RUN``: the generator as ONNX; the page on which it is explored as a folder, or as one file."""

import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.page.make import facts_for, make_content, open_page_model
from dcgan.cli.page.options import PageOptions
from dcgan.errors import ConfigError, check
from dcgan.export.onnx import check_packages, export_onnx
from dcgan.export.single import write_single
from dcgan.export.site import check_site, content_files, write_site
from dcgan.files import replacing
from dcgan.web.built import built_page

HEAVY = (".onnx", ".wasm")


@dataclass(frozen=True, kw_only=True)
class Arguments(PageOptions):
    """Write a run's generator for other programs, or the page on which it is explored; give at least one of --onnx,
    --web and --single-file. Before you pass weights on, check the licence of the pictures that they were trained on."""

    onnx: Path | None = None
    """The generator as an ONNX file: z, float32 (n, z_dim), to pictures, float32 (n, C, H, W) in [-1, 1]."""
    web: Path | None = None
    """The page as a folder of static files, for any web server. An earlier page there is replaced."""
    single_file: Path | None = None
    """The page as one HTML file, which opens from a disk, with no server and no network."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan export")
    page = check_targets(arguments)
    model = open_page_model(arguments)
    if not page:
        assert arguments.onnx is not None
        done = export_onnx(model.G, arguments.onnx, half=arguments.half, metadata=facts_for(model).as_metadata())
        say_onnx(arguments.onnx, done.as_json())
    else:
        with tempfile.TemporaryDirectory(prefix="dcgan-page-") as folder:
            write_pages(arguments, page, model, Path(folder))
    print(facts_for(model).licence)
    return 0


def check_targets(arguments: Arguments) -> dict[str, Path]:
    """Check, before the work begins, that there is something to write and a place for it. Returns the built page's
    files, or none where no page is wanted.

    Raises:
        UserError: there is not, or a package or the built page is missing.
    """
    targets = {"--onnx": arguments.onnx, "--web": arguments.web, "--single-file": arguments.single_file}
    if not any(targets.values()):
        raise ConfigError("nothing is to be written: give --onnx FILE, --web DIR or --single-file FILE")
    for option in ("--onnx", "--single-file"):
        target = targets[option]
        check(target is None or not target.is_dir(), f"{option} is a file", str(target))
    if arguments.web is not None:
        check_site(arguments.web)
    check_packages()
    return built_page() if arguments.web or arguments.single_file else {}


def write_pages(arguments: Arguments, page: dict[str, Path], model: Model, content: Path) -> None:
    """Make all that the page shows, once, and write it to every place that is wanted."""
    about = make_content(content, model, arguments)
    if arguments.onnx is not None:
        with replacing(arguments.onnx) as temporary:
            shutil.copyfile(content / "model.onnx", temporary)
        say_onnx(arguments.onnx, about["onnx"])
    if arguments.web is not None:
        write_site(arguments.web, page, content)
        say_site(arguments.web)
    if arguments.single_file is not None:
        write_single(arguments.single_file, page, content)
        size = megabytes(arguments.single_file.stat().st_size)
        print(f"{arguments.single_file}: the page in one file, {size}; it opens from the disk")
    if about["reals"] is not None:
        count, name = about["reals"]["count"], about["reals"]["name"]
        print(f"{count} real pictures of {name} are inside: --no-reals leaves them out")


def say_onnx(path: Path, about: dict[str, Any]) -> None:
    """Print what an ONNX file is."""
    kind = "float16 weights" if about["half"] else "float32"
    apart = about["difference"] * 127.5
    print(f"{path}: ONNX, {kind}, {megabytes(about['bytes'])}; at most {apart:.2g} of 255 from PyTorch's pictures")


def say_site(folder: Path) -> None:
    """Print how large a folder is, and how to look at it."""
    sizes = [(path.suffix, path.stat().st_size) for path in content_files(folder).values()]
    heavy = sum(size for suffix, size in sizes if suffix in HEAVY)
    rest = sum(size for suffix, size in sizes if suffix not in HEAVY)
    print(f"{folder}: the page, {megabytes(rest)} and {megabytes(heavy)} of weights and runtime")
    print(f"look at it: python -m http.server -d {shlex.quote(str(folder))}")


def megabytes(size: int) -> str:
    """Write a number of bytes for a reader."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.0f} kB"
