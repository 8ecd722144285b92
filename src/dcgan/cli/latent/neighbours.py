"""``dcgan latent neighbours RUN``: are samples copies of training pictures? By pixels and by D's features."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors
from dcgan.cli.latent.near_sheet import show
from dcgan.cli.latent.nearness import Found, Reals, compared, open_reals, spaces_of
from dcgan.data.prepare import default_cache
from dcgan.errors import check
from dcgan.latent.render import frames_of


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """Memorised or not: the training pictures nearest to samples, and how near samples are to training pictures beside
    how near these are to each other."""

    seeds: str = "0-7"
    """Samples that are shown; as many, of all that are judged, are shown that are closest to a training picture."""
    n: int = 1000
    """Samples that are judged, seeds from 0 on; as many real pictures stand beside them."""
    k: int = 4
    """Neighbours that are shown."""
    data: str | None = None
    """The real pictures; by default those that the run was trained on."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""
    json: bool = False
    """Print JSON instead of the table."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent neighbours")
    check(arguments.n >= 10, "--n is at least 10", arguments.n)
    check(1 <= arguments.k <= 100, "--k is between 1 and 100", arguments.k)
    asked = chosen(arguments.seeds)
    model = open_model(arguments)
    reals = open_reals(arguments.run, arguments.data, arguments.cache or default_cache(), n=arguments.n, k=arguments.k)
    seeds = [*range(arguments.n), *(seed for seed in asked if seed >= arguments.n)]
    samples = frames_of(model.G, vectors(model, seeds), [{"seed": seed} for seed in seeds])
    found = list(compared(samples.pixels, reals, spaces_of(model), judged=arguments.n, k=arguments.k))
    facts = facts_of(model, reals, found, arguments)
    out = show(arguments, samples, reals, found, [seeds.index(seed) for seed in asked], facts)
    if arguments.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join([*lines_of(facts), f"written: {out / 'neighbours.png'}, {out / 'distances.png'}"]))
    return 0


# What is said -------------------------------------------------------------------------------------------------------


def facts_of(model: Model, reals: Reals, found: list[Found], arguments: Arguments) -> dict[str, Any]:
    """Return the figures as plain values."""
    return model_facts(model) | {
        "samples": arguments.n,
        "data": reals.pictures.name,
        "trained on": reals.known,
        "training pictures": len(reals.trained),
        "real pictures beside": len(reals.asked),
        "exact copies among these": found[0].verdict.copies,
        "held back": len(reals.held),
        "spaces": {one.space.name: figures(one) for one in found},
    }


def figures(found: Found) -> dict[str, Any]:
    """Return what is said of one space; what there is not is None."""
    judged = found.verdict
    values = {
        "samples: median distance": float(np.median(judged.samples)),
        "samples: smallest distance": float(judged.samples.min()),
        "real: median distance": float(np.median(judged.real)) if len(judged.real) else float("nan"),
        "held back: median distance": float(np.median(judged.held)) if len(judged.held) else float("nan"),
        "closest 1% of real": judged.close,
        "share of samples closer": judged.share,
        "share of held back closer": judged.share_held,
        "samples nearer than real": judged.nearer,
    }
    return {"unit": found.space.unit} | {name: None if np.isnan(v) else v for name, v in values.items()}


def lines_of(facts: dict[str, Any]) -> list[str]:
    """Return what is printed."""
    kind = "training pictures" if facts["trained on"] else "real pictures (not those that it was trained on)"
    lines = [f"{facts['samples']:,} samples, {facts['kimg']:g} kimg, beside {facts['training pictures']:,} {kind}"]
    lines.append("median distance to the nearest of them; share that is closer than the closest 1% of real ones;")
    lines.append("how often a sample is nearer than a real one (50%: alike; more: copies, or merely smoother)")
    if facts["exact copies among these"]:
        copies = f"{facts['exact copies among these']:,} of {facts['real pictures beside']:,}"
        lines.append(f"{copies} real pictures have an exact copy among the others; they are left out")
    heads = ("samples", "real", "held back", "closest 1%", "samples closer", "held closer", "sample nearer")
    lines.append(f"{'':14}" + "".join(f"{head:>16}" for head in heads))
    for name, row in facts["spaces"].items():
        distances = [row[f"{kind}: median distance"] for kind in ("samples", "real", "held back")]
        cells = [_number(value) for value in (*distances, row["closest 1% of real"])]
        shares = ("share of samples closer", "share of held back closer", "samples nearer than real")
        cells += [_share(row[share]) for share in shares]
        lines.append(f"{name:14}" + "".join(f"{cell:>16}" for cell in cells))
    return lines


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
