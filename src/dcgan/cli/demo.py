"""``dcgan demo``: the main job on real digits that come with scikit-learn, in minutes on a CPU."""

from dataclasses import dataclass, replace
from pathlib import Path

from dcgan.cli.arguments import parse
from dcgan.cli.launch import launch
from dcgan.cli.measuring import evaluators_of, suite_of
from dcgan.cli.pictures import prepared
from dcgan.cli.sample import main as sample
from dcgan.cli.speaker import is_alone
from dcgan.config import Config, TicksConfig
from dcgan.data.prepare import default_cache
from dcgan.errors import check
from dcgan.models.recipes import find, resolve_model
from dcgan.processes import ALONE
from dcgan.training.run import create_run


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Train the default recipe on 1,797 real handwritten digits, sample it, and write its report."""

    out: Path = Path("runs")
    """Where the run folder is made."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""
    kimg: float = 150.0
    """Length in thousands of pictures."""
    seed: int = 0
    """Decides every random number."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan demo")
    check(is_alone(), "dcgan demo is for one process: start it without a launcher", "several")
    config = demo_config(arguments.kimg, arguments.seed)
    pictures, _ = prepared("digits", config, arguments.cache)  # its digits are small and enlarged, on purpose
    suite = suite_of(config, pictures, arguments.cache or default_cache(), ALONE)
    run = create_run(arguments.out, config.recipe, pictures.name)
    code = launch(config, resolve_model(config), pictures, "digits", run, evaluators=evaluators_of(suite, run))
    return code or sample([str(run.path), "--seeds", "0-63", "--out", str(run.path / "samples")])


def demo_config(kimg: float, seed: int) -> Config:
    """Return the default recipe for little time: 32x32 in gray, half as wide, more and smaller steps."""
    ticks = TicksConfig(log="50steps", preview="10kimg", snapshot="50kimg")
    recipe = find("modern").config
    return replace(recipe, size="32", channels=1, width=0.5, batch=32, kimg=kimg, seed=seed, ticks=ticks)
