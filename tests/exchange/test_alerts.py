"""The same-day rule: who is told that nothing was stored within an hour, or nothing registered on its day."""

from datetime import timedelta

from sqlalchemy import select, update

from app.domain.actors.actor import SYSTEM
from app.domain.cases.models import Notice
from app.domain.exchange import alerts, queries, sending
from app.domain.exchange.models import Arrival, Delivery, Peer
from app.kernel import clock
from app.kernel.db import db, transaction
from tests.exchange.pair import Pair
from tests.house import Office
from tests.story import Told


def _home(office: Office) -> str:
    return office.client(office.tour["clerk"]).get("/").get_data(as_text=True)


def _told(office: Office) -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(Notice).where(Notice.code.like("notice.%")))
    return sorted((row.code, row.detail.get("agency", "")) for row in rows if "agency" in row.detail)


def test_promise_7_no_storage_receipt_after_an_hour_is_told_and_a_lost_delivery_is_a_notified_end(pair: Pair) -> None:
    with pair.here.at_home(), transaction() as session:
        session.scalars(select(Peer)).one().address = "http://127.0.0.1:1"
    case = pair.sent()
    with pair.here.at_home() as office:
        assert alerts.silent() == 0
        [delivery] = queries.deliveries(case.document_id)
        with transaction() as session:
            session.execute(update(Delivery).values(made_at=clock.now() - timedelta(hours=2)))
        assert (alerts.silent(), alerts.silent()) == (1, 0)
        assert "1 lần gửi chưa tới sau một giờ" in _home(office)
        sending.expire(SYSTEM, delivery.id)
        assert (alerts.lost(), alerts.lost()) == (1, 0)
        name = delivery.recipient.short_name
        assert _told(office) == [("notice.delivery_lost", name), ("notice.delivery_silent", name)]
        page = office.client(office.tour["clerk"]).get("/notices").get_data(as_text=True)
        assert f"Không gửi được văn bản cho {name}." in page


def test_promise_7_what_is_not_registered_by_the_end_of_the_working_day_is_named_on_both_sides(office: Office) -> None:
    told = Told(office)
    case = told.sent(recipients=2)
    told.handle(told.recipients[0], last="direct")
    assert alerts.unregistered() == 0
    [late] = [one for one in queries.deliveries(case.document_id) if one.status == "01"]
    with transaction() as session:
        before = clock.now() - timedelta(days=7)
        session.execute(update(Delivery).values(delivered_at=before))
        session.execute(update(Arrival).values(at=before))
    assert (alerts.unregistered(), alerts.unregistered()) == (2, 0)
    assert "1 nơi nhận chưa vào sổ văn bản tới từ hôm trước" in _home(office)
    sender = late.message.sender.short_name
    assert _told(office) == [
        ("notice.recipient_unregistered", late.recipient.short_name),
        ("notice.unregistered", sender),
    ]
