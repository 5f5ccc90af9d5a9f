"""Cases of small procedures that go wrong: their diagrams are drawn in a test and pinned as they are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from lxml import etree
from sqlalchemy import select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import acts, commands, incidents, operations, running
from app.domain.cases.delegates import CASES, DOCUMENTS
from app.domain.cases.models import Call, Case, Incident, Task
from app.domain.cases.operations import Asked, Offers, Params
from app.domain.documents import commands as documents
from app.domain.documents.rules import folded
from app.domain.exchange.delegates import EXCHANGE
from app.domain.procedures.models import FormVersion, ProcedureVersion
from app.domain.signatures.delegates import SIGNATURES
from app.engine import layout, runtime
from app.kernel import clock
from app.kernel.db import db, transaction
from tests.engine.diagrams import document
from tests.house import Office

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "way": {"type": "string"}, "due": {"type": "string"}},
    "additionalProperties": False,
}
TEXTS = {"vi": {"title": "Bước thử", "fields": {"n": {"label": "Số"}, "way": {"label": "Hướng"}}}}
MINE = 'role="specialist" unit="unit_id"'
"""The attributes of a task that waits for the drafter of the story."""


class Machines:
    """Operations that tests can make work, fail or disappear, and that count what they did."""

    def __init__(self) -> None:
        self.offers = Offers("test")
        self.asked: list[UUID] = []
        self.answers: dict[str, Params | None] = {}

    def add(self, name: str, answer: Params | None = None) -> None:
        """Offer an operation; None means that it answers later."""
        self.answers[name] = answer

        def run(asked: Asked) -> Params | None:
            self.asked.append(asked.call_id)
            return self.answers[name]

        run.__name__ = name
        self.offers.operation(takes={}, gives={"type": "object"})(run)
        self.install()

    def remove(self, name: str) -> None:
        """As if a release had dropped it."""
        del self.offers.operations[f"test.{name}"], self.offers.contracts[f"test.{name}"]
        self.install()

    def install(self) -> None:
        """Offer what there is now, beside everything that ships."""
        operations.install(CASES, DOCUMENTS, SIGNATURES, EXCHANGE, self.offers)


class Oddities:
    """An office in which a procedure runs that nobody should have published."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.machines = Machines()
        self.drafter = office.tour["drafter"]
        self.actor = office.actor(self.drafter)
        self.seat = self.actor.seats[0]
        self.operator = operator_of(office)
        self._forms = self._form()

    def version(
        self,
        body: str,
        flows: str,
        *,
        forms: str = "a b c",
        decisions: Mapping[str, bytes] | None = None,
        beside: str = "",
    ) -> UUID:
        """A pinned version of a diagram."""
        root = etree.fromstring(document(body, flows, beside=beside))
        layout.draw(root)
        xml = etree.tostring(root)
        made = ProcedureVersion(
            key="p",
            sha256=sha256(xml + forms.encode()).hexdigest(),
            bpmn=xml,
            parameters={},
            forms=dict.fromkeys(forms.split(), self._forms),
            decisions={name: table.decode() for name, table in (decisions or {}).items()},
            origins={},
        )
        with transaction():
            db.session.add(made)
        return made.id

    def start(self, version_id: UUID, **data: Any) -> UUID:
        """A case of a version, at the drafter's agency."""
        with transaction():
            draft = documents.open_draft(
                self.actor,
                agency_id=self.seat.agency_id,
                drafting_unit_id=self.seat.unit_id,
                post_id=self.seat.post_id,
            )
            draft.subject, draft.folded = "Việc thử", folded("Việc thử")
            case = Case(version_id=version_id, unit_id=self.seat.agency_id, document_id=draft.id, state=b"", passed=[])
            db.session.add(case)
            db.session.flush()
            known = {"unit_id": str(self.seat.agency_id), "document_id": str(draft.id), **data}
            running.advance(case, self.actor, lambda definition, _state, run: runtime.start(definition, known, run))
        return case.id

    def complete(self, case_id: UUID, node: str = "a", **answers: Any) -> Case:
        """The drafter completes a step."""
        return commands.complete_task(self.actor, self.task(case_id, node).id, answers=answers)

    def case(self, case_id: UUID) -> Case:
        """A case as it is now."""
        self.forget()
        return db.session.get_one(Case, case_id)

    def task(self, case_id: UUID, node: str) -> Task:
        """The open task at a step, held or not."""
        self.forget()
        query = select(Task).where(Task.case_id == case_id, Task.node == node, Task.closed_at.is_(None))
        found = db.session.scalar(query)
        assert found is not None, f"no open task at {node}"
        return found

    def call(self, case_id: UUID) -> Call:
        """The call that waits."""
        self.forget()
        found = db.session.scalar(select(Call).where(Call.case_id == case_id, Call.closed_at.is_(None)))
        assert found is not None, "nothing is waited for"
        return found

    def incident(self, case_id: UUID) -> Incident:
        """The one open incident of a case."""
        self.forget()
        [found] = incidents.open_ones(case_id)
        return found

    def stands(self, case_id: UUID) -> tuple[str, list[str]]:
        """The status of a case, and the steps that wait for people."""
        case = self.case(case_id)
        query = select(Task.node).where(Task.case_id == case_id, Task.closed_at.is_(None), Task.held_at.is_(None))
        return case.status, sorted(db.session.scalars(query))

    @property
    def who_operates(self) -> Actor:
        """Whoever operates the cases of the drafter's agency, and of those below it."""
        return self.office.actor(self.operator)

    @staticmethod
    def forget() -> None:
        """Read rows anew."""
        db.session.rollback()
        db.session.expire_all()

    @staticmethod
    def _form() -> str:
        with transaction():
            db.session.add(FormVersion(key="test", sha256="f" * 64, schema=SCHEMA, texts=TEXTS))
        return "f" * 64


def operator_of(office: Office) -> str:
    """Who operates the cases of the agency the story begins at."""
    posts = (post for post in office.world["posts"] if post["role"] == "administrator")
    return str(next(post["sign_in"] for post in posts if post["unit"] == office.tour["sender"]))


def deliver(case_id: UUID, name: str, **payload: Any) -> None:
    """A message comes to a case from outside."""
    with transaction():
        case = db.session.get_one(Case, case_id)
        told = {"name": name, "payload": payload, "correlation": None}
        acts.attempted(case, SYSTEM, incidents.Tried("message", "", "wait", told))


@contextmanager
def at(monkeypatch: pytest.MonkeyPatch, **later: int) -> Iterator[None]:
    """The clock as it will be so much later."""
    moment = clock.now() + timedelta(**later)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: moment)
        yield
