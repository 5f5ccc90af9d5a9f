"""Setting up a signature (cài đặt chữ ký số): one's own, and that of the agency one keeps the seal of."""

from pathlib import Path
from uuid import UUID, uuid4

from flask import Blueprint, Response, current_app, flash, redirect, request, send_file
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.signers import commands, queries, rules
from app.domain.signers.commands import Choice, Proof
from app.domain.signers.models import SignerKey
from app.gateways import pdf, picture
from app.gateways.files import FileStore
from app.kernel.errors import Conflict, Invalid, Missing
from app.web import errors, signerpage
from app.web.i18n import t
from app.web.session import current_actor, current_person, signed_in
from signing.keys.offered import Offered

bp = Blueprint("signers", __name__)
LARGEST_KEY = 64 * 1024
LONGEST_SECRET, LONGEST_REFERENCE = 200, 100
LARGEST_PICTURE = 2 * 1024 * 1024
SAMPLE_WIDTH = 1080


@bp.get("/account/signing")
@signed_in
def mine() -> ResponseReturnValue:
    """How I sign, and how to set that up."""
    return signerpage.page(current_actor(), None)


@bp.post("/account/signing")
@signed_in
def choose_mine() -> ResponseReturnValue:
    """Choose the key I sign with."""
    return _choose(None)


@bp.get("/units/<unit_code>/signing")
@signed_in
def of_unit(unit_code: str) -> ResponseReturnValue:
    """How an agency signs, who holds its key, and how to set that up. Raises Missing."""
    return signerpage.page(current_actor(), _agency(unit_code))


@bp.post("/units/<unit_code>/signing")
@signed_in
def choose_of_unit(unit_code: str) -> ResponseReturnValue:
    """Choose the key an agency signs with. Raises Missing and Forbidden."""
    return _choose(_agency(unit_code))


@bp.post("/signers/<uuid:signer_id>/picture")
@signed_in
def give_picture(signer_id: UUID) -> ResponseReturnValue:
    """Take the picture of a signature or seal; its paper is removed before it is kept."""
    actor, key = _visible(signer_id)
    try:
        width = _width(commands.what(key))
        commands.give_picture(actor, signer_id, sha256=_cleaned(commands.what(key)), width=width)
    except Invalid as refusal:
        return signerpage.page(actor, signerpage.unit_of(key), refusal), errors.status_of(refusal)
    flash(t("signer.picture_kept"), "done")
    return _home(key)


@bp.post("/signers/<uuid:signer_id>/test")
@signed_in
def test(signer_id: UUID) -> ResponseReturnValue:
    """Have a sample page signed and verified."""
    actor, key = _visible(signer_id)
    pin = request.form.get("pin", "")[:LONGEST_SECRET]
    try:
        commands.ask_test(actor, signer_id, _proof(pin))
    except Conflict as refusal:
        return signerpage.page(actor, signerpage.unit_of(key), refusal), errors.status_of(refusal)
    return _home(key)


@bp.post("/signers/<uuid:signer_id>/use")
@signed_in
def use(signer_id: UUID) -> ResponseReturnValue:
    """Sign with it from now on."""
    actor, key = _visible(signer_id)
    commands.adopt(actor, signer_id)
    flash(t("signer.adopted"), "done")
    return _home(key)


@bp.post("/signers/<uuid:signer_id>/retire")
@signed_in
def retire(signer_id: UUID) -> ResponseReturnValue:
    """Sign with it no more, or stop setting it up."""
    actor, key = _visible(signer_id)
    commands.retire(actor, signer_id)
    flash(t("signer.retired_now"), "done")
    return _home(key)


@bp.get("/signers/<uuid:signer_id>/picture.png")
@signed_in
def show_picture(signer_id: UUID) -> ResponseReturnValue:
    """The picture as it is printed."""
    _actor, key = _visible(signer_id)
    if key.image_sha256 is None:
        raise Missing("signer.missing")
    return send_file(_store().path(key.image_sha256), mimetype="image/png", max_age=0)


@bp.get("/signers/<uuid:signer_id>/sample.pdf")
@signed_in
def sample(signer_id: UUID) -> ResponseReturnValue:
    """The signed sample, for other readers."""
    return send_file(_sample(signer_id), mimetype="application/pdf", as_attachment=True, download_name="ky-thu.pdf")


@bp.get("/signers/<uuid:signer_id>/sample.png")
@signed_in
def show_sample(signer_id: UUID) -> ResponseReturnValue:
    """What the signed sample looks like."""
    return Response(pdf.page_image(_sample(signer_id), 1, SAMPLE_WIDTH), mimetype="image/png")


def _sample(signer_id: UUID) -> Path:
    _actor, key = _visible(signer_id)
    if key.sample_sha256 is None:
        raise Missing("signer.missing")
    return _store().path(key.sample_sha256)


def _choose(unit: Unit | None) -> ResponseReturnValue:
    actor = current_actor()
    try:
        choice, pin = _chosen(signerpage.offer(request.form.get("provider", "")), unit)
        commands.choose_key(actor, None if unit is None else unit.id, choice, _proof(pin))
    except (Invalid, Conflict) as refusal:
        return signerpage.page(actor, unit, refusal), errors.status_of(refusal)
    return redirect(signerpage.home(unit), 303)


def _chosen(offer: Offered | None, unit: Unit | None) -> tuple[Choice, str]:
    """Which key of a provider, and what opens it. Errors: Invalid with `fields`."""
    if offer is None:
        raise Invalid("form.invalid", fields={"provider": ("form.required", {})})
    if offer.kind == "demo":
        person = current_person()
        mine = f"person-{person.sign_in}" if person is not None else ""
        return Choice(offer.name, f"organisation-{unit.code}" if unit else mine), ""
    if offer.kind in rules.AT_DESK:
        return Choice(offer.name, f"desk-{uuid4().hex}", _kept("certificate")), ""
    pin = request.form.get("pin", "")[:LONGEST_SECRET]
    reference = request.form.get("reference", "").strip()[:LONGEST_REFERENCE]
    by_file = offer.kind == "pkcs12"
    given = {"file": bool(request.files.get("file"))} if by_file else {"reference": bool(reference)}
    _require({**given, "pin": bool(pin)})
    if by_file:
        return Choice(offer.name, f"file-{uuid4().hex}", _kept("file")), pin
    return Choice(offer.name, reference), pin


def _require(given: dict[str, bool]) -> None:
    """Everything that is missing is told at once. Errors: Invalid with `fields`."""
    wrong: dict[str, tuple[str, dict[str, object]]] = {
        name: ("form.required", {}) for name, is_given in given.items() if not is_given
    }
    if wrong:
        raise Invalid("form.invalid", fields=wrong)


def _kept(name: str) -> str:
    """An uploaded key or certificate in the store, sealed: no reader of the store can do anything with it."""
    upload = request.files.get(name)
    data = b"" if upload is None else upload.stream.read(LARGEST_KEY + 1)
    if not data:
        raise Invalid("form.invalid", fields={name: ("form.required", {})})
    if len(data) > LARGEST_KEY:
        raise Invalid("form.invalid", fields={name: ("signer.file_too_large", {})})
    return _store().put(_sealed(data, commands.UPLOAD), limit=2 * LARGEST_KEY).sha256


def _proof(pin: str) -> Proof | None:
    session_id = uuid4()
    return Proof(session_id, _sealed(pin.encode(), str(session_id))) if pin else None


def _sealed(data: bytes, context: str) -> bytes:
    from signing import sealing  # noqa: PLC0415 - cryptography is loaded by those who set up

    folder: Path = current_app.config["PKI"]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return sealing.seal(data, context, folder)


def _width(what: str) -> int:
    """The width on paper: asked of a seal, which must have its real size, the usual one of a signature."""
    if what == "signature":
        return commands.USUAL[what]
    typed = request.form.get("width", "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0  # noqa: PLR2004 - millimetres


def _cleaned(what: str) -> str | None:
    """The clean picture in the store; None when none came. Errors: Invalid with `fields`."""
    upload = request.files.get("picture")
    if upload is None or not upload.filename:
        return None
    with _store().temporary() as folder:
        upload.save(folder / "picture")
        try:
            data = picture.cleaned(folder / "picture", what, tint=bool(request.form.get("tint")))
        except Invalid as refusal:
            raise Invalid("form.invalid", fields={"picture": (refusal.code, refusal.data)}) from refusal
    return _store().put(data, limit=LARGEST_PICTURE).sha256


def _agency(code: str) -> Unit:
    unit = orgunits.unit_by_code(code)
    if not unit.is_agency or not rules.may_see_unit(current_actor(), unit.id):
        raise Missing("unit.missing")
    return unit


def _visible(signer_id: UUID) -> tuple[Actor, SignerKey]:
    actor = current_actor()
    return actor, queries.visible_key(actor, signer_id)


def _home(key: SignerKey) -> ResponseReturnValue:
    return redirect(signerpage.home(signerpage.unit_of(key)), 303)


def _store() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store
