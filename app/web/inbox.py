"""The inbox (việc của tôi): what waits for the person who opens it, most urgent first."""

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import commands, drafting, inbox
from app.domain.cases.inbox import Counts, Tab
from app.domain.cases.models import Task
from app.domain.exchange import overseeing
from app.domain.signatures import batches, repairing
from app.kernel import clock
from app.kernel.errors import Invalid
from app.web import forms, listing
from app.web.formtexts import task_name
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("inbox", __name__)
TABS: tuple[Tab, ...] = get_args(Tab)
PAGE = 30


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    """What waits for me."""
    return _page(current_actor())


@bp.post("/slips/<uuid:item_id>/close")
@signed_in
def close_slip(item_id: UUID) -> ResponseReturnValue:
    """Give an opinion as a co-handler (phối hợp), or say that it was read (để biết)."""
    opinion = forms.tidy(request.form.get("opinion", ""))
    try:
        commands.close_slip_item(current_actor(), item_id, opinion=opinion)
    except Invalid as refusal:
        return _page(current_actor(), wrong={str(item_id): (refusal, opinion)}), 422
    flash(t("slip.closed"), "done")
    return redirect(url_for("inbox.show"), 303)


def standing(due_at: datetime | None) -> str:
    """How a row is marked: late, soon, or not at all."""
    if due_at is None or due_at > clock.now() + inbox.SOON:
        return ""
    return "late" if due_at < clock.now() else "soon"


def _page(actor: Actor, wrong: dict[str, tuple[Invalid, str]] | None = None) -> str:
    tab = _tab()
    search = listing.searched()

    def read(offset: int, limit: int) -> list[Task]:
        return inbox.tasks(actor, tab, search=search, offset=offset, limit=limit)

    return render_template(
        "inbox.html",
        tab=tab,
        tabs=_tabs(inbox.counts(actor)),
        part=listing.part(read, PAGE),
        search=listing.typed(),
        slips=inbox.slips(actor),
        wrong=wrong or {},
        startable=drafting.startable(actor),
        unfinished=sum(bool(one.failure) for one, _document in repairing.unfinished(actor)),
        to_sign=len(batches.waiting(actor, limit=2)),
        troubles=overseeing.troubles(actor),
        task_name=task_name,
        standing=standing,
        page_url=lambda offset: url_for(".show", tab=tab, q=listing.typed() or None, offset=offset or None),
    )


def _tab() -> Tab:
    wanted = request.args.get("tab", "open")
    return next((tab for tab in TABS if tab == wanted), "open")


def _tabs(counts: Counts) -> list[dict[str, Any]]:
    """What the tabs are called, how many tasks are in each and where they lead."""
    kinds = {"late": "late", "soon": "soon"}
    return [
        {
            "key": tab,
            "label": t(f"inbox.tab.{tab}"),
            "count": getattr(counts, tab, None),
            "url": url_for(".show", tab=tab),
            "kind": kinds.get(tab),
        }
        for tab in TABS
    ]
