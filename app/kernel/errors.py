"""What can go wrong, in the words of the domain. The rim turns these into HTTP and into sentences."""

from collections.abc import Mapping
from typing import Any


class OfficeError(Exception):
    """Root of every expected failure.

    `code` is a stable key of the message catalogue, `data` the JSON values its sentence needs.
    """

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code = code
        self.data = data

    def __str__(self) -> str:
        return f"{self.code} {self.data}" if self.data else self.code


class Invalid(OfficeError):
    """The request itself is wrong; the caller can correct it."""

    @property
    def fields(self) -> Mapping[str, tuple[str, dict[str, Any]]]:
        """What is wrong with each field: message key and the values of its sentence."""
        found: Mapping[str, tuple[str, dict[str, Any]]] = self.data.get("fields", {})
        return found


class Forbidden(OfficeError):
    """The actor may not do this here."""


class Missing(OfficeError):
    """The thing asked for does not exist, or the actor may not know that it does."""


class Conflict(OfficeError):
    """The thing has moved on since the actor looked at it."""


class TooLarge(OfficeError):
    """More bytes, pages or elements than the product accepts."""


class TooMany(OfficeError):
    """More requests than the product accepts from one place."""


class Unavailable(OfficeError):
    """A neighbour (exchange, time stamp, card) does not answer; try again later."""
