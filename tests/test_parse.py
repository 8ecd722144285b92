"""The small languages of the command line."""

import pytest

from dcgan.errors import ConfigError
from dcgan.parse import parse_ints, parse_metrics, parse_rhythm, parse_size


@pytest.mark.parametrize(
    ("text", "expected"),
    [("64", (64, 64)), ("64x48", (64, 48)), (" 64X48 ", (64, 48)), ("8", (8, 8)), ("1024x8", (1024, 8))],
)
def test_sizes(text: str, expected: tuple[int, int]) -> None:
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "7", "64x7", "1025", "64x", "x64", "64x48x3", "64.0", "-64", "large", "64 x 48"])
def test_bad_sizes(text: str) -> None:
    with pytest.raises(ConfigError, match="--size") as caught:
        parse_size(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100steps", (100.0, "step")),
        ("1step", (1.0, "step")),
        ("2kimg", (2.0, "kimg")),
        ("1epoch", (1.0, "epoch")),
        ("0.5epochs", (0.5, "epoch")),
        (" 20 Steps ", (20.0, "step")),
    ],
)
def test_rhythms(text: str, expected: tuple[float, str]) -> None:
    assert parse_rhythm(text) == expected


@pytest.mark.parametrize(
    "text", ["", "100", "steps", "0steps", "0.0kimg", "-1epoch", "1e3steps", "5 minutes", ".5kimg"]
)
def test_bad_rhythms(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--ticks\.log is a number and a unit") as caught:
        parse_rhythm(text, "--ticks.log")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", [5]),
        ("0-3", [0, 1, 2, 3]),
        ("0-2,40", [0, 1, 2, 40]),
        (" 7 , 1-2 ", [7, 1, 2]),
        ("3,3", [3, 3]),
        ("4-4", [4]),
    ],
)
def test_lists_of_numbers(text: str, expected: list[int]) -> None:
    assert parse_ints(text, "--seeds") == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [("", ""), ("a", "a"), ("1,", "1,"), ("1--2", "1--2"), ("-3", "-3"), ("1.5", "1.5"), ("0,9-5", "9-5")],
)
def test_bad_lists_of_numbers(text: str, named: str) -> None:
    with pytest.raises(ConfigError, match="--seeds") as caught:
        parse_ints(text, "--seeds")
    assert repr(named) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auto", [("frechet", "auto")]),
        ("none", []),
        ("frechet:labels, kernel", [("frechet", "labels"), ("kernel", "auto")]),
        ("kernel:C:/nets/a.onnx", [("kernel", "C:/nets/a.onnx")]),
        ("prdc:random,prdc:random", [("prdc", "random")]),
    ],
)
def test_metrics(text: str, expected: list[tuple[str, str]]) -> None:
    assert parse_metrics(text) == expected


@pytest.mark.parametrize("text", ["", "frechet:", ":labels", "frechet,,kernel"])
def test_bad_metrics(text: str) -> None:
    with pytest.raises(ConfigError, match="--metrics"):
        parse_metrics(text)
