"""Keys that a remote signing service keeps for their holders (CSC API), who agree with a PIN, an OTP or a telephone.

Agreeing may take minutes. Then `sign` raises SigningUnavailable("key.waiting_for_holder", ticket=...), and the ticket
is good for asking again: in another process, after a restart, without asking the holder twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography import x509

from signing.errors import SigningRefused, SigningUnavailable
from signing.keys import ticket
from signing.keys.admission import admit
from signing.keys.dialect import CSC, Ask, Credential, Dialect, Permission
from signing.keys.site import Site
from signing.keys.ticket import Ticket

_LONGEST_NAME = 200


@dataclass(frozen=True)
class RemoteKeystore:
    """The keys of one service. `account` and `password` are the installation's own; `holder`: seconds to agree in."""

    site: Site
    dialect: Dialect = CSC
    account: str = ""
    password: str = field(default="", repr=False)
    holder: float = 300.0
    production: bool = False

    def key(self, key_id: str, secret: str | None = None) -> RemoteKey:
        """One key, by its credential id. `secret` is what its holder gives: PIN, OTP, or both with a space between.

        Errors: SigningRefused("key.bad_id" | "key.unknown" | "key.refused" | "key.too_weak" | "key.*_certificate" |
        "key.not_supported"), SigningNotConfigured("key.service_refused"), SigningUnavailable.
        """
        if not key_id or len(key_id) > _LONGEST_NAME or not key_id.isprintable():
            raise SigningRefused("key.bad_id", key_id=key_id)
        line = self._line()
        try:
            answer = line.ask(self.dialect.describe(key_id))
        except SigningRefused as refusal:
            raise SigningRefused("key.unknown", key_id=key_id) from refusal
        credential = self.dialect.described(key_id, answer)
        admit(credential.certificate, production=self.production)
        return RemoteKey(line, credential, secret, self.holder)

    def key_ids(self) -> Sequence[str]:
        """The credential ids this installation may see. Errors: SigningNotConfigured, SigningUnavailable."""
        return self.dialect.listed(self._line().ask(self.dialect.list()))

    def _line(self) -> _Line:
        line = _Line(self.site, self.dialect, {})
        if not self.account:
            return line
        answer = line.ask(self.dialect.login(self.account, self.password))
        return replace(line, headers=self.dialect.logged_in(answer))


@dataclass(frozen=True)
class _Line:
    """A service that knows who is speaking."""

    site: Site
    dialect: Dialect
    headers: Mapping[str, str] = field(repr=False)

    def ask(self, what: Ask) -> Mapping[str, Any]:
        answer = self.site.ask(what.path, what.body, {**self.headers, **what.headers})
        if answer.status != 200 or "error" in answer.body:  # noqa: PLR2004  # OK is the only good answer here
            raise self.dialect.trouble(answer)
        return answer.body


class RemoteKey:
    """A key of a service; `resumed` makes it go on with what was begun."""

    def __init__(self, line: _Line, credential: Credential, secret: str | None, holder: float) -> None:
        """Take what the service said of the key, and what its holder gave."""
        self._line = line
        self._credential = credential
        self._secret = secret
        self._holder = holder
        self._begun: Ticket | None = None

    @property
    def certificate(self) -> x509.Certificate:
        """Whose key it is."""
        return self._credential.certificate

    @property
    def chain(self) -> Sequence[x509.Certificate]:
        """The certificates between this one and a root."""
        return self._credential.chain

    def resumed(self, begun: Mapping[str, Any]) -> RemoteKey:
        """The key that goes on with a ticket."""
        key = RemoteKey(self._line, self._credential, self._secret, self._holder)
        key._begun = ticket.unpacked(begun)
        return key

    def sign(self, digests: Sequence[bytes]) -> list[bytes]:
        """As the protocol says, in as many portions as the service wants; whatever may be tried again has a ticket.

        Errors: SigningRefused("key.pin_*" | "key.refused" | "key.other_ticket" | "key.holder_silent" |
        "key.authorisation_expired" | "key.not_supported" | "key.too_many"), SigningNotConfigured,
        SigningUnavailable("key.waiting_for_holder" | "key.unavailable" | "key.too_slow", ticket=...).
        """
        begun = self._begun or Ticket(self._credential.name, tuple(digests))
        begun.check(self._credential.name, digests)
        if "OTP" in self._credential.asks and len(digests) > self._credential.at_most:
            raise SigningRefused("key.too_many")  # a code is good once
        try:
            while len(begun.done) < len(digests):
                at = len(begun.done)
                portion = digests[at : at + self._credential.at_most]
                if not begun.sad:
                    begun = begun.permitted(self._permission(begun, portion), self._holder)
                begun = begun.signed(self._signatures(portion, begun.allowed))
        except SigningUnavailable as silence:
            raise SigningUnavailable(silence.code, ticket=begun.packed()) from silence
        return list(begun.done)

    def _permission(self, begun: Ticket, portion: Sequence[bytes]) -> Permission:
        dialect = self._line.dialect
        if begun.transaction:
            return dialect.authorised(self._line.ask(dialect.poll(begun.transaction)))
        return dialect.authorised(self._line.ask(dialect.authorise(self._credential, portion, self._secret)))

    def _signatures(self, portion: Sequence[bytes], sad: str) -> Sequence[bytes]:
        dialect = self._line.dialect
        found = dialect.signed(self._line.ask(dialect.sign(self._credential, portion, sad)))
        if len(found) != len(portion):
            raise SigningUnavailable("key.unavailable")
        return found
