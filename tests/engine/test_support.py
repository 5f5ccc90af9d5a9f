"""The page that says what runs is true: each element has its test, and what has none is refused by name."""

import pytest

from app.engine import gate
from tests.engine import support
from tests.engine.support import CATALOGUE, PAGE, Element


def test_the_page_says_what_the_tests_run() -> None:
    assert PAGE.read_text("utf-8") == support.page(support.marks()), "run: python -m tests.engine.support"


def test_every_mark_names_an_element_of_the_standard() -> None:
    assert set(support.marks()) <= {one.name for one in CATALOGUE}


@pytest.mark.parametrize("element", support.refused(), ids=lambda one: one.name)
def test_what_no_test_runs_is_refused_by_name(element: Element) -> None:
    report = gate.examine(element.document)
    found = {one.id: one for one in report.findings}

    assert report.verdict in {"draft", "refused"}
    assert found["x"].verdict in {"todo", "refused"}
