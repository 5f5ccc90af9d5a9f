"""Keys of a remote signing service: PIN, telephone, portions, restarts, and services that make no sense."""

import hashlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from signing.errors import SigningError, SigningNotConfigured, SigningRefused, SigningUnavailable
from signing.keys.dialect import CSC, Ask, Credential, Dialect, Permission, word
from signing.keys.protocol import SALT, Key, Resumable
from signing.keys.remote import RemoteKeystore
from signing.keys.site import Answer, Site
from signing.profiles import Profile
from signing.validation import verify
from signing.verdict import Outcome
from tests.signing import papers, whole
from tests.signing.authority import DAY, Authority, Keys
from tests.signing.csc import AGENCY, AT_MOST, DEMO, PERSON, WEAK, Manners, Registry, Town

DIGESTS = [hashlib.sha256(bytes([one])).digest() for one in range(2 * AT_MOST + 1)]
HELLO = b"\x16"
"""How somebody begins who wants to speak TLS."""
PIN = "13 57 90"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("registry"))


@papers.needs_pdfsig
def test_a_paper_signed_and_sealed_by_a_service_is_valid_everywhere(registry: Registry, tmp_path: Path) -> None:
    stamper = Authority("TSA", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    with registry.service(Manners(pin=PIN, account="eoffice:password")) as town:
        store = RemoteKeystore(Site(town.url), account="eoffice", password="password")  # noqa: S106
        assert set(store.key_ids()) >= {PERSON, AGENCY}

        def profile(name: str) -> Profile:
            return Profile("test", Keys(store.key(name, PIN)), stamper.timestamper, _trusting(town, stamper))

        paper = whole.sealed(tmp_path, profile(PERSON), profile(AGENCY))
        verdict = verify(paper, _trusting(town, stamper))
    assert verdict.outcome is Outcome.VALID, verdict.reasons
    assert whole.valid_for_poppler(paper) == len(verdict.signatures) == 2


@pytest.mark.parametrize("pinned", [True, False])
def test_many_signatures_are_made_in_portions_the_service_takes(registry: Registry, pinned: bool) -> None:
    with registry.service(Manners(pin=PIN, pinned=pinned)) as town:
        key = RemoteKeystore(Site(town.url)).key(AGENCY, PIN)
        made = key.sign(DIGESTS)
        assert town.manners.seen.count("authorize") == town.manners.seen.count("signHash") == 3
    assert [_is_by(key, digest, raw) for digest, raw in zip(DIGESTS, made, strict=True)] == [True] * len(DIGESTS)


def test_line_56_a_holder_agrees_on_the_telephone_after_a_restart_and_is_asked_once(registry: Registry) -> None:
    with registry.service(Manners(telephone=True)) as town:
        with pytest.raises(SigningUnavailable, match=r"key\.waiting_for_holder") as waiting:
            RemoteKeystore(Site(town.url)).key(PERSON).sign(DIGESTS[:1])
        kept = json.dumps(waiting.value.data["ticket"])
        assert waiting.value.retryable

        with pytest.raises(SigningUnavailable, match=r"key\.waiting_for_holder") as still:
            _resumed(town, json.loads(kept)).sign(DIGESTS[:1])
        assert still.value.data["ticket"] == json.loads(kept)
        town.manners.agreed = True
        [raw] = _resumed(town, json.loads(kept)).sign(DIGESTS[:1])

        assert _is_by(_resumed(town, json.loads(kept)), DIGESTS[0], raw)
        assert town.manners.seen.count("authorize") == 1
        with pytest.raises(SigningRefused, match=r"key\.other_ticket"):
            _resumed(town, json.loads(kept)).sign(DIGESTS[1:2])
        late = {**json.loads(kept), "until": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()}
        with pytest.raises(SigningRefused, match=r"key\.holder_silent"):
            _resumed(town, late).sign(DIGESTS[:1])
        with pytest.raises(SigningRefused, match=r"key\.authorisation_expired"):
            _resumed(town, {**late, "sad": "old"}).sign(DIGESTS[:1])


def test_line_56_what_was_signed_before_a_service_fell_silent_is_not_signed_again(registry: Registry) -> None:
    async def silent(request: web.Request) -> web.Response:
        raise web.HTTPServiceUnavailable

    async def second_time(request: web.Request) -> Any:
        town.manners.odd["signHash"] = silent
        return await town.service.csc.signatures_sign_hash(request)

    with registry.service(Manners(pin=PIN)) as town:
        town.manners.odd["signHash"] = second_time
        with pytest.raises(SigningUnavailable, match=r"key\.unavailable") as silence:
            RemoteKeystore(Site(town.url)).key(AGENCY, PIN).sign(DIGESTS[: AT_MOST + 1])
        ticket = silence.value.data["ticket"]
        assert isinstance(ticket, dict)
        assert len(ticket["done"]) == AT_MOST

        town.manners.odd.clear()
        made = RemoteKeystore(Site(town.url)).key(AGENCY).resumed(ticket).sign(DIGESTS[: AT_MOST + 1])
        assert [one.hex() for one in made[:AT_MOST]] == ticket["done"]
        assert town.manners.seen.count("authorize") == 2


def test_a_code_is_good_once_and_only_for_as_many_as_one_permission_takes(registry: Registry) -> None:
    with registry.service(Manners(pin="1234", otp="0099")) as town:
        key = RemoteKeystore(Site(town.url)).key(PERSON, "1234 0099")
        with pytest.raises(SigningRefused, match=r"key\.too_many"):
            key.sign(DIGESTS)
        assert len(key.sign(DIGESTS[:AT_MOST])) == AT_MOST
        with pytest.raises(SigningRefused, match=r"key\.pin_wrong"):
            key.sign(DIGESTS[:1])
        with pytest.raises(SigningRefused, match=r"key\.pin_missing"):
            RemoteKeystore(Site(town.url)).key(PERSON, "1234").sign(DIGESTS[:1])


def test_a_vendor_is_understood_by_a_few_lines(registry: Registry) -> None:
    class Vendor(Dialect):
        """Its holders agree in an application; it calls that otherwise."""

        def authorised(self, answer: Any) -> Permission:
            if "tranId" in answer:
                return Permission(transaction=word(answer, "tranId"))
            return super().authorised(answer)

        def poll(self, transaction: str) -> Ask:
            return Ask("csc/v1/credentials/authorizeCheck", {"handle": transaction})

    async def renamed(request: web.Request) -> web.Response:
        answer = await town.service.authorise(request)
        return web.Response(text=str(answer.text).replace("handle", "tranId"), content_type="application/json")

    with registry.service(Manners(telephone=True, agreed=True)) as town:
        town.manners.odd["authorize"] = renamed
        key = RemoteKeystore(Site(town.url), Vendor()).key(PERSON)
        with pytest.raises(SigningUnavailable) as waiting:
            key.sign(DIGESTS[:1])
        ticket = waiting.value.data["ticket"]
        assert isinstance(ticket, dict)
        assert _is_by(key, DIGESTS[0], key.resumed(ticket).sign(DIGESTS[:1])[0])


def test_what_a_service_refuses_has_a_name(registry: Registry) -> None:
    class Old(Dialect):
        """Of the times of PKCS#1 v1.5."""

        def described(self, name: str, answer: Mapping[str, Any]) -> Credential:
            return super().described(name, {**answer, "key": {**answer["key"], "algo": ["1.2.840.113549.1.1.11"]}})

    account = ("eoffice", "password")
    with registry.service(Manners(pin=PIN, account="eoffice:password")) as town:
        store = RemoteKeystore(Site(town.url), CSC, *account)
        grown_up = RemoteKeystore(Site(town.url), CSC, *account, production=True)
        assert store.key(DEMO, PIN).certificate
        refusals = {
            "demo_in_production": lambda: grown_up.key(DEMO, PIN),
            "pin_wrong": lambda: store.key(PERSON, "0000").sign(DIGESTS[:1]),
            "pin_missing": lambda: store.key(PERSON).sign(DIGESTS[:1]),
            "unknown": lambda: store.key("town/nobody", PIN),
            "bad_id": lambda: store.key("\n"),
            "too_weak": lambda: store.key(WEAK, PIN),
            "not_supported": lambda: RemoteKeystore(Site(town.url), Old(), *account).key(AGENCY, PIN),
            "service_refused": lambda: RemoteKeystore(Site(town.url)).key(PERSON, PIN),
        }
        for code, act in refusals.items():
            with pytest.raises((SigningRefused, SigningNotConfigured), match=rf"key\.{code}$"):
                act()
        assert town.manners.seen.count("authorize") == 1


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
        b"HTTP/1.1 500 No\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\n\r\n{"key": {"status": "enabled", "algo": 7}, "cert": {"certificates": ["AAAA"]}}',
        b'HTTP/1.1 200 OK\r\n\r\n{"key": {"status": "enabled", "algo": []}, "cert": {"certificates": [{}]}}',
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5_000_000,
    ],
    ids=["nothing", "a page", "a list", "depth", "elsewhere", "an error", "not a certificate", "an object", "too long"],
)
def test_an_answer_that_makes_no_sense_is_no_answer(said: bytes) -> None:
    with _saying(said) as url, pytest.raises(SigningError, match=r"key\.(unavailable|bad_certificate)"):
        RemoteKeystore(Site(url)).key(PERSON)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_service_that_drips_is_left_after_its_time(scheme: str) -> None:
    began = time.monotonic()
    greeting = {"http": b"HTTP/1.1 200 OK\r\nX-A: ", "https": bytes.fromhex("160303100002001000")}[scheme]
    with _saying(greeting + b"a" * 400, pause=0.1) as url:
        with pytest.raises(SigningUnavailable, match=r"key\.too_slow"):
            RemoteKeystore(Site(url.replace("http", scheme), patience=0.8)).key(PERSON)
        assert time.monotonic() - began < 5


def test_a_service_proves_who_it_is_before_anything_is_said_to_it(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - DAY, now + DAY)
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    proof, secret = tmp_path / "service.pem", tmp_path / "service.key"
    proof.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(proof, secret)

    said = b"HTTP/1.1 200 OK\r\n\r\n{}"
    with _saying(said, tls=context) as url, pytest.raises(SigningNotConfigured, match=r"key\.service_untrusted"):
        RemoteKeystore(Site(url)).key(PERSON)
    with _saying(said, tls=context) as url:
        assert Site(url, authorities=proof).ask("", {}, {}) == Answer(200, {})


@pytest.mark.parametrize("url", ["http://sign.example.vn/", "ftp://127.0.0.1/", "https://", "https://a@b/", "x"])
def test_a_service_is_reached_by_tls_or_not_at_all(url: str) -> None:
    with pytest.raises(SigningNotConfigured, match=r"signing\.bad_profile"):
        Site(url)


@contextmanager
def _saying(said: bytes, pause: float = 0.0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A service that says the same to everybody, byte by byte when it pauses."""
    ear = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = ear.accept()
        with suppress(OSError), line if tls is None else tls.wrap_socket(line, server_side=True) as line:
            heard = line.recv(65_536)
            while heard[:1] != HELLO and not heard.endswith(b"}"):  # what is not read would reset the line
                heard += line.recv(65_536) or b"}"
            for part in [said[at : at + 1] for at in range(len(said))] if pause else [said]:
                line.sendall(part)
                time.sleep(pause)

    thread = threading.Thread(target=serve)
    thread.start()
    with ear:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{ear.getsockname()[1]}/"
        thread.join(60)


def _resumed(town: Town, ticket: dict[str, Any]) -> Key:
    key = RemoteKeystore(Site(town.url)).key(PERSON)
    assert isinstance(key, Resumable)
    return key.resumed(ticket)


def _trusting(town: Town, stamper: Authority) -> Any:
    more = stamper.trust()
    trust = town.trust
    return type(trust)(trust.roots, more.roots, (), (*trust.crls, *more.crls), demo=False)


def _is_by(key: Key, digest: bytes, raw: bytes) -> bool:
    public, way = key.certificate.public_key(), Prehashed(hashes.SHA256())
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(raw, digest, padding.PSS(padding.MGF1(hashes.SHA256()), SALT), way)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(raw, digest, ec.ECDSA(way))
    return True
