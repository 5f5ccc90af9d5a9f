"""An axis (trục liên thông) on its page: who signs in there, who is reached by it, what was refused."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.exchange import adopting, mailboxes, peers, routing
from app.domain.exchange.models import Peer
from app.domain.orgunits import queries as orgunits
from app.kernel.errors import Invalid, Missing
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("axes", __name__, url_prefix="/exchange")


def shown(peer: Peer) -> dict[str, Any]:
    """What the page of an axis shows besides that of any peer; nothing for one where no messages wait."""
    if peer.profile not in mailboxes.AXES:
        return {}
    boxes = mailboxes.of_peer(peer.id)
    signed = {one.unit_id for one in boxes}
    carried = {one.id for one in peers.agencies(peer.id)}
    return {
        "boxes": boxes,
        "candidates": [one for one in orgunits.agencies() if one.id not in signed | carried],
        "choices": routing.choices(peer.id),
        "unlisted": routing.unlisted(peer.id),
        "refused": mailboxes.refused(peer.id),
    }


@bp.post("/peers/<uuid:peer_id>/directory")
@signed_in
def update(peer_id: UUID) -> ResponseReturnValue:
    """Have the axis asked now whom it reaches."""
    adopting.ask(current_actor(), peer_id)
    flash(t("axis.did.update"), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="directory-title"), 303)


@bp.post("/peers/<uuid:peer_id>/mailboxes")
@signed_in
def give(peer_id: UUID) -> ResponseReturnValue:
    """Give one of our agencies what it signs in with."""
    peers.require_operator(current_actor())
    mailboxes.give(
        current_actor(),
        peer_id,
        _unit(request.form.get("unit", "")),
        system_id=request.form.get("system_id", ""),
        secret=request.form.get("secret", ""),
    )
    flash(t("axis.did.give"), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="mailboxes-title"), 303)


@bp.post("/peers/<uuid:peer_id>/routes")
@signed_in
def choose(peer_id: UUID) -> ResponseReturnValue:
    """Say which agencies are reached over this axis."""
    peers.require_operator(current_actor())
    wanted = [_unit(one) for one in request.form.getlist("unit")]
    flash(t("axis.did.choose", count=routing.choose(current_actor(), peer_id, wanted)), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="routes-title"), 303)


@bp.post("/mailboxes/<uuid:mailbox_id>/<act>")
@signed_in
def change(mailbox_id: UUID, act: str) -> ResponseReturnValue:
    """Look into a mailbox now, or forget what it signs in with."""
    peers.require_operator(current_actor())
    peer_id = mailboxes.mailbox(mailbox_id).peer_id
    if act == "look":
        mailboxes.look_now(current_actor(), mailbox_id)
    elif act == "withdraw":
        mailboxes.withdraw(current_actor(), mailbox_id)
    else:
        raise Missing("mailbox.missing")
    flash(t(f"axis.did.{act}"), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="mailboxes-title"), 303)


def _unit(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as nonsense:
        raise Invalid("mailbox.wrong") from nonsense
