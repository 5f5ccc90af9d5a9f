"""Signing many documents at once (ký hàng loạt), and what became of signatures: for whoever signs, also on a phone."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import bulk
from app.domain.cases.models import Bulk
from app.domain.documents import queries as documents
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import batches, repairing
from app.domain.signatures.asking import OF_A_PERSON
from app.domain.signatures.batches import Seen
from app.domain.signatures.failures import repair_of
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import queries as signers
from app.domain.signers import rules
from app.domain.signers.models import SignerKey
from app.kernel.errors import Invalid
from app.web import listing, stepup, trouble
from app.web.formtexts import task_name
from app.web.i18n import t
from app.web.inbox import standing
from app.web.session import current_actor, signed_in

bp = Blueprint("signing", __name__, url_prefix="/signing")


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """What waits for my signature, and what of it is not finished."""
    return _page(current_actor(), {})


@bp.post("")
@signed_in
def begin() -> ResponseReturnValue:
    """Sign the chosen documents."""
    actor = current_actor()
    chosen = [Seen(task_id, request.form.get(f"seen-{task_id}", "")[:64]) for task_id in trouble.chosen("task")]
    try:
        if chosen:
            stepup.take(actor, _secretive(actor), request.form.get(stepup.FIELD, ""))
        made = batches.begin(actor, chosen)
    except Invalid as refusal:
        return _page(actor, dict(refusal.fields), {str(one.task_id) for one in chosen}), 422
    return redirect(url_for(".follow", bulk_id=made.id), 303)


@bp.get("/batches/<uuid:bulk_id>")
@signed_in
def follow(bulk_id: UUID) -> ResponseReturnValue:
    """What became of each document of a batch so far."""
    return _progress(current_actor(), bulk_id, {})


@bp.post("/batches/<uuid:bulk_id>")
@signed_in
def steer(bulk_id: UUID) -> ResponseReturnValue:
    """Stop a batch, or go on with it."""
    actor = current_actor()
    made = batches.mine(actor, bulk_id)
    if request.form.get("act") == "stop":
        batches.stop(actor, made.id)
        return redirect(url_for(".follow", bulk_id=bulk_id), 303)
    try:
        stepup.take(actor, _secretive(actor), request.form.get(stepup.FIELD, ""))
    except Invalid as refusal:
        return _progress(actor, bulk_id, dict(refusal.fields)), 422
    repairing.go_on(actor, bulk_id, reason=t("signing.again.reason"))
    return redirect(url_for(".follow", bulk_id=bulk_id), 303)


@bp.post("/requests/<uuid:request_id>")
@signed_in
def mend(request_id: UUID) -> ResponseReturnValue:
    """Have one signature tried now, or take the decision to sign back."""
    actor = current_actor()
    found = repairing.mine(actor, request_id)
    if request.form.get("act") == "give_up":
        repairing.give_up(actor, request_id)
        flash(t("signing.given_up"), "soon")
        return redirect(_back(), 303)
    try:
        stepup.take(actor, _key_of(found), request.form.get(stepup.FIELD, ""))
    except Invalid as refusal:
        return _page(actor, {f"{stepup.FIELD}-{request_id}": next(iter(refusal.fields.values()))}), 422
    repairing.try_again(actor, request_id, reason=t("signing.again.reason"))
    flash(t("signing.tried_again"), "done")
    return redirect(_back(), 303)


def _page(actor: Actor, wrong: dict[str, Any], chosen: set[str] | None = None) -> str:
    part = listing.part(lambda offset, limit: batches.waiting(actor, offset=offset, limit=limit), batches.MOST)
    key = _own(actor)
    return render_template(
        "signing.html",
        part=part,
        files={task.id: documents.latest_file(task.case.document_id) for task in part.rows},
        unfinished=[(one, document, _shown(actor, one)) for one, document in repairing.unfinished(actor)],
        chosen=chosen,
        all=request.args.get("all") == "1",
        key=key,
        at_a_desk=key is not None and key.provider in rules.AT_DESK,
        asks=stepup.wants_secret(key) and key is not None and not stepup.given_already(actor, key),
        wrong=wrong,
        task_name=task_name,
        standing=standing,
        most=batches.MOST,
        page_url=lambda offset: url_for(".index", offset=offset or None),
    )


def _progress(actor: Actor, bulk_id: UUID, wrong: dict[str, Any]) -> str:
    made = batches.mine(actor, bulk_id)
    requests = batches.requests(bulk_id)
    items = sorted(bulk.items(actor, made, limit=batches.MOST), key=lambda item: item.id)  # none moves while watched
    key = _own(actor)
    return render_template(
        "signing_batch.html",
        bulk=made,
        stopped=bulk.is_stopped(made),
        counts=bulk.counts(bulk_id),
        items=[(item, requests.get(item.case.document_id)) for item in items],
        set_up=url_for("signers.mine"),
        moving=_moves(made, bulk.counts(bulk_id)),
        cause=trouble.cause,
        repair_of=repair_of,
        asks=stepup.wants_secret(key) and key is not None and not stepup.given_already(actor, key),
        wrong=wrong,
    )


def _moves(made: Bulk, counts: dict[str, int]) -> bool:
    """Whether more will be known in a moment."""
    return bulk.WAITING in counts or ("" in counts and not bulk.is_stopped(made))


def _shown(actor: Actor, one: SignatureRequest) -> dict[str, Any]:
    """What a signature waits for, what helps, and whether its key asks for something."""
    key = _key_of(one)
    asks = stepup.wants_secret(key) and key is not None and not stepup.given_already(actor, key)
    state = one.state if one.state in {"failed", "waiting", "raw"} else "asked"
    return {
        "state": t(f"signing.state.{state}"),
        "why": trouble.cause(one.failure) if one.failure else "",
        "repair": repair_of(one.failure).value if one.failure else "",
        "asks": asks and one.state == "failed",
        "set_up": _set_up(one),
        "may_give_up": one.state in {"failed", "waiting"} and one.raw is None,
    }


def _set_up(one: SignatureRequest) -> str:
    """Where whoever signs sets up what they, or their agency, sign with."""
    if one.kind in OF_A_PERSON:
        return url_for("signers.mine")
    agency = orgunits.unit(documents.document(one.document_id).unit_id)
    return url_for("signers.of_unit", unit_code=agency.code)


def _own(actor: Actor) -> SignerKey | None:
    return None if actor.person_id is None else signers.key_of_person(actor.person_id)


def _secretive(actor: Actor) -> SignerKey | None:
    key = _own(actor)
    return key if stepup.wants_secret(key) else None


def _key_of(one: SignatureRequest) -> SignerKey | None:
    """The key a signature will be tried with: what its owner has set up by now."""
    was = None if one.signer_key_id is None else signers.key(one.signer_key_id)
    if was is None:
        return None
    today = signers.key_of_person(was.person_id) if was.person_id else signers.key_of_unit(was.unit_id or was.id)
    return today if stepup.wants_secret(today) else None


def _back() -> str:
    """To the batch the person came from, else to what waits for their signature."""
    try:
        return url_for(".follow", bulk_id=UUID(request.form.get("batch", "")))
    except ValueError:
        return url_for(".index")
