"""The layout's rules, read from the source: who imports whom, who knows torch, who speaks and reads the environment."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import dcgan

ROOT = Path(dcgan.__file__).parent
FLOORS = (
    "config clock errors files functional images locks rng parse serial",
    "augment data models objectives penalties processes",
    "training latent metrics probes",
    "report export selftest",
    "cli web api __init__ __main__",
)
FLOOR = {unit: number for number, units in enumerate(FLOORS) for unit in units.split()}
SIDEWAYS = {("cli", "api"), ("cli", "web"), ("web", "api"), ("__init__", "api"), ("__main__", "cli")}
METADATA = {"__version__", "__doc__"}
SPEAKERS = {"cli", "web"}
SPEECH = {"print", "exit", "quit", "SystemExit", "sys.exit", "sys.argv", "os.environ", "os.getenv"}
HEAVY = {"torch", "numpy", "PIL", "sklearn", "matplotlib", "tyro", "rich"}


@dataclass(frozen=True)
class Use:
    """A dotted name that a file imports or mentions, such as ``dcgan.data.cache.load`` or ``sys.exit``."""

    line: int
    name: str
    imported: bool
    typing: bool
    """Whether it stands under TYPE_CHECKING."""


def uses(path: Path, root: Path) -> Iterator[Use]:
    package = [root.name, *path.relative_to(root).parent.parts]
    yield from _uses(ast.parse(path.read_text(encoding="utf-8")), package, typing=False)


def _uses(node: ast.AST, package: list[str], typing: bool) -> Iterator[Use]:
    for name, imported in _names(node, package):
        yield Use(getattr(node, "lineno", 0), name, imported, typing)
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for child in node.body:
            yield from _uses(child, package, typing=True)
        rest: Iterable[ast.AST] = node.orelse
    else:
        rest = ast.iter_child_nodes(node)
    for other in rest:
        yield from _uses(other, package, typing)


def _names(node: ast.AST, package: list[str]) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, True) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield from ((f"{base}.{alias.name}", True) for alias in node.names)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield f"{node.value.id}.{node.attr}", False
    elif isinstance(node, ast.Name):
        yield node.id, False


def unit_of(name: str) -> str | None:
    """Return the part of dcgan that a name belongs to; None for other packages and for ``dcgan.__version__``."""
    top, *rest = name.split(".")
    if top != "dcgan" or not rest or rest[0] in METADATA:
        return None
    return rest[0] if rest[0] in FLOOR else "__init__"


def allowed(unit: str, other: str) -> bool:
    inner = FLOOR[unit] == FLOOR[other] == 0  # the files of floor 0 are one folder
    return unit == other or inner or FLOOR[other] < FLOOR[unit] or (unit, other) in SIDEWAYS


def violations(root: Path) -> list[str]:
    return [f"{path.relative_to(root)}: {what}" for path in sorted(root.rglob("*.py")) for what in _broken(path, root)]


def _broken(path: Path, root: Path) -> Iterator[str]:
    unit = path.relative_to(root).with_suffix("").parts[0]
    if unit not in FLOOR:
        yield "it has no floor"
        return
    for use in uses(path, root):
        other = unit_of(use.name)
        if other is not None and not allowed(unit, other):
            yield f"line {use.line} reaches {use.name}"
        if FLOOR[unit] == 0 and use.imported and not use.typing and use.name.split(".")[0] == "torch":
            yield f"line {use.line} imports {use.name} on floor 0"
        if use.name in SPEECH and unit not in SPEAKERS:
            yield f"line {use.line} has {use.name}, which is for the command"


def test_the_source_keeps_the_rules() -> None:
    seen = {path.relative_to(ROOT).with_suffix("").parts[0] for path in ROOT.rglob("*.py")}
    assert {"config", "data", "models", "training", "latent", "report", "cli", "api"} <= seen
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("config.py", "from dcgan.parse import parse_size"),
        ("config.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from torch import Tensor"),
        ("models/rows/a.py", "from dcgan.models.recipe import row"),
        ("models/rows/a.py", "from ..recipe import row"),
        ("models/rows/a.py", "from ...config import Layer"),
        ("training/a.py", "import dcgan\nversion = dcgan.__version__"),
        ("training/a.py", "from dcgan import __version__"),
        ("training/a.py", "from dcgan import rng, data"),
        ("report/a.py", "import dcgan.training.run"),
        ("cli/a.py", "from dcgan.api import load\nimport sys\nprint(sys.argv)\nsys.exit()"),
        ("api.py", "from dcgan.training.run import find_run"),
        ("cli/a.py", "from dcgan.web.server import open_server"),
        ("export/a.py", "from dcgan.latent.means import average"),
        ("__main__.py", "from dcgan.cli.main import entry"),
    ],
)
def test_what_is_allowed(tmp_path: Path, file: str, source: str) -> None:
    assert violations(tree(tmp_path, file, source)) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("config.py", "from dcgan.models.recipe import row"),
        ("config.py", "import torch"),
        ("config.py", "def f():\n    from torch import Tensor"),
        ("config.py", "if TYPE_CHECKING:\n    pass\nelse:\n    import torch.nn"),
        ("config.py", "if TYPE_CHECKING:\n    from dcgan.models.recipe import Recipe"),
        ("data/a.py", "from dcgan.models.prior import draw"),
        ("data/a.py", "def f():\n    from dcgan.objectives import targets"),
        ("models/rows/a.py", "from ...data import cache"),
        ("models/rows/a.py", "from ... import data"),
        ("objectives.py", "import dcgan.data.cache as c"),
        ("objectives.py", "from . import penalties"),
        ("training/a.py", "from dcgan import latent"),
        ("metrics/a.py", "from dcgan.probes.svm import fit"),
        ("training/a.py", "import dcgan\nG = dcgan.load('run')"),
        ("training/a.py", "from dcgan import load"),
        ("report/a.py", "from dcgan.api import load"),
        ("report/a.py", "from dcgan.export.site import build"),
        ("api.py", "from dcgan.cli.main import main"),
        ("web/a.py", "from dcgan.cli.main import main"),
        ("export/a.py", "from dcgan.report.health import judge"),
        ("export/a.py", "from dcgan.web.built import built_page"),
        ("helpers.py", "pass"),
        ("data/a.py", "import os\nplace = os.environ['HOME']"),
        ("data/a.py", "from os import environ"),
        ("report/a.py", "print('done')"),
        ("api.py", "import sys\nsys.exit(1)"),
        ("training/a.py", "def f():\n    raise SystemExit"),
    ],
)
def test_what_is_refused(tmp_path: Path, file: str, source: str) -> None:
    assert len(violations(tree(tmp_path, file, source))) >= 1


def tree(folder: Path, file: str, source: str) -> Path:
    path = folder / "dcgan" / file
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    return folder / "dcgan"


def test_help_imports_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "dcgan", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("usage: dcgan COMMAND")
    assert "dcgan" in imported
    assert not imported & HEAVY
