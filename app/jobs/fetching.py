"""Fetching what waits at deployments that cannot reach us (lấy văn bản về): kept durably, then answered."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import directory, fetching, hearing, identity, peers, receiving
from app.domain.exchange.identity import Caller
from app.domain.exchange.models import Peer
from app.domain.orgunits import queries as orgunits
from app.gateways.files import FileStore
from app.gateways.partial import Partials
from app.gateways.transports.peer import CUTS
from app.gateways.transports.waiting import Shelf, Waiting, WaitingRoom
from app.jobs import transports
from app.jobs.delivering import NEVER
from app.kernel import outbox
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing, OfficeError, TooLarge
from app.kernel.outbox import Claim
from interchange import receipts
from interchange.envelope import FileSent
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.handed import Handed
from interchange.reading import read_envelope

CUT = "peer.cut"
GONE = frozenset({"peer.silent", CUT, "peer.not_secure", "peer.not_fetching", "peer.busy"})
"""What says that nothing else can be had now, either."""
PAGES = 200
"""The most parts of a list that are looked through at a time: whoever has more waiting is asked again soon."""
ALREADY = "exchange.already_there"


@dataclass
class Found:
    """What became of a look: whether anything came, and why something still waits there."""

    has_come: bool = False
    cause: str = ""

    def leave(self, trouble: ExchangeUnavailable | OfficeError | ExchangeRefused) -> None:
        """Something cannot be had now, and holds up nothing behind it, unless nothing can."""
        if isinstance(trouble, ExchangeUnavailable) and trouble.code in GONE:
            raise trouble
        self.cause = trouble.code


def due(_store: FileStore) -> int:
    """Have all that waits fetched from those whose time has come; how many they were."""
    return fetching.call()


def fetch(job: Claim) -> None:
    """Fetch what waits at one peer. Twice is harmless: a message is kept once, and answered as it was before."""
    source = fetching.source(UUID(job.payload["about"]))
    if source is not None and source.peer.state == "open":
        found = Found()
        try:
            _look(source.peer, found)
        except ExchangeUnavailable as silence:
            found.cause = silence.code
        else:
            peers.note_answer(source.peer_id)
        fetching.note_looked(source.id, has_come=found.has_come, cause=found.cause)
    with outbox.settle(job):
        pass


def _look(peer: Peer, found: Found) -> None:
    """Look through what waits, the oldest first. Errors: ExchangeUnavailable."""
    room, shelf = _let_in(peer)
    for agency in shelf.agencies:
        _hear(peer, agency, found)
    for _ in range(PAGES):
        for waiting in shelf.messages:
            _take(peer, waiting, found)
        if shelf.is_all or not shelf.messages:
            return
        shelf = room.look(shelf.messages[-1].id)


def _let_in(peer: Peer) -> tuple[WaitingRoom, Shelf]:
    """What waits, in the name of one of our agencies that is known there. Errors: ExchangeUnavailable."""
    stranger = ExchangeUnavailable("peer.nobody_speaks")
    for agency in _speakers(peer):
        room = transports.waiting(peer, agency)
        try:
            return room, room.look(None)
        except ExchangeUnavailable as refusal:
            stranger = refusal
            if refusal.code != "request.stranger":
                break
    raise stranger


def _speakers(peer: Peer) -> list[str]:
    """Who exchanged with it last; before that whoever works here, for nobody knows yet who is known there."""
    try:
        return [directory.speaker(peer.id)]
    except Missing:
        return [unit.code for unit, _key in directory.ours()]


def _hear(peer: Peer, agency: str, found: Found) -> None:
    """Hear the receipts that wait for one of our agencies; those that are not true are left there."""
    try:
        room, after = transports.waiting(peer, _ours(agency)), None
        for _ in range(PAGES):
            given, is_all = room.receipts(after)
            heard = [one for one, receipt in given if _is_heard(receipt, found)]
            if heard:
                room.acknowledge(heard)
                found.has_come = True
            if is_all or not given:
                return
            after = given[-1][0]
    except (ExchangeUnavailable, Invalid) as trouble:
        found.leave(trouble)


def _is_heard(receipt: receipts.Receipt, found: Found) -> bool:
    try:
        hearing.hear(SYSTEM, receipt)
    except NEVER as lie:
        found.leave(lie)
        return False
    return True


def _take(peer: Peer, waiting: Waiting, found: Found) -> None:
    """Keep one message and answer it, or refuse it for good; what its sender did not sign is not looked at."""
    try:
        room = transports.waiting(peer, _ours(waiting.recipient))
        handed = room.message(waiting)
        speaker = _speaker(peer, handed)
        try:
            _keep(room, waiting, speaker, handed.content)
        except NEVER as refusal:
            room.refuse(waiting, refusal.code, refusal.data)
        found.has_come = True
    except (ExchangeUnavailable, Invalid, Forbidden) as trouble:
        found.leave(trouble)


def _speaker(peer: Peer, handed: Handed) -> Caller:
    """The agency of a peer that signed a message. Errors: Forbidden; ExchangeUnavailable for what was damaged."""
    speaker = identity.caller(handed.key)
    if speaker.peer_id != peer.id:
        raise Forbidden("request.stranger")
    if not handed.is_signed(speaker.public):
        raise ExchangeUnavailable("request.signature_wrong")
    return speaker


def _keep(room: WaitingRoom, waiting: Waiting, speaker: Caller, content: object) -> None:
    """Fetch the files, keep the message, bring the receipts. Errors: NEVER, for what nobody should bring again."""
    envelope = read_envelope(content)
    identity.require_sender(speaker, envelope)
    if envelope.recipient != waiting.recipient:
        raise Invalid("exchange.recipient_unknown", agency=envelope.recipient)
    given = receiving.given(envelope)
    if not given:
        receiving.require_acceptable(envelope, largest=current_app.config["EXCHANGE_LIMIT"])
        for file in envelope.files:
            _bring(room, waiting, speaker.place, file)
        given = receiving.store(SYSTEM, envelope, peer_id=speaker.peer_id)
    for receipt in given:
        room.bring(receipt)
        if receipts.read(receipt)[0].message_id != envelope.message_id:
            raise Conflict(ALREADY)


def _ours(code: str) -> str:
    """Our code for an agency that works here; we speak in nobody else's name. Errors: Invalid."""
    try:
        unit = orgunits.unit_by_code(code)
    except Missing as nobody:
        raise Invalid("exchange.recipient_unknown", agency=code) from nobody
    if not unit.is_agency or peers.of_agency(unit.id) is not None:
        raise Invalid("exchange.recipient_unknown", agency=code)
    return unit.code


def _bring(room: WaitingRoom, waiting: Waiting, place: str, file: FileSent) -> None:
    """Fetch a file from where it broke off; what has come is kept between looks, and counts once all of it is true."""
    store: FileStore = current_app.extensions["files"]
    partials, cuts = Partials(store), 0
    have = partials.have(place, file.sha256)
    while have < file.size:
        try:
            piece = room.piece(waiting, file.sha256, have)
            have, cuts = partials.append(place, file.sha256, piece, offset=have, size=file.size), 0
        except Conflict as elsewhere:  # what had come before a restart is read again, or another look is further
            have = elsewhere.data["have"]
        except (Invalid, TooLarge) as trouble:
            raise ExchangeUnavailable(trouble.code) from trouble
        except ExchangeUnavailable as cut:
            cuts += 1
            if cut.code != CUT or cuts > CUTS:
                raise
    if store.size(file.sha256) != file.size:
        raise ExchangeUnavailable("exchange.file_missing")


HANDLERS: dict[str, Callable[[Claim], None]] = {"exchange.fetch": fetch}
