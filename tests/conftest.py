"""What all tests share: where the real data is, and what to do without it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason=f"there is no real data at {SHARED}"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data sets beside the repository, for tests marked ``data``."""
    return SHARED
