"""A library of a test's own: small procedures beside the forms of the product."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.actors.actor import SYSTEM
from app.domain.cases import commands
from app.domain.cases.correspondence import Listener, Message
from app.domain.cases.models import Case, Task
from app.domain.documents import commands as documents
from app.domain.procedures import adoption, library
from app.kernel.db import db
from tests.house import Office

FORM = "take_up"


class Shelf:
    """Procedures written by a test, and their cases."""

    def __init__(self, folder: Path, office: Office, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.office = folder, office
        (folder / "processes").mkdir(parents=True)
        (folder / "forms").symlink_to(library.ROOT / "forms")
        patch.setattr(library, "ROOT", folder)
        forget()

    def put(self, key: str, xml: bytes, *, steps: tuple[str, ...] = (), place: str = "common", **beside: bytes) -> None:
        """Write a procedure; each of its steps has a form without fields, `beside` are its decision tables."""
        home = self.folder / "processes" / place / key
        home.mkdir(parents=True, exist_ok=True)
        forms = "".join(f'{step} = "{FORM}"\n' for step in steps)
        (home / "manifest.toml").write_text(f'[title]\nvi = "Thủ tục {key}"\nen = "Procedure {key}"\n[forms]\n{forms}')
        (home / "process.bpmn").write_bytes(xml.replace(b'process id="p"', f'process id="{key}"'.encode()))
        for name, table in beside.items():
            (home / f"{name}.dmn").write_bytes(table)
        forget()
        adoption.adopt()

    def start(self, key: str, unit: str, **data: Any) -> UUID:
        """Begin a case at a unit, about a paper of its own."""
        unit_id = self.office.unit(unit).id
        paper = documents.open_internal(SYSTEM, unit_id, subject=key)
        case = commands.start_case(SYSTEM, procedure=key, unit_id=unit_id, document_id=paper.id, data=data)
        return case.id

    def case(self, case_id: UUID) -> Case:
        """A case as it is now."""
        forget_rows()
        return db.session.get_one(Case, case_id)

    def cases(self, key: str) -> list[Case]:
        """All cases of a procedure."""
        forget_rows()
        return [one for one in db.session.scalars(select(Case).order_by(Case.started_at)) if one.version.key == key]

    def open(self, case_id: UUID) -> list[str]:
        """The steps of a case that are open."""
        forget_rows()
        query = select(Task.node).where(Task.case_id == case_id, Task.closed_at.is_(None))
        return sorted(db.session.scalars(query))

    def complete(self, case_id: UUID, node: str) -> None:
        """Do a step of a case."""
        task = db.session.scalar(select(Task).where(Task.case_id == case_id, Task.node == node))
        assert task is not None
        task_id = task.id
        commands.complete_task(self.office.actor("vanhoa.tinhbac"), task_id, answers={})

    def messages(self) -> Mapping[str, str]:
        """The state of each message by its name."""
        forget_rows()
        return {one.name: one.state for one in db.session.scalars(select(Message))}

    def listeners(self, case_id: UUID) -> list[tuple[str, str, str | None]]:
        """What the events of a case wait for."""
        forget_rows()
        found = db.session.scalars(select(Listener).where(Listener.case_id == case_id))
        return sorted((one.kind, one.name, one.correlation) for one in found)


def forget() -> None:
    """Let the library be read anew."""
    library.layer.cache_clear()
    library.form.cache_clear()


def forget_rows() -> None:
    """See what is in the database now."""
    db.session.rollback()
    db.session.expire_all()
