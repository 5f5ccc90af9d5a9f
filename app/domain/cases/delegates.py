"""What diagrams may ask of cases and documents, and what their forms write."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.cases.contracts import COUNT, DAY, ID, IDS, LINE, TEXT, mapping, one_of
from app.domain.cases.events import WorkAssigned
from app.domain.cases.models import SlipItem
from app.domain.cases.operations import Asked, Offers, Params, Written
from app.domain.documents import commands as documents
from app.domain.documents import drafts, petitions
from app.domain.documents.events import PreparationRequested
from app.domain.orgunits import calendar
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events
from app.kernel.db import db
from app.kernel.errors import Invalid

CASES = Offers("cases")
DOCUMENTS = Offers("documents")
MOST_INITIALS = 6
"""As many find room behind the text; whoever comes later is on record by their act alone."""
SLIP = (("lead", "lead_post"), ("co_handler", "co_handler_posts"), ("information", "information_posts"))
"""The parts of a slip, and the fields that name their posts."""


@CASES.operation(
    takes=mapping(
        {"lead_post": ID},
        {
            "document_id": ID,
            "co_handler_posts": IDS,
            "information_posts": IDS,
            "instruction": TEXT,
            "handling_deadline": DAY,
        },
    ),
    gives=mapping({"posts": COUNT}),
)
def assign(asked: Asked) -> Params | None:
    """Write the slip: one lead, co-handlers, readers (NĐ 30/2020, Đ23)."""
    params = asked.params
    due = _handling_deadline(params.get("handling_deadline"))
    inside = {post.id for post in orgunits.posts_of_agency(asked.case.unit_id)}
    seen: set[UUID] = set()
    for part, field in SLIP:
        chosen = params.get(field) or []
        for post_id in (UUID(post) for post in ([chosen] if isinstance(chosen, str) else chosen)):
            if post_id not in inside:
                raise Invalid("form.invalid", fields={field: ("slip.post_outside_agency", {})})
            if post_id in seen:
                continue
            seen.add(post_id)
            item = SlipItem(case_id=asked.case.id, post_id=post_id, part=part, due_at=due)
            item.instruction, item.made_by = str(params.get("instruction") or ""), asked.actor.person_id
            db.session.add(item)
    events.record(WorkAssigned(about=str(asked.case.id), posts=len(seen)), actor=asked.actor.name)
    return {"posts": len(seen)}


@DOCUMENTS.operation(
    takes=mapping({}, {"document_id": ID, "initials": COUNT}), gives=mapping({"pages": COUNT}), later=True
)
def prepare(asked: Asked) -> Params | None:
    """Have the file made ready to be signed, with places for so many initials; answered by a worker."""
    fact = PreparationRequested(
        about=str(asked.document_id),
        case_id=str(asked.case.id),
        task_id=str(asked.call_id),
        initials=min(asked.params.get("initials") or 0, MOST_INITIALS),
    )
    events.record(fact, actor=asked.actor.name)
    return None


@DOCUMENTS.operation(
    takes=mapping({}, {"document_id": ID, "issued_on": DAY}),
    gives=mapping({"number": COUNT, "reference": LINE}),
)
def number(asked: Asked) -> Params | None:
    """Give the number and the date."""
    given = asked.params.get("issued_on")
    issued_on = date.fromisoformat(given) if given else clock.office_day()
    document = documents.number_document(asked.actor, asked.document_id, issued_on=issued_on)
    return {"number": document.number, "reference": document.reference}


@DOCUMENTS.operation(takes=mapping({}, {"document_id": ID}), gives=mapping())
def reopen(asked: Asked) -> Params | None:
    """Take the signed document back to its drafter."""
    documents.reopen(asked.actor, asked.document_id)
    return {}


@DOCUMENTS.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"arrival_number": COUNT}))
def register_incoming(asked: Asked) -> Params | None:
    """Give the arrival number."""
    document = documents.register_incoming(asked.actor, asked.document_id)
    return {"arrival_number": document.arrival_number}


@DOCUMENTS.operation(
    takes=mapping(
        {},
        {
            "document_id": ID,
            "direction": one_of("outgoing", "internal"),
            "document_type": {"type": "string", "pattern": "^[^ ]{1,10}$"},
            "subject": LINE,
            "drafting_unit_id": ID,
            "drafter_post": ID,
        },
    ),
    gives=mapping({"document_id": ID}),
)
def create(asked: Asked) -> Params | None:
    """Begin a draft (dự thảo) of the agency that is drawn up for the document of this case."""
    params, agency = asked.params, asked.case.unit_id
    post = params.get("drafter_post")
    drafts.begin(
        asked.actor,
        asked.made("document"),
        source=asked.document_id,
        agency_id=agency,
        seat=(UUID(str(params.get("drafting_unit_id") or agency)), UUID(post) if post else None),
        facts={name: params[name] for name in ("direction", "document_type", "subject") if name in params},
    )
    return {"document_id": str(asked.made("document"))}


@DOCUMENTS.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"state": LINE}))
def archive(asked: Asked) -> Params | None:
    """Put a document whose handling is over away (lưu); it is read as before and changed no more."""
    document = drafts.archive(asked.actor, asked.document_id)
    return {"state": document.state}


@DOCUMENTS.writer
def save_draft(written: Written) -> Params:
    """Keep the draft; the engine is told what the form says it needs."""
    fields: dict[str, Any] = dict(written.answers)
    documents.save_draft(written.actor, written.case.document_id, fields=fields, file=written.file)
    return written.told


@DOCUMENTS.writer
def save_arrival(written: Written) -> Params:
    """Keep what the clerk notes about a paper that was brought in."""
    petitions.note_arrival(written.actor, written.case.document_id, fields=written.answers, file=written.file)
    return written.told


@DOCUMENTS.writer
def settle(written: Written) -> Params:
    """A document that is never issued is done with once it was decided on, unless it goes back."""
    if "return" not in written.answers.values():
        documents.move(written.actor, written.case.document_id, state="closed")
    return written.told


@DOCUMENTS.writer
def decide_issue(written: Written) -> Params:
    """The engine is told the decision and its date; one that was typed in an earlier round counts no more."""
    return {name: written.answers.get(name) for name in ("issue_decision", "issued_on")}


@DOCUMENTS.writer
def confirm_registration(written: Written) -> Params:
    """Keep what the clerk corrected; the engine is told the decision and the reason."""
    answers = written.answers
    if answers.get("registration_decision") == "register":
        documents.correct_incoming(written.actor, written.case.document_id, fields=answers)
    told = ("registration_decision", "refuse_reason", "refuse_text")
    return {name: answers.get(name) for name in told}


def _handling_deadline(given: Any) -> datetime | None:
    if not given:
        return None
    day = date.fromisoformat(given)
    if day < clock.office_day():
        raise Invalid("form.invalid", fields={"handling_deadline": ("slip.deadline_in_past", {})})
    return calendar.end_of(day)
