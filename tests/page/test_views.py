"""Each view of the page, driven as a visitor drives it, its pictures compared with PyTorch's."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcgan.latent.expression import Scope, evaluate
from dcgan.latent.move import moved
from dcgan.latent.path import walk
from dcgan.models.prior import from_seeds
from tests.page.conftest import Site
from tests.page.kit import drag, notice, opened, pixels, same, settle, show, until

pytestmark = pytest.mark.browser


def z_of(site: Site, seeds: list[int], **spread: Any) -> np.ndarray:
    config = site.model.G.config
    return from_seeds(config.prior, seeds, config.z_dim, **spread).numpy().astype(np.float64)


def kept(page: Any, seed: int) -> None:
    """Keep the picture of a seed of the wall."""
    show(page, "Gallery")
    page.locator(".wall").get_by_role("button", name=f"seed {seed}", exact=True).click()
    page.locator(".gallery .chosen").get_by_role("button", name="Keep").click()


# The gallery --------------------------------------------------------------------------------------------------------


def test_the_wall_shows_the_seeds_of_the_command(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        shown = [pixels(page.locator(".wall canvas").nth(i)) for i in range(48)]
        wanted = site.model.sample(range(48))
        for one, picture in zip(shown, wanted, strict=True):
            same(one, picture)
        assert len({one.tobytes() for one in shown}) == 48


def test_mean_spread_and_truncation_redraw_the_wall(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        drag(page, "Mean", 0.25)
        drag(page, "Spread", 0.7)
        drag(page, "Truncation", 0.6)
        wanted = site.model.sample(range(4), mean=0.25, std=0.7, trunc=0.6)
        for i in range(4):
            same(pixels(page.locator(".wall canvas").nth(i)), wanted[i])
        law = {"normal": "z ~ N(0.25, 0.70)", "uniform": "z ~ U(-0.45, 0.95)"}[site.model.G.config.prior]
        assert page.locator(".law").inner_text() == law
        page.get_by_role("button", name="Reset").click()
        same(pixels(page.locator(".wall canvas").first), site.model.sample([0])[0])


def test_other_seeds_more_seeds_and_good_ones(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        page.get_by_label("From seed").fill("1000")
        page.get_by_label("From seed").press("Enter")
        same(pixels(page.locator(".wall canvas").nth(3)), site.model.sample([1003])[0])
        page.get_by_role("button", name="48 more").click()
        same(pixels(page.locator(".wall canvas").nth(95)), site.model.sample([1095])[0])
        page.get_by_role("button", name="Typical ones").click()
        assert page.locator(".wall canvas").count() == len(site.facts["seeds"])
        same(pixels(page.locator(".wall canvas").nth(2)), site.model.sample(site.facts["seeds"])[2])


def test_a_picture_is_picked_and_opened(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        page.locator(".wall").get_by_role("button", name="seed 5", exact=True).click()
        same(pixels(page.get_by_role("button", name="Picked: seed 5").locator("canvas")), site.model.sample([5])[0])
        page.get_by_role("button", name="Turn its dials").click()
        same(pixels(page.locator(".dials .chosen canvas")), site.model.sample([5])[0])


# The dials ----------------------------------------------------------------------------------------------------------


def dialled(page: Any) -> np.ndarray:
    return pixels(page.locator(".dials .chosen canvas"))


def test_dimensions_stand_in_the_order_of_their_effect(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        show(page, "Dials")
        names = (
            page.locator(".dials section").nth(1).get_by_role("slider").evaluate_all("all => all.map(s => s.ariaLabel)")
        )
        assert names == [f"z{dim}" for dim in site.facts["rank"]["order"][:16]]
        page.get_by_role("button", name=re.compile("^All ")).click()
        assert page.locator(".dials section").nth(1).get_by_role("slider").count() == site.model.G.config.z_dim


def test_a_dial_moves_one_number_and_undo_takes_it_back(site: Site, browser: Any) -> None:
    first, second = site.facts["rank"]["order"][:2]
    base = z_of(site, [site.facts["seeds"][0]])
    with opened(browser, site.address) as page:
        show(page, "Dials")
        untouched = dialled(page)
        same(untouched, site.pictures(base)[0])
        drag(page, f"z{first}", 0.9)
        turned = base.copy()
        turned[0, first] = 0.9
        same(dialled(page), site.pictures(turned)[0])
        drag(page, f"z{second}", -0.8)
        turned[0, second] = -0.8
        same(dialled(page), site.pictures(turned)[0])
        page.keyboard.press("Control+z")
        page.get_by_role("button", name="Undo").click()
        assert np.array_equal(dialled(page), untouched)
        page.get_by_role("button", name="Redo").click()
        page.get_by_role("button", name="Reset", exact=True).click()
        assert np.array_equal(dialled(page), untouched)


def test_a_locked_dimension_is_not_randomised(site: Site, browser: Any) -> None:
    first, second = site.facts["rank"]["order"][:2]
    with opened(browser, site.address) as page:
        show(page, "Dials")
        value = {dim: page.get_by_role("slider", name=f"z{dim}", exact=True).input_value() for dim in (first, second)}
        page.get_by_role("button", name=f"Randomise z{second}", exact=True).click()
        assert page.get_by_role("slider", name=f"z{second}", exact=True).input_value() != value[second]
        assert page.get_by_role("slider", name=f"z{first}", exact=True).input_value() == value[first]
        page.get_by_role("button", name=f"Lock z{first}", exact=True).click()
        before = dialled(page)
        page.get_by_role("button", name="Randomise", exact=True).click()
        assert page.get_by_role("slider", name=f"z{first}", exact=True).input_value() == value[first]
        assert not np.array_equal(dialled(page), before)


def test_a_direction_moves_by_standard_deviations(site: Site, browser: Any) -> None:
    base = z_of(site, [site.facts["seeds"][0]])
    direction = site.facts["directions"][0]
    assert direction["name"] == "sefa1"
    with opened(browser, site.address) as page:
        show(page, "Dials")
        drag(page, "sefa1", 2.5)
        wanted = moved(site.model.G.config.prior, base, np.array(direction["vector"]), 2.5)
        same(dialled(page), site.pictures(wanted)[0])
        page.get_by_role("button", name="Reset sefa1").click()
        same(dialled(page), site.pictures(base)[0])


# The algebra board --------------------------------------------------------------------------------------------------


def result(page: Any) -> np.ndarray:
    return pixels(page.locator(".result canvas"))


def test_pictures_are_dropped_into_slots_and_the_result_is_dropped_again(site: Site, browser: Any) -> None:
    G, D, third = z_of(site, [1, 2, 3])
    with opened(browser, site.address) as page:
        for seed in (1, 2, 3):
            kept(page, seed)
        show(page, "Algebra")
        page.get_by_role("button", name="Clear").click()
        shelf = page.locator(".shelf li .tile")
        shelf.nth(0).drag_to(page.locator(".slot").nth(0))
        shelf.nth(1).drag_to(page.locator(".slot").nth(1))
        for sign, wanted in {"+": G + D, "|-|": abs(G - D), "*": G * D, "-": G - D, "mean": (G + D) / 2}.items():
            page.get_by_label("Sign before slot 2").select_option(sign)
            same(result(page), site.pictures(wanted[None])[0])
        page.locator(".result .tile").drag_to(page.locator(".slot").nth(0))
        assert page.locator("#expression").input_value() == "mean(mean(A, D), B)"
        same(result(page), site.pictures((((G + (G + D) / 2) / 2 + D) / 2)[None])[0])
        page.get_by_role("button", name="One more slot").click()
        page.get_by_label("Choose for slot 3").select_option("C")
        page.get_by_label("Sign before slot 3").select_option("-")
        same(result(page), site.pictures((((G + (G + D) / 2) / 2 + D) / 2 - third)[None])[0])


def test_an_expression_is_the_one_of_the_command(site: Site, browser: Any) -> None:
    prior = site.model.G.config.prior
    direction = np.array(site.facts["directions"][0]["vector"])
    text = "norm(mean(seed:3,8,41) - seed:2 + 2 * direction:sefa1)"
    sources = {
        "seed": lambda words: z_of(site, [int(word) for word in words.split(",")]),
        "direction": lambda name: moved(prior, np.zeros_like(direction), direction, 1.0)[None],
    }
    wanted = evaluate(text, Scope(prior=prior, names={}, sources=sources))
    with opened(browser, site.address) as page:
        show(page, "Algebra")
        page.locator("#expression").fill(text)
        same(result(page), site.pictures(wanted[None])[0])
        page.locator("#expression").fill("seed:1 + (seed:2")
        said = page.locator("#said").inner_text()
        assert "a closing bracket or an operator is expected" in said
        assert said.splitlines()[-1].rstrip() == "  " + " " * len("seed:1 + (seed:2") + "^"


# Breeding -----------------------------------------------------------------------------------------------------------


def test_children_are_of_their_parents_and_stand_in_the_tree(site: Site, browser: Any, tmp_path: Path) -> None:
    with opened(browser, site.address, accept_downloads=True) as page:
        show(page, "Breeding")
        drag(page, "Mutation", 0)
        strangers = page.locator(".litter .tile")
        strangers.nth(0).click()
        strangers.nth(1).click()
        page.get_by_role("button", name="Breed 12").click()
        assert page.locator(".litter").first.locator(".tile").count() == 12
        assert page.locator(".tree .node").count() == 2
        page.locator(".litter .tile").nth(4).click()
        assert page.locator(".tree .node").count() == 3
        assert page.locator(".tree path").count() == 2
        page.locator(".breeding").get_by_role("button", name="Keep").click()
        page.get_by_role("button", name="Breed 12").click()
        page.get_by_role("button", name="12 more strangers").click()
        assert page.locator(".litter").first.locator(".tile").count() == 12
        assert page.locator(".litter").nth(1).locator(".tile").count() == 24
        settle(page)
        show(page, "Share")
        child = np.array(saved_vectors(page, tmp_path)[0]["z"])
        parents = z_of(site, site.facts["seeds"][:2])
        from_first, from_second = np.isclose(child, parents[0], atol=1e-5), np.isclose(child, parents[1], atol=1e-5)
        assert (from_first | from_second).all()
        assert 0.2 < from_first.mean() < 0.8


def saved_vectors(page: Any, folder: Path) -> list[dict[str, Any]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save vectors.json").click()
    download.value.save_as(folder / "vectors.json")
    return list(json.loads((folder / "vectors.json").read_text())["vectors"])


# The walk -----------------------------------------------------------------------------------------------------------


def test_a_walk_is_the_one_of_the_command_and_is_saved(site: Site, browser: Any, tmp_path: Path) -> None:
    config = site.model.G.config
    keys = z_of(site, site.facts["seeds"][:4])
    with opened(browser, site.address, accept_downloads=True) as page:
        show(page, "Walk")
        drag(page, "Steps between", 3)
        frames, _ = walk(config.prior, keys, 3, ease="smooth", loop=True)
        for i in (0, 1, 5, 11):
            drag(page, "Frame", i)
            same(pixels(page.locator(".stage canvas")), site.pictures(frames[i : i + 1])[0])
        with page.expect_download() as download:
            page.get_by_role("button", name="Save GIF").click()
        download.value.save_as(tmp_path / "walk.gif")
        scale = 256 // config.width
        with Image.open(tmp_path / "walk.gif") as film:
            assert (film.size, getattr(film, "n_frames", 1)) == ((config.width * scale, config.height * scale), 12)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save video").click()
        download.value.save_as(tmp_path / "walk.video")
        head = (tmp_path / "walk.video").read_bytes()[:8]
        assert head[4:] == b"ftyp" or head[:4] == b"\x1a\x45\xdf\xa3"  # the marks of an mp4 and of a WebM
        assert "12 frames" in notice(page)
        page.get_by_role("button", name="Play").click()
        until(page, "document.querySelector('.stage input').value !== '11'")
        page.get_by_role("button", name="Pause").click()


# Through training ---------------------------------------------------------------------------------------------------


def test_training_is_shown_under_a_scrubber(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        show(page, "Training")
        frames = site.facts["time"]["frames"]
        last = pixels(page.locator(".time canvas"))
        assert page.locator(".time output").inner_text() == f"{frames[-1]['kimg']:.1f} kimg".replace(".0 ", " ")
        drag(page, "Moment", 0)
        until(page, "document.querySelector('.time output').innerText === '0 kimg'")
        settle(page)
        first = pixels(page.locator(".time canvas"))
        assert not np.array_equal(first, last)
        wanted = np.asarray(Image.open(site.folder / frames[0]["file"]).convert("RGB"))
        same(first, wanted)
        assert page.locator(".curves").count() >= 2
        health = site.facts["health"]
        assert (health is None) == (
            "This run was not looked at while it trained." in page.locator(".verdict").inner_text()
        )


def test_average_pictures_lead_to_their_samples(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        show(page, "Training")
        means = site.facts["averages"]["means"]
        assert page.locator(".strip.wide canvas").count() == len(means)
        page.get_by_role("button", name=f"Show samples of mean {means[0]:g} in the gallery").click()
        wanted = site.model.sample([0], mean=means[0], std=site.facts["averages"]["std"])
        same(pixels(page.locator(".wall canvas").first), wanted[0])


def test_which_is_real_is_a_game_with_a_score(site: Site, browser: Any) -> None:
    reals = np.asarray(Image.open(site.folder / "reals.webp").convert("RGB"))
    width, height = site.facts["reals"]["tile"]
    tiles = [
        reals[y : y + height, x : x + width]
        for y in range(0, len(reals), height)
        for x in range(0, reals.shape[1], width)
    ]
    with opened(browser, site.address) as page:
        show(page, "Training")
        right = 0
        for played in range(1, 4):
            shown = pixels(page.locator(".guess canvas").first)[..., :3]
            left_is_real = any(np.array_equal(shown, tile) for tile in tiles)
            page.get_by_role("button", name="The left one is real").click()
            right += left_is_real
            assert f"{right} of {played} right" in page.locator(".score").inner_text()
            assert (page.locator(".guess .tile").first.locator(".caption").inner_text() == "real") == left_is_real
            page.get_by_role("button", name="Next").click()
            settle(page)


# Sharing ------------------------------------------------------------------------------------------------------------


def test_an_address_brings_everything_back(site: Site, browser: Any) -> None:
    first, second = site.facts["rank"]["order"][:2]
    with opened(browser, site.address) as page:
        kept(page, 7)
        drag(page, "Mean", 0.4)
        show(page, "Dials")
        drag(page, f"z{first}", 0.77)
        drag(page, "sefa1", -1.5)
        page.get_by_role("button", name=f"Lock z{second}", exact=True).click()
        looked = dialled(page)
        show(page, "Algebra")
        page.locator("#expression").fill("A - seed:3")
        solved = result(page)
        show(page, "Breeding")
        page.locator(".litter .tile").nth(3).click()
        page.get_by_role("button", name="Breed 12").click()
        child = pixels(page.locator(".litter canvas").nth(2))
        show(page, "Walk")
        drag(page, "Steps between", 7)
        show(page, "Training")
        drag(page, "Moment", 1)
        page.get_by_role("button", name="The left one is real").click()
        score = page.locator(".score").inner_text().split(".", 1)[1]
        show(page, "Share")
        box = page.get_by_label("Address of this state")
        until(page, "document.querySelector('.share input').value.length > 100")
        address = box.input_value()
    with opened(browser, site.address) as page:  # an address that is typed over another one
        page.evaluate("text => { location.hash = text; }", address.split("#")[1])
        until(page, "document.querySelectorAll('.shelf li').length === 1")
    with opened(browser, address) as page:
        assert page.get_by_role("tab", name="Share").get_attribute("aria-selected") == "true"
        assert page.locator(".shelf li").count() == 1
        show(page, "Dials")
        assert np.array_equal(dialled(page), looked)
        assert page.get_by_role("button", name=f"Lock z{second}", exact=True).get_attribute("aria-pressed") == "true"
        assert page.get_by_role("button", name="Undo").is_disabled()
        show(page, "Algebra")
        assert page.locator("#expression").input_value() == "A - seed:3"
        assert np.array_equal(result(page), solved)
        show(page, "Training")
        assert page.get_by_role("slider", name="Moment").input_value() == "1"
        assert page.locator(".score").inner_text().split(".", 1)[1] == score
        show(page, "Breeding")
        assert np.array_equal(pixels(page.locator(".litter canvas").nth(2)), child)
        show(page, "Walk")
        assert page.get_by_role("slider", name="Steps between").input_value() == "7"
        show(page, "Gallery")
        same(pixels(page.locator(".wall canvas").nth(1)), site.model.sample([1], mean=0.4)[0])


def test_pictures_and_vectors_are_taken_away_and_brought_back(site: Site, browser: Any, tmp_path: Path) -> None:
    config = site.model.G.config
    with opened(browser, site.address, accept_downloads=True) as page:
        for seed in (4, 9):
            kept(page, seed)
        show(page, "Share")
        rows = saved_vectors(page, tmp_path)
        assert np.allclose([row["z"] for row in rows], z_of(site, [4, 9]), atol=1e-5)
        with page.expect_download() as download:
            page.get_by_role("button", name="Sheet of the shelf").click()
        download.value.save_as(tmp_path / "shelf.png")
        sheet = np.asarray(Image.open(tmp_path / "shelf.png").convert("RGB"))
        assert sheet.shape[:2] == (config.height + 4, 2 * config.width + 6)
        same(sheet[2:-2, 2 : 2 + config.width], site.model.sample([4])[0])
        with page.expect_download() as download:
            page.get_by_role("button", name="PNG of this picture").click()
        download.value.save_as(tmp_path / "one.png")
        same(np.asarray(Image.open(tmp_path / "one.png").convert("RGB")), site.model.sample(site.facts["seeds"][:1])[0])
        for letter in "AB":
            page.get_by_role("button", name=f"Take {letter} off the shelf").click()
        page.get_by_label("Load vectors.json").set_input_files(tmp_path / "vectors.json")
        until(page, "document.querySelectorAll('.shelf li').length === 2")
        same(pixels(page.locator(".shelf canvas").first), site.model.sample([4])[0])
        (tmp_path / "other.json").write_text('{"format": "something"}')
        page.get_by_label("Load vectors.json").set_input_files(tmp_path / "other.json")
        until(page, "document.querySelector('.notice').innerText.includes('holds no vectors')")
