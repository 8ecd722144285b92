"""Metrics together: what is read, kept, compared, and said beside the figures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dcgan.errors import ConfigError, UserError
from dcgan.metrics import collect as collecting
from dcgan.metrics import store, suite
from dcgan.metrics.collect import collect
from dcgan.metrics.registry import METRICS, check_metrics, find_metric
from dcgan.metrics.sides import real_sides
from dcgan.metrics.suite import Suite, generated, has_labels, open_suite
from dcgan.models.generator import Generator
from dcgan.models.recipes import resolve_model
from tests.metrics.stand_in import brightness, dots
from tests.training import tiny

EVERY = [(name, "labels") for name in METRICS]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for the extractors; returns the names that were opened."""
    names: list[str] = []

    def open_extractor(name: str, **given: Any) -> Any:
        names.append(name)
        return brightness() if name == "labels" else brightness(())

    monkeypatch.setattr(suite, "open_extractor", open_extractor)
    monkeypatch.setattr(suite, "can_be_learnt", lambda facts: True)
    return names


def made(folder: Path, asked: list[tuple[str, str]], count: int = 200, labelled: bool = True) -> Suite:
    sides = real_sides(dots(400, labelled=labelled), 0.0, None, count)
    return open_suite(asked, sides, count=count, cache=folder, device=torch.device("cpu"))


def test_every_metric_tells_good_pictures_from_bad(opened: list[str], tmp_path: Path) -> None:
    judging = made(tmp_path, EVERY)
    good, dark = (judging.judge([(p.pixels, None)]) for p in (dots(200, seed=7), dots(200, seed=7, high=90)))
    floor = judging.floor()
    assert set(good) == set(dark) == set(floor) == {f"{name}:labels" for m in METRICS.values() for name in m.gives}
    for name in ("frechet", "kernel", "kl", "top_share", "two-sample"):
        assert dark[f"{name}:labels"] > good[f"{name}:labels"] + 0.01, name
    for name in ("recall", "coverage", "score", "modes"):
        assert dark[f"{name}:labels"] < good[f"{name}:labels"] - 0.01, name
    assert dark["frechet:labels"] > 10 * floor["frechet:labels"]
    assert good["frechet:labels"] == pytest.approx(floor["frechet:labels"], abs=0.02)
    assert good["nearest-error:labels"] == pytest.approx(floor["nearest-error:labels"], abs=0.05)


def test_the_batching_changes_nothing(opened: list[str], tmp_path: Path) -> None:
    judging, pixels = made(tmp_path, EVERY), dots(200, seed=7).pixels
    parts = [(pixels[start : start + 64], None) for start in range(0, 200, 64)]
    whole, split = judging.judge([(pixels, None)]), judging.judge(parts)
    assert split == pytest.approx(whole, rel=1e-9, abs=1e-12)


def test_features_are_kept_of_the_first_pictures_only(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "KEPT", 30)
    pixels = dots(200).pixels
    found = collect({"labels": brightness()}, ((pixels[start : start + 25], None) for start in range(0, 200, 25)))[
        "labels"
    ]
    assert found.count == 200
    assert found.features.shape == (30, 4)
    assert found.probabilities is not None
    assert len(found.probabilities) == 30
    assert found.named is not None
    assert len(found.named) == 200
    expected = brightness().read(pixels).features
    assert np.allclose(found.moments.mean, expected.mean(0, dtype=np.float64))
    assert np.allclose(found.moments.covariance(), np.cov(expected, rowvar=False))
    assert np.array_equal(found.features, expected[:30])


def test_real_statistics_are_read_once(opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(tmp_path, EVERY)
    monkeypatch.setattr(store, "collect", None)  # cannot be called any more
    second = made(tmp_path, EVERY)
    assert second.floor() == first.floor()
    pixels = dots(200, seed=3).pixels
    assert second.judge([(pixels, None)]) == first.judge([(pixels, None)])


def test_a_damaged_file_is_made_again(opened: list[str], tmp_path: Path) -> None:
    first = made(tmp_path, EVERY).floor()
    kept = list((tmp_path / "features").iterdir())
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(path.read_bytes()[:100])
    assert made(tmp_path, EVERY).floor() == first


def test_auto_takes_what_fits(opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(tmp_path, [("frechet", "auto"), ("prdc", "auto")]).asked == [("frechet", "labels"), ("prdc", "labels")]
    assert opened == ["labels"]
    assert made(tmp_path, [("frechet", "auto")], labelled=False).asked == [("frechet", "random")]
    assert opened == ["labels", "random"]
    monkeypatch.setattr(suite, "can_be_learnt", lambda facts: False)
    assert made(tmp_path, [("frechet", "auto")]).asked == [("frechet", "random")]
    named = made(tmp_path, [("frechet", "labels"), ("prdc", "auto")])
    assert named.asked == [("frechet", "labels"), ("prdc", "random")]
    assert set(named.floor()) >= {"frechet:labels", "recall:random"}


def test_auto_does_without_labels_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_extractor(name: str, **given: Any) -> Any:
        if name == "labels":
            raise UserError("only 3 pictures have labels")
        return brightness(())

    monkeypatch.setattr(suite, "open_extractor", open_extractor)
    assert made(tmp_path, [("frechet", "auto")]).asked == [("frechet", "random")]
    with pytest.raises(UserError, match="only 3"):
        made(tmp_path, [("frechet", "labels")])


def test_what_can_be_learnt_needs_two_classes() -> None:
    assert has_labels(dots(100))
    assert not has_labels(dots(100, labelled=False))
    assert not has_labels(dots(100, high=100))


def test_neighbours_by_pixels_get_their_labels_from_the_classifier(opened: list[str], tmp_path: Path) -> None:
    judging = made(tmp_path, [("nearest", "pixels")])
    assert opened == ["pixels", "labels"]
    good = judging.judge([(dots(200, seed=7).pixels, None)])
    dark = judging.judge([(dots(200, seed=7, high=90).pixels, None)])
    assert good["nearest-error:pixels"] < 0.1 < dark["nearest-error:pixels"]


def test_pictures_that_have_labels_are_taken_at_their_word(opened: list[str], tmp_path: Path) -> None:
    judging, fakes = made(tmp_path, [("nearest", "pixels")]), dots(200, seed=7)
    right, wrong = (judging.judge([(fakes.pixels, labels)]) for labels in (fakes.labels, 1 - fakes.labels))
    assert right["nearest-error:pixels"] < 0.1
    assert wrong["nearest-error:pixels"] > 0.9


def test_data_that_lies_class_after_class_is_judged_alike(opened: list[str], tmp_path: Path) -> None:
    data = dots(400)
    order = np.argsort(data.labels, kind="stable")
    sorted_data = replace(data, pixels=data.pixels[order], labels=data.labels[order], digest="sorted")
    both = [
        open_suite(EVERY, real_sides(d, 0.0, None, 100), count=100, cache=tmp_path, device=torch.device("cpu")).floor()
        for d in (data, sorted_data)
    ]
    for name in ("precision", "recall", "density", "coverage", "score", "nearest-error", "two-sample"):
        assert both[1][f"{name}:labels"] == pytest.approx(both[0][f"{name}:labels"], abs=0.15), name


def test_metrics_of_classes_need_classes(opened: list[str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="score needs classes, and random names none"):
        made(tmp_path, [("score", "random")])


def test_facts_and_warnings(opened: list[str], tmp_path: Path) -> None:
    facts = made(tmp_path, [("frechet", "labels"), ("kernel", "labels")], count=30).facts()
    assert (facts["generated"], facts["reference"], facts["floor"]) == (30, 200, 30)
    assert facts["settings"]["frechet"] == {"covariance divisor": "N - 1"}
    assert facts["settings"]["kernel"]["of"] == 30
    assert any("frechet:labels of 30 pictures with 4 features" in said for said in facts["warnings"])
    enough = made(tmp_path, [("frechet", "labels")], count=200).facts()
    assert enough["warnings"] == []
    more = open_suite(
        [("frechet", "labels")],
        real_sides(dots(400), 0, None, 500),
        count=500,
        cache=tmp_path,
        device=torch.device("cpu"),
    )
    assert any("fewer than the 500 generated" in said for said in more.facts()["warnings"])


def test_names_of_metrics() -> None:
    assert find_metric("recall") == "prdc"
    assert check_metrics([("recall", "x"), ("precision", "x")], decides=False) == [("prdc", "x")]
    with pytest.raises(ConfigError, match="fid"):
        find_metric("fid")
    for name in ("prdc", "two-sample", "modes"):
        with pytest.raises(ConfigError, match="decides"):
            check_metrics([(name, "x")], decides=True)


def test_generated_pictures_are_the_same_whatever_their_number() -> None:
    G = Generator(resolve_model(tiny.config())).eval()
    few, many = (np.concatenate([pixels for pixels, _ in generated(G, count)]) for count in (3, 260))
    assert len(few) == 3
    assert len(many) == 260
    assert np.array_equal(few, many[:3])
    other, _ = next(iter(generated(G, 3, seed=1)))
    assert not np.array_equal(few, other)
