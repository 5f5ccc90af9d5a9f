"""Time-stamping authorities that answer badly: nothing they say gets into a document, and the signature waits."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.asymmetric import rsa

from signing import phases
from signing.appearance import demo_signature
from signing.cases import Case
from signing.errors import SigningNotConfigured, SigningUnavailable
from signing.phases import Wish
from signing.profiles import Profile
from signing.timestamps import http_timestamper
from signing.validation import verify
from signing.verdict import Outcome
from tests.signing.authority import Authority
from tests.signing.conftest import PERSON_KEY, Issued

Answer = Callable[[bytes], bytes]


@pytest.fixture
def wire() -> Iterator[HTTPServer]:
    """A server on a wire that somebody sits on: its `answer` may be changed at any time."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            answer = self.server.answer(asked)  # type: ignore[attr-defined]  # given below
            self.send_response(200 if answer else 503)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def stamps_of(stamper: Any, change: Callable[[tsp.TimeStampReq], object] = lambda _: None) -> Answer:
    """What an authority answers to a request, changed on its way."""

    def answer(asked: bytes) -> bytes:
        request = tsp.TimeStampReq.load(asked)
        change(request)
        data: bytes = stamper.request_tsa_response(request).dump()
        return data

    return answer


def of_something_else(request: tsp.TimeStampReq) -> None:
    """As if another file had been stamped."""
    request["message_imprint"]["hashed_message"] = bytes(32)


def flipped(answer: Answer) -> Answer:
    """One bit of the signature turned over: its value stands at the end."""

    def broken(asked: bytes) -> bytes:
        data = bytearray(answer(asked))
        data[-1] ^= 1
        return bytes(data)

    return broken


def test_no_stamp_is_put_in_before_it_was_looked_at(
    issued: Issued, tmp_path: Path, profile: Profile, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    good: Any = profile.timestamper
    stranger = Authority("Cơ quan lạ", rsa.generate_private_key(65537, 2048)).timestamper
    prepared, target, key = tmp_path / "p.pdf", tmp_path / "t.pdf", profile.keystore.key(PERSON_KEY)
    address = http_timestamper(f"http://127.0.0.1:{wire.server_port}/", 5)
    wired = Profile("wired", profile.keystore, address, profile.trust)
    pending = phases.begin(issued.prepared, prepared, Wish(Case.PERSON, demo_signature(PERSON_KEY)), key, wired)
    raw = key.sign([pending.to_sign])[0]

    def refused(answer: Answer) -> str:
        wire.answer = answer
        with pytest.raises(SigningUnavailable) as silence:
            phases.finish(prepared, target, pending, raw, wired)
        assert not target.exists()
        return silence.value.code

    assert refused(lambda _: b"") == "timestamp.unavailable"
    assert refused(lambda _: b"<html>The gateway is being repaired</html>") == "timestamp.refused"
    assert refused(lambda _: b"\x30\x84\xff\xff\xff\xff") == "timestamp.refused"
    assert refused(lambda _: bytes(5_000_000)) == "timestamp.refused"
    assert refused(flipped(stamps_of(good))) == "timestamp.refused"
    assert refused(stamps_of(good, of_something_else)) == "timestamp.refused"
    assert refused(stamps_of(stranger)) == "timestamp.refused"
    with monkeypatch.context() as clock:
        clock.setattr(good, "fixed_dt", datetime.now(UTC) - timedelta(minutes=3))
        assert refused(stamps_of(good)) == "timestamp.clock"

    wire.answer = stamps_of(good)
    phases.finish(prepared, target, pending, raw, wired)
    found = verify(target, profile.trust)
    assert (found.outcome, found.signatures[0].timestamped) == (Outcome.VALID, True)


def test_without_an_authority_there_is_nobody_to_ask(profile: Profile) -> None:
    with pytest.raises(SigningNotConfigured, match=r"timestamp\.not_configured"):
        _ = Profile("bare", profile.keystore, None, profile.trust).stamper
