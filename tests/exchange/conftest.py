"""What tests of the exchange begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.letters import Letters
from tests.exchange.pair import Pair, introduced
from tests.house import Template


@pytest.fixture
def pair(template: Template) -> Iterator[Pair]:
    """Two deployments that know each other."""
    with introduced(template) as made:
        yield made


@pytest.fixture
def letters(pair: Pair, tmp_path: Path) -> Letters:
    """Messages of the district to the other deployment."""
    (tmp_path / "letters").mkdir()
    return Letters(pair, tmp_path / "letters")
