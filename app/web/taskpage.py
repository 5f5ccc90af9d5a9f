"""Everything the page of a task (việc) shows: its form, the document, how it came here and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, url_for

from app.domain.actors.actor import Actor
from app.domain.cases import drafting, inbox, queries
from app.domain.cases.models import Call, Case, SlipItem, Task
from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.forms import Wrong, file_fields
from app.kernel import clock
from app.web import (
    answered,
    attachments,
    choices,
    copies,
    decisions,
    diagrams,
    formtexts,
    history,
    i18n,
    offers,
    paper,
    stepup,
    successions,
    whys,
)
from app.web.formtexts import Pinned
from app.web.i18n import t
from app.web.offers import Tried

NEIGHBOURS = 200


@dataclass(frozen=True)
class Attempt:
    """What somebody filled in that was not taken, and why; `stale` when only the page was too old."""

    typed: Mapping[str, Any]
    wrong: Wrong = field(default_factory=dict)
    stale: bool = False


@dataclass(frozen=True)
class Beside:
    """The tasks before and after this one in the person's inbox; `at` of `all`, both 0 when it is not there."""

    before: UUID | None
    after: UUID | None
    at: int
    all: int


@dataclass(frozen=True)
class Returned:
    """The last step that sent the work back: who, when, why."""

    task: Task
    who: str
    opinion: str


@dataclass(frozen=True)
class Failed:
    """What the system could not do, in a sentence, and when."""

    why: str
    at: datetime


def render(actor: Actor, task: Task, attempt: Attempt | None = None, tried: Tried | None = None) -> str:
    """The page as it is for one person; `attempt` and `tried` are shown again so that nothing typed is lost."""
    case = task.case
    form = formtexts.pinned(task.form_sha256)
    tasks, calls = queries.tasks_of(case.id), queries.calls_of(case.id)
    told = history.of_case(case, tasks)
    waits = task.closed_at is None and task.held_at is None and queries.may_perform(actor, task)
    mine = waits and task.kind == "step" and case.suspended_at is None
    return render_template(
        "task.html",
        task=task,
        name=formtexts.task_name(task),
        offers=offers.of_task(actor, task, tried),
        withdrawable=offers.withdrawable(actor, case, [task]),
        task_name=formtexts.task_name,
        lent="" if task.lent_by_post_id is None else orgunits.post(task.lent_by_post_id).title,
        asked=waits and task.kind != "step",
        paper=paper.of(case.document),
        attached=attachments.shown(actor, case.document),
        copied=copies.source(actor, case.document),
        thread=successions.of(case.document),
        mine=mine,
        who=told.who.get(str(task.id), "") if task.closed_at is not None else diagrams.waits_for(task),
        beside=_beside(actor, task) if waits else None,
        returned=_returned(task, tasks, told) if task.closed_at is None else None,
        failed=_failed(task, tasks, calls) if task.closed_at is None else None,
        slip=slip(case),
        answered=answered.steps(one for one in tasks if one.node != task.node),
        history=told,
        strip=diagrams.strip(tasks, calls, told),
        diagram=diagrams.picture(case, tasks, calls),
        attempt=attempt,
        discardable=mine and drafting.may_discard(actor, task),
        texts=form.texts,
        why=whys.sentence(task, tasks),
        **(_form(actor, task, form, attempt) if mine else {}),
    )


def slip(case: Case) -> list[SlipItem]:
    """The slip (phiếu giao việc) of a case; a case of an outgoing document has none."""
    return queries.slip_of(case.id) if case.document.direction == "incoming" else []


def known(schema: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """What the document already says about the fields of a form; a day that is over is nobody's deadline any more."""
    ahead = document.due_on.isoformat() if document.due_on and document.due_on >= clock.office_day() else None
    facts = {
        "document_type": document.document_type,
        "field": document.field,
        "subject": document.subject,
        "body": document.body,
        "urgency": document.urgency,
        "due_on": ahead,
        "handling_deadline": ahead,
        "issued_on": (document.issued_on or clock.office_day()).isoformat(),
    }
    wanted = schema.get("properties", {})
    if "source_reference" in wanted:
        facts |= copies.asked(document)
    found: dict[str, Any] = {name: value for name, value in facts.items() if name in wanted and value}
    if "recipients" in wanted:
        found["recipients"] = [str(unit.id) for unit in documents.recipients(document.id)]
    return found


def _form(actor: Actor, task: Task, form: Pinned, attempt: Attempt | None) -> dict[str, Any]:
    laid = decisions.lay_out(form)
    wrong = {} if attempt is None else dict(attempt.wrong)
    secret_wrong = wrong.pop(stepup.FIELD, None)
    if laid.decision in wrong:
        wrong[laid.decision] = ("task.decide", {})
    filled = {
        "texts": form.texts,
        "answers": _begun(task, laid.decision) | known(form.schema, task.case.document)
        if attempt is None
        else attempt.typed,
        "wrong": wrong,
        "choices": choices.for_form(form.schema, actor, task.case.unit_id),
        "given": _given(form.schema, task.case.document),
    }
    key = stepup.key_behind(actor, task, form.schema)
    asks = key is not None and not stepup.given_already(actor, key)
    step = {"asks": asks, "wrong": secret_wrong}
    return {"laid": laid, "filled": filled, "takes_file": bool(file_fields(form.schema)), "stepup": step}


def _begun(task: Task, decision: str | None) -> dict[str, Any]:
    """What was answered in the round before, if a step was handed back; the decision is taken anew."""
    return {name: value for name, value in task.answers.items() if name != decision}


def _given(schema: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """The file that is attached already, on the field that takes one."""
    names = file_fields(schema)
    file = documents.latest_file(document.id, stage="uploaded") if names else None
    if file is None:
        return {}
    url = url_for("documents.file", document_id=document.id)
    return {names[0]: {"name": file.name, "size": file.size, "pages": file.pages, "url": url}}


def _beside(actor: Actor, task: Task) -> Beside:
    order = [one.id for one in inbox.tasks(actor, "open", limit=NEIGHBOURS)]
    if task.id not in order:
        return Beside(None, None, 0, 0)
    at = order.index(task.id)
    before = order[at - 1] if at else None
    return Beside(before, next(iter(order[at + 1 :]), None), at + 1, len(order))


def _failed(task: Task, tasks: list[Task], calls: list[Call]) -> Failed | None:
    """What the system could not do and therefore led back here, unless somebody has done something since."""
    before = [one.closed_at for one in tasks if one.closed_at is not None and one.closed_at <= task.opened_at]
    since = max(before, default=None)
    ended = [one for one in calls if one.closed_at is not None and one.closed_at <= task.opened_at]
    last = max(ended, key=lambda one: one.closed_at or one.opened_at, default=None)
    if last is None or last.error is None or last.closed_at is None or (since is not None and last.closed_at < since):
        return None
    return Failed(t(last.error if i18n.has(last.error) else "error.500.why"), last.closed_at)


def _returned(task: Task, tasks: list[Task], told: history.History) -> Returned | None:
    """Whether the step just before this one sent the work back, or it was handed back without any way drawn for it."""
    handed = next((one for one in tasks if one.id == task.after_id and one.note), None)
    if handed is not None:
        return Returned(handed, told.who.get(str(handed.id), ""), handed.note)
    closed = [one for one in tasks if one.closed_at is not None and one.closed_at <= task.opened_at]
    last = max(closed, key=lambda one: one.closed_at or one.opened_at, default=None)
    if last is None or not decisions.sent_back(formtexts.pinned(last.form_sha256), last.answers):
        return None
    return Returned(last, told.who.get(str(last.id), ""), str(last.answers.get("opinion", "")))
