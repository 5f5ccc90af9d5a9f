"""The directory: agencies that nobody here knew, dated identifiers, and who took over from whom."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from app.domain.exchange import directory, queries, strangers, successors
from app.domain.exchange.models import ExchangeKey, Peer, Route
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Post, Unit, UnitIdentifier
from app.jobs import reconciling
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.errors import Forbidden, Missing
from interchange.directory import Identifier, Listed
from interchange.errors import ExchangeRefused
from tests.exchange.letters import Letters
from tests.exchange.pair import Pair
from tests.house import Office
from tests.story import Told

OPERATOR = "vanhanh.quangngai"


def _peer() -> Peer:
    return db.session.scalars(select(Peer)).one()


def _compared(pair: Pair) -> None:
    with pair.here.at_home():
        reconciling.compare(_peer(), clock.office_day())


def _founded(office: Office, since: date) -> None:
    """A commune below the district, with an identifier that holds and one that ended, where somebody has a post."""
    new: dict[str, Any] = {"abbreviation": "UBX", "place": "Xã Mới", "level_code": "commune", "is_agency": True}
    with transaction() as session:
        unit = Unit(code="xa-moi", name="UBND xã Mới", short_name="UBND xã Mới", valid_from=since, **new)
        unit.parent_id = office.unit("huyen-son-tinh").id
        session.add(unit)
        session.flush()
        session.add(Post(unit_id=unit.id, key="xa-moi.clerk", title="Văn thư", role="clerk"))
        for code, until in (("H48.99.01", None), ("H48.98.01", date(2026, 8, 1))):
            session.add(UnitIdentifier(unit_id=unit.id, scheme="qd20", code=code, valid_from=since, valid_to=until))


def test_line_76_agencies_that_nobody_here_knows_are_listed_and_taken_up_by_one_act(pair: Pair) -> None:
    since = date(2026, 7, 1)
    with pair.there.at_home() as office:
        _founded(office, since)
    pair.sent()
    pair.work()
    _compared(pair)
    with pair.here.at_home() as office:
        browser, address = office.client(OPERATOR), f"/exchange/peers/{_peer().id}"
        assert "1 cơ quan chưa có ở đây" in browser.get(address).get_data(as_text=True)
        assert browser.post(f"{address}/strangers", data={"level": "commune"}).status_code == 400
        with pytest.raises(Forbidden):
            directory.take_up(office.actor(office.tour["clerk"]), _peer().id, ["xa-moi"], "commune")
        chosen = {"agencies": "xa-moi", "level": "commune"}
        page = browser.post(f"{address}/strangers", data=chosen, follow_redirects=True).get_data(as_text=True)
        assert "Đã nhận 1 cơ quan vào danh bạ." in page
        assert "chưa có ở đây" not in page

        made = directory.find("000.01.99.H48")  # the same in the other scheme
        assert (made.code, made.name, made.valid_from) == ("xa-moi", "UBND xã Mới", since)
        assert (made.abbreviation, made.place) == ("UBX", "Xã Mới")
        assert made.parent_id == office.unit("huyen-son-tinh").id  # who stands above it there is known here
        assert {one.code: one.valid_to for one in orgunits.identifiers(made.id)} == {
            "H48.99.01": None,
            "H48.98.01": date(2026, 8, 1),
        }
        assert db.session.scalars(select(Route.peer_id).where(Route.unit_id == made.id)).one() == _peer().id
        assert db.session.scalar(select(ExchangeKey.id).where(ExchangeKey.unit_id == made.id)) is not None
        assert "UBND xã Mới" in browser.get("/exchange/agencies?code=h48.99.01").get_data(as_text=True)
        assert "Không có cơ quan nào" in browser.get("/exchange/agencies?code=H99").get_data(as_text=True)
        assert strangers.of(_peer().id) == []


def test_an_agency_that_is_only_known_here_is_not_called_our_own_and_may_get_its_way_later(letters: Letters) -> None:
    known: dict[str, Any] = {"abbreviation": "", "place": "", "level_code": "district", "is_agency": True}
    with letters.pair.there.at_home(), transaction() as session:
        session.add(Unit(code="vien-xa", name="Viện xa", short_name="Viện", valid_from=date(2026, 1, 1), **known))
    with pytest.raises(ExchangeRefused, match=r"exchange\.not_ours"):
        letters.send(replace(letters.letter(), recipient="vien-xa"))
    with letters.pair.there.at_home() as office:
        published = {code.code for one in directory.published() for code in one.identifiers}
        assert letters.recipient in published
        assert "vien-xa" not in published
        unit_id = office.unit("vien-xa").id
        assert db.session.scalar(select(ExchangeKey).where(ExchangeKey.unit_id == unit_id)) is None
        directory.introduce(office.actor(OPERATOR), _peer().id, [Listed("Viện", (Identifier("eoffice", "vien-xa"),))])
        assert db.session.scalars(select(Route.peer_id).where(Route.unit_id == unit_id)).one() == _peer().id


def _abolished(office: Office, code: str, heir: str) -> None:
    actor = office.actor(OPERATOR)
    successors.name(actor, office.unit(code).id, office.unit(heir).id, clock.office_day())


def test_an_abolished_recipient_names_its_successor_who_gets_the_message_from_the_senders_page(pair: Pair) -> None:
    gone, heir = (one["unit"] for one in pair.here.office.tour["recipients"][:2])
    with pair.there.at_home() as office:
        browser = office.client(OPERATOR)
        form = {"unit": office.unit(gone).id, "successor": office.unit(heir).id, "since": f"{clock.office_day()}"}
        assert browser.post("/exchange/agencies/successors", data=form | {"successor": form["unit"]}).status_code == 400
        said = browser.post("/exchange/agencies/successors", data=form, follow_redirects=True).get_data(as_text=True)
        assert "Đã ghi cơ quan kế thừa." in said
        code = orgunits.identifiers(office.unit(gone).id)[0].code
        assert office.unit(heir).name in browser.get(f"/exchange/agencies?code={code}").get_data(as_text=True)

    case = pair.sent()
    pair.work()
    with pair.here.at_home() as office:
        [delivery] = queries.deliveries(case.document_id)
        assert (delivery.state, delivery.cause) == ("refused", "exchange.recipient_abolished")
        assert orgunits.successor(delivery.recipient) == office.unit(heir)
        assert delivery.recipient not in orgunits.agencies()
        browser, address = office.client(office.tour["clerk"]), f"/exchange/deliveries/{delivery.id}"
        assert f"Gửi cho {office.unit(heir).short_name}" in browser.get(address).get_data(as_text=True)
        assert address in browser.get(f"/sent/{case.document_id}").get_data(as_text=True)
        assert browser.post(f"{address}/redirect").status_code == 303
    pair.work()
    with pair.here.at_home():
        found = queries.deliveries(case.document_id)
        assert [(one.recipient.code, one.state) for one in found] == [(gone, "refused"), (heir, "delivered")]
        assert len({one.message_id for one in found}) == 1
    with pair.there.at_home() as office:
        Told(office).handle(Told(office).recipients[1])
    pair.work()
    with pair.here.at_home():
        assert queries.deliveries(case.document_id)[1].status == "06"


def test_an_end_is_learnt_from_the_directory_and_no_peer_ends_or_inherits_what_is_not_its_own(letters: Letters) -> None:
    pair = letters.pair
    first, second, third = (one["unit"] for one in pair.here.office.tour["recipients"][:3])
    pair.sent()
    pair.work()
    with pair.there.at_home() as office:
        _abolished(office, first, second)
        _abolished(office, second, third)
    with pair.here.at_home(), transaction() as session:
        session.execute(delete(Route).where(Route.unit_id == _id(third)))  # as if another way led there
    _compared(pair)
    with pair.here.at_home() as office:
        assert [orgunits.is_over(office.unit(one)) for one in (first, second, third)] == [True, True, False]
        assert orgunits.successor(office.unit(first)) is None  # the third is not this peer's to give
        with transaction() as session:
            session.add(Route(unit_id=_id(third), peer_id=_peer().id))
    _compared(pair)
    with pair.here.at_home() as office:
        assert orgunits.successor(office.unit(first)) == office.unit(third)
        assert not orgunits.is_over(office.unit("so-noi-vu"))
        with pytest.raises(Missing):
            directory.find("H99.99")


def _id(code: str) -> UUID:
    return orgunits.unit_by_code(code).id
