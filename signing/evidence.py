"""A verdict with what it rests on: kept beside a document, it says years later why it was found so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from signing.certificates import described
from signing.report import document_dict
from signing.trust import TrustStore
from signing.verdict import Verdict

FORMAT = 1
"""Of the evidence: counts up when a key changes its meaning."""


def evidence(verdict: Verdict, trust: TrustStore) -> dict[str, Any]:
    """The whole verdict, the verifier, the anchors and the revocation lists at hand, as values that JSON can carry."""
    return {
        **document_dict(verdict),
        "verifier": {"format": FORMAT, "pyhanko": version("pyHanko")},
        "anchors": _certificates(trust.roots),
        "timestamp_anchors": _certificates(trust.timestamp_roots),
        "revocation_lists": [_list(one) for one in trust.crls],
    }


def _certificates(found: Iterable[Any]) -> list[dict[str, str]]:
    return [
        {
            "name": described(one).name or str(one.subject.human_friendly),
            "sha256": one.sha256.hex(),
            "valid_until": one.not_valid_after.isoformat(),
        }
        for one in found
    ]


def _list(one: Any) -> dict[str, str | None]:
    content = one["tbs_cert_list"]
    until = content["next_update"].native
    return {
        "issuer": str(one.issuer.native.get("common_name") or one.issuer.human_friendly),
        "sha256": hashlib.sha256(one.dump()).hexdigest(),
        "issued_at": content["this_update"].native.isoformat(),
        "next_update": None if until is None else until.isoformat(),
    }
