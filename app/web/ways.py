"""Which way a peer goes, on its page: both reach each other, or one of them fetches what waits for it at the other."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.exchange import fetching, waiting
from app.domain.exchange.models import Peer
from app.kernel import clock
from app.web.i18n import t
from app.web.session import current_actor, signed_in

MISSED = timedelta(hours=1)
"""Who fetches comes every few minutes: somebody who has not for so long may be down."""
bp = Blueprint("ways", __name__, url_prefix="/exchange")


def shown(peer: Peer) -> dict[str, Any]:
    """What the page of a peer shows of it: how we fetch from it, or how much waits for it here."""
    messages, receipts = waiting.counts(peer.id) if peer.way == "it_fetches" else (0, 0)
    return {
        "ways": fetching.WAYS,
        "source": fetching.of_peer(peer.id),
        "waiting_messages": messages,
        "waiting_receipts": receipts,
        "is_missed": peer.called_at is not None and clock.now() - peer.called_at > MISSED,
    }


@bp.post("/peers/<uuid:peer_id>/way")
@signed_in
def choose(peer_id: UUID) -> ResponseReturnValue:
    """Say which way a peer goes, and its address."""
    way, address = request.form.get("way", ""), request.form.get("address", "")
    fetching.choose(current_actor(), peer_id, way=way, address=address)
    flash(t("exchange.did.way"), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="way-title"), 303)


@bp.post("/peers/<uuid:peer_id>/look")
@signed_in
def look(peer_id: UUID) -> ResponseReturnValue:
    """Fetch what waits for us at a peer now."""
    fetching.look_now(current_actor(), peer_id)
    flash(t("exchange.did.look"), "done")
    return redirect(url_for("exchanges.peer", peer_id=peer_id, _anchor="way-title"), 303)
