"""One signature of a document, put together from its integrity and its proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import async_validate_pdf_timestamp
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing import demo_pki, particulars
from signing.certificates import KindRule, described
from signing.changes import Integrity, integrity
from signing.differences import STRICT
from signing.proving import Grounds, Proof, prove
from signing.reasons import Reason, outcome_of
from signing.signer import from_asn1
from signing.trust import TrustStore
from signing.verdict import Change, Kind, SignatureVerdict

_SUBFILTERS = {
    "/Sig": ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached"),
    "/DocTimeStamp": ("/ETSI.RFC3161",),
}
_MOST = 1000
"""Signatures that are looked at in one file: more than any policy allows, fewer than take long to count."""


@dataclass(frozen=True)
class Stamp:
    """A document time stamp: `time` only when it is whole and its authority is trusted; `end` of its revision."""

    reason: Reason | None
    time: datetime | None
    end: int = 0


@dataclass(frozen=True)
class Judge:
    """Whom to believe, how to tell people from agencies, which fields may be filled, and as of when."""

    trust: TrustStore
    kinds: KindRule
    fillable: frozenset[str]
    at: datetime | None

    async def signature(self, signature: EmbeddedPdfSignature, on: Grounds, *, archived: bool) -> SignatureVerdict:
        """The verdict of one signature; whatever goes wrong while reading it makes it unreadable, never valid."""
        try:
            whole = integrity(signature, self.fillable)
            proof = await prove(signature, on, archived=archived) if whole.revision_end else Proof(None, None)
            return self._verdict(signature, whole, proof, on)
        except MemoryError:
            raise
        except Exception:  # hostile files raise whatever they like; none of it may look valid
            return unreadable(str(signature.field_name), _unread(signature, Reason.SIGNATURE_UNREADABLE))

    async def stamp(self, signature: EmbeddedPdfSignature) -> Stamp:
        """The verdict of one document time stamp; one that nobody trusts proves nothing, but harms nothing."""
        try:
            whole = integrity(signature, self.fillable)
            if whole.reason is not None:
                return Stamp(whole.reason, None, whole.revision_end)
            issued = signature.signer_cert.not_valid_before
            context = self.trust.when(issued, issued).context(timestamps=True, at=self.at)
            try:
                status = await async_validate_pdf_timestamp(signature, context, STRICT, skip_diff=True)
            finally:
                await context.aclose()
        except MemoryError:
            raise
        except Exception:  # as above
            return Stamp(_unread(signature, Reason.TIMESTAMP_BROKEN), None)
        if not (status.intact and status.valid):
            return Stamp(Reason.TIMESTAMP_BROKEN, None)
        return Stamp(None, status.timestamp if status.trusted else None, whole.revision_end)

    def _verdict(
        self, signature: EmbeddedPdfSignature, whole: Integrity, proof: Proof, on: Grounds
    ) -> SignatureVerdict:
        certificate, claimed = signature.signer_cert, signature.self_reported_timestamp
        shown = described(certificate)
        reason = _worse(whole.reason, self._of_certificate(proof.reason, demo=shown.demo))
        if proof.stamped_at is None:
            reason = _worse(reason, particulars.of_future(claimed, on.timing.validation_time))
        now = on.timing.validation_time
        word = particulars.newest(certificate, self.trust.crls, on.evidence)
        return SignatureVerdict(
            field=str(signature.field_name),
            signer=shown.name,
            organisation=shown.organisation,
            serial=shown.serial,
            issuer=shown.issuer,
            kind=self.kinds.kind(certificate),
            verdict=outcome_of(reason),
            reason=None if reason is None else reason.value,
            covers_whole=whole.covers_whole,
            modified_after=whole.change,
            revision_end=whole.revision_end,
            signed_at=proof.stamped_at or claimed,
            timestamped=proof.stamped_at is not None,
            algorithm=_algorithm(signature),
            demo=demo_pki.is_demo(from_asn1(certificate)),
            particulars=particulars.told(certificate, claimed, proof.stamped_at, proof.path, word, now),
        )

    def _of_certificate(self, reason: Reason | None, *, demo: bool) -> Reason | None:
        """A certificate of a demonstration, met where none is trusted, deserves a plainer word than "unknown"."""
        return Reason.DEMO_CERTIFICATE if demo and not self.trust.demo else reason


def collect(
    reader: Any,
) -> tuple[list[EmbeddedPdfSignature], list[EmbeddedPdfSignature], list[SignatureVerdict]]:
    """The signatures and the document time stamps in signing order, and verdicts of those that cannot be read."""
    signatures: list[EmbeddedPdfSignature] = []
    stamps: list[EmbeddedPdfSignature] = []
    broken, seen = [], set()
    for name, _, field in islice(enumerate_sig_fields(reader, filled_status=True), _MOST):
        try:
            found = EmbeddedPdfSignature(reader, field, name)
            reference = found.sig_field.raw_get("/V").reference
            kind = str(found.sig_object_type)
            if reference in seen or found.sig_object["/SubFilter"] not in _SUBFILTERS[kind]:
                broken.append(unreadable(str(name)))
                continue
            seen.add(reference)
            (signatures if kind == "/Sig" else stamps).append(found)
        except MemoryError:
            raise
        except Exception:  # hostile files raise whatever they like
            broken.append(unreadable(str(name)))
    for found_list in (signatures, stamps):
        found_list.sort(key=lambda one: one.signed_revision)
    return signatures, stamps, broken


def unreadable(field: str, reason: Reason = Reason.SIGNATURE_UNREADABLE) -> SignatureVerdict:
    """The verdict of a signature field whose content is no signature, or one that cannot be looked at."""
    return SignatureVerdict(
        field=field,
        signer="",
        organisation="",
        serial="",
        issuer="",
        kind=Kind.UNKNOWN,
        verdict=outcome_of(reason),
        reason=reason.value,
        covers_whole=False,
        modified_after=Change.OTHER,
        revision_end=0,
        signed_at=None,
        timestamped=False,
        algorithm="",
        demo=False,
    )


def _unread(signature: EmbeddedPdfSignature, otherwise: Reason) -> Reason:
    """A file with two kinds of tables, as old office programs write, is none in which pyHanko looks at signatures."""
    return Reason.FILE_HYBRID if signature.reader.xrefs.hybrid_xrefs_present else otherwise


def _worse(one: Reason | None, other: Reason | None) -> Reason | None:
    reasons = [reason for reason in Reason if reason in (one, other)]
    return reasons[0] if reasons else None


def _algorithm(signature: EmbeddedPdfSignature) -> str:
    """As people write it: "RSASSA-PSS 2048, SHA-256"."""
    key = signature.signer_cert.public_key
    mechanism = str(signature.signer_info["signature_algorithm"].signature_algo).replace("_", "-").upper()
    return f"{mechanism} {key.bit_size}, {signature.md_algorithm.upper().replace('SHA', 'SHA-')}"
