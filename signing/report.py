"""Verdicts as plain data that can be written as JSON: to be kept as evidence, shown, or handed on."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from signing.verdict import Change, Kind, Outcome, SignatureVerdict, Verdict


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
    signed_at = plain["signed_at"]
    return SignatureVerdict(
        **{
            **plain,
            "kind": Kind(plain["kind"]),
            "verdict": Outcome(plain["verdict"]),
            "modified_after": Change(plain["modified_after"]),
            "signed_at": None if signed_at is None else datetime.fromisoformat(signed_at),
        }
    )


def _moment(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat(timespec="seconds")
