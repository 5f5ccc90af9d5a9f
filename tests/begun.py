"""Cases of small diagrams, begun without the library: for what the library does not draw."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from lxml import etree

from app.domain.actors.actor import SYSTEM
from app.domain.cases import commands, running
from app.domain.cases.models import Case, Task
from app.domain.documents.models import Document
from app.domain.procedures import commands as procedures
from app.domain.procedures import library
from app.domain.procedures.models import ProcedureVersion
from app.engine import layout, runtime
from app.engine.declarations import describe
from app.kernel.db import db, transaction
from tests.engine.diagrams import document as diagram
from tests.engine.diagrams import ends, node
from tests.house import Office

HOME = "huyen-son-tinh"


def asks(key: str, operation: str, result: str = "", **params: str) -> str:
    """A service task that asks for an operation."""
    given = "".join(f"<eo:param name='{name}' value=\"{value}\"/>" for name, value in params.items())
    kept = f' result="{result}"' if result else ""
    inside = f'<eo:operation name="{operation}"{kept}>{given}</eo:operation>'
    return node("serviceTask", key, f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>")


def letter(office: Office, unit: str = HOME, **facts: Any) -> Document:
    """A document of an agency."""
    agency = office.unit(unit)
    given = {"direction": "incoming", "state": "registered", "subject": "Báo cáo chuyển đổi số", **facts}
    with transaction() as session:
        made = Document(unit_id=agency.id, issuer_name=agency.name, **given)
        session.add(made)
    return made


def begin(
    office: Office,
    body: str,
    flows: str,
    *,
    about: Document | None = None,
    data: Mapping[str, Any] | None = None,
    **pinned: Mapping[str, Any],
) -> Case:
    """A case at the district about a document, run to where it waits; every person's step has the simplest form.

    `pinned` are the parameters and decisions of its version.
    """
    root = etree.fromstring(diagram(ends() + body, flows))
    layout.draw(root)
    xml = etree.tostring(root)
    about = letter(office) if about is None else about
    with transaction() as session:
        form = procedures._pin_form(library.form("take_up"))
        steps = {one.id: form for one in describe(xml) if one.kind == "userTask"}
        given = {"parameters": {}, **pinned}
        version = ProcedureVersion(key="p", sha256=uuid4().hex, bpmn=xml, forms=steps, origins={}, **given)
        session.add(version)
        session.flush()
        case = Case(version_id=version.id, unit_id=about.unit_id, document_id=about.id, state=b"", passed=[])
        session.add(case)
        session.flush()
        known = {"unit_id": str(case.unit_id), "document_id": str(about.id), "parameters": version.parameters}
        told = {**known, **(data or {})}
        running.advance(case, SYSTEM, lambda definition, _state, run: runtime.start(definition, told, run))
    return case


def tasks(case: Case, step: str | None = None) -> list[Task]:
    """The open tasks of a case, at one step if it is named."""
    db.session.rollback()
    db.session.expire_all()
    query = db.select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None))
    return list(db.session.scalars(query if step is None else query.where(Task.node == step)))


def complete(office: Office, case: Case, step: str, who: str) -> None:
    """A person does a step."""
    commands.complete_task(office.actor(who), tasks(case, step)[0].id, answers={})
