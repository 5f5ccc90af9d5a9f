"""Proving again to be the holder of a key when signing (xác thực khi ký): asked only where a key wants it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import current_app

from app.domain.actors.actor import Actor
from app.domain.cases.models import Task
from app.domain.signers import authentication
from app.domain.signers import queries as signers
from app.domain.signers.models import SignerKey
from app.kernel.errors import Invalid
from app.web import decisions
from app.web.forms import Schema

FIELD = "_secret"
LONGEST = 128
_NEEDS_NONE = frozenset({"demo", "agent", "vgca"})
"""Providers whose keys ask for nothing here: the demonstration, and those on the user's own machine."""


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
    return key is not None and key.provider not in _NEEDS_NONE and _kinds().get(key.provider, {}).get("secret", True)


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
    return bool(_kinds())


def _kinds() -> Mapping[str, Mapping[str, Any]]:
    """The providers of this installation by name, read once in each process; none for the demonstration."""
    kept: Mapping[str, Mapping[str, Any]] | None = current_app.extensions.get("signing.providers")
    if kept is None:
        kept = _read(current_app.config["PKI"])
        current_app.extensions["signing.providers"] = kept
    return kept


def _read(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        said = tomllib.loads((folder / "profile.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    found = {str(one.get("name")): one for one in said.get("provider", []) if isinstance(one, dict)}
    return found if said.get("kind") in {"demo", None} else {**found, str(said["kind"]): said}
