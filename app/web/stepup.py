"""Proving again to be the holder of a key when signing (xác thực khi ký): asked only where a key wants it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import current_app

from app.domain.actors.actor import Actor
from app.domain.cases.models import Task
from app.domain.signers import authentication, rules
from app.domain.signers import queries as signers
from app.domain.signers.models import SignerKey
from app.kernel.errors import Invalid
from app.web import decisions
from app.web.forms import Schema
from signing.keys.offered import offered

FIELD = "_pin"
LONGEST = 128
_NEEDS_NONE = frozenset({"demo"}) | rules.AT_DESK
"""Kinds of keys that ask for nothing here: those of the demonstration, and those on the user's own machine."""


def key_behind(actor: Actor, task: Task, schema: Schema, answers: Mapping[str, Any] | None = None) -> SignerKey | None:
    """The key that ending a task uses, if it wants something of its holder: one's own to sign, the agency's to issue.

    With `answers`, only when they decide so.
    """
    if not _asks_of_anybody():
        return None
    name = decisions.decision_field(schema)
    offered = set(schema["properties"][name].get("enum", ())) if name else set()
    decided = offered if answers is None else {answers.get(str(name))} & offered
    key = None
    if "sign" in decided and actor.person_id is not None:
        key = signers.key_of_person(actor.person_id)
    elif "issue" in decided:
        key = signers.key_of_unit(task.case.unit_id)
    return key if wants_secret(key) else None


def wants_secret(key: SignerKey | None) -> bool:
    """Whether a key asks its holder for a PIN or passphrase, and none that was given can still be used."""
    return key is not None and _kinds().get(key.provider, key.provider) not in _NEEDS_NONE


def given_already(actor: Actor, key: SignerKey) -> bool:
    """Whether what the holder gave for a key in the last minutes may still be used."""
    return actor.person_id is not None and authentication.live(actor.person_id, key.id) is not None


def take(actor: Actor, key: SignerKey | None, secret: str) -> None:
    """Keep what was typed for a key, sealed. Raises Invalid on the field when nothing was typed and it is needed."""
    if key is None or (not secret and given_already(actor, key)):
        return
    if not secret:
        raise Invalid("form.invalid", fields={FIELD: ("signing.secret_missing", {})})
    if len(secret) > LONGEST:
        raise Invalid("form.invalid", fields={FIELD: ("form.maxLength", {"limit": LONGEST})})
    session_id = uuid4()
    authentication.authenticate(actor, key.id, session_id, sealed=_sealed(secret, session_id))


def _sealed(secret: str, session_id: UUID) -> bytes:
    from signing import sealing  # noqa: PLC0415 - cryptography is loaded by those who sign

    return sealing.seal(secret.encode(), str(session_id), current_app.config["PKI"])


def _asks_of_anybody() -> bool:
    return any(kind not in _NEEDS_NONE for kind in _kinds().values())


def _kinds() -> Mapping[str, str]:
    """The kind of each provider of this installation, by its name; read once in each process."""
    kept: Mapping[str, str] | None = current_app.extensions.get("signing.kinds")
    if kept is None:
        kept = {one.name: one.kind for one in offered(current_app.config["PKI"])}
        current_app.extensions["signing.kinds"] = kept
    return kept
