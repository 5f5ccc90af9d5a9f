"""Verdicts as plain data that can be written as JSON: to be kept as evidence, shown, or handed on."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from signing.verdict import Change, Kind, Outcome, Particulars, Revocation, SignatureVerdict, Verdict


def signature_dict(one: SignatureVerdict) -> dict[str, Any]:
    """One signature; times in ISO 8601 with offset, enumerations as their values, `reason` a catalogue key."""
    return {
        "field": one.field,
        "signer": one.signer,
        "organisation": one.organisation,
        "serial": one.serial,
        "issuer": one.issuer,
        "kind": one.kind.value,
        "verdict": one.verdict.value,
        "reason": one.reason,
        "covers_whole": one.covers_whole,
        "modified_after": one.modified_after.value,
        "revision_end": one.revision_end,
        "signed_at": _moment(one.signed_at),
        "timestamped": one.timestamped,
        "algorithm": one.algorithm,
        "demo": one.demo,
        **_particulars_dict(one.particulars),
    }


def _particulars_dict(told: Particulars) -> dict[str, Any]:
    return {
        "claimed_at": _moment(told.claimed_at),
        "proven_at": _moment(told.proven_at),
        "path": list(told.path),
        "key_usage": list(told.key_usage),
        "revocation": None if told.revocation is None else _revocation_dict(told.revocation),
        "remarks": list(told.remarks),
    }


def _revocation_dict(word: Revocation) -> dict[str, Any]:
    return {
        "source": word.source,
        "kind": word.kind,
        "issued_at": _moment(word.issued_at),
        "until": _moment(word.until),
    }


def document_dict(verdict: Verdict) -> dict[str, Any]:
    """The whole document with its signatures in signing order."""
    return {
        "outcome": verdict.outcome.value,
        "reasons": list(verdict.reasons),
        "signatures": [signature_dict(one) for one in verdict.signatures],
        "archived_at": [_moment(time) for time in verdict.archived_at],
        "sha256": verdict.sha256,
        "size": verdict.size,
        "pages": verdict.pages,
        "checked_at": _moment(verdict.checked_at),
    }


def packed(verdict: Verdict) -> dict[str, Any]:
    """Everything that a verdict holds, as values that JSON can carry."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(verdict), default=datetime.isoformat))
    return plain


def unpacked(plain: dict[str, Any]) -> Verdict:
    """The verdict that was packed."""
    return Verdict(
        **{
            **plain,
            "outcome": Outcome(plain["outcome"]),
            "reasons": tuple(plain["reasons"]),
            "signatures": tuple(_signature(one) for one in plain["signatures"]),
            "archived_at": tuple(datetime.fromisoformat(time) for time in plain["archived_at"]),
            "checked_at": datetime.fromisoformat(plain["checked_at"]),
        }
    )


def _signature(plain: dict[str, Any]) -> SignatureVerdict:
    return SignatureVerdict(
        **{
            **plain,
            "kind": Kind(plain["kind"]),
            "verdict": Outcome(plain["verdict"]),
            "modified_after": Change(plain["modified_after"]),
            "signed_at": _read(plain["signed_at"]),
            "particulars": _particulars(plain["particulars"]),
        }
    )


def _particulars(plain: dict[str, Any]) -> Particulars:
    read: dict[str, Any] = {name: tuple(plain[name]) for name in ("path", "key_usage", "sources", "remarks")}
    read |= {name: _read(plain[name]) for name in ("claimed_at", "proven_at")}
    return Particulars(**read, revocation=_revocation(plain["revocation"]))


def _revocation(plain: dict[str, Any] | None) -> Revocation | None:
    if plain is None:
        return None
    issued_at, until = datetime.fromisoformat(plain["issued_at"]), _read(plain["until"])
    return Revocation(plain["source"], plain["kind"], issued_at, until)


def _read(moment: str | None) -> datetime | None:
    return None if moment is None else datetime.fromisoformat(moment)


def _moment(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat(timespec="seconds")
