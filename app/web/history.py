"""The journal as sentences: who did what, and when (NĐ 30/2020, Phụ lục VI, phần I, mục III.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.audit import queries as audit
from app.domain.audit.queries import Happened
from app.domain.cases.models import Case, Task
from app.domain.exchange import queries as exchange
from app.domain.orgunits import queries as orgunits
from app.web import decisions, formtexts, stepwords
from app.web.i18n import has, t

QUIET = frozenset(
    {
        "case.call_answered",
        "document.drafted",
        "document.moved",
        "document.preparation_requested",
        "delivery.requested",
        "delivery.made",
        "delivery.status_heard",
        "arrival.kept",
        "register.number_assigned",
        "copy.requested",
        "copy.seal_requested",
        "signature.requested",
        "signature.verification_requested",
    }
)
"""What only machines did on the way, and what has a page of its own: shown on request."""

ENDED_TASKS = frozenset({"case.task_completed", "case.discarded", "case.task_returned", "case.opinion_given"})
"""What a person does to end a task."""

SPOKEN = ("opinion", "refuse_text", "instruction", "result")
"""The fields in which people write to each other."""


@dataclass(frozen=True)
class Line:
    """One sentence of the history; `said` is what the person wrote with it."""

    at: datetime
    text: str
    said: str = ""
    quiet: bool = False


@dataclass(frozen=True)
class History:
    """Everything that happened to a case and its document, oldest first; who ended each task stands in `who`."""

    lines: list[Line]
    who: Mapping[str, str]

    @property
    def loud(self) -> list[Line]:
        """What people did and what came of it."""
        return [line for line in self.lines if not line.quiet]


@dataclass(frozen=True)
class _Names:
    tasks: Mapping[str, Task]
    units: Mapping[str, str]
    posts: Mapping[str, str]


def of_case(case: Case, tasks: Iterable[Task]) -> History:
    """The history of a case and of the document it handles."""
    happened = audit.history(case.id, case.document_id)
    by_id = {str(task.id): task for task in tasks}
    names = _Names(by_id, _recipients(case, happened), _posts(by_id.values(), happened))
    who = {str(one.payload["task_id"]): one.who for one in happened if one.name in ENDED_TASKS}
    return History([_line(one, names) for one in happened], who)


def _recipients(case: Case, happened: Iterable[Happened]) -> dict[str, str]:
    if not any("delivery_id" in one.payload for one in happened):
        return {}
    return {str(one.id): one.recipient.short_name for one in exchange.deliveries(case.document_id)}


def _posts(tasks: Iterable[Task], happened: Iterable[Happened]) -> dict[str, str]:
    """The posts that are spoken of: to whom work was handed, and for whom it was done."""
    named = {str(one.payload[key]) for one in happened for key in stepwords.POSTS if one.payload.get(key)}
    named |= {str(key) for task in tasks for key in (task.post_id, task.lent_by_post_id) if key is not None}
    return {str(key): post.title for key, post in orgunits.posts(map(UUID, named)).items()} if named else {}


def _line(one: Happened, names: _Names) -> Line:
    key = f"event.{one.name}"
    values = {
        **_values(one.payload),
        "who": one.who or t("who.system"),
        **stepwords.told(one, names.tasks, names.posts),
    }
    delivery = names.units.get(str(one.payload.get("delivery_id")))
    values["unit"] = delivery or ""
    task = names.tasks.get(str(one.payload.get("task_id") or one.payload.get("asked_id")))
    said = ""
    if task is not None:
        values["step"] = formtexts.step_name(task.form_sha256, task.name)
        said = stepwords.words(one.name, task) if one.name in stepwords.ACTS else _said(task)
        key = "history.done_for" if one.name == "case.task_completed" and task.lent_by_post_id else key
    text = t(key, **values) if has(key) else t("event.other", who=values["who"])
    return Line(one.at, text, said, one.name in QUIET)


def _values(payload: Mapping[str, Any]) -> dict[str, str]:
    """Codes of a payload in the reader's words; ids and hashes are nobody's reading."""
    values = {
        name: str(payload[name])
        for name in ("number", "arrival_number", "year", "posts", "reason", "cases", "count")
        if name in payload
    }
    for name, prefix in (
        ("code", "status"),
        ("kind", "signature_kind"),
        ("verdict", "verdict"),
        ("state", "state"),
        ("how", "repair"),
        ("outcome", "outcome"),
    ):
        if name in payload:
            values[name] = _word(prefix, str(payload[name]))
    if "operation" in payload:
        values["operation"] = _word("operation", str(payload["operation"]))
    return values


def _word(prefix: str, code: str) -> str:
    """A code in the reader's words; the cause of an incident is a key by itself."""
    for key in (f"{prefix}.{code}", f"cause.{code}", code):
        if has(key):
            return lower_first(t(key))
    return code


def lower_first(text: str) -> str:
    """Words as they stand in the middle of a sentence; abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _said(task: Task) -> str:
    """The decision of a task and what was written with it: `Trả lại: "Sửa nơi nhận."`."""
    decision = decisions.decided(formtexts.pinned(task.form_sha256), task.answers)
    words = next((str(task.answers[name]) for name in SPOKEN if task.answers.get(name)), "")
    if decision and words:
        return t("history.decision_and_words", decision=decision, words=words)
    return decision or (t("history.words", words=words) if words else "")
