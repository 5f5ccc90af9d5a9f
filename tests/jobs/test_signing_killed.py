"""A worker that is killed while a signature is made: one comes of it, and the key signs no more than it must."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from sqlalchemy import select, update

from app.domain.cases import commands as cases
from app.domain.documents import queries as documents
from app.domain.signatures import commands, progress
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import authentication
from app.domain.signers.models import SignerKey, SigningSession
from app.jobs import outbox
from app.jobs.signingprofile import profile
from app.kernel import outbox as promises
from app.kernel.db import db, transaction
from app.kernel.outbox import Job
from signing import appearance, phases, sealing, validation
from signing.demo_pki import PrivateKey
from signing.keys.files import Pkcs12Keystore
from signing.keys.memory import MemoryKey
from signing.keys.protocol import Key, Keystore
from signing.keys.token import TokenKey
from tests.house import Office
from tests.secondopinion import in_stores
from tests.signing.hsm import PIN, make_hsm, needs_softhsm
from tests.signing.keyfiles import key_file
from tests.signing.whole import poppler_agrees
from tests.story import Ref, Told

PATIENCE = 60.0
AFTER, BEFORE = "after", "before"
POINTS: dict[str, tuple[Any, str, str, int]] = {
    "the file with the empty signature is kept": (progress, "keep_prepared", AFTER, 1),
    "the key has signed, nobody knows": (progress, "keep_raw", BEFORE, 2),
    "the raw signature is kept": (progress, "keep_raw", AFTER, 1),
    "the time stamp is in": (phases, "finish", AFTER, 1),
    "the signed file lies in the store": (commands, "attach_signature", BEFORE, 1),
    "all is done but the transaction": (commands, "attach_signature", AFTER, 1),
}
"""Where the worker dies: around which call, and how often the key signs in all."""


KINDS = ("pkcs12", pytest.param("pkcs11", marks=needs_softhsm))


@pytest.mark.parametrize("kind", KINDS)
def test_line_z9_killed_at_any_point_one_signature_is_published(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    told, uses = Told(office), tmp_path / "uses"
    monkeypatch.setattr(promises, "LEASE", timedelta(seconds=0.3))
    _give_key(told, kind, tmp_path)
    _count(monkeypatch, uses)
    for point, (whole, name, when, times) in POINTS.items():
        case = told.until("approve")
        uses.write_text("", "ascii")
        with monkeypatch.context() as knife:
            knife.setattr(whole, name, _dying(getattr(whole, name), when))
            _decide(told, case)
            _work_until_killed()
        _work_until_done(told)

        files = [file for file in documents.files(case.document_id) if file.stage == "signed"]
        assert len(files) == 1, point
        assert len(uses.read_text("ascii")) == times, point
        query = select(SignatureRequest).where(SignatureRequest.document_id == case.document_id)
        [request] = db.session.scalars(query)
        assert (request.state, request.output_sha256, request.raw) == ("done", files[0].sha256, None), point
        assert told.task(case, "issue").closed_at is None, point
        path = office.app.extensions["files"].path(files[0].sha256)
        verdict = validation.verify(path, profile().trust)
        assert [one.verdict.value for one in verdict.signatures] == ["valid"], point
        assert poppler_agrees(path, 1), point
    assert {one.secret for one in db.session.scalars(select(SigningSession))} == {None}
    assert in_stores(office.app.config["PKI"].parent) == []


def _give_key(told: Told, kind: str, folder: Path) -> None:
    """From now on the chairman's key is in a sealed file, or on a token."""
    pki = told.office.app.config["PKI"]
    person, file = told.office.person(told.tour["chairman"]), key_file(pki, "person", "Người ký thử", PIN)
    keystore: Keystore
    if kind == "pkcs12":
        keystore = files = Pkcs12Keystore(folder / "keys")
        files.store("chairman", file, PIN)
    else:
        token = make_hsm(folder / "hsm")
        key, certificate, others = pkcs12.load_key_and_certificates(file, PIN.encode())
        assert isinstance(key, PrivateKey)
        assert certificate is not None
        token.put("chairman", key, [certificate, *others])
        keystore = token.keystore()
    told.office.app.extensions["signing"] = replace(profile(), keystores={"own": keystore, **profile().keystores})
    picture = BytesIO()
    appearance.demo_signature("person").image.save(picture, "PNG")
    stored = told.office.app.extensions["files"].put(picture.getvalue(), limit=1_000_000)
    changed = update(SignerKey).where(SignerKey.person_id == person.id)
    with transaction():
        db.session.execute(changed.values(provider="own", reference="chairman", image_sha256=stored.sha256))


def _decide(told: Told, case: Ref) -> None:
    """The chairman gives the PIN and signs."""
    actor, session_id = told.office.actor(told.tour["chairman"]), uuid4()
    key = db.session.scalars(select(SignerKey.id).where(SignerKey.person_id == actor.person_id)).one()
    sealed = sealing.seal(PIN.encode(), str(session_id), told.office.app.config["PKI"])
    authentication.authenticate(actor, key, session_id, sealed=sealed)
    cases.complete_task(actor, told.task(case, "approve").id, answers={"approval_decision": "sign"})


def _count(monkeypatch: pytest.MonkeyPatch, uses: Path) -> None:
    """Write down, where every process can read it, each time a key signs."""
    for kind in (MemoryKey, TokenKey):
        monkeypatch.setattr(kind, "sign", _counting(kind.sign, uses))


def _counting(sign: Callable[..., list[bytes]], uses: Path) -> Callable[..., list[bytes]]:
    def counted(key: Key, digests: Sequence[bytes]) -> list[bytes]:
        with uses.open("a") as file:
            file.write("1")
        return sign(key, digests)

    return counted


def _dying(call: Callable[..., Any], when: str) -> Callable[..., Any]:
    """The same call, and the process dies before it or after it."""

    def run(*args: Any, **kwargs: Any) -> Any:
        if when == AFTER:
            call(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def _work_until_killed() -> None:
    db.session.remove()
    child = os.fork()
    if child == 0:
        db.engine.dispose(close=False)
        while True:
            outbox.run_one()
            sleep(0.01)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def _work_until_done(told: Told) -> None:
    until = monotonic() + PATIENCE
    while monotonic() < until:
        told.office.work()
        db.session.rollback()
        if db.session.scalar(select(Job.id).where(Job.state == "ready").limit(1)) is None:
            return
        sleep(0.05)
    raise AssertionError("the work is not done")
