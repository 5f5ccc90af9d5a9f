"""The directory of an axis is taken up by itself: who is new, who is reached, who is not listed any more."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.cli import demo
from app.domain.exchange import adopting, peers, routing, strangers
from app.domain.exchange.models import Peer
from app.domain.orgunits import naming
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit, UnitIdentifier
from app.gateways.transports.axis import AxisTransport, Entry
from app.jobs import reconciling
from app.kernel import events
from app.kernel.db import db, transaction
from interchange.edxml.message import Party
from interchange.hub.book import Book
from interchange.hub.serving import PROFILES, Axis
from tests.house import Office
from tests.serving import served

OPERATOR, OURS, DISTRICT, COMMUNE = "vanhanh.quangngai", "H48.31", "H48.77", "H48.77.05"


@pytest.fixture(params=PROFILES)
def axis(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, Book]]:
    """An axis with an agency of ours, two that nobody here knows, and one that is only known; its profile, address."""
    made = Axis(request.param, tmp_path / "axis")
    names = {OURS: "UBND huyện Sơn Tịnh", COMMUNE: "UBND xã Đức Lân", DISTRICT: "Ủy ban nhân dân huyện Mộ Đức"}
    for code, name in {**names, "G20.1": "Viện xa", "H48.09": "Sở Nội vụ"}.items():
        made.book.register(code, name)
    with served(made) as port:
        yield request.param, f"http://127.0.0.1:{port}", made.book


def _only_known() -> None:
    known: dict[str, Any] = {"abbreviation": "", "place": "", "level_code": "department", "is_agency": True}
    since = date(2026, 1, 1)
    with transaction() as session:
        unit = Unit(code="vien-xa", name="Viện xa", short_name="Viện", valid_from=since, **known)
        session.add(unit)
        session.flush()
        session.add(UnitIdentifier(unit_id=unit.id, scheme="qcvn102", code="000.00.01.G20", valid_from=since))


def _connected(office: Office, profile: str, address: str, book: Book) -> str:
    """The page of the axis, at which our district signs in."""
    browser = office.client(OPERATOR)
    form = {"name": "Trục", "profile": profile, "address": address}
    page = str(browser.post("/exchange/peers", data=form).headers["Location"])
    assert "Chưa cập nhật lần nào" in browser.get(page).get_data(as_text=True)
    ours = book.agency(OURS)
    assert ours is not None
    given = {"unit": office.unit("huyen-son-tinh").id, "system_id": ours.system_id, "secret": ours.secret}
    browser.post(f"{page}/mailboxes", data=given)
    return page


def test_whom_an_axis_lists_is_reached_over_it_and_who_vanishes_is_marked_and_stays(
    office: Office, axis: tuple[str, str, Book]
) -> None:
    profile, address, book = axis
    _only_known()
    page, browser = _connected(office, profile, address, book), office.client(OPERATOR)
    assert office.client(office.tour["clerk"]).post(f"{page}/directory").status_code == 403
    assert browser.post(f"{page}/directory").status_code == 303
    office.work()

    peer = db.session.scalars(select(Peer)).one()
    assert {one.name for one in peers.agencies(peer.id)} == {
        "Viện xa",  # reached no other way; those that work here, or sign in there, are not
        "Ủy ban nhân dân huyện Mộ Đức",
        "UBND xã Đức Lân",
    }
    district, commune = orgunits.unit_by_code(DISTRICT), orgunits.unit_by_code(COMMUNE)
    assert (district.level_code, commune.level_code) == ("district", "commune")
    assert (commune.parent_id, district.parent_id) == (district.id, office.unit("tinh-quang-ngai").id)
    assert (district.short_name, district.abbreviation) == ("UBND huyện Mộ Đức", "UBND")
    assert orgunits.official_code(commune) == COMMUNE
    taken_up = str(commune.id)
    assert reconciling.due(office.app.extensions["files"]) == 0  # heard of today

    assert _unlisted(office, page) == []
    book.remove(COMMUNE)
    assert _unlisted(office, page) == _unlisted(office, page) == [COMMUNE]
    assert "Không còn trong danh bạ: 1" in browser.get(page).get_data(as_text=True)
    assert [one.name for one in events.trail(taken_up)] == ["unit.taken_up", "unit.unlisted"]
    book.register(COMMUNE, "UBND xã Đức Lân")
    assert _unlisted(office, page) == []


def _unlisted(office: Office, page: str) -> list[str]:
    """Who is not listed any more, once the directory was asked for again."""
    office.client(OPERATOR).post(f"{page}/directory")
    office.work()
    return [unit.code for unit, _since in routing.unlisted(db.session.scalars(select(Peer.id)).one())]


class _Lines:
    """What an axis answers when it is asked for its directory."""

    def __init__(self, *lines: Entry) -> None:
        self._lines = lines

    def agencies(self) -> tuple[Entry, ...]:
        """These lines."""
        return self._lines


def test_lines_that_are_none_are_left_out_and_of_very_many_agencies_an_operator_chooses(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(adopting, "MOST", 1)
    wrong = [Entry("Không mã", ("x", "")), Entry("x" * 501, ("H50",)), Entry("a\nb", ("H51",)), Entry(" ", ("H52",))]
    lines: Any = _Lines(
        *wrong, Entry("Bộ A", ("G01",)), Entry("Bộ A lần nữa", ("000.00.00.G01",)), Entry("Bộ B", ("G02",))
    )
    listed = AxisTransport(lines, Party(""), Party, lambda: nullcontext(tmp_path)).directory()
    peer_id = peers.add(office.actor(OPERATOR), name="Trục", profile="vxp", address="http://127.0.0.1:9").id
    assert adopting.adopt(peer_id, listed) == 1
    assert [(one.name, one.code) for one in peers.agencies(peer_id)] == [("Bộ A", "G01")]
    assert [one.name for one in strangers.of(peer_id)] == ["Bộ B"]
    page = office.client(OPERATOR).get(f"/exchange/peers/{peer_id}").get_data(as_text=True)
    assert "1 cơ quan chưa có ở đây" in page


def test_names_give_the_letters_that_notations_have() -> None:
    for world in ("2017", "2025"):
        for unit in demo.read(world)["units"]:
            assert not unit["agency"] or naming.abbreviation(unit["name"]) == unit["abbreviation"], unit["name"]
    assert naming.abbreviation("Văn phòng Chính phủ") == "VPCP"
