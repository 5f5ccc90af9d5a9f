"""Other acts on a task (thao tác khác): returning, withdrawing, asking others, lending, giving it to others."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.cases import handing, lending, opinions, pausing, queries
from app.kernel.errors import Conflict, Invalid
from app.web import forms, taskpage
from app.web.i18n import t
from app.web.offers import Tried
from app.web.session import current_actor, signed_in
from app.web.taskpage import Attempt

bp = Blueprint("acts", __name__)


@bp.post("/tasks/<uuid:task_id>/return")
@signed_in
def give_back(task_id: UUID) -> ResponseReturnValue:
    """Return a task to whoever did an earlier step."""
    to = _id("to")
    return _done(
        "return", task_id, lambda: handing.return_task(current_actor(), task_id, reason=_text("reason"), to=to)
    )


@bp.post("/tasks/<uuid:task_id>/withdraw")
@signed_in
def withdraw(task_id: UUID) -> ResponseReturnValue:
    """Withdraw a step one has done."""
    return _done("withdraw", task_id, lambda: handing.withdraw(current_actor(), task_id, reason=_text("reason")))


@bp.post("/tasks/<uuid:task_id>/cosigners")
@signed_in
def cosign(task_id: UUID) -> ResponseReturnValue:
    """Have another post agree before the task ends."""
    return _done(
        "cosign",
        task_id,
        lambda: opinions.add_cosigner(current_actor(), task_id, post_id=_post(), reason=_text("reason")),
    )


@bp.post("/tasks/<uuid:task_id>/dismissal")
@signed_in
def remove_cosigner(task_id: UUID) -> ResponseReturnValue:
    """Do without a joint signer; the address is that of what they were asked."""
    return _done(
        "remove_cosigner",
        task_id,
        lambda: opinions.remove_cosigner(current_actor(), task_id, reason=_text("reason")),
    )


@bp.post("/tasks/<uuid:task_id>/opinions")
@signed_in
def opinion(task_id: UUID) -> ResponseReturnValue:
    """Ask another post for an opinion."""
    return _done(
        "opinion",
        task_id,
        lambda: opinions.ask_opinion(
            current_actor(), task_id, post_id=_post(), question=_text("question"), due_on=_day("due_on")
        ),
    )


@bp.post("/tasks/<uuid:task_id>/answer")
@signed_in
def answer(task_id: UUID) -> ResponseReturnValue:
    """Say what one was asked for."""
    agrees = {"yes": True, "no": False}.get(request.form.get("agrees", ""))
    return _done(
        "answer",
        task_id,
        lambda: opinions.give_opinion(current_actor(), task_id, opinion=_text("opinion"), agrees=agrees),
    )


@bp.post("/tasks/<uuid:task_id>/delegation")
@signed_in
def delegate(task_id: UUID) -> ResponseReturnValue:
    """Let another post do the task."""
    return _done(
        "delegate",
        task_id,
        lambda: lending.delegate(current_actor(), task_id, post_id=_post(), reason=_text("reason")),
    )


@bp.post("/tasks/<uuid:task_id>/delegation/end")
@signed_in
def end_delegation(task_id: UUID) -> ResponseReturnValue:
    """Take the task back, or give it back."""
    return _done(
        "end_delegation", task_id, lambda: lending.end_delegation(current_actor(), task_id, reason=_text("reason"))
    )


@bp.post("/tasks/<uuid:task_id>/assignment")
@signed_in
def assign(task_id: UUID) -> ResponseReturnValue:
    """Give somebody's task to another post."""
    return _done(
        "assign", task_id, lambda: lending.reassign(current_actor(), task_id, post_id=_post(), reason=_text("reason"))
    )


@bp.post("/tasks/<uuid:task_id>/claim")
@signed_in
def claim(task_id: UUID) -> ResponseReturnValue:
    """Take a task that waits for a role."""
    return _done("claim", task_id, lambda: lending.claim(current_actor(), task_id))


@bp.post("/tasks/<uuid:task_id>/unclaim")
@signed_in
def unclaim(task_id: UUID) -> ResponseReturnValue:
    """Put a task back on the list of a role."""
    return _done("unclaim", task_id, lambda: lending.unclaim(current_actor(), task_id))


@bp.post("/cases/<uuid:case_id>/suspend")
@signed_in
def suspend(case_id: UUID) -> ResponseReturnValue:
    """Let a case rest."""
    pausing.suspend_case(current_actor(), case_id, reason=_text("reason"))
    flash(t("acts.done.suspend"), "done")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@bp.post("/cases/<uuid:case_id>/resume")
@signed_in
def resume(case_id: UUID) -> ResponseReturnValue:
    """Let a case go on."""
    pausing.resume_case(current_actor(), case_id)
    flash(t("acts.done.resume"), "done")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _done(act: str, task_id: UUID, do: Callable[[], object]) -> ResponseReturnValue:
    """Do it and say so. What is wrong is said beside what was typed; who comes too late sees who was first."""
    actor = current_actor()
    try:
        do()
    except Invalid as refusal:
        task = queries.visible_task(actor, task_id)
        tried = Tried(act, request.form, dict(refusal.fields) or {"": (refusal.code, refusal.data)})
        return taskpage.render(actor, task, tried=tried), 422
    except Conflict as late:
        task = queries.visible_task(actor, task_id)
        if task.closed_at is None or act == "withdraw":
            raise late from None
        return taskpage.render(actor, task, Attempt({})), 409
    flash(t(f"acts.done.{act}"), "done")
    return redirect(_after(task_id), 303)


def _after(task_id: UUID) -> str:
    """Back to where one acted, if one still has a part in it."""
    came_from = _id("_from")
    if came_from is not None:
        return url_for("tasks.show", task_id=came_from)
    task = queries.visible_task(current_actor(), task_id)
    mine = task.closed_at is None and queries.may_perform(current_actor(), task)
    return url_for("tasks.show", task_id=task_id) if mine else url_for("inbox.show")


def _text(name: str) -> str:
    return forms.tidy(request.form.get(name, ""))


def _id(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None


def _post() -> UUID:
    """The post that was chosen; Invalid when none was."""
    found = _id("post_id")
    if found is None:
        raise Invalid("form.invalid", fields={"post_id": ("form.required", {})})
    return found


def _day(name: str) -> date | None:
    """A day as people write it; Invalid when there is no such day."""
    text = _text(name)
    if not text:
        return None
    try:
        return date.fromisoformat(forms.day(text))
    except ValueError as error:
        raise Invalid("form.invalid", fields={name: ("form.format", {})}) from error
