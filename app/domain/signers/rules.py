"""Who may do what with a set-up, and whether a certificate is that of its owner."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.orgunits.models import Unit
from app.domain.signers.models import SignerKey
from app.kernel import clock
from app.kernel.text import folded

ISSUE, SIGN = "documents.issue", "documents.sign"
AT_DESK = frozenset({"agent", "vgca"})
"""Providers whose keys stay on the user's machine: only a certificate is known of them, and nothing is tested here."""
GOOD_ENOUGH = frozenset({"valid", "indeterminate"})
"""With these a set-up may be used: without a revocation list at hand, the verifier can say no more than the second."""


@dataclass(frozen=True)
class CertificateRead:
    """What stands in a certificate: `pem` itself, names as they are written, `kind` person, organisation or unknown."""

    pem: str
    name: str
    organisation: str
    issuer: str
    serial: str
    kind: str
    valid_from: datetime
    valid_until: datetime


def may_see(actor: Actor, key: SignerKey) -> bool:
    """Whether an actor may know of a set-up: their own, or that of an agency they sign or issue for."""
    if key.person_id is not None:
        return key.person_id == actor.person_id
    return key.unit_id is not None and may_see_unit(actor, key.unit_id)


def may_see_unit(actor: Actor, unit_id: UUID) -> bool:
    """Whether an actor may know how an agency signs."""
    return actor.may(ISSUE, at=unit_id) or actor.may(SIGN, at=unit_id)


def refusal(read: CertificateRead, key: SignerKey) -> str:
    """Why a certificate cannot be this owner's, as a code; empty when it can.

    An agency's must say so itself (NĐ 30/2020, Điều 32: the key of the agency), a person's must not be an agency's.
    """
    if read.valid_until <= clock.now():
        return "key.expired"
    if key.unit_id is not None and read.kind != "organisation":
        return "signer.not_an_organisations"
    if key.person_id is not None and read.kind == "organisation":
        return "signer.not_a_persons"
    return ""


def is_named(certificate_name: str, owner: Person | Unit) -> bool:
    """Whether a certificate bears its owner's name: many authorities write it without marks, or shorten an agency's."""
    names = (owner.name,) if isinstance(owner, Person) else (owner.name, owner.short_name)
    return _plain(certificate_name) in {_plain(name) for name in names}


def days_left(key: SignerKey) -> int | None:
    """How many days a certificate is still valid, negative when it is over; None when nobody knows."""
    if key.valid_until is None:
        return None
    return (clock.office_day(key.valid_until) - clock.office_day()).days


def _plain(name: str) -> str:
    said = " ".join(folded(name).split())
    return said.replace("uy ban nhan dan", "ubnd").replace("hoi dong nhan dan", "hdnd")
