"""What can have happened to an account."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    name = "person.signed_in"


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Event):
    name = "person.sign_in_refused"


@dataclass(frozen=True, kw_only=True)
class SignedOut(Event):
    name = "person.signed_out"


@dataclass(frozen=True, kw_only=True)
class TokenMade(Event):
    name = "person.token_made"


@dataclass(frozen=True, kw_only=True)
class TokenEnded(Event):
    name = "person.token_ended"
