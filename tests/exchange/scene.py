"""Two deployments where everything that can become of a document has become of one, for pages to be looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.domain.actors.actor import SYSTEM
from app.domain.cases.models import Case, Task
from app.domain.documents.models import Document
from app.domain.exchange import alerts, queries, recalling, sending
from app.domain.exchange.models import Arrival, Delivery, Peer, Route
from app.kernel import clock
from app.kernel.db import db, transaction
from tests.exchange.letters import Letters
from tests.exchange.pair import Pair, Side
from tests.story import Ref, Told

NOWHERE = "http://127.0.0.1:1"
REASON = "Ban hành sai thẩm quyền."
DONE, DOING, REGISTERED, REFUSED, LATE = range(5)
"""What becomes of the sent document at the first recipients of the tour; at the others it has only arrived."""
WAITING, PAUSED, EXPIRED = -1, -2, -3
"""The last recipients of the tour are behind a peer that does not answer."""
DECLINES, THINKS, AGREES = range(3)
"""What the first recipients say to the wish to recall the other document."""


@dataclass(frozen=True)
class Scene:
    """One document on its way to everybody, and one that its sender wishes to have back; the ids of what is there.

    Deliveries that are `done` and `waiting`, the peer that is `silent`; at the recipients the message that is `held`
    back and the task in which somebody is `asked` to give the other document back.
    """

    sent: Ref
    recalled: Ref
    done: UUID
    waiting: UUID
    silent: UUID
    held: UUID
    asked: UUID


def played(letters: Letters) -> Scene:
    """Play it."""
    pair = letters.pair
    dead = pair.here.office.tour["recipients"]
    _behind_a_dead_peer(pair.here, [dead[one]["unit"] for one in (WAITING, PAUSED, EXPIRED)])
    recalled = _recalled(pair)
    sent = _sent(pair)
    letters.send(letters.letter(("van-ban.pdf", b"PK\x03\x04" + bytes(40)), number=18, subject="V/v báo cáo quý III"))
    pair.work()
    with pair.here.at_home() as office:
        to = {one.recipient.code: one.id for one in queries.deliveries(sent.document_id)}
        done, waiting = (to[office.tour["recipients"][one]["unit"]] for one in (DONE, WAITING))
        silent = db.session.scalars(select(Peer.id).where(Peer.address == NOWHERE)).one()
    with pair.there.at_home():
        held = db.session.scalars(select(Arrival.id).where(Arrival.state == "quarantined")).one()
        asked = db.session.scalars(select(Task.id).where(Task.node == "answer", Task.closed_at.is_(None))).one()
    return Scene(sent, recalled, done, waiting, silent, held, asked)


def _sent(pair: Pair) -> Ref:
    sent: Ref = pair.sent(len(pair.here.office.tour["recipients"]))
    pair.work()
    with pair.there.at_home() as office:
        told = _Latest(office)
        recipients = told.recipients
        told.handle(recipients[DONE])
        told.handle(recipients[DOING], last="handle")
        told.handle(recipients[REGISTERED], last="direct")
        refusal = {"registration_decision": "refuse", "refuse_reason": "wrong_recipient", "refuse_text": "Gửi nhầm xã."}
        told.complete(told.arrived(recipients[REFUSED]), "register", recipients[REFUSED]["clerk"], **refusal)
    pair.work()
    with pair.here.at_home() as office:
        to = {one.recipient.code: one for one in queries.deliveries(sent.document_id)}
        codes = [one["unit"] for one in office.tour["recipients"]]
        with transaction():
            to[codes[LATE]].is_late = True
        sending.pause(SYSTEM, to[codes[PAUSED]].id)
        sending.expire(SYSTEM, to[codes[EXPIRED]].id)
        _long_ago(Delivery, to[codes[WAITING]].id)
        alerts.silent()
        alerts.lost()
    return sent


def _recalled(pair: Pair) -> Ref:
    case: Ref = pair.sent(3)
    pair.work()
    with pair.there.at_home() as office:
        told = _Latest(office)
        for one in (DECLINES, THINKS):
            told.handle(told.recipients[one], last="direct")
    with pair.here.at_home() as office:
        recalling.ask(office.actor(office.tour["clerk"]), case.document_id, reason=REASON)
    pair.work()
    with pair.there.at_home() as office:
        told = _Latest(office)
        answer = {"recall_decision": "decline", "opinion": "Đã thực hiện xong."}
        told.complete(told.arrived(told.recipients[DECLINES]), "answer", told.recipients[DECLINES]["clerk"], **answer)
    pair.work()
    return case


class _Latest(Told):
    """Who works on what arrived last."""

    def arrived(self, recipient: Mapping[str, Any]) -> Ref:
        """The newest case of a recipient."""
        query = select(Case).join(Document, Document.id == Case.document_id).order_by(Case.started_at.desc())
        query = query.where(Case.unit_id == self.office.unit(recipient["unit"]).id, Document.direction == "incoming")
        found = db.session.scalars(query).first()
        assert found is not None, "nothing arrived"
        return Ref(found.id, found.document_id)


def _behind_a_dead_peer(side: Side, agencies: Iterable[str]) -> None:
    with side.at_home() as office, transaction() as session:
        peer = Peer(name="Trục liên thông của tỉnh", profile="peer", address=NOWHERE)
        session.add(peer)
        session.flush()
        behind = [office.unit(code).id for code in agencies]
        session.execute(update(Route).where(Route.unit_id.in_(behind)).values(peer_id=peer.id))


def _long_ago(table: Any, key: Any) -> None:
    with transaction() as session:
        session.execute(update(table).where(table.id == key).values(made_at=clock.now() - timedelta(hours=2)))
