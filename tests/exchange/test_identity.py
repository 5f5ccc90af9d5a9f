"""Who may speak to a deployment: agencies it knows, by their own key, now, and for themselves only."""

from dataclasses import asdict, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.domain.exchange.models import Arrival
from app.domain.orgunits.models import Unit
from app.gateways.transports.peer import PeerTransport
from app.kernel import clock
from app.kernel.db import db, transaction
from interchange import httpsig, keys
from interchange.envelope import Envelope, FileSent
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.httpsig import Asked
from interchange.wire import PREFIX
from tests.exchange.letters import FACTS
from tests.exchange.pair import Pair, transport


@pytest.fixture
def parties(pair: Pair) -> tuple[str, str]:
    """The sender here and a recipient there."""
    tour = pair.here.office.tour
    [sender] = {post["unit"] for post in pair.here.office.world["posts"] if post["sign_in"] == tour["clerk"]}
    return sender, tour["recipients"][0]["unit"]


def _envelope(parties: tuple[str, str]) -> Envelope:
    return Envelope(str(uuid4()), *parties, FACTS, (FileSent("a.pdf", "0" * 64, 3, 1),))


def _door(pair: Pair, parties: tuple[str, str]) -> PeerTransport:
    return transport(pair.here, parties[0], pair.there)


def _refused(door: PeerTransport, envelope: Envelope) -> str:
    try:
        door._post("/offers", {"envelope": asdict(envelope)})
    except (ExchangeRefused, ExchangeUnavailable) as refusal:
        return refusal.code
    return ""


def test_promise_14_and_line_79_a_forged_sender_is_refused(pair: Pair, parties: tuple[str, str]) -> None:
    door, envelope = _door(pair, parties), _envelope(parties)
    assert _refused(door, replace(envelope, sender="so-noi-vu")) == "exchange.forged_sender"
    assert _refused(replace(door, private=keys.generate()), envelope) == "request.stranger"
    assert door._post("/offers", {"envelope": asdict(envelope)})["have"] == {"0" * 64: 0}


def test_a_clock_that_is_off_by_a_day_and_a_request_of_last_year_are_refused_by_name(
    pair: Pair, parties: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    door, envelope = _door(pair, parties), _envelope(parties)
    signed = httpsig.sign
    for days in (-1, 1, -365):
        shift = int(timedelta(days=days).total_seconds())
        late = lambda asked, private, created, shift=shift: signed(asked, private, created=created + shift)  # noqa: E731
        monkeypatch.setattr(httpsig, "sign", late)
        assert _refused(door, envelope) == "request.clock"


def test_a_request_counts_only_as_it_was_signed(pair: Pair, parties: tuple[str, str]) -> None:
    door = _door(pair, parties)
    target, host = f"{PREFIX}/receipts", door.site.authority_name
    headers = httpsig.sign(Asked("POST", host, target, "", b"{}"), door.private, created=int(clock.now().timestamp()))
    changed: tuple[tuple[str, str, bytes, dict[str, str]], ...] = (
        ("POST", target, b"{ }", headers),
        ("GET", f"{PREFIX}/directory", b"{}", headers),
        ("POST", f"{target}?x=1", b"{}", headers),
        ("POST", target, b"{}", {**headers, "Content-Digest": ""}),
        ("POST", target, b"{}", {**headers, "Signature": "eoffice=:AAAA:"}),
        ("POST", target, b"{}", {}),
    )
    for method, address, body, sent in changed:
        assert door.site.ask(method, address, body=body, headers=sent).status == 401
    assert door.site.ask("POST", target, body=b"{}", headers=headers).json()["code"] == "receipt.unreadable"


def test_promise_11_and_line_72_what_cannot_be_delivered_is_refused_by_name_before_a_byte_moves(
    pair: Pair, parties: tuple[str, str]
) -> None:
    door, good = _door(pair, parties), _envelope(parties)
    file = good.files[0]
    with pair.there.at_home() as office, transaction() as session:
        gone = session.get_one(Unit, office.unit(office.tour["recipients"][1]["unit"]).id)
        gone.valid_to = clock.office_day() - timedelta(days=1)
        code = gone.code
    refusals = {
        "exchange.recipient_unknown": replace(good, recipient="xa-khong-co"),
        "exchange.recipient_abolished": replace(good, recipient=code),
        "exchange.file_type": replace(good, files=(replace(file, name="a.exe"),)),
        "file.too_large": replace(good, files=(replace(file, size=2**32 - 1),)),
    }
    with pair.there.at_home():
        pair.there.office.app.config["EXCHANGE_LIMIT"] = 2**20
    assert {name: _refused(door, one) for name, one in refusals.items()} == {name: name for name in refusals}
    assert _refused(door, replace(good, recipient=good.sender)) == "exchange.recipient_unknown"  # it works elsewhere
    for wrong in (replace(good, kind="fly"), replace(good, reason="\x00"), replace(good, message_id="1")):
        assert _refused(door, wrong) == "envelope.wrong"
    with pair.there.at_home():
        assert db.session.scalar(select(func.count()).select_from(Arrival)) == 0
