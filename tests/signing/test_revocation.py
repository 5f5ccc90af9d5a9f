"""Revocation lists come from outside: from public addresses, signed by the right authority, and never too slowly."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from signing import appearance
from signing.fetching import Door, Unfetched, is_public
from signing.revocation import RevocationCache
from signing.sign import sign_person
from signing.validation import verify
from tests.signing.authority import Authority, serial_of
from tests.signing.conftest import PERSON_KEY, Issued

SOMEBODY = {"COMMON_NAME": "Cán bộ thử", "ORGANIZATION_NAME": "Cơ quan thử"}


class Server:
    """A web server of an authority, with whatever it is told to answer."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # as the library calls it
                outer.asked.append(self.path)
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "/list")
                    self.end_headers()
                    return
                if self.path == "/slow":
                    for _ in range(100):
                        self.wfile.write(b"H")
                        time.sleep(0.1)
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(outer.answers.get(self.path, b""))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = int(self.http.server_address[1])
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        """An address of this server."""
        return f"http://127.0.0.1:{self.port}{path}"

    def door(self) -> Door:
        """A way in that this server alone is let through."""
        return Door(size=5_000_000, seconds=1.0, allowed=frozenset({("127.0.0.1", self.port)}))


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Cơ quan chứng thực thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/list",
        "http://localhost/list",
        "http://10.0.0.1/list",
        "http://100.64.0.1/list",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/list",
        "http://[::ffff:10.0.0.1]/list",
        "http://[64:ff9b::a00:1]/list",
        "http://[fd00:ec2::254]/list",
        "http://0/list",
        "http://2130706433/list",
        "http://8.8.8.8:22/list",
        "http://somebody@8.8.8.8/list",
        "https://8.8.8.8:80/list",
        "file:///etc/passwd",
        "ftp://8.8.8.8/list",
        "ldap://8.8.8.8/list",
        "http:///list",
        "http://8.8.8.8/a\r\nHost: x",
        "",
    ],
)
def test_no_address_leads_inside(url: str) -> None:
    with pytest.raises(Unfetched, match="address"):
        Door().fetch(url)


def test_public_addresses_are_public() -> None:
    assert is_public("8.8.8.8")
    assert is_public("2606:4700::1")


def test_hostile_answers_are_harmless_and_the_right_one_is_kept(
    server: Server, authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority("Cơ quan chứng thực thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    now = datetime.now(UTC)
    server.answers = {
        "/list": authority._list({}, None),
        "/forged": stranger._list({}, None),
        "/stale": authority._list({}, now - timedelta(days=90)),
        "/page": b"<html>" * 100,
        "/endless": bytes(5_000_001),
    }
    cache = RevocationCache(tmp_path / "cache", server.door())
    trust = authority.trust(lists=False)
    names = ["/moved", "/slow", "/forged", "/stale", "/page", "/endless", "/empty", "/list"]

    begun = time.monotonic()
    found = cache.refresh(trust, [*map(server.url, names), "http://10.0.0.1/list"])

    assert time.monotonic() - begun < 6
    assert found.renewed == (server.url("/list"),)
    assert {url.rpartition(":")[2].lstrip("0123456789"): why for url, why in found.failed.items()} == {
        "/moved": "answer",
        "/slow": "silence",
        "/forged": "stranger",
        "/stale": "stale",
        "/page": "unreadable",
        "/endless": "size",
        "/empty": "unreadable",
        "//10.0.0.1/list": "address",
    }
    assert len(cache.lists()) == 1

    server.asked.clear()
    cache.refresh(trust, [server.url("/list")])
    assert "/list" not in server.asked  # it is fresh: nobody is asked twice


def test_an_older_list_does_not_take_the_place_of_a_newer(server: Server, authority: Authority, tmp_path: Path) -> None:
    cache, trust, url = RevocationCache(tmp_path, server.door()), authority.trust(lists=False), server.url("/list")
    server.answers["/list"] = authority._list({7: datetime.now(UTC)}, None)
    assert cache.refresh(trust, [url]).renewed

    server.answers["/list"] = authority._list({}, datetime.now(UTC) - timedelta(days=2))
    cache._is_due = lambda *_: True  # type: ignore[method-assign]

    assert cache.refresh(trust, [url]).failed == {url: "older"}
    assert len(cache.lists()[0]["tbs_cert_list"]["revoked_certificates"]) == 1


def test_a_list_of_a_hundred_thousand_costs_milliseconds(issued: Issued, authority: Authority, tmp_path: Path) -> None:
    key, culprit, small = authority.key_of(SOMEBODY), authority.key_of(SOMEBODY), authority.trust()
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    for signer, target in ((key, good), (culprit, bad)):
        profile, look = authority.profile(signer), appearance.demo_signature(PERSON_KEY)
        sign_person(issued.prepared, target, "whoever", profile, look)
    long_ago = datetime.now(UTC) - timedelta(days=2)
    large = authority.trust(revoked=dict.fromkeys([*range(10**20, 10**20 + 100_000), serial_of(culprit)], long_ago))
    spent = []
    for store in (small, small, large):
        begun = time.process_time()
        assert verify(good, store).reasons == ()
        spent.append(time.process_time() - begun)

    assert verify(bad, large).reasons == ("verification.certificate_revoked",)
    assert spent[2] - spent[1] < 0.1  # two questions: the signer's certificate and the stamper's


def test_a_list_is_what_makes_the_difference(
    server: Server, authority: Authority, issued: Issued, tmp_path: Path
) -> None:
    signed, url = tmp_path / "signed.pdf", server.url("/list")
    key = authority.key_of(SOMEBODY)
    sign_person(issued.prepared, signed, "whoever", authority.profile(key), appearance.demo_signature(PERSON_KEY))
    server.answers["/list"] = authority._list({}, None)
    cache, bare = RevocationCache(tmp_path / "cache", server.door()), authority.trust(lists=False)

    assert verify(signed, cache.known(bare)).reasons == ("verification.revocation_unknown",)
    cache.refresh(bare, [url])
    assert verify(signed, cache.known(bare)).reasons == ()
    assert isinstance(cache.lists()[0], asn1_crl.CertificateList)
    assert isinstance(authority.root, x509.Certificate)
