"""Documents that update or replace a sent one: taken at once where nobody has registered that, else by consent."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.cases.models import Case
from app.domain.documents.models import Document
from app.domain.exchange import queries, recalling, reporting, succeeding
from app.domain.exchange.models import Arrival, Delivery
from app.domain.exchange.succeeding import Wanted
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid
from interchange.verify_receipts import verified
from tests.exchange.pair import Pair, Side
from tests.story import Ref, Told

REASON = "Sai căn cứ pháp lý ở phần mở đầu."


def _begun(pair: Pair, case: Ref, kind: str, *recipients: int) -> Ref:
    """A successor that its drafter has in hand."""
    with pair.here.at_home() as office:
        chosen = [office.unit(office.tour["recipients"][one]["unit"]).id for one in recipients]
        found = succeeding.begin(office.actor(office.tour["clerk"]), case.document_id, Wanted(kind, chosen, REASON))
        return Ref(found.id, found.document_id)


def _sent(pair: Pair, begun: Ref, *recipients: int) -> None:
    with pair.here.at_home() as office:
        told = Told(office)
        chosen = [str(office.unit(told.recipients[one]["unit"]).id) for one in recipients]
        told.carry(begun, {**told.draft(), "subject": "V/v giao kế hoạch (bản đúng)", "recipients": chosen})
    pair.work()


def _answered(pair: Pair, recipient: int, **answers: str) -> None:
    with pair.there.at_home() as office:
        told = Told(office)
        unit = office.unit(told.recipients[recipient]["unit"])
        asking = next(
            one
            for one in db.session.scalars(select(Case).where(Case.unit_id == unit.id, Case.status == "open"))
            if one.version.key == "recall_request"
        )
        told.complete(Ref(asking.id, asking.document_id), "answer", told.recipients[recipient]["clerk"], **answers)
    pair.work()


def _registered(pair: Pair, recipient: int) -> None:
    with pair.there.at_home() as office:
        told = Told(office)
        told.handle(told.recipients[recipient], last="direct")
    pair.work()


def _deliveries(document_id: UUID) -> dict[int, Delivery]:
    """By the order of the recipients in the tour."""
    return dict(enumerate(sorted(queries.deliveries(document_id), key=lambda one: one.recipient.code)))


def _received(pair: Pair, recipient: int) -> dict[str, tuple[str, int | None]]:
    """What a recipient has: state and arrival number, by what the sender wished with it."""
    with pair.there.at_home() as office:
        unit = office.unit(office.tour["recipients"][recipient]["unit"])
        query = select(Arrival.kind, Document.state, Document.arrival_number)
        query = query.join(Document, Document.id == Arrival.document_id).where(Arrival.recipient_id == unit.id)
        return {kind: (state, number) for kind, state, number in db.session.execute(query)}


def test_promise_9_lines_69_and_n13_two_recipients_answer_a_replacement_differently(pair: Pair, tmp_path: Path) -> None:
    case = pair.sent(recipients=2)
    pair.work()
    for one in (0, 1):
        _registered(pair, one)
    begun = _begun(pair, case, "replace", 0, 1)
    with pair.here.at_home() as office, pytest.raises(Conflict, match=r"succession\.begun"):
        wanted = Wanted("update", [_deliveries(case.document_id)[0].recipient_id], REASON)
        succeeding.begin(office.actor(office.tour["clerk"]), case.document_id, wanted)
    _sent(pair, begun, 0, 1)

    with pair.here.at_home() as office:
        assert db.session.get_one(Document, case.document_id).state == "frozen"
        clerk = office.actor(office.tour["clerk"])
        with pytest.raises(Conflict, match=r"document\.frozen"):
            recalling.ask(clerk, case.document_id, reason=REASON)
    assert _received(pair, 0) == {"new": ("registered", 1), "replace": ("arrived", None)}

    _answered(pair, 0, recall_decision="agree")
    with pair.here.at_home():
        assert db.session.get_one(Document, case.document_id).state == "frozen", "one has not answered"
    _answered(pair, 1, recall_decision="decline", opinion="Đã thực hiện xong.")
    _registered_successor(pair, 0)

    assert _received(pair, 0) == {"new": ("replaced", 1), "replace": ("registered", 2)}
    assert _received(pair, 1) == {"new": ("registered", 1), "replace": ("refused", None)}
    with pair.here.at_home():
        assert db.session.get_one(Document, case.document_id).state == "sent", "one still holds it"
        before, after = _deliveries(case.document_id), _deliveries(begun.document_id)
        assert [one.state for one in before.values()] == ["replaced", "delivered"]
        assert [one.status for one in after.values()] == ["03", "16"]
    assert _chains(pair, begun.document_id) == [["13", "01", "15", "03"], ["13", "01", "16"]]
    _require_whole_story(pair, (case.document_id, begun.document_id), tmp_path)


def _require_whole_story(pair: Pair, documents: tuple[UUID, UUID], tmp_path: Path) -> None:
    """Whichever document is exported, on either side, what is exported tells of both and passes the verifier."""
    for name, document_id in zip(("earlier", "later"), documents, strict=True):
        story = _exported(pair.here, pair.here.office.tour["clerk"], document_id, tmp_path / name)
        assert [(code, kind) for _at, _agency, code, *_rest, kind in story if code in ("13", "15", "16")] == [
            *[("13", "replace")] * 2,
            ("15", "replace"),
            ("16", "replace"),
        ]
    with pair.there.at_home() as office:
        unit = office.unit(office.tour["recipients"][0]["unit"]).id
        query = select(Arrival.document_id).where(Arrival.kind == "new", Arrival.recipient_id == unit)
        received = db.session.scalars(query).one()
    clerk = pair.there.office.tour["recipients"][0]["clerk"]
    story = _exported(pair.there, clerk, UUID(str(received)), tmp_path / "received")
    assert [code for _at, _agency, code, *_rest in story] == ["01", "03", "13", "01", "15", "03"]


def _exported(side: Side, who: str, document_id: UUID, folder: Path) -> list[tuple[Any, ...]]:
    """What the offline verifier reads in an export: the thread with both documents and their files."""
    with side.at_home() as office:
        client = office.client(who)
        page = client.get(f"/documents/{document_id}").get_data(as_text=True)
        assert "hay thế" in page, "each leads to the other"
        answer = client.get(f"/documents/{document_id}/export")
        zipfile.ZipFile(BytesIO(answer.data)).extractall(folder)
        answer.close()
    assert (folder / "related-1" / "main-0.pdf").exists()
    return verified(folder)[0]


def _chains(pair: Pair, document_id: UUID) -> list[list[str]]:
    """What the sender holds of each recipient, which must be what that gave, behind the sender's own wish."""
    with pair.here.at_home():
        deliveries = list(_deliveries(document_id).values())
        trails = queries.trails(one.id for one in deliveries)
        held = [trails[one.id] for one in deliveries]
    with pair.there.at_home():
        arrivals = select(Arrival).where(Arrival.message_id == deliveries[0].message_id)
        given = [[row.body for row in reporting.given(one.id)] for one in db.session.scalars(arrivals)]
    assert sorted([row.body for row in trail[1:]] for trail in held) == sorted(given)
    return [[one.code for one in trail] for trail in held]


def _registered_successor(pair: Pair, recipient: int) -> None:
    with pair.there.at_home() as office:
        told = Told(office)
        one = told.recipients[recipient]
        arrival = select(Arrival.document_id).where(
            Arrival.kind != "new", Arrival.recipient_id == office.unit(one["unit"]).id
        )
        query = select(Case).where(Case.document_id.in_(arrival), Case.status == "open")
        [case] = db.session.scalars(query)
        told.complete(Ref(case.id, case.document_id), "register", one["clerk"], registration_decision="register")
    pair.work()


def test_promise_9_before_registration_a_replacement_and_an_update_are_taken_at_once(pair: Pair) -> None:
    case = pair.sent(recipients=2)
    pair.work()
    _sent(pair, _begun(pair, case, "replace", 0), 0)
    assert _received(pair, 0) == {"new": ("replaced", None), "replace": ("arrived", None)}
    with pair.here.at_home():
        assert db.session.get_one(Document, case.document_id).state == "sent", "the other recipient has it"

    update = _begun(pair, case, "update", 1)
    _sent(pair, update, 1)
    assert _received(pair, 1) == {"new": ("arrived", None), "update": ("arrived", None)}
    with pair.here.at_home() as office:
        assert [one.state for one in _deliveries(case.document_id).values()] == ["replaced", "delivered"]
        clerk = office.actor(office.tour["clerk"])
        for wanted, wrong in (
            (Wanted("replace", [_deliveries(case.document_id)[0].recipient_id], REASON), "recipients"),
            (Wanted("replace", [_deliveries(case.document_id)[1].recipient_id], " "), "reason"),
            (Wanted("other", [], REASON), "kind"),
        ):
            with pytest.raises(Invalid, match=rf"succession\.{wrong}"):
                succeeding.begin(clerk, case.document_id, wanted)
        with pytest.raises(Forbidden):
            succeeding.begin(office.actor(office.tour["recipients"][0]["clerk"]), case.document_id, wanted)


def test_a_successor_that_is_taken_back_before_anybody_answered_asks_for_nothing_any_more(pair: Pair) -> None:
    case = pair.sent()
    pair.work()
    _registered(pair, 0)
    begun = _begun(pair, case, "replace", 0)
    _sent(pair, begun, 0)
    with pair.here.at_home() as office:
        recalling.ask(office.actor(office.tour["clerk"]), begun.document_id, reason=REASON)
    pair.work()

    assert _received(pair, 0)["new"] == ("registered", 1)
    with pair.there.at_home():
        asking = [one for one in db.session.scalars(select(Case)) if one.version.key == "recall_request"]
        assert [one.status for one in asking] == ["discarded"]
    with pair.here.at_home():
        assert db.session.get_one(Document, case.document_id).state == "sent"
        assert db.session.get_one(Document, begun.document_id).state == "recalled"
