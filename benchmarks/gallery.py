"""Make the sheets of docs/latent.md and docs/features.md: run each command there, keep its picture and what it printed.

Run: python benchmarks/gallery.py --runs celeba=RUN anime=RUN mnist=RUN [--only NAME ...]
Then: python benchmarks/gallery.py writes both pages anew from results/gallery.json.

On a page what a command printed stands between ``<!-- NAME -->`` and ``<!-- end -->``; the rest is prose.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from table import about, table

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "gallery.json"
PAGES = ("latent.md", "features.md")
WIDE = 116  # letters of a line
WIDEST = 1100  # pixels of a picture on the page
SHOTS: dict[str, str] = {
    "sheet": "sheet runs/anime --seeds 0-39",
    "means": "means runs/anime --snapshot 40,latest",
    "means-celeba": "means runs/celeba",
    "average": "average runs/anime --snapshot 40,latest --n 2000",
    "average-mnist": "average runs/mnist --n 2000",
    "spread": "spread runs/anime",
    "spread-mnist": "spread runs/mnist",
    "sum": 'algebra runs/anime "G + D" --let G=seed:12 --let D=seed:3',
    "difference": 'algebra runs/anime "abs(G - D)" --let G=seed:12 --let D=seed:3',
    "product": 'algebra runs/anime "G * D" --let G=seed:12 --let D=seed:3',
    "glasses": 'algebra runs/celeba "mean(label:Male&Eyeglasses) - mean(label:Male&!Eyeglasses)'
    ' + mean(label:!Male&!Eyeglasses)" --neighbours',
    "smile": 'algebra runs/celeba "S - N + M" --let "S=mean(label:!Male&Smiling)" --let "N=mean(label:!Male&!Smiling)"'
    ' --let "M=mean(label:Male&!Smiling)" --neighbours',
    "hair": 'algebra runs/anime "A - B + C" --let "A=mean(label:blue_hair&!smile)"'
    ' --let "B=mean(label:blonde_hair&!smile)" --let "C=mean(label:blonde_hair&smile)" --neighbours',
    "traverse": "traverse runs/anime",
    "rank": "traverse runs/anime --rank",
    "walk": "interpolate runs/anime --seeds 0-8 --steps 8",
    "walk-mnist": "interpolate runs/mnist --seeds 0-5 --steps 9 --loop --ease smooth",
    "beside": "beside runs/digits --n 24 --shuffle",
    "directions-anime": "directions runs/anime --label blue_hair,blonde_hair,red_hair,long_hair,smile,open_mouth,"
    "blush,hat",
    "sefa": "directions runs/anime --sefa 4 --pca 4",
    "directions": "directions runs/celeba --label Smiling,Male,Blond_Hair,Black_Hair,Bangs,Eyeglasses,Wearing_Lipstick,"
    "Mouth_Slightly_Open",
    "conditional": "directions runs/celeba --label Smiling,Blond_Hair,Bangs,Eyeglasses,Wearing_Lipstick"
    " --condition Male",
    "invert-check": "invert runs/celeba-32 --check 1000",
    "invert": "invert runs/digits --n 16",
    "neighbours": "neighbours runs/digits --seeds 0-5",
    "smoothness": "smoothness runs/anime --snapshot 40,120,200 --n 500",
    "smoothness-celeba": "smoothness runs/celeba --snapshot 50,150,250 --n 500",
    "celeba-average": "average runs/celeba --n 2000",
    "celeba-spread": "spread runs/celeba",
    "celeba-rank": "traverse runs/celeba --rank",
    "celeba-walk": "interpolate runs/celeba --seeds 0-5 --steps 8",
    "celeba-neighbours": "neighbours runs/celeba",
    "mnist-means": "means runs/mnist",
    "mnist-algebra": 'algebra runs/mnist "mean(label:3) - mean(label:8) + mean(label:9)" --neighbours',
    "mnist-rank": "traverse runs/mnist --rank",
    "mnist-directions": "directions runs/mnist --label 0,1,3,7,8",
    "mnist-turn": "turn runs/mnist --from label:1 --to label:7 --exemplars 8 --seeds 0-5",
    "mnist-neighbours": "neighbours runs/mnist",
    "mnist-smoothness": "smoothness runs/mnist --snapshot 60,180,300 --n 500",
    "anime-neighbours": "neighbours runs/anime",
    "celeba-invert": "invert runs/celeba-32 --n 16",
    "celeba-invert-check": "invert runs/celeba --check 32",
    "mnist-invert-check": "invert runs/mnist --check 32",
    "moved": "traverse runs/celeba --direction Smiling,Male --seeds 0-3",
    "turn": "turn runs/anime --from 35,42,45,61 --to 29,10,4,28 --seeds 0-5",
    "turn-smile": "turn runs/celeba --from label:!Smiling --to label:Smiling --exemplars 8 --seeds 0-5",
}

FEATURES: dict[str, str] = {
    "look-faces": "look runs/celeba --generated --features 0-3 --top 5",
    "look-digits": "look runs/digits --layer 2 --features 0-5",
    "remove-smile": "remove runs/celeba --label Smiling --box 18,38,48,54 --layer 2",
    "remove-smile-some": "remove runs/celeba --label Smiling --box 18,38,48,54 --layer 2 --maps 40",
    "remove-glasses": "remove runs/celeba --label Eyeglasses --box 10,22,54,36 --layer 1 --maps 86",
    "remove-paper": "remove runs/celeba --label Smiling --box 18,38,48,54",
    "name-mnist": "name runs/mnist --labels-per-class 5 --clusters 20",
    "name-algebra": 'algebra runs/mnist "mean(label:7) - mean(label:1) + mean(label:4)" --reader named',
}
"""Those of docs/features.md; ``algebra`` is of the other family."""
SHOTS |= FEATURES
SHOWN = {f"{name}-neighbours": "distances.png" for name in ("celeba", "mnist", "anime")} | {"celeba-invert": None}
"""What is shown where the sheet holds real pictures that are not ours."""


def shoot(name: str, folder: Path) -> dict[str, object]:
    """Run a command where ``runs/`` is, and keep its picture in docs/images."""
    words = shlex.split(SHOTS[name])
    out = folder / "out" / name
    family = "features" if name in FEATURES and words[0] != "algebra" else "latent"
    command = [sys.executable, "-m", "dcgan", family, *words, "--out", str(out)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    shown = SHOWN.get(name, f"{words[0]}.png")
    return {
        "command": f"dcgan {family} {SHOTS[name]}",
        "printed": done.stdout.replace(f"{out}{os.sep}", f"out/{words[0]}/").strip().splitlines(),
        "picture": keep(out / shown, f"{'features' if name in FEATURES else 'latent'}-{name}") if shown else None,
    }


def keep(sheet: Path, name: str) -> str:
    """Keep a sheet, no wider than WIDEST: as PNG where that is small, else as JPEG. Returns its file's name."""
    with Image.open(sheet) as opened:
        image = opened.convert("RGB")
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    path = ROOT / "docs" / "images" / f"{name}.png"
    image.quantize(128).save(path, optimize=True)
    if path.stat().st_size > 60_000:
        path.unlink()
        path = path.with_suffix(".jpg")
        image.save(path, quality=86, optimize=True)
    return path.name


def folded(line: str) -> list[str]:
    """Break a line that is too wide for the page; others keep their spaces."""
    return textwrap.wrap(line, WIDE) if len(line) > WIDE else [line]


def block(name: str, shot: dict[str, object]) -> str:
    """Return what stands on the page between a name's marks."""
    lines = [part for line in shot["printed"] for part in folded(line)]  # type: ignore[attr-defined]
    printed = "".join(f"\n{part}" for part in lines)
    command = "\n".join(textwrap.wrap(str(shot["command"]), WIDE, subsequent_indent="    ", break_long_words=False))
    picture = f"\n![{name}](images/{shot['picture']})\n" if shot["picture"] else ""
    return f"```\n$ {command}{printed}\n```\n{picture}"


def cost() -> str:
    """Return the table of what benchmarks/latent.py has measured."""
    found = json.loads((ROOT / "benchmarks" / "results" / "latent.json").read_text())
    kinds = ("walk_in_forwards", "average_in_forwards")
    rows = [(f"`{row['row']}`", *(f"{row[kind]['median']:.2f}" for kind in kinds)) for row in found["rows"]]
    memory = " and ".join(f"{part['samples']:,} samples take {part['peak_mb']:g} MB" for part in found["memory"])
    head = ("recipe", "a frame of a walk, in bare forward passes", "a sample of an average")
    return "\n".join([*table(head, rows), "", f"Averages of {memory}.", about(found)])


def written(page: str, shots: dict[str, dict[str, object]]) -> str:
    """Return the page with every block as it was last made."""

    def fill(match: re.Match[str]) -> str:
        if match[1] == "cost":
            return f"<!-- cost -->\n{cost()}\n<!-- end -->"
        if match[1] not in shots:
            return match[0]
        return f"<!-- {match[1]} -->\n{block(match[1], shots[match[1]])}<!-- end -->"

    return re.sub(r"<!-- ([\w-]+) -->\n.*?<!-- end -->", fill, page, flags=re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", nargs="*", default=[], metavar="NAME=RUN")
    parser.add_argument("--only", nargs="*", choices=list(SHOTS), metavar="NAME")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="where the pages are written")
    arguments = parser.parse_args()
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"shots": {}}
    runs = dict(word.split("=", 1) for word in arguments.runs)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "runs").mkdir()
        for name, run in runs.items():
            (folder / "runs" / name).symlink_to(Path(run).resolve())
        for name in arguments.only or SHOTS:
            if SHOTS[name].split()[1].removeprefix("runs/") in runs:
                kept["shots"][name] = shoot(name, folder)
                kept["date"] = datetime.now(UTC).date().isoformat()
                print(name, *kept["shots"][name]["printed"], sep="\n  ")
                RESULTS.write_text(json.dumps(kept, indent=2) + "\n")
    for page in PAGES:
        (arguments.out / page).write_text(written((ROOT / "docs" / page).read_text(), kept["shots"]))


if __name__ == "__main__":
    main()
