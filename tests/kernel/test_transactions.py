"""One transaction, or nothing of it."""

import os
import signal
from time import monotonic, sleep

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from app.domain.orgunits.models import Level
from app.kernel.db import db, on_commit, transaction


def _levels() -> int:
    return db.session.scalar(select(func.count()).select_from(Level)) or 0


def test_an_inner_transaction_is_undone_with_the_outer_one(app: Flask) -> None:
    before = _levels()

    with pytest.raises(RuntimeError), transaction():
        with transaction():
            db.session.add(Level(code="x", name_vi="X", name_en="X", rank=9))
            db.session.flush()
        raise RuntimeError

    assert _levels() == before


def test_what_waits_for_the_commit_never_happens_without_it(app: Flask) -> None:
    heard: list[str] = []

    with pytest.raises(RuntimeError), transaction():
        on_commit(lambda: heard.append("undone"))
        raise RuntimeError
    with transaction():
        on_commit(lambda: heard.append("kept"))

    assert heard == ["kept"]


def test_a_reader_sees_what_was_committed_after_it_first_read(app: Flask) -> None:
    before = _levels()

    with transaction():
        db.session.add(Level(code="y", name_vi="Y", name_en="Y", rank=9))

    assert _levels() == before + 1


def test_an_error_of_the_database_does_not_tell_what_was_written(app: Flask) -> None:
    hidden = "the content of a confidential document"

    with pytest.raises(StatementError) as failure, transaction():
        for code in ("same", "same"):
            db.session.add(Level(code=code, name_vi=hidden, name_en=hidden, rank=9))
        db.session.flush()

    assert hidden not in str(failure.value)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_in_a_transaction_holds_up_no_other_writer(app: Flask) -> None:
    with transaction():
        child = os.fork()
        if child == 0:
            sleep(30)
            os._exit(0)
    try:
        began = monotonic()
        with transaction():
            pass
        assert monotonic() - began < 5
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
