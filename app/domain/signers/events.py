"""What can have happened to a set-up; `about` is the key."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class SignerKeyChosen(Event):
    """`by` is the person whose authentication opens the key, `upload` a sealed file that came with it."""

    name = "signer.key_chosen"
    by: str
    upload: str


@dataclass(frozen=True, kw_only=True)
class SignerKeyRead(Event):
    name = "signer.key_read"
    serial: str


@dataclass(frozen=True, kw_only=True)
class SignerPictureGiven(Event):
    name = "signer.picture_given"
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SignerTestAsked(Event):
    name = "signer.test_asked"
    by: str


@dataclass(frozen=True, kw_only=True)
class SignerTested(Event):
    name = "signer.tested"
    verdict: str


@dataclass(frozen=True, kw_only=True)
class SignerKeyAdopted(Event):
    name = "signer.key_adopted"
    serial: str


@dataclass(frozen=True, kw_only=True)
class SignerKeyRetired(Event):
    name = "signer.key_retired"
    serial: str


@dataclass(frozen=True, kw_only=True)
class KeyHandedOver(Event):
    name = "signer.key_handed_over"
    holding_id: str
