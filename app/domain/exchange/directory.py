"""The directory (danh bạ liên thông): our agencies as we publish them, and others' as their deployments do."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.exchange import keys, peers
from app.domain.exchange.models import Arrival, Delivery, ExchangeKey, Message, Route
from app.domain.orgunits import collation
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit, UnitIdentifier
from app.kernel import clock
from app.kernel.db import command, db
from app.kernel.errors import Missing
from interchange.directory import Identifier, Listed, PublicKey


@command
def published() -> list[Listed]:
    """The agencies that are here, with every identifier they have or had and their public keys."""
    away = set(db.session.scalars(select(Route.unit_id)))
    here = [unit for unit in orgunits.agencies() if unit.id not in away]
    identifiers: dict[UUID, list[Identifier]] = {unit.id: [_own(unit)] for unit in here}
    for one in db.session.scalars(select(UnitIdentifier).where(UnitIdentifier.unit_id.in_(identifiers))):
        until = one.valid_to.isoformat() if one.valid_to else ""
        identifiers[one.unit_id].append(Identifier(one.scheme, one.code, one.valid_from.isoformat(), until))
    for unit in here:
        keys.own_public(unit.id)
    return [Listed(unit.name, tuple(identifiers[unit.id]), _keys(unit)) for unit in here]


def ours() -> list[tuple[Unit, ExchangeKey]]:
    """The agencies that sign here, with their key of now, by name."""
    query = select(Unit, ExchangeKey).join(ExchangeKey, ExchangeKey.unit_id == Unit.id).where(keys.is_own())
    found = [(unit, key) for unit, key in db.session.execute(query)]
    return sorted(found, key=lambda one: collation.order(one[0].name))


@command
def learn(peer_id: UUID, agencies: Iterable[Listed]) -> int:
    """Keep what a peer publishes of its agencies, for those we know by any identifier; how many those were.

    An agency that comes to us another way is left alone: no peer may take it over.
    """
    learnt = 0
    for listed in agencies:
        unit = known(listed)
        route = None if unit is None else db.session.scalar(select(Route).where(Route.unit_id == unit.id))
        if unit is None or route is None or route.peer_id != peer_id:
            continue
        for key in listed.keys:
            keys.publish(unit, key.public, _moment(key.valid_from) or clock.now(), _moment(key.valid_to))
        learnt += 1
    return learnt


@command
def introduce(actor: Actor, peer_id: UUID, agencies: Iterable[Listed]) -> int:
    """Let a peer carry to agencies that we know and that no other peer carries to; how many keys were learnt from it.

    The operator answers for the list: it was handed over by people, before any signature could be checked.
    Errors: Forbidden, Missing.
    """
    peers.require_operator(actor)
    listed = list(agencies)
    peer = peers.peer(peer_id)
    for one in listed:
        unit = known(one)
        if unit is not None and peers.of_agency(unit.id) is None and not keys.is_ours(unit.id):
            db.session.add(Route(unit_id=unit.id, peer_id=peer.id))
    db.session.flush()
    return learn(peer_id, listed)


def speaker(peer_id: UUID) -> str:
    """An agency of ours that may speak to a peer: the one that exchanged with it last, else any. Errors: Missing."""
    query = select(Unit.code).join(Message, Message.sender_id == Unit.id)
    query = query.join(Delivery, Delivery.message_id == Message.id)
    query = query.join(Route, Route.unit_id == Delivery.recipient_id).where(Route.peer_id == peer_id)
    found = db.session.scalar(query.order_by(Message.made_at.desc()).limit(1))
    if found is None:
        query = select(Unit.code).join(Arrival, Arrival.recipient_id == Unit.id).where(Arrival.peer_id == peer_id)
        found = db.session.scalar(query.order_by(Arrival.at.desc()).limit(1))
    if found is None:
        raise Missing("peer.nobody_speaks")
    return found


def known(listed: Listed) -> Unit | None:
    """The agency of ours that a directory means, by any of its identifiers."""
    for identifier in listed.identifiers:
        with suppress(Missing):
            return orgunits.unit_by_code(identifier.code)
    return None


def _own(unit: Unit) -> Identifier:
    return Identifier("eoffice", unit.code, unit.valid_from.isoformat())


def _keys(unit: Unit) -> tuple[PublicKey, ...]:
    return tuple(_key(one) for one in keys.of(unit.id))


def _key(row: ExchangeKey) -> PublicKey:
    return PublicKey(row.public, row.valid_from.isoformat(), row.valid_to.isoformat() if row.valid_to else "")


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
