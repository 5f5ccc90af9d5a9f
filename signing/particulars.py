"""What a reader of a verdict asks next: up to which root, by whose clock, and how fresh the word on revocation is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pyhanko.sign.validation.policy_decl import LocalKnowledge

from signing.certificates import named
from signing.reasons import Reason, Remark
from signing.verdict import Particulars, Revocation

_APART = timedelta(minutes=10)
"""How far a clock may be off before it is worth a word."""
_VIETNAM = timedelta(hours=7)
"""Some signing programs write the time on the wall and call it UTC."""
_MOST_SOURCES = 8


def told(
    certificate: Any,
    claimed: datetime | None,
    proven: datetime | None,
    path: Sequence[Any],
    word: Revocation | None,
    now: datetime,
) -> Particulars:
    """The particulars of one signature; `path` are certificates (asn1crypto) from a trusted root, empty without one."""
    known = proven or (now if claimed is not None and claimed > now else claimed)
    usage, told_of = certificate.key_usage_value, _of_clock(claimed, known)
    return Particulars(
        claimed_at=claimed,
        proven_at=proven,
        path=tuple(named(one) for one in reversed(path[:-1])),
        key_usage=() if usage is None else tuple(sorted(usage.native)),
        revocation=word,
        sources=tuple(_addresses(path))[:_MOST_SOURCES],
        remarks=() if told_of is None else (told_of.value,),
    )


def _of_clock(claimed: datetime | None, known: datetime | None) -> Remark | None:
    if claimed is None or known is None or abs(claimed - known) <= _APART:
        return None
    return Remark.CLOCK_LOCAL_AS_UTC if abs(claimed - known - _VIETNAM) <= _APART else Remark.CLOCK_APART


def of_future(claimed: datetime | None, now: datetime) -> Reason | None:
    """Whether an unproven time lies ahead, further than a clock of Vietnam called UTC could explain."""
    ahead = claimed is not None and claimed > now + _VIETNAM + _APART
    return Reason.TIME_IN_FUTURE if ahead else None


def newest(certificate: Any, lists: Sequence[Any], evidence: LocalKnowledge) -> Revocation | None:
    """The newest word at hand about a certificate (asn1crypto), from the deployment's lists or the document's own."""
    found = [_of_list("trust", one) for one in lists if one.issuer == certificate.issuer]
    found += [
        _of_list("document", one.crl_data) for one in evidence.known_crls if one.crl_data.issuer == certificate.issuer
    ]
    found += _of_answers(certificate, evidence)
    return max(found, key=lambda word: word.issued_at, default=None)


def _of_list(source: str, revoked: Any) -> Revocation:
    content = revoked["tbs_cert_list"]
    return Revocation(source, "crl", content["this_update"].native, content["next_update"].native)


def _of_answers(certificate: Any, evidence: LocalKnowledge) -> Iterator[Revocation]:
    for answer in evidence.known_ocsps:
        single = answer.extract_single_response()
        if single is not None and single["cert_id"]["serial_number"].native == certificate.serial_number:
            yield Revocation("document", "ocsp", single["this_update"].native, single["next_update"].native)


def _addresses(path: Sequence[Any]) -> Iterator[str]:
    """Where the certificates under a trusted root say that their revocation lists are."""
    for certificate in path[1:]:
        for point in certificate.crl_distribution_points:
            if point.url is not None:
                yield str(point.url)
