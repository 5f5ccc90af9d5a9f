"""The directory (danh bạ liên thông): our agencies as we publish them, and others' as their deployments do."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.exchange import keys, peers, strangers, successors
from app.domain.exchange.events import AgencyTakenUp
from app.domain.exchange.models import Arrival, Delivery, ExchangeKey, Message, Route
from app.domain.orgunits import collation
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit, UnitIdentifier
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Invalid, Missing
from interchange import identifiers
from interchange.directory import Identifier, Listed, PublicKey
from interchange.errors import ExchangeRefused

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""When a key begins whose beginning was not said."""


@command
def published() -> list[Listed]:
    """The agencies that work here, with every identifier they have or had and their public keys.

    Who is only known here, with a way to it or not yet, has no posts here: it is for its own deployment to publish.
    """
    own = orgunits.at_work() - set(db.session.scalars(select(Route.unit_id)))
    here = [unit for unit in orgunits.agencies() if unit.id in own]
    for unit in here:
        keys.own_public(unit.id)
    here += [unit for unit in orgunits.every() if unit.id in own and orgunits.is_over(unit)]
    codes: dict[UUID, list[Identifier]] = {unit.id: [_own(unit)] for unit in here}
    for one in db.session.scalars(select(UnitIdentifier).where(UnitIdentifier.unit_id.in_(codes))):
        until = one.valid_to.isoformat() if one.valid_to else ""
        codes[one.unit_id].append(Identifier(one.scheme, one.code, one.valid_from.isoformat(), until))
    return [_listed(unit, codes[unit.id]) for unit in here]


def ours() -> list[tuple[Unit, ExchangeKey]]:
    """The agencies that sign here, with their key of now, by name."""
    query = select(Unit, ExchangeKey).join(ExchangeKey, ExchangeKey.unit_id == Unit.id).where(keys.is_own())
    found = [(unit, key) for unit, key in db.session.execute(query)]
    return sorted(found, key=lambda one: collation.order(one[0].name))


@command
def learn(peer_id: UUID, agencies: Iterable[Listed]) -> int:
    """Keep what a peer publishes of its agencies, for those we know by any identifier; how many those were.

    An agency that comes to us another way is left alone: no peer may take it over. Those that nobody here knows are
    noted as strangers.
    """
    codes, carried = _codes(), {one.id: one for one in peers.agencies(peer_id)}
    learnt, unknown = 0, []
    for listed in agencies:
        unit_id = _known(listed, codes)
        if unit_id is None:
            unknown.append(listed)
        elif unit_id in carried:
            _learn(carried[unit_id], listed, carried.get(codes.get(listed.successor, unit_id)))
            learnt += 1
    strangers.note(peer_id, unknown)
    return learnt


@command
def introduce(actor: Actor, peer_id: UUID, agencies: Iterable[Listed]) -> int:
    """Let a peer carry to agencies that we know and that no other peer carries to; how many keys were learnt from it.

    The operator answers for the list: it was handed over by people, before any signature could be checked.
    Errors: Forbidden, Missing.
    """
    peers.require_operator(actor)
    listed, codes = list(agencies), _codes()
    peer = peers.peer(peer_id)
    for unit_id in {_known(one, codes) for one in listed}:
        if unit_id is not None and peers.of_agency(unit_id) is None and not keys.is_ours(unit_id):
            db.session.add(Route(unit_id=unit_id, peer_id=peer.id))
    db.session.flush()
    return learn(peer_id, listed)


@command
def take_up(actor: Actor, peer_id: UUID, codes: Collection[str], level: str) -> int:
    """Make units of strangers of a peer (their first identifiers), with their identifiers, keys and the way to them.

    How many those were. Errors: Forbidden; Missing; Invalid "stranger.none" when no agency or level was chosen.
    """
    peers.require_operator(actor)
    chosen = [one for one in strangers.of(peer_id) if one.identifiers[0].code in codes]
    if not chosen or level not in orgunits.levels():
        raise Invalid("stranger.none")
    for listed in chosen:
        unit = strangers.settle(peer_id, listed, level)
        db.session.add(Route(unit_id=unit.id, peer_id=peer_id))
        _learn(unit, listed, None)
        events.record(AgencyTakenUp(about=str(unit.id), peer_id=str(peer_id)), actor=actor.name)
    return len(chosen)


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


def find(text: str) -> Unit:
    """An agency by our code for it, or by any identifier it has or had, written in either scheme. Errors: Missing."""
    for code in _spellings(text.strip()):
        with suppress(Missing):
            return orgunits.unit_by_code(code)
    raise Missing("unit.missing")


def _codes() -> dict[str, UUID]:
    """Every code and identifier, and whose it is today, else who had it last (two statements)."""
    query = select(UnitIdentifier.code, UnitIdentifier.unit_id)
    found = dict(db.session.execute(query.order_by(*orgunits.by_age())).all())
    return found | dict(db.session.execute(select(Unit.code, Unit.id)).all())


def _known(listed: Listed, codes: Mapping[str, UUID]) -> UUID | None:
    """The agency that a directory means, by any of its identifiers."""
    written = (code for one in listed.identifiers for code in _spellings(one.code))
    return next((codes[code] for code in written if code in codes), None)


def _spellings(code: str) -> list[str]:
    """An identifier as it is, and as both schemes write it."""
    found = [code]
    with suppress(ExchangeRefused):
        read = identifiers.parse(code)
        found.append(read.text)
        for written in (identifiers.as_qd20, identifiers.as_qcvn102):
            with suppress(ExchangeRefused):
                found.append(written(read).text)
    return found


def _learn(unit: Unit, listed: Listed, heir: Unit | None) -> None:
    """What the peer that carries to an agency publishes of it."""
    for key in listed.keys:
        keys.publish(unit, key.public, _moment(key.valid_from) or ALWAYS, _moment(key.valid_to))
    for one in listed.identifiers:
        _learn_identifier(unit, one)
    successors.learn(unit, heir, listed.valid_to)


def _learn_identifier(unit: Unit, given: Identifier) -> None:
    """An identifier that another agency has or had is left alone: nobody takes one over by publishing it."""
    if given.scheme == "eoffice":
        return
    query = select(UnitIdentifier).where(UnitIdentifier.scheme == given.scheme, UnitIdentifier.code == given.code)
    rows = list(db.session.scalars(query.order_by(*orgunits.by_age())))
    if any(row.unit_id != unit.id for row in rows):
        return
    row = rows[-1] if rows else UnitIdentifier(unit_id=unit.id, scheme=given.scheme, code=given.code)
    if not rows:
        row.valid_from = _day(given.valid_from) or unit.valid_from
        db.session.add(row)
    row.valid_to = _day(given.valid_to)


def _listed(unit: Unit, codes: list[Identifier]) -> Listed:
    """An agency of ours as others may know it."""
    heir = orgunits.successor(unit) if orgunits.is_over(unit) else None
    ended = unit.valid_to.isoformat() if unit.valid_to else ""
    return Listed(unit.name, tuple(codes), _keys(unit), successor=heir.code if heir else "", valid_to=ended)


def _own(unit: Unit) -> Identifier:
    return Identifier("eoffice", unit.code, unit.valid_from.isoformat())


def _keys(unit: Unit) -> tuple[PublicKey, ...]:
    return tuple(_key(one) for one in keys.of(unit.id))


def _key(row: ExchangeKey) -> PublicKey:
    return PublicKey(row.public, row.valid_from.isoformat(), row.valid_to.isoformat() if row.valid_to else "")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
