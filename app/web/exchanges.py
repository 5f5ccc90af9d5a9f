"""The exchange as whoever oversees it sees it (vận hành liên thông): tries, what is held back, peers. No SQL."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases.deadjobs import OPERATE_SYSTEM
from app.domain.exchange import (
    directory,
    fetching,
    keys,
    ledger,
    overseeing,
    peers,
    queries,
    receiving,
    reporting,
    sending,
    strangers,
    trusting,
)
from app.domain.exchange.models import Delivery
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Level
from app.kernel.errors import Invalid, Missing
from app.web import axes, causes, choices, listing, reconciled, ways
from app.web.i18n import t
from app.web.session import current_actor, signed_in
from interchange.directory import Listed, read_listed
from interchange.errors import ExchangeRefused

bp = Blueprint("exchanges", __name__, url_prefix="/exchange")
PAGE = 50
DELIVERY_ACTS: dict[str, Callable[[Actor, UUID], Delivery | None]] = {
    "pause": sending.pause,
    "resume": sending.resume,
    "again": sending.send_again,
    "expire": sending.expire,
    "redirect": sending.redirect,
}
PEER_ACTS: dict[str, Callable[[Actor, UUID], None]] = {"pause": peers.pause, "resume": peers.resume}


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Deliveries by their state, what is held back, and the peers for whoever operates the installation."""
    actor = current_actor()
    overseeing.require(actor)
    state = request.args.get("state", "waiting")
    if state not in overseeing.STATES:
        raise Missing("delivery.missing")
    shown = listing.part(
        lambda offset, limit: overseeing.deliveries(actor, state=state, offset=offset, limit=limit), PAGE
    )
    operates = bool(actor.places(OPERATE_SYSTEM))
    return render_template(
        "exchange.html",
        state=state,
        tabs=_tabs(overseeing.counts(actor)),
        part=shown,
        held=overseeing.held(actor),
        peers=peers.every() if operates else [],
        left=fetching.left() if operates else set(),
        ours=directory.ours() if operates else [],
        operates=operates,
        why=causes.why,
        profiles=peers.PROFILES,
        again=lambda **values: url_for(".index", **{"state": state, **values}),
    )


@bp.get("/deliveries/<uuid:delivery_id>")
@signed_in
def delivery(delivery_id: UUID) -> ResponseReturnValue:
    """Every try to bring a message to one recipient, with its cause and when the next one comes."""
    found = overseeing.delivery(current_actor(), delivery_id)
    trail = queries.trails([found.id])[found.id]
    return render_template(
        "exchange_delivery.html",
        delivery=found,
        attempts=queries.attempts(found.id),
        trail=trail,
        why=causes.why,
        then=causes.after_delivery(found),
        is_abolished=found.cause == sending.ABOLISHED,
        heir=orgunits.successor(found.recipient),
    )


@bp.post("/deliveries/<uuid:delivery_id>/<act>")
@signed_in
def change_delivery(delivery_id: UUID, act: str) -> ResponseReturnValue:
    """Pause, resume, try again now, or give up."""
    actor = current_actor()
    overseeing.delivery(actor, delivery_id)
    if act not in DELIVERY_ACTS:
        raise Missing("delivery.missing")
    made = DELIVERY_ACTS[act](actor, delivery_id)
    flash(t(f"exchange.did.{act}"), "done")
    return redirect(url_for(".delivery", delivery_id=made.id if made else delivery_id), 303)


@bp.get("/arrivals/<uuid:arrival_id>")
@signed_in
def arrival(arrival_id: UUID) -> ResponseReturnValue:
    """A message that came: what it says of itself, why it is held, and what was answered."""
    found = overseeing.arrival(current_actor(), arrival_id)
    given = reporting.given(found.id)
    then = causes.after_arrival(found)
    return render_template("exchange_arrival.html", arrival=found, given=given, why=causes.why, then=then)


@bp.post("/arrivals/<uuid:arrival_id>/<act>")
@signed_in
def change_arrival(arrival_id: UUID, act: str) -> ResponseReturnValue:
    """Let it in after all, refuse it for good, or look at it anew."""
    actor = current_actor()
    overseeing.arrival(actor, arrival_id)
    if act == "release":
        receiving.release(actor, arrival_id)
    elif act == "refuse":
        receiving.refuse(actor, arrival_id, reason="damaged", note=request.form.get("note", "")[:1000])
    elif act == "replay":
        receiving.replay(actor, arrival_id)
    else:
        raise Missing("arrival.missing")
    flash(t(f"exchange.did.{act}"), "done")
    return redirect(url_for(".arrival", arrival_id=arrival_id), 303)


@bp.post("/peers")
@signed_in
def add_peer() -> ResponseReturnValue:
    """Add another deployment by its address."""
    made = peers.add(
        current_actor(),
        name=request.form.get("name", ""),
        profile=request.form.get("profile", "peer"),
        address=request.form.get("address", ""),
    )
    flash(t("exchange.did.added"), "done")
    return redirect(url_for(".peer", peer_id=made.id), 303)


@bp.get("/peers/<uuid:peer_id>")
@signed_in
def peer(peer_id: UUID) -> ResponseReturnValue:
    """One peer: its circuit, its agencies and their keys, and how the ledgers compared."""
    peers.require_operator(current_actor())
    found = peers.peer(peer_id)
    return render_template(
        "exchange_peer.html",
        peer=found,
        agencies=peers.agencies(peer_id),
        line=trusting.line(found),
        strangers=strangers.of(peer_id),
        levels=[(one.code, choices.level_name(one)) for one in _from_below(orgunits.levels().values())],
        checks=reconciled.compared(ledger.checks(peer_id, limit=14)),
        why=causes.why,
        **axes.shown(found),
        **ways.shown(found),
    )


@bp.post("/peers/<uuid:peer_id>/<act>")
@signed_in
def change_peer(peer_id: UUID, act: str) -> ResponseReturnValue:
    """Pause or resume a peer, or take in the list of its agencies that its people handed over."""
    actor = current_actor()
    if act == "introduce":
        flash(t("exchange.did.introduce", count=directory.introduce(actor, peer_id, _handed_over())), "done")
    elif act in PEER_ACTS:
        PEER_ACTS[act](actor, peer_id)
        flash(t(f"exchange.did.{act}"), "done")
    else:
        raise Missing("peer.missing")
    return redirect(url_for(".peer", peer_id=peer_id), 303)


@bp.get("/directory.json")
@signed_in
def handover() -> Response:
    """Our agencies with their identifiers and public keys, to be handed to the people of another deployment."""
    peers.require_operator(current_actor())
    answer = jsonify(agencies=[asdict(one) for one in directory.published()])
    answer.headers["Content-Disposition"] = 'attachment; filename="eoffice-directory.json"'
    return answer


@bp.post("/keys/<uuid:unit_id>")
@signed_in
def renew_key(unit_id: UUID) -> ResponseReturnValue:
    """Give one of our agencies a new exchange key."""
    keys.renew(current_actor(), unit_id)
    flash(t("exchange.did.renewed"), "done")
    return redirect(url_for(".index", _anchor="keys-title"), 303)


def _handed_over() -> list[Listed]:
    """The list in the uploaded file. Errors: Invalid "directory.wrong"."""
    upload = request.files.get("directory")
    try:
        value = json.loads((upload.stream.read(4 * 1024 * 1024) if upload else b"").decode("utf-8"))
        return [read_listed(one) for one in value["agencies"]]
    except (ValueError, KeyError, TypeError, RecursionError, ExchangeRefused) as nonsense:
        raise Invalid("directory.wrong") from nonsense


def _from_below(levels: Iterable[Level]) -> list[Level]:
    """Most agencies are of the lowest level."""
    return sorted(levels, key=lambda one: -one.rank)


def _tabs(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """What the states of deliveries are called, how many there are and where they lead."""
    kinds = {"unregistered": "soon", "expired": "late"}
    return [
        {
            "key": state,
            "label": t(f"exchange.state.{state}"),
            "count": count,
            "url": url_for(".index", state=state),
            "kind": kinds.get(state),
        }
        for state, count in counts.items()
    ]
