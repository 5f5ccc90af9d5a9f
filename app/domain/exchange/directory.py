"""The directory (danh bạ liên thông): our agencies as we publish them, and others' as their deployments do."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.exchange import keys, matching, peers, routing, strangers, successors
from app.domain.exchange.events import AgencyTakenUp
from app.domain.exchange.matching import Codes
from app.domain.exchange.models import Arrival, Delivery, ExchangeKey, Message, Route
from app.domain.orgunits import collation, naming
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit, UnitIdentifier
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Invalid, Missing
from interchange.directory import Identifier, Listed, PublicKey

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""When a key begins whose beginning was not said."""


@command
def published() -> list[Listed]:
    """The agencies that work here, with every identifier they have or had and their public keys.

    Who is only known here, with a way to it or not yet, has no posts here: it is for its own deployment to publish.
    """
    own, every = orgunits.at_work() - set(db.session.scalars(select(Route.unit_id))), orgunits.every()
    here = [unit for unit in orgunits.agencies() if unit.id in own]
    for unit in here:
        keys.own_public(unit.id)
    here += [unit for unit in every if unit.id in own and orgunits.is_over(unit)]
    codes: dict[UUID, list[Identifier]] = {unit.id: [_own(unit)] for unit in here}
    for one in db.session.scalars(select(UnitIdentifier).where(UnitIdentifier.unit_id.in_(codes))):
        until = one.valid_to.isoformat() if one.valid_to else ""
        codes[one.unit_id].append(Identifier(one.scheme, one.code, one.valid_from.isoformat(), until))
    agencies = {unit.id: unit.code for unit in every if unit.is_agency}
    return [_listed(unit, codes[unit.id], agencies.get(unit.parent_id, "") if unit.parent_id else "") for unit in here]


def ours() -> list[tuple[Unit, ExchangeKey]]:
    """The agencies that sign here, with their key of now, by name."""
    query = select(Unit, ExchangeKey).join(ExchangeKey, ExchangeKey.unit_id == Unit.id).where(keys.is_own())
    found = [(unit, key) for unit, key in db.session.execute(query)]
    return sorted(found, key=lambda one: collation.order(one[0].name))


@command
def learn(peer_id: UUID, agencies: Iterable[Listed]) -> int:
    """Keep what a peer publishes of its agencies, for those we know by any identifier; how many those were.

    An agency that comes to us another way is left alone: no peer may take it over. Those that nobody here knows are
    noted as strangers, those that the peer carries to and names no more are marked.
    """
    found = _learnt(peer_id, agencies)
    routing.note_listed(peer_id, found)
    return len(found)


@command
def introduce(actor: Actor, peer_id: UUID, agencies: Iterable[Listed]) -> int:
    """Let a peer carry to agencies that we know and that no other peer carries to; how many keys were learnt from it.

    The operator answers for the list: it was handed over by people, before any signature could be checked.
    Errors: Forbidden, Missing.
    """
    peers.require_operator(actor)
    listed, ours = list(agencies), matching.codes()
    peer = peers.peer(peer_id)
    for unit_id in {matching.known(one, ours) for one in listed}:
        if unit_id is not None and peers.of_agency(unit_id) is None and not keys.is_ours(unit_id):
            db.session.add(Route(unit_id=unit_id, peer_id=peer.id))
    db.session.flush()
    return len(_learnt(peer_id, listed))


@command
def take_up(actor: Actor, peer_id: UUID, chosen: Collection[str], level: str) -> int:
    """Make units of strangers of a peer (their first identifiers), with their identifiers, keys and the way to them.

    How many those were. Errors: Forbidden; Missing; Invalid "stranger.none" when no agency or level was chosen.
    """
    peers.require_operator(actor)
    wanted = [one for one in strangers.of(peer_id) if one.identifiers[0].code in chosen]
    if not wanted or level not in orgunits.levels():
        raise Invalid("stranger.none")
    made = [(strangers.settle(peer_id, one, level), one) for one in wanted]
    ours, own = matching.codes(), orgunits.at_work()
    for unit, listed in made:
        db.session.add(Route(unit_id=unit.id, peer_id=peer_id))
        _learn(unit, listed, None)
        _fill(unit, listed, ours, own)
        events.record(AgencyTakenUp(about=str(unit.id), peer_id=str(peer_id)), actor=actor.name)
    return len(made)


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
    for code in matching.spellings(text.strip()):
        with suppress(Missing):
            return orgunits.unit_by_code(code)
    raise Missing("unit.missing")


def _learnt(peer_id: UUID, agencies: Iterable[Listed]) -> set[UUID]:
    """Which of the agencies that a peer carries to it named, once what it says of them is kept."""
    ours, carried = matching.codes(), {one.id: one for one in peers.agencies(peer_id)}
    own = orgunits.at_work()
    learnt, unknown = set(), []
    for listed in agencies:
        unit_id = matching.known(listed, ours)
        if unit_id is None:
            unknown.append(listed)
        elif unit_id in carried:
            _learn(carried[unit_id], listed, carried.get(ours.get(listed.successor, unit_id)))
            _fill(carried[unit_id], listed, ours, own)
            learnt.add(unit_id)
    strangers.note(peer_id, unknown)
    return learnt


def _learn(unit: Unit, listed: Listed, heir: Unit | None) -> None:
    """What the peer that carries to an agency publishes of it."""
    for key in listed.keys:
        keys.publish(unit, key.public, _moment(key.valid_from) or ALWAYS, _moment(key.valid_to))
    for one in listed.identifiers:
        _learn_identifier(unit, one)
    successors.learn(unit, heir, listed.valid_to)


def _fill(unit: Unit, listed: Listed, codes: Codes, own: Collection[UUID]) -> None:
    """What nobody here has said of an agency that works elsewhere: who stands above it, its letters, its place."""
    if unit.id in own:
        return
    unit.abbreviation = unit.abbreviation or listed.abbreviation or naming.abbreviation(unit.name)
    unit.place = unit.place or listed.place
    above = matching.above(listed, codes)
    if unit.parent_id is None and above is not None and unit.id not in {one.id for one in orgunits.lineage(above)}:
        unit.parent_id = above
        db.session.flush()  # so that the next one does not come to stand above it


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


def _listed(unit: Unit, codes: list[Identifier], above: str) -> Listed:
    """An agency of ours as others may know it."""
    heir = orgunits.successor(unit) if orgunits.is_over(unit) else None
    ended = unit.valid_to.isoformat() if unit.valid_to else ""
    said = {"parent": above, "abbreviation": unit.abbreviation, "place": unit.place}
    return Listed(unit.name, tuple(codes), _keys(unit), successor=heir.code if heir else "", valid_to=ended, **said)


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
