"""The three steps of issuing: personal signature, number and date, seal of the agency (NĐ 30/2020, Phụ lục I)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from signing.appearance import Appearance
from signing.profiles import Profile


@dataclass(frozen=True)
class Signed:
    """What was put into the target: `level` is "B-T" or "B-LTA"."""

    level: str
    signed_at: datetime
    signer: str
    serial: str


def sign_person(source: Path, target: Path, key_id: str, profile: Profile, appearance: Appearance) -> Signed:
    """Certify the prepared document with a person's key. Errors: SigningRefused, SigningUnavailable (try again)."""
    raise NotImplementedError


def fill_number(source: Path, target: Path, number: str, issued_on: date) -> None:
    """Write number, day and month into their fields, after the personal signature and before the seal."""
    raise NotImplementedError


def seal_organisation(source: Path, target: Path, key_id: str, profile: Profile, appearance: Appearance) -> Signed:
    """Sign with the agency's key and lock the document. Errors: SigningRefused, SigningUnavailable (try again)."""
    raise NotImplementedError
