"""What tests of the exchange begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.kit import pair as kit
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


@pytest.fixture
def both(pair: Pair) -> kit.Pair:
    """The same two deployments, as the kit knows them."""
    world = pair.here.office.world
    sender = next(one["unit"] for one in world["posts"] if one["sign_in"] == world["tour"]["clerk"])
    away = tuple(one["unit"] for one in world["tour"]["recipients"])
    here, there = (kit.Side(side.office.app, side.port) for side in (pair.here, pair.there))
    return kit.Pair(here, there, sender, away)
