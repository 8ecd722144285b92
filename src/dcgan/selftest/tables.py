"""What the self-tests found, as plain values for JSON, and as tables for readers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dcgan.rng import key
from dcgan.selftest.gaussians import SAMPLES, Mixture, Verdict, draw_points, judge, noise_over, to_points
from dcgan.selftest.points import Outcome
from dcgan.selftest.published import GAUSSIANS, STACKED, Published
from dcgan.selftest.stacked import ENOUGH, KL, MISSING, MODES
from dcgan.selftest.stacked import SAMPLES as STACKS_JUDGED

Table = list[list[str]]
"""Rows of cells, the head first."""


def gaussian_result(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what was found on each mixture, with what knows nothing of it and what knows it perfectly beside."""
    mixtures = {outcome.mixture.name: outcome.mixture for outcome in outcomes}
    return {name: _of_mixture(m, [o for o in outcomes if o.mixture.name == name]) for name, m in mixtures.items()}


def _of_mixture(mixture: Mixture, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    perfect = to_points(draw_points(mixture, SAMPLES, key(0, "perfect")), mixture)
    controls = {"the mixture itself": perfect, "noise over the square": noise_over(mixture, SAMPLES, key(0, "noise"))}
    return {
        "modes": len(mixture.centres),
        "std": mixture.std,
        "samples": SAMPLES,
        "rows": [_of_outcome(outcome) for outcome in outcomes],
        "controls": [{"name": name, **_plain(judge(mixture, points))} for name, points in controls.items()],
    }


def _of_outcome(outcome: Outcome) -> dict[str, Any]:
    setting = outcome.setting
    return {
        "name": setting.name,
        **_plain(outcome.verdict),
        "steps": setting.steps,
        "seconds": round(outcome.seconds, 2),
        "over": {step: _plain(verdict) for step, verdict in outcome.verdicts.items()},
        "setting": asdict(setting),
    }


def _plain(verdict: Verdict) -> dict[str, Any]:
    kl = None if math.isnan(verdict.kl) else round(verdict.kl, 4)  # JSON has no NaN
    return {"found": verdict.found, "good": round(verdict.good, 4), "kl": kl}


def gaussian_table(found: Mapping[str, Any]) -> Table:
    """Return the table of one mixture, as ``gaussian_result`` has it."""
    rows = [["", f"modes of {found['modes']}", "high quality", "KL", "steps", "seconds"]]
    for row in (*found["rows"], *found["controls"]):
        kl = "-" if row["kl"] is None else f"{row['kl']:.2f}"
        effort = [str(row["steps"]), f"{row['seconds']:.1f}"] if "steps" in row else ["-", "-"]
        rows.append([row["name"], str(row["found"]), f"{row['good']:.1%}", kl, *effort])
    return rows


def gaussian_published(name: str) -> Table:
    """Return what was published on a mixture."""
    head = ["published", "modes", "high quality", "KL", "source"]
    return [head, *([row.name, row.modes, row.good, row.kl, row.source] for row in GAUSSIANS[name])]


def stacked_table(rows: Iterable[Mapping[str, Any]], floor: Mapping[str, Any] | None) -> Table:
    """Return modes and KL over kimg; each row has nimg, modes and kl."""
    table = [["kimg", f"modes of {MODES}", "KL"]]
    table += [[f"{row['nimg'] / 1000:g}", str(row["modes"]), f"{row['kl']:.3f}"] for row in rows]
    if floor is not None:
        table.append(["a perfect sampler", str(floor["modes"]), f"{floor['kl']:.3f}"])
    return table


def stacked_published(rows: Sequence[Published] = STACKED) -> Table:
    """Return what was published on Stacked MNIST."""
    return [["published", "modes", "KL", "source"], *([row.name, row.modes, row.kl, row.source] for row in rows)]


def measured(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return nimg, modes and KL of the lines of a run's metrics.jsonl."""
    return [
        {"nimg": row["nimg"], "modes": MODES - round(row["values"][MISSING]), "kl": row["values"][KL]}
        for row in rows
        if KL in row["values"]
    ]


def report_lines(rows: Iterable[Mapping[str, Any]], known: Mapping[str, Any]) -> list[str]:
    """Return the tables, and what belongs beside the figures."""
    tables = [*aligned(stacked_table(rows, known["floor"])), "", *aligned(stacked_published())]
    return [*tables, "", *fact_lines(known)]


def fact_lines(known: Mapping[str, Any]) -> list[str]:
    """Write what belongs beside the figures as lines for a reader."""
    right = known["classifier"]["test_accuracy"]
    lines = [
        f"{known['generated']:,} generated pictures, each colour read by itself; KL against even shares, natural log",
        f"the classifier names {right:.2%} of {known['classifier']['test_digits']:,} test digits rightly",
        f"the floor is that of as many stacks of the {known['digits']:,} digits themselves",
    ]
    if right < ENOUGH:
        lines.append(f"warning: the published protocol asks for a classifier that is right on {ENOUGH:.0%} or more")
    if known["generated"] != STACKS_JUDGED:
        lines.append(f"warning: the published protocol judges {STACKS_JUDGED:,} pictures; fewer find fewer modes")
    return lines


def measures(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the run's page shows beside its values."""
    floor = {KL: known["floor"]["kl"], MISSING: float(MODES - known["floor"]["modes"])}
    return {"facts": known, "floor": floor, "lines": fact_lines(known)}


def aligned(table: Table) -> list[str]:
    """Return a table as lines of text: the first column to the left, the others to the right, a source to the left."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    last_is_text = table[0][-1] == "source"
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])]
        for i, cell in enumerate(row[1:], start=1):
            text = last_is_text and i == len(row) - 1
            cells.append(cell.ljust(widths[i]) if text else cell.rjust(widths[i]))
        lines.append("  ".join(cells).rstrip())
    return lines
