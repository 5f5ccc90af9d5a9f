"""What can go wrong while signing or reading signatures: every error carries a stable code and plain data.

The codes are keys for a message catalogue; no sentence for people is written here.
"""

from __future__ import annotations


class SigningError(Exception):
    """Root of every error of this package: `code` is a catalogue key, `data` holds plain values, never content."""

    retryable = False

    def __init__(self, code: str, **data: object) -> None:
        """Keep the code and its data; the exception text is the code, so that logs carry no document content."""
        super().__init__(code)
        self.code = code
        self.data = data


class SigningRefused(SigningError):
    """The file or the order of the steps does not allow it; trying again changes nothing."""


class SigningNotConfigured(SigningError):
    """No signing profile, key or trust root is configured: nothing is ever signed with a default key."""


class TrustRefused(SigningNotConfigured):
    """A trust root that this installation must not accept, such as a demonstration root in production."""


class SigningUnavailable(SigningError):
    """A service outside, such as the time-stamping authority, did not answer: the same call may be tried again."""

    retryable = True
