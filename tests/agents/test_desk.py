"""The program on the user's machine signs what its user agreed to, for the office its user named, and nothing else."""

import base64
import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import pkcs12

from signing.agent import desk
from signing.agent.asked import Asked, matching_code
from signing.agent.desk import Desk
from signing.errors import SigningRefused
from signing.keys.protocol import Key
from signing.profiles import Profile
from tests.signing import hsm
from tests.signing.conftest import PERSON_KEY, pki, profile

__all__ = ["pki", "profile"]
OFFICE = "https://office.test"
DIGEST = hashlib.sha256(b"van ban").digest()


@contextmanager
def running(made: Desk) -> Iterator[int]:
    """The port of the program."""
    server = desk.serving(made, 0)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
    """The answer to a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    sent = {"Origin": OFFICE, "Content-Type": "application/json", **headers}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        connection.request(method, path, data, sent)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, {**dict(answer.getheaders()), **(json.loads(text) if text else {})}
    finally:
        connection.close()


def question(*digests: bytes, what: str = "Công văn") -> dict[str, Any]:
    return {"digests": [base64.b64encode(one).decode() for one in digests], "what": what}


def test_it_signs_what_its_user_agreed_to(profile: Profile) -> None:
    key, seen = profile.keystore.key(PERSON_KEY), list[Asked]()

    def consent(asked: Asked) -> Key:
        seen.append(asked)
        return key

    with running(Desk(key.certificate, key.chain, frozenset({OFFICE}), consent)) as port:
        status, preflight = ask(port, "OPTIONS", "/sign", **{"Access-Control-Request-Private-Network": "true"})
        _, shown = ask(port, "GET", "/certificate")
        _, signed = ask(port, "POST", "/sign", question(DIGEST, what="Công văn\x1b[2J"))

    assert (status, preflight["Access-Control-Allow-Private-Network"]) == (204, "true")
    assert preflight["Access-Control-Allow-Origin"] == OFFICE
    assert base64.b64decode(shown["certificate"])[:1] == b"\x30"
    raw, public = base64.b64decode(signed["signatures"][0]), key.certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(raw, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    assert (seen[0].origin, seen[0].code) == (OFFICE, matching_code([DIGEST]))
    assert "\x1b" not in seen[0].what


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [
        ("/sign", question(DIGEST), {"Origin": "https://evil.test"}, 403, "agent.origin"),
        ("/sign", question(DIGEST), {"Host": "evil.test"}, 403, "agent.origin"),
        ("/sign", question(b"short"), {}, 400, "agent.bad_request"),
        ("/sign", question(*[DIGEST] * 51), {}, 400, "agent.bad_request"),
        ("/sign", b"[" * 9000, {}, 400, "agent.bad_request"),
        ("/sign", b"x" * 20_000, {}, 400, "agent.bad_request"),
        ("/sign", question(DIGEST), {"Content-Type": "text/plain"}, 400, "agent.bad_request"),
        ("/sign", b"", {"Content-Length": "9" * 5000}, 400, "agent.bad_request"),
        ("/keys", question(DIGEST), {}, 404, "agent.not_here"),
    ],
)
def test_it_refuses_whatever_is_not_a_question_of_its_office(
    profile: Profile, path: str, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    def consent(asked: Asked) -> Key:
        raise AssertionError(asked)

    key = profile.keystore.key(PERSON_KEY)
    with running(Desk(key.certificate, key.chain, frozenset({OFFICE}), consent)) as port:
        answered, told = ask(port, "POST", path, body, **headers)

    assert (answered, told["error"]) == (status, code)
    assert ("Access-Control-Allow-Origin" in told) == (headers.get("Origin") is None)


def test_one_question_at_a_time_and_a_no_is_a_no(profile: Profile) -> None:
    key, shown, decided = profile.keystore.key(PERSON_KEY), Event(), Event()

    def consent(asked: Asked) -> Key:
        shown.set()
        decided.wait(10)
        raise SigningRefused("agent.refused")

    first: list[tuple[int, dict[str, Any]]] = []
    with running(Desk(key.certificate, key.chain, frozenset({OFFICE}), consent)) as port:
        asking = Thread(target=lambda: first.append(ask(port, "POST", "/sign", question(DIGEST))))
        asking.start()
        shown.wait(10)
        second = ask(port, "POST", "/sign", question(DIGEST))
        decided.set()
        asking.join()

    assert (second[0], second[1]["error"]) == (409, "agent.busy")
    assert (first[0][0], first[0][1]["error"]) == (422, "agent.refused")


def _program(secret: str, where: list[str], environment: dict[str, str]) -> tuple[list[tuple[int, Any]], str]:
    """The program with a user who types the PIN twice and then refuses: two answers to a page, and its terminal."""
    start = "import sys; from app.cli.agent import main; code = main(sys.argv[1:])"
    heavy = "assert not {'flask', 'sqlalchemy', 'pyhanko'} & set(sys.modules), sys.modules; sys.exit(code)"
    command = [sys.executable, "-c", f"{start}; {heavy}", *where, "--origin", OFFICE, "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(f"{secret}\n{secret}\n\n")
        program.stdin.flush()
        found = re.search(r"cổng (\d+)", program.stdout.readline())
        assert found is not None
        answers = [ask(int(found[1]), "POST", "/sign", question(DIGEST, what="Công văn 12")) for _ in range(2)]
        program.send_signal(signal.SIGINT)
        told = program.stdout.read()
    assert program.returncode == 0
    return answers, told


def test_the_program_asks_for_the_pin_each_time_and_loads_neither_pages_nor_database(pki: Path) -> None:
    secret, file = (pki / "secret").read_text().strip(), pki / "keys" / f"{PERSON_KEY}.p12"

    (signed, refused), told = _program(secret, ["--pkcs12", str(file)], {})

    assert (signed[0], len(signed[1]["signatures"])) == (200, 1)
    assert (refused[0], refused[1]["error"]) == (422, "agent.refused")
    assert "Công văn 12" in told
    assert matching_code([DIGEST]) in told


@hsm.needs_softhsm
def test_the_program_signs_with_a_token(tmp_path: Path, pki: Path) -> None:
    data, secret = (pki / "keys" / f"{PERSON_KEY}.p12").read_bytes(), (pki / "secret").read_bytes().strip()
    key, certificate, _ = pkcs12.load_key_and_certificates(data, secret)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert certificate is not None
    token = hsm.make_hsm(tmp_path)
    token.put("chu-tich", key, [certificate])
    where = ["--pkcs11", str(hsm.MODULE), "--token", hsm.TOKEN, "--key", "chu-tich"]

    (signed, refused), _ = _program(hsm.PIN, where, dict(token.environment))

    raw = base64.b64decode(signed[1]["signatures"][0])
    key.public_key().verify(raw, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    assert refused[1]["error"] == "agent.refused"
