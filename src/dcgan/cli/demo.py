"""``dcgan demo``: the main job on real digits that come with scikit-learn, in minutes on a CPU."""

from dataclasses import dataclass, replace
from pathlib import Path

from dcgan.cli.arguments import parse
from dcgan.cli.launch import launch, read_pictures
from dcgan.cli.sample import main as sample
from dcgan.config import Config, TicksConfig
from dcgan.models.recipes import find, resolve_model
from dcgan.training.run import create_run


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Train the default recipe on 1,797 real handwritten digits, sample it, and write its report."""

    out: Path = Path("runs")
    """Where the run folder is made."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""
    kimg: float = 100.0
    """Length in thousands of pictures."""
    seed: int = 0
    """Decides every random number."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan demo")
    config = demo_config(arguments.kimg, arguments.seed)
    pictures = read_pictures("digits", config, arguments.cache)
    run = create_run(arguments.out, config.recipe, pictures.name)
    code = launch(config, resolve_model(config), pictures, "digits", run)
    return code or sample([str(run.path), "--seeds", "0-63", "--out", str(run.path / "samples")])


def demo_config(kimg: float, seed: int) -> Config:
    """Return the default recipe at 32x32 in gray, looking at itself often."""
    ticks = TicksConfig(log="20steps", preview="5kimg", snapshot="25kimg")
    return replace(find("modern").config, size="32", channels=1, kimg=kimg, seed=seed, ticks=ticks)
