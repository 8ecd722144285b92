"""Every benchmark runs, at its smallest. What they find here means nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES_LIKE = """
import a_package_that_is_not_here
opt = a_package_that_is_not_here.parse_args()
nz = int(opt.nz)

class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(nz))

netG = Generator().to(device)
optimizerG = optim.Adam(netG.parameters(), lr=opt.lr)
seen = []

for epoch in range(opt.niter):
    for i, data in enumerate(dataloader, 0):
        optimizerG.zero_grad()
        (netG.weight.sum() * data[0].mean()).backward()
        optimizerG.step()
        seen = [*globals().get('seen', []), i]
        print(i, len(dataloader))
        if opt.dry_run:
            break
"""


def run(script: str, *arguments: object) -> str:
    command = [sys.executable, ROOT / "benchmarks" / script, *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    outcome = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def result(script: str, out: Path, *arguments: object) -> dict[str, Any]:
    run(script, "--tiny", "--out", out, *arguments)
    found = json.loads(out.read_text())
    assert {"machine", "versions", "date"} <= found.keys()
    return found


def test_step(tmp_path: Path) -> None:
    found = result("step.py", tmp_path / "step.json", "--rows", "pytorch", "--rounds", 1, "--steps", 1)
    (row,) = found["rows"]
    assert row["batch"] == 4
    assert {"fp32", "plain"} <= row["ways"].keys() == row["peak_mb"].keys()
    assert row["ways"]["fp32"]["gflop_s"]["median"] > 0


def test_step_beside_keras(tmp_path: Path) -> None:
    pytest.importorskip("keras")
    options = ("--rows", "celeba-32", "--rounds", 1, "--steps", 1, "--keras")
    (row,) = result("step.py", tmp_path / "step.json", *options)["rows"]
    assert "fp32/keras" in row["times_as_fast"]


def test_loop(tmp_path: Path) -> None:
    found = result("loop.py", tmp_path / "loop.json", "--rows", "mnist-28", "--steps", 4, "--pictures", 600)
    assert {"data", "finite", "log", "look", "preview", "snapshot", "state"} <= found["loop"][0]["share"].keys()
    assert found["loop"][0]["first_look_ms"] > 0


def test_sampling(tmp_path: Path) -> None:
    found = result("sampling.py", tmp_path / "sampling.json", "--rows", "mnist-28", "--samples", 64, "--rounds", 1)
    assert [part["pictures"] for part in found["sampling"][0]["alone"]] == [64, 256]


def test_table(tmp_path: Path) -> None:
    for page in ("scale.md", "health.md"):
        shutil.copy(ROOT / "docs" / page, tmp_path)
    run("table.py", "--out", tmp_path / "speed.md")
    for page in ("speed.md", "scale.md", "health.md"):
        assert (tmp_path / page).read_text() == (ROOT / "docs" / page).read_text(), "run benchmarks/table.py"


def test_health_is_judged_as_the_rules_are_now() -> None:
    """The table in docs/health.md is what the detectors of today say of the looks that were kept."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from health import cases, judge
    finally:
        sys.path.pop(0)
    kept = json.loads((ROOT / "benchmarks" / "results" / "health.json").read_text())["runs"]
    assert set(kept) <= set(cases())
    for name, run in kept.items():
        assert judge(name, run)["fired"] == run["fired"], f"{name}: run benchmarks/health.py --again, then table.py"


def test_judge(tmp_path: Path) -> None:
    options = ("--rows", "mnist-28", "--samples", 300, "--many", 600, "--rounds", 1)
    found = result("judge.py", tmp_path / "judge.json", *options)
    (row,) = found["rows"]
    assert row["share_of_training"]["median"] > 0
    assert [part["pictures"] for part in found["memory"]] == [60, 600]


@pytest.mark.parametrize(
    ("script", "page"),
    [
        ("sees.py", "metrics.md"),
        ("nearest.py", "metrics.md"),
        ("faults.py", "extractors.md"),
        ("classifier.py", "extractors.md"),
        ("judged.py", "judged.md"),
        ("page.py", "page.md"),
    ],
)
def test_pages_have_the_figures_that_were_kept(script: str, page: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "docs" / page, tmp_path)
    run(script, "--page", tmp_path / page)
    assert (tmp_path / page).read_text() == (ROOT / "docs" / page).read_text(), f"run benchmarks/{script}"


def test_latent(tmp_path: Path) -> None:
    options = ("--rows", "mnist-28", "--frames", 128, "--many", 200, "--rounds", 1)
    found = result("latent.py", tmp_path / "latent.json", *options)
    (row,) = found["rows"]
    assert row["walk_in_forwards"]["median"] > 0
    assert [part["samples"] for part in found["memory"]] == [20, 200]


def test_latent_page(tmp_path: Path) -> None:
    """Every block of docs/latent.md and docs/features.md is what its command printed, and its picture is there."""
    run("gallery.py", "--out", tmp_path)
    for name, least in (("latent.md", 20), ("features.md", 5)):
        page = (ROOT / "docs" / name).read_text()
        assert (tmp_path / name).read_text() == page, "run benchmarks/gallery.py"
        pictures = re.findall(r"!\[[\w-]+\]\(images/([\w.-]+)\)", page)
        assert len(pictures) >= least
        assert all((ROOT / "docs" / "images" / picture).is_file() for picture in pictures)
        assert not re.search(r"<!-- (?!end)[\w-]+ -->\n<!-- end -->", page), "a block was never made"


def test_features_page(tmp_path: Path) -> None:
    """Every table of docs/features.md is what was measured."""
    run("features.py", "--out", tmp_path / "features.md")
    page = (ROOT / "docs" / "features.md").read_text()
    assert (tmp_path / "features.md").read_text() == page, "run benchmarks/features.py"
    assert not re.search(r"<!-- (?!end)[\w ]+ -->\n<!-- end -->", page), "a table was never made"


def test_features_of_other_labels_are_not_joined(tmp_path: Path) -> None:
    found = json.loads((ROOT / "benchmarks" / "results" / "features.json").read_text())["mnist"]
    for row in found["rows"]:
        row |= {"validation_by_C": {}, "confusion": []}
    (tmp_path / "classify.json").write_text(json.dumps(found | {"snapshots": {}, "draws": found["draws"] + 1}))
    with pytest.raises(AssertionError, match="differ in draws"):
        run("features.py", "--add", f"mnist={tmp_path / 'classify.json'}", "--out", tmp_path / "features.md")


def test_probing(tmp_path: Path) -> None:
    found = result("probing.py", tmp_path / "probing.json", "--many", 300, "--rounds", 1)
    assert [part["pictures"] for part in found["memory"]] == [30, 300]
    assert found["svm"]["same_answers"] > 0.95
    assert found["svm"]["times_as_fast"]["median"] > 0


def test_scale(tmp_path: Path) -> None:
    found = result("scale.py", tmp_path / "scale.json", "--rows", "modern", "--rounds", 1, "--steps", 1)
    assert found["rows"]["modern"]["img_s"]["two"]["median"] > 0
    assert 0 < found["rows"]["modern"]["averaging_share"]["median"] < 1


def test_measures(tmp_path: Path) -> None:
    pytest.importorskip("torchmetrics")
    found = result("measures.py", tmp_path / "measures.json", "--rounds", 1)
    for measure, peer in (("prdc", "sklearn"), ("kernel", "torchmetrics"), ("frechet", "scipy_sqrtm")):
        assert found[measure]["times_as_fast"][peer]["median"] > 0
        assert {"ours", peer} <= found[measure]["more_mb"].keys()
    assert found["prdc"]["values"]["ours"] == pytest.approx(found["prdc"]["values"]["sklearn"], abs=0.02)
    assert found["frechet"]["values"]["ours"] == pytest.approx(found["frechet"]["values"]["scipy_sqrtm"], rel=1e-5)


def test_modes(tmp_path: Path) -> None:
    options = ("--tiny", "--gaussians", "--out", tmp_path / "modes.json", "--docs", tmp_path)
    run("modes.py", *options)
    found = json.loads((tmp_path / "modes.json").read_text())
    assert {"gaussians", "machine", "versions", "date"} <= found.keys()
    assert "noise over the square" in (tmp_path / "modes.md").read_text()
    assert (tmp_path / "images" / "modes-grid.png").is_file()


def test_modes_page(tmp_path: Path) -> None:
    run("modes.py", "--page", "--docs", tmp_path)
    assert (tmp_path / "modes.md").read_text() == (ROOT / "docs" / "modes.md").read_text(), "run benchmarks/modes.py"


def test_without_cuda_the_gpu_part_says_so() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    for script in ("step.py", "loop.py", "sampling.py"):
        assert "there is no CUDA device here" in run(script, "--device", "cuda")


def test_examples_statements_are_run_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script of the same shape: its own lines make the networks, and its inner loop is a step."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from rivals import Case, Examples

    script = tmp_path / "main.py"
    script.write_text(EXAMPLES_LIKE)
    rival = Examples(Case(kind="examples", row="pytorch", batch=4, tiny=True, examples=script))
    before = rival.names["netG"].weight.detach().clone()
    for _ in range(101):
        rival()
    assert rival.names["seen"] == [*range(1, 100), 101, 102]  # without the pictures of every 100th step
    assert not before.equal(rival.names["netG"].weight)
