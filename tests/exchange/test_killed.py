"""A process that is killed while a document is issued and promised: both are there afterwards, or neither."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import PoolProxiedConnection, event, func, select

from app.domain.documents.models import Document
from app.domain.exchange import queries
from app.domain.exchange.models import Arrival
from app.jobs import signatures
from app.kernel.db import db
from app.kernel.outbox import Job
from tests.house import Office
from tests.story import Ref, Told

LONGEST = 200
"""More statements than the transaction can have."""


def test_promise_1_and_line_62_killed_at_any_statement_a_document_is_issued_and_queued_or_neither(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(office)
    case = told.until("issue")
    found: list[tuple[bool, int, int]] = []
    publish = signatures.publish

    def killed_at_every_statement(*given: Any) -> None:
        for number in range(1, LONGEST):
            is_through = not _killed(number, lambda: publish(*given))
            found.append(_state(case))
            if is_through:
                return

    monkeypatch.setattr(signatures, "publish", killed_at_every_statement)
    told.complete(case, "issue", told.tour["clerk"], issue_decision="issue")

    deaths, last = found[:-1], found[-1]
    assert len(deaths) > 20
    assert set(deaths) == {(False, 0, 0), (True, 2, 2)}  # the last death came after the commit
    assert last == (True, 2, 2)
    assert [one.status for one in queries.deliveries(case.document_id)] == ["01", "01"]
    assert db.session.scalar(select(func.count()).select_from(Arrival)) == 2


def _state(case: Ref) -> tuple[bool, int, int]:
    """Whether the document is issued, and how many deliveries and promises to carry it there are."""
    db.session.remove()
    is_issued = db.session.get_one(Document, case.document_id).state == "issued"
    jobs = db.session.scalar(select(func.count()).where(Job.kind == "exchange.deliver"))
    found = (is_issued, len(queries.deliveries(case.document_id)), jobs or 0)
    db.session.remove()
    return found


def _killed(number: int, act: Callable[[], None]) -> bool:
    """Let another process act, which dies before its n-th statement or around its commit; whether it came so far."""
    db.session.remove()
    child = os.fork()
    if child == 0:
        try:
            db.engine.dispose(close=False)
            _die_at(number)
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _die_at(number: int) -> None:
    left = iter(range(number - 1))

    def step(*_: object) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine, "before_cursor_execute", step)
    commit = db.engine.dialect.do_commit

    def mortal(connection: PoolProxiedConnection) -> None:
        step()
        commit(connection)
        step()

    db.engine.dialect.do_commit = mortal  # type: ignore[method-assign, assignment]
