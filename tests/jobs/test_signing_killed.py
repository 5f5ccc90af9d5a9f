"""A worker that is killed while a signature is made: one comes of it, and the key signs no more than it must."""

import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.cases import commands as cases
from app.domain.documents import queries as documents
from app.domain.signatures import commands, progress
from app.domain.signatures.models import SignatureRequest
from app.jobs import outbox
from app.kernel import outbox as promises
from app.kernel.db import db
from app.kernel.outbox import Job
from signing import phases, validation
from signing.keys.memory import MemoryKey
from tests.house import Office
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


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.mark.parametrize("point", POINTS)
def test_line_z9_killed_at_any_point_one_signature_is_published(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr(promises, "LEASE", timedelta(seconds=0.3))
    case, uses = told.until("approve"), tmp_path / "uses"
    _count(monkeypatch, uses)
    with monkeypatch.context() as knife:
        whole, name, when, times = POINTS[point]
        knife.setattr(whole, name, _dying(getattr(whole, name), when))
        _decide(told, case)
        _work_until_killed()
    _work_until_done(told)

    files = [file for file in documents.files(case.document_id) if file.stage == "signed"]
    assert len(files) == 1
    assert len(uses.read_text("ascii")) == times
    [request] = db.session.scalars(select(SignatureRequest))
    assert (request.state, request.output_sha256, request.raw) == ("done", files[0].sha256, None)
    assert told.task(case, "issue").closed_at is None
    store = told.office.app.extensions["files"]
    verdict = validation.verify(store.path(files[0].sha256), told.office.app.extensions["signing"].trust)
    assert [one.verdict.value for one in verdict.signatures] == ["valid"]


def _decide(told: Told, case: Ref) -> None:
    actor = told.office.actor(told.tour["chairman"])
    cases.complete_task(actor, told.task(case, "approve").id, answers={"approval_decision": "sign"})


def _count(monkeypatch: pytest.MonkeyPatch, uses: Path) -> None:
    """Write down, where every process can read it, each time a key signs."""
    uses.touch()
    sign = MemoryKey.sign

    def counting(key: MemoryKey, digests: Sequence[bytes]) -> list[bytes]:
        with uses.open("a") as file:
            file.write("1")
        return sign(key, digests)

    monkeypatch.setattr(MemoryKey, "sign", counting)


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
