"""The directory of an axis (danh bạ của trục): whom it reaches is known here without anybody's act."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.exchange import directory, mailboxes, matching, peers, strangers
from app.domain.exchange.events import AgencyRouted, AgencyTakenUp, DirectoryDue
from app.domain.exchange.models import Mailbox, Peer, Route
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Invalid
from interchange.directory import Listed

MOST = 500
"""Agencies that are taken up by themselves, all together: of a whole country an operator chooses who is written to."""


@command
def adopt(peer_id: UUID, agencies: Iterable[Listed]) -> int:
    """Keep what an axis lists: who is known and reached no other way is reached over it, who is unknown is taken up.

    How many agencies are new on this way. Whoever works here, or comes to us another way, is left as it is; who is not
    listed any more is marked, and stays. What is beyond `MOST` waits as strangers for the operator.
    """
    listed = list(agencies)
    codes, taken = matching.codes(), _taken()
    level = _likely()
    new, room = 0, MOST - len(peers.agencies(peer_id))
    for one in listed:
        unit_id = matching.known(one, codes)
        if unit_id is None and new < room and strangers.is_named(one):
            unit = strangers.settle(peer_id, one, level(one))
            codes.update(dict.fromkeys(matching.spelled(one), unit.id))
            events.record(AgencyTakenUp(about=str(unit.id), peer_id=str(peer_id)), actor="system")
        elif unit_id is None or unit_id in taken:
            continue
        else:
            unit = orgunits.unit(unit_id)
            events.record(AgencyRouted(about=str(unit_id), peer_id=str(peer_id)), actor="system")
        taken.add(unit.id)
        db.session.add(Route(unit_id=unit.id, peer_id=peer_id))
        new += 1
    db.session.flush()
    directory.learn(peer_id, listed)
    return new


@command
def call() -> int:
    """Have the directory of every axis asked for that was not heard of today; how many those are."""
    today = clock.office_day()
    axes = [one for one in peers.every() if one.profile in mailboxes.AXES and one.state == "open"]
    due = [one for one in axes if one.listed_at is None or clock.office_day(one.listed_at) != today]
    for one in due:
        _ask(one, "system")
    return len(due)


@command
def ask(actor: Actor, peer_id: UUID) -> None:
    """Have the directory of an axis asked for now. Errors: Forbidden; Missing; Invalid "peer.no_mailboxes"."""
    peers.require_operator(actor)
    peer = peers.peer(peer_id)
    if peer.profile not in mailboxes.AXES:
        raise Invalid("peer.no_mailboxes")
    _ask(peer, actor.name)


def _ask(peer: Peer, by: str) -> None:
    events.record(DirectoryDue(about=str(peer.id), peer_id=str(peer.id)), actor=by)


def _taken() -> set[UUID]:
    """Whom no axis is given: who works here or signs in somewhere, and who is reached already."""
    held = {*db.session.scalars(select(Route.unit_id)), *db.session.scalars(select(Mailbox.unit_id))}
    return orgunits.at_work() | held


def _likely() -> Callable[[Listed], str]:
    """The level of an agency of which nobody said one: that of whose name here begins most like its own.

    Of several it is that of an identifier as deep, then the lowest: there are more communes than provinces.
    """
    models = [(unit, matching.depth(orgunits.official_code(unit))) for unit in orgunits.agencies()]
    lowest = max(orgunits.levels().values(), key=lambda one: one.rank).code

    def likeness(listed: Listed, unit: Unit, depth: int) -> tuple[int, bool, int]:
        words = max(_shared(listed.name, name) for name in (unit.name, unit.short_name))
        return words, depth == matching.depth(listed.identifiers[0].code), unit.level.rank

    def level(listed: Listed) -> str:
        found = max(models, key=lambda one: likeness(listed, *one), default=None)
        return found[0].level_code if found else lowest

    return level


def _shared(one: str, other: str) -> int:
    """With how many of the same words both begin."""
    pairs: Sequence[tuple[str, str]] = list(zip(one.casefold().split(), other.casefold().split(), strict=False))
    return next((place for place, (left, right) in enumerate(pairs) if left != right), len(pairs))
