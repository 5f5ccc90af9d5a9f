"""The story of one document, told to the domain directly."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.cases import commands, drafting
from app.domain.cases.models import Case, Task
from app.domain.documents.models import Document
from app.kernel.db import db
from tests import retelling
from tests.house import Office

OUTGOING = ("draft", "check_content", "check_form", "approve", "issue")
INCOMING = ("register", "direct", "take_up", "handle")


@dataclass(frozen=True)
class Ref:
    """A case by name: rows are stale once the workers have been."""

    id: UUID
    document_id: UUID


class Told:
    """Acts of the story; every one leaves the office with nothing more to do by itself."""

    def __init__(self, office: Office) -> None:
        self.office, self.tour = office, office.tour
        self.recipients: list[Mapping[str, Any]] = list(self.tour["recipients"])

    def start(self) -> Ref:
        """The drafter opens a draft."""
        return _ref(drafting.start_outgoing(self.office.actor(self.tour["drafter"])))

    def task(self, case: Ref, node: str) -> Task:
        """The open task at a step."""
        query = select(Task).where(Task.case_id == case.id, Task.node == node, Task.closed_at.is_(None))
        found = db.session.scalar(query)
        assert found is not None, f"no open task at {node}"
        return found

    def complete(self, case: Ref, node: str, who: str, **answers: Any) -> None:
        """A person answers a task, and the workers do what follows."""
        commands.complete_task(self.office.actor(who), self.task(case, node).id, answers=answers)
        self.office.work()

    def draft(self, recipients: int = 2) -> dict[str, Any]:
        """What a drafter fills in."""
        chosen = [str(self.office.unit(one["unit"]).id) for one in self.recipients[:recipients]]
        fields = {name: self.tour[name] for name in ("document_type", "field", "subject", "urgency", "body")}
        return {**fields, "recipients": chosen}

    def until(self, last: str, *, recipients: int = 2) -> Ref:
        """Outgoing, up to and without the step `last`."""
        return retelling.retold(("until", last, recipients, repr(self.tour)), lambda: self._until(last, recipients))

    def _until(self, last: str, recipients: int) -> Ref:
        case = self.start()
        self.carry(case, self.draft(recipients), last)
        return case

    def carry(self, case: Ref, draft: Mapping[str, Any], last: str = "nothing") -> None:
        """A draft that was begun, with what its drafter fills in, up to and without the step `last`."""
        tour = self.tour
        acts: dict[str, tuple[str, Mapping[str, Any]]] = {
            "draft": (tour["drafter"], draft),
            "check_content": (tour["head"], {"content_decision": "agree"}),
            "check_form": (tour["clerk"], {"form_decision": "agree"}),
            "approve": (tour["chairman"], {"approval_decision": "sign"}),
            "issue": (tour["clerk"], {"issue_decision": "issue"}),
        }
        for node, (who, answers) in acts.items():
            if node == last:
                break
            self.complete(case, node, who, **answers)

    def sent(self, recipients: int = 2) -> Ref:
        """A document that has reached its recipients."""
        return self.until("nothing", recipients=recipients)

    def arrived(self, recipient: Mapping[str, Any]) -> Ref:
        """The case that an arrival opened at a recipient."""
        unit = self.office.unit(recipient["unit"])
        query = select(Case).join(Document, Document.id == Case.document_id)
        found = db.session.scalar(query.where(Case.unit_id == unit.id, Document.direction == "incoming"))
        assert found is not None, "nothing arrived"
        return _ref(found)

    def handle(self, recipient: Mapping[str, Any], last: str = "nothing") -> Ref:
        """Incoming, at one recipient, up to and without the step `last`."""
        return retelling.retold(("handle", repr(recipient), last), lambda: self._handle(recipient, last))

    def _handle(self, recipient: Mapping[str, Any], last: str) -> Ref:
        case = self.arrived(recipient)
        posts = {part: self.post_ids(recipient[part]) for part in ("co_handlers", "information")}
        direct = {
            "instruction": "Giao chủ trì tham mưu thực hiện.",
            "lead_post": self.post_ids([recipient["lead"]])[0],
            "co_handler_posts": posts["co_handlers"],
            "information_posts": posts["information"],
        }
        acts: dict[str, tuple[str, dict[str, Any]]] = {
            "register": (recipient["clerk"], {"registration_decision": "register"}),
            "direct": (recipient["chairman"], direct),
            "take_up": (recipient["specialist"], {}),
            "handle": (recipient["specialist"], {"result": "Đã thực hiện xong."}),
        }
        for node, (who, answers) in acts.items():
            if node == last:
                break
            self.complete(case, node, who, **answers)
        return case

    def post_ids(self, keys: list[str]) -> list[str]:
        """Posts as forms name them."""
        return [str(self.office.post(key).id) for key in keys]

    def document(self, case: Ref) -> Document:
        """The document of a case, as it is now."""
        db.session.rollback()
        db.session.expire_all()
        found = db.session.get(Document, case.document_id)
        assert found is not None
        return found


def _ref(case: Case) -> Ref:
    return Ref(case.id, case.document_id)


@contextmanager
def key_away(told: Told) -> Iterator[None]:
    """The chairman's key is not in its place for a while."""
    [key] = Path(told.office.app.config["PKI"]).rglob(f"person-{told.tour['chairman']}.p12")
    hidden = key.with_suffix(".away")
    key.rename(hidden)
    try:
        yield
    finally:
        hidden.rename(key)
