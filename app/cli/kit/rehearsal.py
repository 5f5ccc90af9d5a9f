"""What five agencies rehearse over an axis: each act is played on real deployments and names what must hold."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

from sqlalchemy import select

from app.cli.kit import letters
from app.cli.kit.town import AGENCIES, Town
from app.domain.actors.actor import SYSTEM
from app.domain.documents import commands as document_commands
from app.domain.documents import queries as documents
from app.domain.exchange import consenting, mailboxes, recalling
from app.domain.exchange.models import Arrival, Delivery, Mailbox, Pickup
from app.domain.orgunits import queries as orgunits
from app.gateways.files import FileStore
from app.jobs import transports
from app.kernel import clock
from app.kernel.db import db, transaction
from interchange.edxml import writer
from interchange.edxml.message import DocumentType, Message, Party, Signer
from interchange.edxml.writer import described
from interchange.errors import ExchangeRefused
from interchange.vxp import EDOC

PROVINCE, DEPARTMENT, DISTRICT, FIRST, SECOND = AGENCIES
STATUSES = ("03", "04", "05", "06")
TROUBLES = 12
"""Rounds in which the axis fails two requests of five."""
Checks = dict[str, bool]


def acts() -> Iterator[tuple[str, Callable[[Town], Checks]]]:
    """Every act by its name, in the order they are played."""
    for act in (
        a_province_sends_to_four,
        a_commune_refuses,
        a_commune_writes_back,
        a_district_takes_back,
        a_district_replaces,
        the_axis_is_away_and_then_fails,
        a_wrong_key_is_put_right,
        a_recipient_is_locked,
        a_commune_speaks_for_the_province,
        a_program_is_sent,
        a_program_without_a_name_is_sent,
        a_message_comes_twice,
        nothing_is_lost_or_doubled,
    ):
        yield act.__name__.replace("_", " "), act


def a_province_sends_to_four(town: Town) -> Checks:
    """A department, a district and two communes have it; the communes finish it, and the province hears every step."""
    sent = town.issue(PROVINCE, *AGENCIES[1:])
    town.run()
    for code in (FIRST, SECOND):
        town.report(code, sent, *STATUSES)
    town.report(DISTRICT, sent, "05", "03", "03")
    town.run()
    found = town.deliveries(PROVINCE, sent)
    heard = {code: town.heard(PROVINCE, one) for code, one in found.items()}
    return {
        "each has it": all(one.state == "delivered" for one in found.values()) and len(found) == len(AGENCIES) - 1,
        "each keeps it once": all(len(town.arrivals(code, sent)) == 1 for code in found),
        "every step is heard": all([one.code for one in heard[code]] == ["01", *STATUSES] for code in (FIRST, SECOND)),
        "nothing unsigned is taken for a receipt": all(one.is_observed for trail in heard.values() for one in trail),
        "of what is said twice and late the furthest counts": found[DISTRICT].status == "05",
        "the others stand where they were": found[DEPARTMENT].status == "01",
    }


def a_commune_refuses(town: Town) -> Checks:
    """The commune will not have it, and says why."""
    sent = town.issue(DISTRICT, FIRST)
    town.run()
    town.report(FIRST, sent, "02", note="Gửi không đúng nơi nhận")
    town.run()
    [delivery] = town.deliveries(DISTRICT, sent).values()
    words = town.heard(DISTRICT, delivery)[-1].note
    return {"the reason is heard": (delivery.status, words) == ("02", "Gửi không đúng nơi nhận")}


def a_commune_writes_back(town: Town) -> Checks:
    """The axis carries both ways."""
    sent = town.issue(FIRST, DISTRICT)
    town.run()
    [delivery] = town.deliveries(FIRST, sent).values()
    return {"the district has it": delivery.status == "01"}


def a_district_takes_back(town: Town) -> Checks:
    """What nobody has registered is given back at once."""
    sent = town.issue(DISTRICT, SECOND)
    town.run()
    [delivery] = town.deliveries(DISTRICT, sent).values()
    with town.at(DISTRICT):
        recalling.ask(SYSTEM, delivery.document_id, reason="Sai thể thức")
    town.run()
    [delivery], [arrival] = town.deliveries(DISTRICT, sent).values(), town.arrivals(SECOND, sent)
    with town.at(SECOND):
        state = documents.document(arrival.document_id).state if arrival.document_id else arrival.state
    return {"it is recalled here": delivery.state == "recalled", "and there": state == "recalled"}


def a_district_replaces(town: Town) -> Checks:
    """A commune has registered a document and declines another in its place; the second has not, and takes it."""
    sent = town.issue(DISTRICT, FIRST, SECOND)
    town.run()
    with town.at(FIRST), transaction():
        [arrival] = db.session.scalars(select(Arrival).where(Arrival.message_id == sent))
        registered = document_commands.register_incoming(SYSTEM, UUID(str(arrival.document_id))).id
    later = town.issue(DISTRICT, FIRST, SECOND, follows=("replace", sent))
    town.run()
    with town.at(FIRST), transaction():
        consenting.decline(SYSTEM, registered, by="Văn thư", note="Đã thực hiện xong")
    town.run()
    before, after = town.deliveries(DISTRICT, sent), town.deliveries(DISTRICT, later)
    return {
        "who had not registered it took it": (before[SECOND].state, after[SECOND].status) == ("replaced", "15"),
        "who had keeps it, and says why": (before[FIRST].state, after[FIRST].status) == ("delivered", "16")
        and town.heard(DISTRICT, after[FIRST])[-1].note == "Đã thực hiện xong",
    }


def the_axis_is_away_and_then_fails(town: Town) -> Checks:
    """It is dead when something is sent; then it is back, and fails two requests of five, done or not."""
    town.hub.stop()
    sent = town.issue(PROVINCE, *AGENCIES[1:])
    town.run(rounds=2)
    before = list(town.deliveries(PROVINCE, sent).values())
    town.hub.start("--trouble", "0.4", "--seed", "1")
    for _ in range(TROUBLES):
        town.run()
    town.restart()
    town.run()
    return {
        "it waited, and says why": all(one.state == "waiting" for one in before) and any(one.cause for one in before),
        "each has it": all(one.status == "01" for one in town.deliveries(PROVINCE, sent).values()),
        "each once": all(len(town.arrivals(code, sent)) == 1 for code in AGENCIES[1:]),
    }


def a_wrong_key_is_put_right(town: Town) -> Checks:
    """What waited because of it goes by itself."""
    _sign_in(town, SECOND, secret="wrong")  # noqa: S106 - that is the point
    sent = town.issue(SECOND, DISTRICT)
    town.run(rounds=2)
    [before] = town.deliveries(SECOND, sent).values()
    _sign_in(town, SECOND)
    town.run()
    [after] = town.deliveries(SECOND, sent).values()
    return {"it waits, and says why": before.cause == "axis.credentials", "it arrives": after.status == "01"}


def a_recipient_is_locked(town: Town) -> Checks:
    """One recipient is refused by name and not tried again; the other has it."""
    with town.at(FIRST):
        code = orgunits.official_code(orgunits.unit_by_code(FIRST))
    town.restart("--lock", code)
    sent = town.issue(PROVINCE, FIRST, SECOND)
    town.run()
    found = town.deliveries(PROVINCE, sent)
    town.restart()
    return {
        "refused by name": (found[FIRST].state, found[FIRST].cause) == ("refused", "axis.locked"),
        "nobody else is held": found[SECOND].status == "01",
    }


def a_commune_speaks_for_the_province(town: Town) -> Checks:
    """The axis does not take a message in another's name."""
    try:
        _bring(town, SECOND, sender=PROVINCE)
    except ExchangeRefused as refusal:
        return {"the axis refuses": refusal.code == "axis.no_sender"}
    return {"the axis refuses": False}


def a_program_is_sent(town: Town) -> Checks:
    """The recipient refuses it by name, nothing is registered, and the sender is told why."""
    sent = _bring(town, SECOND, name="chay.exe")
    town.run()
    with town.at(DISTRICT):
        causes = [one.cause for one in db.session.scalars(select(Pickup)) if one.cause]
    with town.at(SECOND):  # it did not send this by itself, so it cannot place the answer, and keeps that as such
        answered = [one.cause for one in db.session.scalars(select(Pickup)) if one.cause]
    return {
        "refused by name": causes == ["exchange.file_type"],
        "nothing is kept": town.arrivals(DISTRICT, sent) == [],
        "its sender is answered": answered == ["delivery.missing"],
    }


def a_program_without_a_name_is_sent(town: Town) -> Checks:
    """Nobody can be told about it; the letter behind it is not held up."""
    _bring(town, SECOND, name="chay.exe", is_named=False)
    behind = _bring(town, SECOND)
    town.run()
    return {"the next one arrives": len(town.arrivals(DISTRICT, behind)) == 1}


def a_message_comes_twice(town: Town) -> Checks:
    """As another system might send it."""
    sent = uuid4()
    for _ in range(2):
        _bring(town, SECOND, document_id=sent)
    town.run()
    return {"it is kept once": len(town.arrivals(DISTRICT, sent)) == 1}


def nothing_is_lost_or_doubled(town: Town) -> Checks:
    """Over all that happened."""
    checks: Checks = {}
    for code in town.sides:
        with town.at(code):
            kept = [one.document_id for one in db.session.scalars(select(Arrival).where(Arrival.kind == "new"))]
            waiting = list(db.session.scalars(select(Delivery.id).where(Delivery.state == "waiting")))
            causes = {one.cause for one in db.session.scalars(select(Mailbox))}
        checks[f"{code} has nothing twice"] = len(set(kept)) == len(kept)
        checks[f"{code} waits for nothing"] = not waiting and causes == {""}
    return checks


def _sign_in(town: Town, code: str, secret: str = "") -> None:
    """Give an agency another secret, or its own again."""
    with town.at(code):
        [box] = db.session.scalars(select(Mailbox))
        known = town.hub.credentials[orgunits.official_code(box.unit)]
        mailboxes.give(SYSTEM, box.peer_id, box.unit_id, system_id=known[0], secret=secret or known[1])


def _bring(
    town: Town,
    code: str,
    *,
    sender: str = "",
    name: str = "van-ban.pdf",
    document_id: UUID | None = None,
    is_named: bool = True,
) -> UUID:
    """Put a message for the district at the axis by hand, as another system would; its id, if the message says it."""
    named = document_id or uuid4()
    with town.at(code) as side:
        store: FileStore = side.app.extensions["files"]
        [box] = db.session.scalars(select(Mailbox))
        door = transports.mailbox(box)
        with store.temporary() as folder:
            paper, file = folder / name, folder / "letter.edxml"
            paper.write_bytes(letters.a_pdf("by hand"))
            message = Message(
                sender=_party(sender or code),
                recipients=(_party(DISTRICT),),
                document_id=str(named),
                number=str(named.int % 100_000),
                notation="KT",
                issued_on=clock.office_day(),
                document_type=DocumentType("Công văn"),
                subject="Diễn tập",
                signer=Signer("Chủ tịch"),
                attachments=(described(paper),),
            )
            with file.open("xb") as target:
                writer.write(message, target)
            if not is_named:
                file.write_text(file.read_text("utf-8").replace(str(named), ""), "utf-8")
            door.wire.send(file, EDOC, door.own.code, _party(DISTRICT).code)
    return named


def _party(code: str) -> Party:
    unit = orgunits.unit_by_code(code)
    return Party(orgunits.official_code(unit), unit.name)
