"""A person at a browser without JavaScript, for tests of pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fpdf import FPDF
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from app.kernel.db import db
from tests.house import Office


class Browser:
    """One signed-in person. Every request has a context of its own, as on the server."""

    def __init__(self, office: Office, sign_in: str) -> None:
        self.office, self.sign_in = office, sign_in
        self.client = office.client(sign_in)

    def ask(self, address: str, **options: Any) -> TestResponse:
        """The answer to one request; what the test has read before is forgotten."""
        db.session.rollback()
        db.session.expire_all()
        with self.office.app.app_context():
            answer = self.client.open(address, buffered=True, **options)
            db.session.remove()
        return answer

    def read(self, address: str, status: int = 200) -> str:
        """The text of a page."""
        answer = self.ask(address)
        assert answer.status_code == status, (address, answer.status_code)
        return answer.text

    def send(self, address: str, status: int = 303, **fields: Any) -> TestResponse:
        """The answer to a form."""
        answer = self.ask(address, method="POST", data=fields, content_type="multipart/form-data")
        assert answer.status_code == status, (address, answer.status_code, summary(answer.text))
        return answer

    def first_task(self) -> str:
        """The address of the first task of the inbox."""
        found = re.search(r'href="(/tasks/[^"]+)"', self.read("/"))
        assert found is not None, f"nothing waits for {self.sign_in}"
        return found[1]


def summary(page: str) -> str:
    """What the error summary of a page says, as plain text."""
    found = re.search(r'id="error-summary".*?</ul>', page, re.DOTALL)
    return plain(found[0]) if found else ""


def plain(html: str) -> str:
    """The words of a piece of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def pdf(pages: int = 1, *, locked: bool = False) -> bytes:
    """A PDF of another program, with a password if it is locked."""
    made = FPDF()
    if locked:
        made.set_encryption("owner", "reader")
    for number in range(pages):
        made.add_page()
        made.set_font("helvetica")
        made.cell(text=f"Page {number + 1}")
    return bytes(made.output())


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """How many statements and commits happen inside."""
    counts = {"statements": 0, "commits": 0}

    def statement(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        counts["statements"] += not text.startswith(("BEGIN", "PRAGMA", "SAVEPOINT"))

    def commit(_connection: Any) -> None:
        counts["commits"] += 1

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    try:
        yield counts
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)
