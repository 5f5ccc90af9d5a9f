"""Over an axis (trục liên thông), whatever it is asked in: edXML there and back, and nobody signs a receipt."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Protocol

from app.gateways import edxml
from app.gateways.transports.protocol import Answer, OpenFile, Sent, Waiting
from app.kernel import clock
from interchange import identifiers, receipts
from interchange.directory import SCHEMES, Listed, read_listed
from interchange.edxml import letters, writer
from interchange.edxml.letters import About
from interchange.edxml.message import Message, Party, Reference, Status
from interchange.envelope import Envelope
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.http import Said, Site
from interchange.identifiers import AgencyCode
from interchange.receipts import Receipt
from interchange.vxp import DONE, EDOC, FAIL, PROCESSING, STATUS

SLACK = timedelta(minutes=10)
"""By which clocks may differ when a list is asked for by time."""
SILENT = frozenset({"held"})
"""Statuses of ours that no axis has a code for."""


@dataclass(frozen=True)
class Listing:
    """One line of an axis' list: what it calls a message, from whom, and what became of it (processing, done, fail)."""

    reference: str
    kind: str
    sender: str
    status: str = PROCESSING


@dataclass(frozen=True)
class Dispatch:
    """One line of the list of what we sent: to whom, number and notation, and what became of it there."""

    reference: str
    recipient: str
    notation: str
    status: str
    said: str = ""


@dataclass(frozen=True)
class Entry:
    """One agency of an axis' directory: its codes in whichever scheme, the code of the one above it, its mailbox."""

    name: str
    codes: tuple[str, ...]
    parent: str = ""
    email: str = ""


class Wire(Protocol):
    """What an axis is asked in. Errors, of all of them: ExchangeRefused, ExchangeUnavailable."""

    def send(self, file: Path, kind: str, sender: str, recipient: str) -> str:
        """Bring an edXML file; what the axis calls it."""

    def received(self, kind: str, since: datetime, until: datetime) -> Sequence[Listing]:
        """What came for us in a while."""

    def sent(self, since: datetime, until: datetime) -> Sequence[Dispatch] | None:
        """What we sent in a while; None when this axis does not tell."""

    def fetch(self, reference: str, target: Path) -> None:
        """Bring the edXML file of a message into a new file."""

    def mark(self, reference: str, status: str) -> None:
        """Tell the axis that a message was taken (done), or will not be (fail)."""

    def agencies(self) -> Sequence[Entry]:
        """The directory."""


@dataclass(frozen=True)
class AxisTransport:
    """One of our agencies (`own`) at an axis; `party` is another one by our code of it, `room` a folder for a while."""

    wire: Wire
    own: Party
    party: Callable[[str], Party]
    room: Callable[[], AbstractContextManager[Path]]

    def preflight(self, envelope: Envelope) -> Answer | None:  # noqa: ARG002 - an axis is not asked beforehand
        """Nothing: what an axis refuses it refuses when it has the whole."""
        return None

    def send(self, envelope: Envelope, open_file: OpenFile) -> Answer:
        """Hand a message to the axis, which answers for it from then on."""
        recipient = self.party(envelope.recipient)
        if envelope.kind == "recall":
            return Answer(reference=self._put(self._wish(envelope, recipient), recipient.code))
        return Answer(reference=self._put(letters.message_of(envelope, self.own, recipient, open_file), recipient.code))

    def ask(self, envelope: Envelope, since: datetime) -> Answer | None:
        """Whether the axis has a message, by its number and notation; one that is not in its list is sent anew."""
        if envelope.kind == "recall":
            return None
        known = {self.party(envelope.recipient).code}
        notation = f"{envelope.facts['number']}/{envelope.facts['notation']}"
        for one in self.wire.sent(since - SLACK, clock.now() + SLACK) or ():
            if one.notation == notation and one.recipient in known:
                return Answer(reference=one.reference)
        return None

    def tell(self, receipt: Receipt, about: About) -> None:
        """Say a status to the sender of a message; what is ours alone is not said."""
        statement, _key = receipts.read(receipt)
        if statement.code in SILENT:
            return
        words = statement.note or statement.reason
        self._put(letters.status_of(statement, self.own, about, words), about.code)

    def refuse(self, about: About, words: str, at: datetime) -> None:
        """Say to the sender of a message that nothing of it was kept, and why."""
        target = Reference(about.code, about.notation, about.document_id, about.issued_on)
        self._put(Status(sender=self.own, response_for=target, code="02", at=at, description=words), about.code)

    def directory(self) -> Sequence[Listed]:
        """The agencies of the axis. It publishes no keys: nobody signs there. Lines that are none are left out."""
        return [listed for one in self.wire.agencies() for listed in _listed(one)]

    def poll(self, since: datetime) -> Iterator[Waiting]:
        """What waits for us, documents before statuses; each must be acknowledged, once it is kept."""
        for kind in (EDOC, STATUS):
            for one in self.wire.received(kind, since - SLACK, clock.now() + SLACK):
                if one.status not in (DONE, FAIL):
                    yield Waiting(one.reference, one.sender)

    def sent(self, since: datetime) -> Sequence[Sent]:
        """What became of what we sent, as far as the axis tells."""
        found = self.wire.sent(since - SLACK, clock.now() + SLACK) or ()
        return [Sent(one.reference, one.status == DONE, one.status == FAIL, one.said) for one in found]

    def fetch(self, waiting: Waiting, folder: Path) -> Message | Status:
        """Bring a message; its files go to a folder, named by their SHA-256. Errors: ExchangeRefused for nonsense."""
        file = folder / "letter.edxml"
        self.wire.fetch(waiting.reference, file)
        return edxml.read(file, folder)

    def acknowledge(self, waiting: Waiting, *, is_taken: bool) -> None:
        """Tell the axis that a message is kept, or will never be."""
        self.wire.mark(waiting.reference, DONE if is_taken else FAIL)

    def _wish(self, envelope: Envelope, recipient: Party) -> Status:
        """A recall is a status of the sender (13), for the recipient of the document."""
        facts = envelope.facts
        notation = f"{facts['number']}/{facts['notation']}"
        issued_on = datetime.fromisoformat(facts["issued_on"]).date()
        target = Reference(recipient.code, notation, envelope.relates_to, issued_on)
        return Status(
            sender=self.own, response_for=target, code="13", at=clock.now(), description=envelope.reason or "Thu hồi"
        )

    def _put(self, message: Message | Status, recipient: str) -> str:
        with self.room() as folder:
            file = folder / "letter.edxml"
            with file.open("xb") as target:
                writer.write(message, target)
            kind = STATUS if isinstance(message, Status) else EDOC
            return self.wire.send(file, kind, self.own.code, recipient)


def whole(site: Site, path: str, into: IO[bytes], *, most: int, headers: Mapping[str, str]) -> Said:
    """Bring a message. Errors: ExchangeRefused "edxml.too_large": it will never be smaller."""
    try:
        return site.fetch("GET", path, into, most=most, headers=headers)
    except ExchangeUnavailable as silence:
        if silence.code != "peer.too_much":
            raise
        raise ExchangeRefused("edxml.too_large") from silence


def rows(value: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The list in an answer. Errors: ExchangeUnavailable "peer.nonsense"."""
    found = value.get("data")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ExchangeUnavailable("peer.nonsense")
    return found


def _listed(one: Entry) -> Iterator[Listed]:
    """An agency by those of its codes that are identifiers; axes differ in where they write which."""
    codes = dict.fromkeys(known for code in one.codes for known in _identifiers(code))
    with suppress(ExchangeRefused):
        yield read_listed(
            {**asdict(one), "identifiers": [{"scheme": known.scheme, "code": known.text} for known in codes]}
        )


def _identifiers(code: str) -> Iterator[AgencyCode]:
    """A code as one scheme or the other writes it, if it is one."""
    with suppress(ExchangeRefused):
        known = identifiers.parse(code)
        yield known if known.scheme in SCHEMES else identifiers.as_qd20(known)
