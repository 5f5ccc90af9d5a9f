"""What can have happened to a signature."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class SignatureRequested(Event):
    """`about` is the document."""

    name = "signature.requested"
    request_id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class SignatureApplied(Event):
    name = "signature.applied"
    request_id: str
    kind: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SignatureFailed(Event):
    """`code` is the cause, a key of the catalogue."""

    name = "signature.failed"
    request_id: str
    kind: str
    code: str


@dataclass(frozen=True, kw_only=True)
class VerificationRequested(Event):
    """`about` is the document."""

    name = "signature.verification_requested"
    call_id: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SignaturesVerified(Event):
    name = "signature.verified"
    sha256: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class DisplayChanged(Event):
    """`about` is the unit."""

    name = "signature.display_changed"
    case: str


@dataclass(frozen=True, kw_only=True)
class SignatureAwaited(Event):
    """The signer's own machine is to sign."""

    name = "signature.awaited"
    request_id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class SignatureBegun(Event):
    name = "signature.begun"
    request_id: str
    turn: str


@dataclass(frozen=True, kw_only=True)
class SignatureAnswered(Event):
    name = "signature.answered"
    request_id: str
    turn: str


@dataclass(frozen=True, kw_only=True)
class SignatureNotTaken(Event):
    """`code` is the cause, a key of the catalogue."""

    name = "signature.not_taken"
    request_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class CopyRequested(Event):
    """`about` is the copy; the call that waits is named so that the answer finds it."""

    name = "copy.requested"
    call_id: str


@dataclass(frozen=True, kw_only=True)
class CopySealRequested(Event):
    """`about` is the copy, `sha256` its pages."""

    name = "copy.seal_requested"
    call_id: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SignatureRevived(Event):
    """An operator had a signature that no case waits for tried again."""

    name = "signature.revived"
    request_id: str
    reason: str
