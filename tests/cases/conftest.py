"""What tests of cases share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases import shelf
from tests.cases.shelf import Shelf
from tests.house import Office


@pytest.fixture
def procedures(tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty shelf of procedures."""
    yield Shelf(tmp_path / "library", office, monkeypatch)
    monkeypatch.undo()
    shelf.forget()
