"""What was found of signatures, in the reader's words: the same for the office and for the public."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.signatures import proofs
from app.domain.signatures.proofs import SignatureCheck
from app.kernel import clock
from app.web.i18n import has, t

LOOKS = {
    "valid": ("done", "shield"),
    "invalid": ("late", "refuse"),
    "indeterminate": ("soon", "question"),
    "unsigned": ("plain", "info"),
}
Facts = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Shown:
    """One signature as people read it; `end` is the length of the revision that was signed, 0 when unknown."""

    verdict: str
    who: str
    kind: str
    when: str
    why: str
    facts: Facts
    end: int


@dataclass(frozen=True)
class Report:
    """A whole verdict as people read it; `reasons` are sentences."""

    outcome: str
    kind: str
    icon: str
    title: str
    reasons: Sequence[str]
    signatures: Sequence[Shown]
    facts: Facts
    demo: bool


def report(evidence: Mapping[str, Any]) -> Report:
    """The words for some evidence."""
    outcome = str(evidence["outcome"])
    kind, icon = LOOKS[outcome]
    return Report(
        outcome=outcome,
        kind=kind,
        icon=icon,
        title=t(f"proof.outcome.{outcome}"),
        reasons=[reason(code) for code in evidence["reasons"]],
        signatures=[_signature(one) for one in evidence["signatures"]],
        facts=_of_file(evidence),
        demo=any(one.get("demo") for one in evidence["signatures"]),
    )


def changes(checks: Sequence[SignatureCheck]) -> list[str]:
    """How today's check differs from the first one, as sentences; none when both say the same."""
    if len(checks) < len(("first", "last")):
        return []
    first, last = checks[-1], checks[0]
    values = {"then": _day(first.at), "now": _day(last.at)}
    return [
        t(
            "proof.changed.signature" if one.field else "proof.changed.document",
            who=one.signer,
            before=_found(*one.before),
            after=_found(*one.after),
            **values,
        )
        for one in proofs.changes(first.evidence, last.evidence)
    ]


def reason(code: str) -> str:
    """Why a verdict is not "valid"; a reason without words of its own is told in general ones."""
    return t(code) if has(code) else t("verification.not_proven")


def _found(outcome: str, code: str | None) -> str:
    words = t(f"proof.word.{outcome}")
    return words if code is None else t("proof.word.because", outcome=words, why=reason(code).rstrip("."))


def _signature(one: Mapping[str, Any]) -> Shown:
    signed_at = _moment(one.get("signed_at"))
    stamped = bool(one.get("timestamped"))
    when = t("proof.when.stamped" if stamped else "proof.when.claimed", time=signed_at) if signed_at else ""
    who = str(one.get("signer") or t("proof.nobody"))
    return Shown(
        verdict=str(one["verdict"]),
        who=who,
        kind=t(f"signature_kind.{one.get('kind', 'unknown')}"),
        when=when,
        why=reason(one["reason"]) if one.get("reason") else "",
        facts=[*_of_signer(one), *_of_time(one, stamped=stamped), *_of_content(one)],
        end=int(one.get("revision_end") or 0),
    )


def _of_signer(one: Mapping[str, Any]) -> Facts:
    path = one.get("path") or ()
    return [
        (t("proof.organisation"), one.get("organisation")),
        (t("proof.issuer"), one.get("issuer")),
        (t("proof.path"), " → ".join(map(str, path))),
        (t("proof.serial"), one.get("serial")),
        (t("proof.algorithm"), one.get("algorithm")),
    ]


def _of_time(one: Mapping[str, Any], *, stamped: bool) -> Facts:
    """Time, whether it is proven, and what the certificate was worth then."""
    revocation = one.get("revocation") or {}
    remarks = [reason(str(code)) for code in one.get("remarks", ())]
    return [
        (t("proof.signed_at"), _moment(one.get("signed_at"))),
        (t("proof.time_from"), t("proof.time.stamped" if stamped else "proof.time.claimed")),
        (t("proof.claimed_at"), _moment(one.get("claimed_at")) if stamped else ""),
        (t("proof.certificate"), _of_certificate(str(one.get("reason") or ""), str(one["verdict"]))),
        (
            t("proof.revocation"),
            t(
                f"proof.revocation.{revocation['source']}",
                kind=str(revocation["kind"]).upper(),
                issued=_moment(revocation["issued_at"]),
                until=_moment(revocation["until"]) or t("proof.revocation.open"),
            )
            if revocation
            else "",
        ),
        (t("proof.remarks"), " ".join(remarks)),
    ]


def _of_certificate(code: str, verdict: str) -> str:
    """Whether the certificate was in force when it was used."""
    if verdict == "valid":
        return t("proof.certificate.good")
    return reason(code) if "certificate" in code or "revo" in code or "expired" in code else t("proof.certificate.open")


def _of_content(one: Mapping[str, Any]) -> Facts:
    covers = "whole" if one.get("covers_whole") else "revision" if one.get("revision_end") else "unknown"
    return [
        (t("proof.covers"), t(f"proof.covers.{covers}")),
        (t("proof.after"), t(f"proof.after.{one.get('modified_after', 'other')}")),
    ]


def _of_file(evidence: Mapping[str, Any]) -> Facts:
    anchors: Iterable[Mapping[str, Any]] = evidence.get("anchors", ())
    stamps = [_moment(one) for one in evidence.get("archived_at", ())]
    return [
        (t("proof.checked_at"), _moment(evidence.get("checked_at"))),
        (t("proof.archived_at"), "; ".join(stamps)),
        (t("proof.anchors"), "; ".join(str(one["name"]) for one in anchors)),
        (t("proof.lists"), "; ".join(_list(one) for one in evidence.get("revocation_lists", ()))),
        (t("proof.sha256"), evidence.get("sha256")),
    ]


def _list(one: Mapping[str, Any]) -> str:
    return t("proof.list", issuer=one["issuer"], issued=_moment(one["issued_at"]), until=_moment(one["next_update"]))


def _moment(text: Any) -> str:
    """09:41:07, 05/03/2026 (+07:00): to the second, as an auditor reads it."""
    if not text:
        return ""
    local = datetime.fromisoformat(str(text)).astimezone(clock.OFFICE_ZONE)
    return f"{local:%H:%M:%S, %d/%m/%Y} (+07:00)"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(clock.OFFICE_ZONE):%d/%m/%Y}"
