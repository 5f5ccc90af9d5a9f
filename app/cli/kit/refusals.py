"""What must be refused or held back, each by its own name, with nothing registered."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from app.cli.kit.letters import a_pdf
from app.cli.kit.seeds import Course
from app.domain.documents.models import Document
from app.domain.exchange.models import Arrival
from app.gateways.transports.peer import PeerTransport
from app.kernel import clock
from app.kernel.db import db
from interchange import httpsig, keys
from interchange.envelope import Envelope, FileSent
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.http import Said
from interchange.httpsig import Asked
from interchange.wire import PREFIX, packed

Put = Callable[[PeerTransport, Envelope, bytes], object]
"""How a hostile sender puts a message, with the bytes of its file, before the door."""


@dataclass(frozen=True)
class Refusal:
    """One thing that is not taken: `code` is how it is refused at the door, or held back after."""

    name: str
    promise: int
    code: str
    put: Put

    def run(self, course: Course, number: int) -> list[str]:
        """Try it; what did not hold."""
        pair, before = course.pair, _registered(course)
        data = a_pdf(f"So {number}")
        envelope = _envelope(course, number, data)
        found = _answer(lambda: self.put(pair.door(), envelope, data))
        pair.there.work()
        held = _held(course, envelope)
        said = found or held
        wrong = [] if said == self.code else [f"answered {said or 'nothing'}, not {self.code}"]
        return wrong + (["something was registered"] if _registered(course) != before else [])


def _answer(act: Callable[[], object]) -> str:
    try:
        act()
    except (ExchangeRefused, ExchangeUnavailable) as refusal:
        return refusal.code
    return ""


def _held(course: Course, envelope: Envelope) -> str:
    with course.pair.there.at_home():
        query = select(Arrival.cause).where(Arrival.envelope["message_id"].as_string() == envelope.message_id)
        return db.session.scalar(query) or ""


def _registered(course: Course) -> int:
    with course.pair.there.at_home():
        query = select(func.count()).select_from(Document).where(Document.direction == "incoming")
        return db.session.scalar(query) or 0


def _envelope(course: Course, number: int, data: bytes) -> Envelope:
    facts = {
        "document_type": "CV",
        "field": "KT",
        "subject": f"V/v kiểm thử {number}",
        "urgency": "normal",
        "number": number,
        "notation": "UBND-KT",
        "issued_on": clock.office_day().isoformat(),
        "due_on": None,
        "issuer_name": "UBND huyện",
        "signer_title": "Chủ tịch",
    }
    file = FileSent("van-ban.pdf", sha256(data).hexdigest(), len(data), 1)
    return Envelope(str(uuid4()), course.pair.sender, course.pair.recipients[0], facts, (file,))


def _post(door: PeerTransport, envelope: Envelope, data: bytes) -> object:
    return door._post("/messages", {"envelope": asdict(envelope), "files": packed([data])})  # noqa: SLF001 - a hostile hand


def _changed(**values: Any) -> Put:
    """The same message with other values."""
    return lambda door, envelope, data: _post(door, replace(envelope, **values), data)


def _facts(**values: Any) -> Put:
    return lambda door, envelope, data: _post(door, replace(envelope, facts={**envelope.facts, **values}), data)


def _named(name: str) -> Put:
    return lambda door, envelope, data: _post(
        door, replace(envelope, files=(replace(envelope.files[0], name=name),)), data
    )


def _as(name: str, content: bytes) -> Put:
    """A main file that is something else than its name says."""

    def put(door: PeerTransport, envelope: Envelope, _data: bytes) -> object:
        file = FileSent(name, sha256(content).hexdigest(), len(content), 1)
        return _post(door, replace(envelope, files=(file,)), content)

    return put


def _raw(body: bytes) -> Put:
    return lambda door, _envelope, _data: door._ask("POST", "/messages", body)  # noqa: SLF001


def _at(shift: timedelta) -> Put:
    """A request that says it was signed at another time."""

    def put(door: PeerTransport, _envelope: Envelope, _data: bytes) -> object:
        created = int((clock.now() + shift).timestamp())
        return _signed(door, door.private, created)

    return put


def _signed(door: PeerTransport, private: bytes, created: int) -> object:
    target = f"{PREFIX}/directory"
    headers = httpsig.sign(Asked("GET", door.site.authority_name, target, ""), private, created=created)
    return _raised(door.site.ask("GET", target, headers=headers))


def _stranger(door: PeerTransport, _envelope: Envelope, _data: bytes) -> object:
    return _signed(door, keys.generate(), int(clock.now().timestamp()))


def _unsigned(door: PeerTransport, _envelope: Envelope, _data: bytes) -> object:
    return _raised(door.site.ask("GET", f"{PREFIX}/directory"))


def _raised(said: Said) -> object:
    code = said.json()["code"]
    raise ExchangeRefused(code)


def _without_file(door: PeerTransport, envelope: Envelope, _data: bytes) -> object:
    content = uuid4().bytes
    lost = replace(envelope.files[0], sha256=sha256(content).hexdigest())
    return door._post("/messages", {"envelope": asdict(replace(envelope, files=(lost,)))})  # noqa: SLF001


def _truncated(door: PeerTransport, envelope: Envelope, data: bytes) -> object:
    cut = [packed([data])[0][:-3]]
    return door._post("/messages", {"envelope": asdict(envelope), "files": cut})  # noqa: SLF001


def _zip() -> bytes:
    return b"PK\x03\x04" + bytes(60)


REFUSALS = (
    Refusal("forged sender", 14, "exchange.forged_sender", _changed(sender="so-noi-vu")),
    Refusal("a key nobody knows", 14, "request.stranger", _stranger),
    Refusal("no signature", 14, "request.unsigned", _unsigned),
    Refusal("a clock a day behind", 14, "request.clock", _at(timedelta(days=-1))),
    Refusal("a clock a day ahead", 14, "request.clock", _at(timedelta(days=1))),
    Refusal("replay after a year", 14, "request.clock", _at(timedelta(days=-365))),
    Refusal("unknown recipient", 11, "exchange.recipient_unknown", _changed(recipient="khong-co")),
    Refusal("unknown kind of message", 11, "envelope.wrong", _changed(kind="fly")),
    Refusal("an id that is none", 2, "envelope.wrong", _changed(message_id="1")),
    Refusal("no file", 11, "envelope.wrong", _changed(files=())),
    Refusal("control characters", 11, "envelope.wrong", _changed(reason="\x00")),
    Refusal("secret mark", 8, "exchange.secret", _facts(secrecy="Tối mật")),
    Refusal("a value nobody knows", 11, "envelope.wrong", _facts(colour="red")),
    Refusal("a day that is none", 11, "envelope.wrong", _facts(issued_on="2026-13-01")),
    Refusal("an urgency that is none", 11, "envelope.wrong", _facts(urgency="now")),
    Refusal("a number that is none", 11, "envelope.wrong", _facts(number=-1)),
    Refusal("a program", 11, "exchange.file_type", _named("cai-dat.exe")),
    Refusal("a name with a folder", 11, "envelope.wrong", _named("../van-ban.pdf")),
    Refusal("a file that did not come", 4, "exchange.file_missing", _without_file),
    Refusal("truncated base64", 4, "message.files_wrong", _truncated),
    Refusal("a zip that calls itself a PDF", 8, "pdf.not_a_pdf", _as("van-ban.pdf", _zip())),
    Refusal("a PDF that is damaged", 8, "pdf.damaged", _as("van-ban.pdf", b"%PDF-1.7\n" + bytes(80))),
    Refusal("no JSON", 11, "request.not_json", _raw(b"{")),
    Refusal("NaN", 11, "request.not_json", _raw(b'{"envelope": NaN}')),
    Refusal("nested too deep", 11, "request.too_deep", _raw(b'{"a":' + b"[" * 200 + b"]" * 200 + b"}")),
)
