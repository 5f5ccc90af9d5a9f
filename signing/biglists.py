"""Ask a revocation list of a hundred thousand numbers in milliseconds: pyHanko would take a second to read it.

Only plain, whole lists that are in force and signed by the issuer count; what they have no number of was not revoked.
Everything else is left to pyHanko, slow and right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import load_der_x509_crl
from pyhanko.sign.validation.policy_decl import LocalKnowledge
from pyhanko_certvalidator.policy_decl import NonRevokedStatusAssertion
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator

_LARGE = 256 * 1024
"""Bytes: about five thousand numbers."""


def is_large(revoked: Any) -> bool:
    """Whether a list (asn1crypto) is worth asking in this way."""
    return len(revoked.contents) > _LARGE


def asked(known: LocalKnowledge, lists: Sequence[Any], path: Sequence[Any], moment: datetime) -> LocalKnowledge | None:
    """What is known, with the answer of the lists for every certificate of a path (asn1crypto), the root's first.

    None when one of them is not cleared. All or nothing: told of a signer's certificate that it was not revoked,
    pyHanko does not ask for those of the authorities above it any more.
    """
    pairs = list(pairwise(path))
    for issuer, certificate in pairs:
        mine = [one for one in lists if one.issuer == issuer.subject]
        if not mine or not all(_clears(one, certificate, issuer, moment) for one in mine):
            return None
    assertions = [NonRevokedStatusAssertion(certificate.sha256, moment) for _, certificate in pairs]
    return replace(known, nonrevoked_assertions=[*known.nonrevoked_assertions, *assertions])


def _clears(revoked: Any, certificate: Any, issuer: Any, moment: datetime) -> bool:
    """Whether a list says, as of a moment, that a certificate was not revoked; one that has ended may be left out."""
    content = revoked["tbs_cert_list"]
    issued, until = content["this_update"].native, content["next_update"].native
    in_force = until is not None and issued <= moment <= until and issued <= certificate.not_valid_after
    plain = not any(one["critical"].native for one in content["crl_extensions"])
    if not (in_force and plain and is_signed_by(revoked, issuer)):
        return False
    numbers = load_der_x509_crl(revoked.dump())
    return numbers.get_revoked_certificate_by_serial_number(certificate.serial_number) is None


def is_signed_by(revoked: Any, issuer: Any) -> bool:
    """Whether an authority's key (asn1crypto certificate) made a list."""
    try:
        DefaultSignatureValidator().validate_signature(
            revoked["signature"].native,
            revoked["tbs_cert_list"].dump(),
            issuer.public_key,
            revoked["signature_algorithm"],
        )
    except (InvalidSignature, UnsupportedAlgorithm, AssertionError, ValueError, TypeError):
        return False
    return True
