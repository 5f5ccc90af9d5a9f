"""What the operator sets up for one peer: whom its line trusts, and which certificate of ours it sees."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.exchange import directory, trusting
from app.kernel.errors import Invalid, Missing
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from interchange.certificates import LARGEST

bp = Blueprint("peers", __name__, url_prefix="/exchange/peers")
LINE_ACTS: dict[str, Callable[[Actor, UUID, bytes], None]] = {"authority": trusting.trust, "client": trusting.present}


@bp.post("/<uuid:peer_id>/line/<act>")
@signed_in
def secure(peer_id: UUID, act: str) -> ResponseReturnValue:
    """Keep the certificate in the uploaded file, or forget the one that is there."""
    if act not in LINE_ACTS:
        raise Missing("peer.missing")
    is_over = "remove" in request.form
    LINE_ACTS[act](current_actor(), peer_id, b"" if is_over else _certificate())
    flash(t(f"exchange.line.{act}.removed" if is_over else f"exchange.line.{act}.kept"), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="line-title"), 303)


@bp.post("/<uuid:peer_id>/strangers")
@signed_in
def take_up(peer_id: UUID) -> ResponseReturnValue:
    """Make units of the chosen agencies that nobody here knew."""
    taken = directory.take_up(current_actor(), peer_id, request.form.getlist("agencies"), request.form.get("level", ""))
    flash(t("exchange.strangers.taken", count=taken), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="agencies-title"), 303)


def _certificate() -> bytes:
    """What was uploaded. Errors: Invalid "certificate.unreadable" for nothing."""
    upload = request.files.get("certificate")
    given = upload.stream.read(LARGEST + 1) if upload else b""
    if not given.strip():
        raise Invalid("certificate.unreadable")
    return given
