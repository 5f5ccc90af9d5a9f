"""A page to try a key on. A holder who agrees on the phone is asked once: how far it came is kept, and gone on with."""

import json
from pathlib import Path
from typing import Any

from flask import current_app

from app.domain.orgunits.models import Unit
from app.domain.signers import commands, queries
from app.domain.signers.models import SignerKey
from app.gateways.files import FileStore
from app.gateways.letter import Letter, render
from app.jobs import displays, likeness
from app.jobs.signingprofile import profile
from app.kernel import clock
from signing import confined, pending, phases, sealing
from signing.cases import Case
from signing.display import Shown
from signing.errors import SigningUnavailable
from signing.keys.protocol import Key, Resumable
from signing.pending import Pending
from signing.phases import Wish
from signing.prepare import Layout

SAID = (
    "Đây là trang mẫu để ký thử khi cài đặt chữ ký số trên hệ thống, không phải văn bản của cơ quan.",
    "Chữ ký số trên trang này được kiểm tra như chữ ký số của văn bản đến.",
)
LARGEST = 8 * 1024 * 1024


def signed(key: SignerKey, opened: Key, folder: Path, store: FileStore) -> Path:
    """The signed sample. Errors: SigningError; SigningUnavailable("key.waiting_for_holder") when to come back."""
    begun: dict[str, Any] | None = key.test_found.get("begun")
    if begun is None:
        prepared = folder / "prepared.pdf"
        waits = phases.begin(_ready(key, folder), prepared, _wish(key, store), opened, profile())
        begun = {"prepared": store.put(prepared, limit=LARGEST).sha256, "pending": waits.packed()}
    waits, target = pending.unpacked(begun["pending"]), folder / "signed.pdf"
    raw = _asked(key, opened, waits, begun)
    phases.finish(store.path(begun["prepared"]), target, waits, raw, profile())
    return target


def _asked(key: SignerKey, opened: Key, waits: Pending, begun: dict[str, Any]) -> bytes:
    pki: Path = current_app.config["PKI"]
    if "ticket" in begun and isinstance(opened, Resumable):
        opened = opened.resumed(json.loads(sealing.unseal(bytes.fromhex(begun["ticket"]), str(key.id), pki)))
    try:
        [raw] = opened.sign([waits.to_sign])
    except SigningUnavailable as silence:
        ticket = silence.data.get("ticket")
        kept = {} if ticket is None else {"ticket": sealing.seal(json.dumps(ticket).encode(), str(key.id), pki).hex()}
        commands.note_begun(key.id, {**begun, **kept})
        raise
    return raw


def _ready(key: SignerKey, folder: Path) -> Path:
    owner, plain, ready = queries.owner(key), folder / "plain.pdf", folder / "ready.pdf"
    unit = owner if isinstance(owner, Unit) else None
    render(_page(owner.name, unit), plain)
    if unit is not None:
        return plain
    # The name is printed with the field: long ones take two lines, between which no field finds its place.
    confined.prepare(plain, ready, Layout(signer_name=owner.name))
    return ready


def _wish(key: SignerKey, store: FileStore) -> Wish:
    """A person's signature stands over the name, an agency's as on digitised paper: alone, in its real size."""
    look = likeness.of(key, store)
    if key.unit_id is None:
        return Wish(Case.PERSON, look)
    return Wish(
        Case.DIGITISED, look, Shown(displays.of(key.unit_id, Case.DIGITISED), {"agency": queries.owner(key).name})
    )


def _page(name: str, unit: Unit | None) -> Letter:
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
