"""Write docs/speed.md, the ends of docs/scale.md and docs/health.md, and in this what looks take, from what the
benchmarks kept in results/: no figure is typed.

Run: python benchmarks/table.py [--results DIR] [--out docs/speed.md]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from common import RESULTS

DOCS = Path(__file__).parents[1] / "docs"
END = "<!-- end -->"
NAMES = {"examples": "pytorch/examples", "plain": "a plain writing", "keras": "Keras 3"}
Result = dict[str, Any]

HEAD = """# Speed

Made by `python benchmarks/table.py` from the figures in `benchmarks/results/`; none is typed by hand.

## How it is measured

Machines are noisy and differ, so what is compared takes turns in one run, and the ratios are those of each round: the
median, with the range. Every way of taking a step has a process of its own, as its users run it, and all see the same
made-up pictures. Ours get them as training does, in bytes; the others get them ready in memory, as floats.

**The limit.** `FlopCounterMode` of PyTorch counts the floating-point operations of a round in its plain form (products
of matrices and convolutions; a multiplication and an addition are two). The machine's matrix rate is that of the best
of several large products, measured in every round. The share is operations over seconds over that rate.

**What makes a step fast.**

- bfloat16 where the hardware computes in it: weights, losses and optimisers stay in float32.
- Weights and maps lie channels last.
- Adam is one fused pass over all weights.
- On a CPU: gradients of small kernels' weights, and layers whose kernel is the whole map, as products of matrices.
- On a CPU: memory that a step frees is kept for the next one, instead of being mapped afresh page by page.
- Dropout's masks are cut from whole 64-bit words.
- Losses stay on the device: nothing is asked of it but at ticks. (float16 with RMSprop is the exception: PyTorch asks
  after every update whether it overflowed.)
- On a CUDA device: pictures stay there as bytes where they fit, else the next batch is sent ahead; and, if asked for,
  `--compile on` or `--compile graphs`.
"""

COMMANDS = """
## Try it

```
python benchmarks/step.py --examples main.py --keras --agree    # main.py: pytorch/examples' dcgan/main.py
python benchmarks/loop.py
python benchmarks/sampling.py --million
python benchmarks/step.py --device cuda --examples main.py --whole
python benchmarks/table.py
```
"""


def read(folder: Path, name: str) -> Result | None:
    path = folder / name
    return json.loads(path.read_text()) if path.exists() else None


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return ["", *("| " + " | ".join(map(str, line)) + " |" for line in lines), ""]


def between_marks(page: Path, script: str, lines: Iterable[str]) -> None:
    """Write lines into a page, between the mark of a script and the end mark that follows it."""
    before, mark, rest = page.read_text().partition(f"<!-- benchmarks/{script} -->")
    assert mark, f"{page} has no mark of benchmarks/{script}"
    page.write_text("\n".join([before + mark, *lines, END]) + rest.partition(END)[2])


def among(found: dict[str, float], unit: str = "") -> str:
    """Write a median and its range."""
    return f"{found['median']:,}{unit} ({found['min']:,} to {found['max']:,})"


def about(result: Result) -> str:
    """Say where and with what a result was got."""
    m, v = result["machine"], result["versions"]
    threads = f"{m['threads']} thread{'' if m['threads'] == 1 else 's'}"
    where = m.get("gpu") or f"{m['processor']}, {m['cores']} cores, {threads}, {m['capability']}"
    others = ", ".join(f"{name} {number}" for name, number in v.items())
    note = f" {result['note']}" if "note" in result else ""
    return f"{where}; {others}; {result['date']}.{note}"


def steps(result: Result) -> list[str]:
    head = ("recipe", "size", "batch", "GFLOP an image", "precision", "ms a step", "img/s", "matrix GFLOP/s", "share")
    rows = [
        (f"`{r['row']}`", r["size"], r["batch"], r["gflop_an_image"], name, way["ms"]["median"],
         f"{way['img_s']['median']:,}", f"{way['matrix_gflop_s']['median']:,}", f"{way['share']['median']:.0%}")
        for r in result["rows"] for name, way in r["ways"].items() if name not in NAMES
    ]  # fmt: skip
    return [about(result), *table(head, rows), *faults(result)]


def faults(result: Result) -> list[str]:
    found = [(r, name, why) for r in result["rows"] for name, why in r.get("faults", {}).items()]
    return [f"- `{r['row']}`, batch {r['batch']}, {name}: {why}" for r, name, why in found]


def rivals(result: Result) -> list[str]:
    rows = []
    for r in result["rows"]:
        for pair, times in r["times_as_fast"].items():
            mine, other = pair.split("/")
            theirs = r["ways"][other]["img_s"]["median"]
            rows.append((f"`{r['row']}`", r["batch"], mine, NAMES[other], f"{theirs:,}", among(times)))
    head = ("recipe", "batch", "ours in", "the other, float32", "its img/s", "ours is so many times as fast")
    note = (
        f"pytorch/examples: {result['examples']}. Its own statements are run unchanged, its printing goes into a sink;"
    )
    note += " reading data and the pictures of every 100 steps are left out."
    return [note, *table(head, rows)]


def memory(result: Result) -> list[str]:
    where = "as the device's allocator tells it" if result["device"] == "cuda" else "above what the imports took"
    names = list(dict.fromkeys(name for r in result["rows"] for name in r["peak_mb"]))
    rows = [(f"`{r['row']}`", r["batch"], *(r["peak_mb"].get(name, "-") for name in names)) for r in result["rows"]]
    return [
        f"MB, {where}, in a process of its own.",
        *table(("recipe", "batch", *(NAMES.get(name, name) for name in names)), rows),
    ]


def agreement(found: Result) -> list[str]:
    kinds = [(name, part) for name, part in found.items() if isinstance(part, dict)]
    rows = [(name, part["batch"], f"{part['largest']:.1e}", part["steps_within"]) for name, part in kinds]
    text = (
        f"The losses of the first {found['steps']} steps beside {found['with']}, same weights, data and noise. At full"
    )
    text += " width float32's rounding, multiplied at every step, soon parts even the rival from itself (its weights in"
    text += " another order in memory); float64 shows that the computation is the same."
    head = ("arithmetic", "batch", "largest difference of a loss", f"first steps within {found['allowed']}")
    return [text, *table(head, rows)]


def the_loop(result: Result) -> list[str]:
    kinds = list(dict.fromkeys(name for r in result["loop"] for name in r["share"]))
    rows = [
        (f"`{r['row']}`", r["step_ms"], *(f"{r['share'][k]:.2%}" if k in r["share"] else "-" for k in kinds),
         f"**{r['overhead']:.2%}**") for r in result["loop"]
    ]  # fmt: skip
    text = f"What `train` does beside the bare step, as shares of it, on {result['loop'][0]['pictures']:,} pictures."
    text += " What a tick takes is spread over the steps between two ticks of the recipe's own rhythm."
    return [about(result), "", text, *table(("recipe", "ms a step", *kinds, "together"), rows)]


def sampling(result: Result) -> list[str]:
    rows = [
        (f"`{r['row']}`", among(r["img_s"]["to_a_file"]), among(r["img_s"]["forward"]), among(r["of_forward"]),
         ", ".join(f"{part['peak_mb']} ({part['pictures']:,})" for part in r["alone"])) for r in result["sampling"]
    ]  # fmt: skip
    text = "Seeds to a .npy file beside a bare forward pass of the same G, in float32 and batches of "
    text += f"{result['sampling'][0]['batch']}, img/s; and peak memory in MB for so many pictures."
    lines = [
        about(result),
        "",
        text,
        *table(("recipe", "seeds to a file", "bare forward", "ratio", "peak MB (pictures)"), rows),
    ]
    if million := result.get("million"):
        lines += [
            f"A million pictures of `{million['row']}`, really made: {million['seconds']:,} seconds,"
            f" {million['img_s']:,} img/s, peak memory {million['peak_mb']} MB.", "",
        ]  # fmt: skip
    return lines


def gpu(result: Result | None) -> list[str]:
    if result is None:
        return [
            "Not measured yet: `benchmarks/step.py`, `loop.py` and `sampling.py` with `--device cuda` wait for one."
        ]
    lines = [*steps(result), *rivals(result), *memory(result)]
    if seconds := result.get("seconds"):
        lines += table(("training", "seconds"), seconds.items())
    return lines


def page(folder: Path) -> str:
    """Return the text of docs/speed.md."""
    step, loop, samples = (read(folder, f"{name}.json") for name in ("step", "loop", "sampling"))
    cuda, cuda_loop, cuda_samples = (read(folder, f"{name}-cuda.json") for name in ("step", "loop", "sampling"))
    parts: list[tuple[str, list[str]]] = []
    if step:
        parts += [("A step", steps(step)), ("Beside others", rivals(step)), ("Memory of a step", memory(step))]
    if step and "agreement" in step:
        parts.append(("The same computation", agreement(step["agreement"])))
    if loop:
        parts.append(("The loop", the_loop(loop)))
    if samples:
        parts.append(("Sampling", sampling(samples)))
    parts.append(("On a GPU", gpu(cuda)))
    if cuda_loop:
        parts.append(("The loop on a GPU", the_loop(cuda_loop)))
    if cuda_samples:
        parts.append(("Sampling on a GPU", sampling(cuda_samples)))
    body = "\n".join("\n".join((f"\n## {title}\n", *lines)) for title, lines in parts)
    while "\n\n\n" in body:
        body = body.replace("\n\n\n", "\n\n")
    return HEAD + body.rstrip() + "\n" + COMMANDS


SCALE = "## Measured, and arithmetic"


def scale(result: Result) -> list[str]:
    """Return the end of docs/scale.md."""
    lines = [SCALE, "", about(result), ""]
    lines += [f"Measured: {result['claim']}; img/s, and times one process."]
    rows = [
        (f"`{name}`", r["batch"], *(among(r["img_s"][way]) for way in r["img_s"]), *map(among, r["times_one"].values()))
        for name, r in result["rows"].items()
    ]
    first = next(iter(result["rows"].values()))
    head = ("recipe", "batch", *first["img_s"], *(f"{way}: times one" for way in first["times_one"]))
    lines += [*table(head, rows), "What averaging the gradients takes there (through gloo, in one machine's memory)."]
    rows = [
        (f"`{name}`", r["megabytes_a_step"], among(r["averaging_ms"]), among(r["averaging_share"]))
        for name, r in result["rows"].items()
    ]
    lines += table(("recipe", "MB a step", "ms a step", "share of the step"), rows)
    lines += [
        "Arithmetic: a ring sends and receives nearly twice those bytes, whatever the number of machines. At the full",
        "rate of a link that alone takes so many milliseconds a step; the last column is a step of one process here.",
    ]
    links = list(first["arithmetic_ms"])
    rows = [(f"`{name}`", *r["arithmetic_ms"].values(), r["step_of_one_ms"]) for name, r in result["rows"].items()]
    lines += table(("recipe", *links, "ms a step here"), rows)
    return [
        *lines,
        "Not measured: NCCL, several GPUs, several machines. `python benchmarks/scale.py` measures what is above.",
    ]


def write_scale(path: Path, result: Result | None) -> None:
    """Replace the end of docs/scale.md by what was measured."""
    if result is not None and path.exists():
        before = path.read_text().split(SCALE)[0]
        path.write_text(before + "\n".join(scale(result)) + "\n")


HEALTH = "## The confusion table"


def health(result: Result) -> list[str]:
    """Return the end of docs/health.md: which detector spoke in which run, and after how many kimg."""
    runs = result["runs"]
    healthy = [run for run in runs.values() if run["expected"] == "healthy"]
    failing = [run for run in runs.values() if run["expected"] != "healthy"]
    quiet = sum(not run["fired"] for run in healthy)
    told = sum(next(iter(run["fired"]), None) == run["expected"] for run in failing)
    alone = sum(list(run["fired"]) == [run["expected"]] for run in failing)
    lines = [HEALTH, "", about(result), ""]
    lines.append(
        f"{len(healthy)} runs that should fare well: {quiet} without an alarm. {len(failing)} deliberate failures:"
        f" {told} are told first by their own detector, {alone} by it alone. A figure is the kimg at which a detector"
        " first spoke, bold where it was to. The thresholds were tuned on the runs marked so; the others had not been"
        " seen then."
    )
    rows = []
    for name, run in runs.items():
        cells = (cell(run["fired"].get(detector), detector == run["expected"]) for detector in result["detectors"])
        rows.append((name, "tuning" if run["tuning"] else "", f"{run['looks'][-1]['kimg']:g}", *cells))
    return lines + table(("run", "", "kimg", *result["detectors"]), rows)


def cell(found: Result | None, expected: bool) -> str:
    """Write when a detector spoke, or a dash where it should have and did not."""
    if found is None:
        return "**-**" if expected else ""
    when = "at once" if found["kimg"] is None else f"{found['kimg']:.0f}"
    return f"**{when}**" if expected else when


def looks(result: Result) -> list[str]:
    """Return what looks take beside the steps between them."""
    rows = [
        (f"`{r['row']}`", f"{r['share']['look']:.2%}", f"{r['ms']['look']:,.0f}", f"{r['first_look_ms']:,.0f}")
        for r in result["loop"]
    ]
    head = ("recipe", "of the time of the steps between two looks", "ms a look", "ms the first look of a launch")
    return [*table(head, rows), about(result)]


def write_looks(path: Path, result: Result | None) -> None:
    """Write into docs/health.md what looks take."""
    if result is not None and path.exists():
        between_marks(path, "loop.py", looks(result))


def write_health(path: Path, result: Result | None) -> None:
    """Replace the end of docs/health.md by what the runs gave."""
    if result is not None and path.exists():
        path.write_text(path.read_text().split(HEALTH)[0] + "\n".join(health(result)).rstrip() + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--out", type=Path, default=DOCS / "speed.md")
    arguments = parser.parse_args()
    arguments.out.write_text(page(arguments.results))
    write_scale(arguments.out.with_name("scale.md"), read(arguments.results, "scale.json"))
    write_looks(arguments.out.with_name("health.md"), read(arguments.results, "loop.json"))
    write_health(arguments.out.with_name("health.md"), read(arguments.results, "health.json"))
    print(arguments.out)


if __name__ == "__main__":
    main()
