"""Reading who signs with what."""

from uuid import UUID

from sqlalchemy import and_, select

from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.orgunits.models import Post, PostHolder, Unit
from app.domain.signers import rules
from app.domain.signers.models import KeyHolding, SignerKey
from app.kernel.clock import office_day
from app.kernel.db import db
from app.kernel.errors import Missing


def key(key_id: UUID) -> SignerKey:
    """One set-up. Errors: Missing."""
    found = db.session.get(SignerKey, key_id)
    if found is None:
        raise Missing("signer.missing")
    return found


def visible_key(actor: Actor, key_id: UUID) -> SignerKey:
    """One set-up, if an actor may know of it. Errors: Missing."""
    found = key(key_id)
    if not rules.may_see(actor, found):
        raise Missing("signer.missing")
    return found


def key_of_person(person_id: UUID) -> SignerKey | None:
    """What a person signs with; None before it is set up."""
    return _newest(SignerKey.person_id == person_id, "ready")


def key_of_unit(unit_id: UUID) -> SignerKey | None:
    """What an agency signs with; None before it is set up."""
    return _newest(SignerKey.unit_id == unit_id, "ready")


def key_and_holding(unit_id: UUID) -> tuple[SignerKey | None, KeyHolding | None]:
    """What an agency signs with and who holds it, in one statement: every document that is issued asks."""
    held = and_(KeyHolding.key_id == SignerKey.id, KeyHolding.until.is_(None))
    query = select(SignerKey, KeyHolding).outerjoin(KeyHolding, held)
    query = query.where(SignerKey.unit_id == unit_id, SignerKey.state == "ready")
    found = db.session.execute(query.order_by(SignerKey.made_at.desc(), KeyHolding.since.desc()).limit(1)).first()
    return (None, None) if found is None else (found[0], found[1])


def draft_of_person(person_id: UUID) -> SignerKey | None:
    """What a person is setting up."""
    return _newest(SignerKey.person_id == person_id, "draft")


def draft_of_unit(unit_id: UUID) -> SignerKey | None:
    """What somebody is setting up for an agency."""
    return _newest(SignerKey.unit_id == unit_id, "draft")


def owner(found: SignerKey) -> Person | Unit:
    """Whose set-up it is."""
    person = None if found.person_id is None else db.session.get(Person, found.person_id)
    unit = None if found.unit_id is None else db.session.get(Unit, found.unit_id)
    one = person or unit
    if one is None:
        raise Missing("signer.missing")
    return one


def agencies(actor: Actor) -> list[Unit]:
    """The agencies whose set-up an actor may see."""
    inside = {seat.agency_id for seat in actor.seats}
    wanted = [unit_id for unit_id in inside if rules.may_see_unit(actor, unit_id)]
    query = select(Unit).where(Unit.id.in_(wanted), Unit.is_agency).order_by(Unit.code)
    return list(db.session.scalars(query))


def is_taken(found: SignerKey, serial: str, issuer: str) -> bool:
    """Whether somebody else signs with the same certificate."""
    query = select(SignerKey).where(SignerKey.serial == serial, SignerKey.issuer == issuer, SignerKey.state == "ready")
    others = db.session.scalars(query)
    return any((one.person_id, one.unit_id) != (found.person_id, found.unit_id) for one in others)


def holdings(key_id: UUID) -> list[KeyHolding]:
    """Who held an agency's key, latest first."""
    query = select(KeyHolding).where(KeyHolding.key_id == key_id)
    return list(db.session.scalars(query.order_by(KeyHolding.since.desc())))


def holding(key_id: UUID) -> KeyHolding | None:
    """Who holds a key now; None where nobody has been written down."""
    query = select(KeyHolding).where(KeyHolding.key_id == key_id, KeyHolding.until.is_(None))
    return db.session.scalar(query.order_by(KeyHolding.since.desc()).limit(1))


def people_of(agency_id: UUID) -> list[tuple[Person, str]]:
    """Who could hold an agency's key: everybody with a post in it or in a division of it, with the title, by name."""
    start = select(Unit.id).where(Unit.id == agency_id).cte("inside", recursive=True)
    inside = start.union(select(Unit.id).join(start, Unit.parent_id == start.c.id).where(~Unit.is_agency))
    query = select(Person, Post.title).join(PostHolder, PostHolder.person_id == Person.id)
    query = query.join(Post, Post.id == PostHolder.post_id).join(inside, inside.c.id == Post.unit_id)
    today = office_day()
    query = query.where(Person.active, PostHolder.valid_from <= today)
    query = query.where(PostHolder.valid_to.is_(None) | (PostHolder.valid_to >= today))
    found = {person.id: (person, title) for person, title in db.session.execute(query.order_by(Post.key))}
    return sorted(found.values(), key=lambda one: one[0].name)


def claimed_files() -> set[str]:
    """The files of the store that set-ups name: pictures, samples and records of hand-over."""
    pictures = select(SignerKey.image_sha256).where(SignerKey.image_sha256.is_not(None))
    samples = select(SignerKey.sample_sha256).where(SignerKey.sample_sha256.is_not(None))
    records = select(KeyHolding.record_sha256).where(KeyHolding.record_sha256.is_not(None))
    return {name for name in db.session.scalars(pictures.union(samples, records)) if name is not None}


def _newest(owner: object, state: str) -> SignerKey | None:
    query = select(SignerKey).where(owner, SignerKey.state == state)  # type: ignore[arg-type]  # a condition
    return db.session.scalar(query.order_by(SignerKey.made_at.desc()).limit(1))
