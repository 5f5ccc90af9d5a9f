"""Houses that end with their test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher.small_house import SmallHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[SmallHouse]:
    """A house in which nothing runs yet."""
    made = SmallHouse(tmp_path)
    yield made
    made.tear_down()
