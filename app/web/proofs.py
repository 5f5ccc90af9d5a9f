"""The signatures of a document for those who may see it: what was found, exactly what was signed, and checking anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.documents.models import Document
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import checking, proofs, publicpages
from app.domain.signatures.proofs import DocumentProof, SignatureCheck
from app.gateways.files import FileStore
from app.kernel.errors import Missing
from app.web import proofwords
from app.web.i18n import t
from app.web.proofwords import Report
from app.web.session import current_actor, signed_in

bp = Blueprint("proofs", __name__)
CHUNK = 256 * 1024


@dataclass(frozen=True)
class Proven:
    """What the page of a document shows of its proofs: the newest check first, and what its reader may do."""

    checks: list[SignatureCheck]
    report: Report | None
    changes: list[str]
    proof: DocumentProof | None
    may_check: bool
    may_correct: bool


def of(actor: Actor, document: Document) -> Proven:
    """The proofs of a document that the actor may see."""
    checks, proof = proofs.checks(document.id), proofs.proof(document.id)
    return Proven(
        checks=checks,
        report=proofwords.report(checks[0].evidence) if checks else None,
        changes=proofwords.changes(checks),
        proof=proof,
        may_check=bool(checks) and actor.may(checking.duty(document), at=document.unit_id),
        may_correct=publicpages.may_correct(actor, document, proof),
    )


@bp.post("/documents/<uuid:document_id>/check")
@signed_in
def check(document_id: UUID) -> ResponseReturnValue:
    """Have the signatures checked again."""
    checking.ask_check(current_actor(), document_id)
    flash(t("proof.asked"), "info")
    return redirect(url_for("documents.show", document_id=document_id, _anchor="signatures-title"), 303)


@bp.get("/documents/<uuid:document_id>/checks/<uuid:check_id>.json")
@signed_in
def evidence(document_id: UUID, check_id: UUID) -> ResponseReturnValue:
    """The evidence of one check, to be kept or handed on."""
    cases.visible_document(current_actor(), document_id)
    found = proofs.check(document_id, check_id)
    answer = jsonify({"occasion": found.occasion, **found.evidence})
    answer.headers["Content-Disposition"] = f'attachment; filename="evidence-{found.sha256[:12]}.json"'
    return answer


@bp.get("/documents/<uuid:document_id>/checks/<uuid:check_id>/<int:position>.pdf")
@signed_in
def revision(document_id: UUID, check_id: UUID, position: int) -> ResponseReturnValue:
    """Exactly the bytes that one signer signed: the file as it was then (SIGNING: shadow attacks)."""
    cases.visible_document(current_actor(), document_id)
    found = proofs.check(document_id, check_id)
    signatures = found.evidence["signatures"]
    if not 1 <= position <= len(signatures) or not signatures[position - 1]["revision_end"]:
        raise Missing("proof.revision_missing")
    end = int(signatures[position - 1]["revision_end"])
    answer = Response(_start(found.sha256, end), mimetype="application/pdf")
    answer.content_length = end
    name = t("proof.revision.name", position=position)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-{found.sha256[:8]}.pdf")
    return answer


@bp.post("/documents/<uuid:document_id>/public")
@signed_in
def correct(document_id: UUID) -> ResponseReturnValue:
    """Say what the public page of a document shows."""
    publicpages.correct(
        current_actor(),
        document_id,
        is_public="is_public" in request.form,
        shows_subject="shows_subject" in request.form,
        standing=request.form.get("standing", ""),
        note=request.form.get("note", ""),
    )
    flash(t("proof.corrected"), "done")
    return redirect(url_for("documents.show", document_id=document_id, _anchor="public-title"), 303)


@bp.get("/public-codes")
@signed_in
def codes() -> ResponseReturnValue:
    """Which agencies print a code on what they issue."""
    places = current_actor().places("documents.issue")
    found: list[dict[str, Any]] = [
        {"id": unit.id, "name": unit.name, "is_printed": proofs.prints_code(unit.id)}
        for unit in orgunits.agencies()
        if unit.id in places
    ]
    return render_template("public_codes.html", agencies=found, address=current_app.config["ADDRESS"])


@bp.post("/public-codes/<uuid:unit_id>")
@signed_in
def print_codes(unit_id: UUID) -> ResponseReturnValue:
    """Print codes from now on, or none."""
    publicpages.print_codes(current_actor(), unit_id, is_printed=request.form.get("is_printed") == "1")
    flash(t("proof.codes.changed"), "done")
    return redirect(url_for(".codes"), 303)


def _start(sha256: str, end: int) -> Iterator[bytes]:
    """The first bytes of a kept file, piece by piece."""
    store: FileStore = current_app.extensions["files"]
    path = store.path(sha256)

    def pieces() -> Iterator[bytes]:
        left = end
        with path.open("rb") as stream:
            while left and (part := stream.read(min(left, CHUNK))):
                left -= len(part)
                yield part

    return pieces()
