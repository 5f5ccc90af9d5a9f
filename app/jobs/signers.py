"""What a set-up needs of keys: their certificates read, and a sample page signed and verified."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.orgunits.models import Unit
from app.domain.signers import authentication, commands, queries
from app.domain.signers.models import SignerKey
from app.gateways.files import FileStore
from app.gateways.letter import Letter, render
from app.jobs import keyring, likeness
from app.jobs.signingprofile import profile
from app.kernel import clock, outbox
from app.kernel.outbox import Claim
from signing import confined, phases, report, sealing
from signing.cases import Case
from signing.display import DEFAULTS, Shown
from signing.errors import SigningError
from signing.keys.protocol import Key
from signing.phases import Wish
from signing.prepare import Layout

SAID = (
    "Đây là trang mẫu để ký thử khi cài đặt chữ ký số trên hệ thống, không phải văn bản của cơ quan.",
    "Chữ ký số trên trang này được kiểm tra như chữ ký số của văn bản đến.",
)
LARGEST = 8 * 1024 * 1024


def read(job: Claim) -> None:
    """Read the certificate of a key that was chosen. Twice is harmless: it is kept once."""
    key, upload = queries.key(UUID(job.payload["about"])), job.payload["upload"]
    if key.certificate:  # an attempt before was cut off at the end
        with outbox.settle(job):
            return
    try:
        came = _taken(upload) if upload else None
        found = keyring.certificate(key, keyring.pin(UUID(job.payload["by"]), key), came)
    except SigningError as refusal:
        _trouble(job, key, refusal)
        return
    with outbox.settle(job):
        commands.note_certificate(SYSTEM, key.id, found)


def test(job: Claim) -> None:
    """Sign a sample page and verify it. Twice is harmless: a sample obliges nobody, and the latest is kept."""
    key, store = queries.key(UUID(job.payload["about"])), _store()
    try:
        with store.temporary() as folder:
            target = _signed(key, keyring.opened(key, keyring.pin(UUID(job.payload["by"]), key)), folder)
            verdict = confined.verify(target, profile().trust)
            stored = store.put(target, limit=LARGEST)
    except SigningError as refusal:
        _trouble(job, key, refusal)
        return
    with outbox.settle(job):
        commands.note_test(SYSTEM, key.id, found=report.document_dict(verdict), sample=stored.sha256)


def _signed(key: SignerKey, opened: Key, folder: Path) -> Path:
    """A sample with the signature of a person over a name, or with an agency's as it stands on digitised paper."""
    plain, ready, prepared, signed = (folder / f"{name}.pdf" for name in ("plain", "ready", "prepared", "signed"))
    owner, look = queries.owner(key), likeness.of(key, _store())
    unit = owner if isinstance(owner, Unit) else None
    render(_sample(owner.name, unit), plain)
    if unit is None:
        # The name is printed with the field: long ones take two lines, between which no field finds its place.
        confined.prepare(plain, ready, Layout(signer_name=owner.name))
        wish = Wish(Case.PERSON, look)
    else:
        ready, shown = plain, Shown(DEFAULTS[Case.DIGITISED], {"agency": owner.name})
        wish = Wish(Case.DIGITISED, look, shown)
    pending = phases.begin(ready, prepared, wish, opened, profile())
    [raw] = opened.sign([pending.to_sign])
    phases.finish(prepared, signed, pending, raw, profile())
    return signed


def _sample(name: str, unit: Unit | None) -> Letter:
    return Letter(
        parent_agency="",
        agency=name if unit else "TRANG MẪU",
        notation="KT",
        place=unit.place if unit else "Trang mẫu",
        year=clock.office_day().year,
        subject="Ký thử khi cài đặt chữ ký số",
        recipients_to=(),
        paragraphs=SAID,
        recipients=("Lưu: hệ thống",),
        capacity="",
        signer_title="",
        signer_name="",
    )


def _trouble(job: Claim, key: SignerKey, refusal: SigningError) -> None:
    """Say at once what is wrong: somebody sits before the page, and can mend it better than another attempt.

    A wrong PIN is never tried again by itself: a token locks after a few.
    """
    session = authentication.live(UUID(job.payload["by"]), key.id)
    with outbox.settle(job):
        commands.note_trouble(key.id, refusal.code)
        if session is not None:
            authentication.forget(session.id)


def _taken(upload: str) -> bytes:
    with _store().open(upload) as file:
        return sealing.unseal(file.read(), commands.UPLOAD, current_app.config["PKI"])


def _store() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store


HANDLERS: dict[str, Callable[[Claim], None]] = {"signers.read": read, "signers.test": test}
