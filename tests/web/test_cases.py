"""Cases: starting one, and its diagram as it stands."""

import pytest

from app.domain.actors import events as people
from app.kernel.events import Event
from app.web import i18n
from tests.house import Office
from tests.story import Told
from tests.web.browser import Browser, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def test_starting_leads_to_the_first_step(told: Told) -> None:
    drafter = Browser(told.office, told.tour["drafter"])
    assert "Soạn thảo và phát hành văn bản đi" in drafter.read("/cases/start")

    task = drafter.send("/cases/start", procedure="outgoing_document").headers["Location"]
    assert "Trích yếu" in drafter.read(task)


def test_who_may_not_draft_is_told_so_and_cannot_start(told: Told) -> None:
    chairman = Browser(told.office, told.tour["chairman"])

    assert "chưa được giao mở hồ sơ nào" in chairman.read("/cases/start")
    chairman.send("/cases/start", 404, procedure="outgoing_document")


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"procedure": "../../etc"}, 404), ({"procedure": "outgoing_document", "post_id": "nonsense"}, 404)],
)
def test_nonsense_starts_nothing(told: Told, fields: dict[str, str], status: int) -> None:
    Browser(told.office, told.tour["drafter"]).send("/cases/start", status, **fields)


def test_a_case_shows_its_diagram_with_what_is_done_and_where_it_is(told: Told) -> None:
    case = told.until("approve")
    clerk = Browser(told.office, told.tour["clerk"])
    page = clerk.read(f"/cases/{case.id}")
    drawing = clerk.ask(f"/cases/{case.id}/diagram.svg")

    assert drawing.mimetype == "image/svg+xml"
    for words in ("<svg", "current", "done"):
        assert words in drawing.text
    assert "Đang xử lý" in plain(page)
    assert "style=" not in drawing.text


def test_a_case_of_another_agency_is_not_there(told: Told) -> None:
    case = told.until("check_content")
    stranger = Browser(told.office, told.recipients[0]["chairman"])

    stranger.read(f"/cases/{case.id}", 404)
    stranger.read(f"/cases/{case.id}/diagram.svg", 404)


def test_every_event_of_the_work_has_its_sentence() -> None:
    ours = [kind for kind in _kinds(Event) if kind.__module__.startswith("app.domain.")]
    names = {kind.name for kind in ours if kind.__module__ != people.__name__}

    for language in i18n.LOCALES:
        assert {name for name in names if f"event.{name}" not in i18n.catalogue(language)} == set()


def _kinds(kind: type[Event]) -> set[type[Event]]:
    below = set(kind.__subclasses__())
    return below.union(*(_kinds(one) for one in below))


def test_whoever_enters_what_was_brought_in_finds_the_way_to_begin_it(told: Told) -> None:
    clerk = Browser(told.office, told.tour["clerk"])
    assert 'href="/cases/start"' in clerk.read("/documents")
