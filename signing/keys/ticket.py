"""How far a request for remote signatures has come, as plain data: it outlives the process that began it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from signing.errors import SigningRefused, SigningUnavailable
from signing.keys.dialect import Permission

_DAY = 86_400


@dataclass(frozen=True)
class Ticket:
    """`done` are the signatures that are there; `transaction` waits for its holder, `sad` allows the next ones.

    Whoever has a `sad` can sign with it: seal a ticket before it is kept. `until` is when either ends.
    """

    credential: str
    digests: tuple[bytes, ...]
    done: tuple[bytes, ...] = ()
    transaction: str = ""
    sad: str = field(default="", repr=False)
    until: datetime | None = None

    @property
    def allowed(self) -> str:
        """What allows the next signatures. Errors: SigningUnavailable("key.waiting_for_holder")."""
        if not self.sad:
            raise SigningUnavailable("key.waiting_for_holder")
        return self.sad

    def permitted(self, permission: Permission, holder: float) -> Ticket:
        """With what the service has answered; `holder` is how long its holder may take, in seconds."""
        seconds = permission.seconds if permission.sad else holder
        until: datetime | None = datetime.now(UTC) + timedelta(seconds=min(max(seconds, 0), _DAY))
        if self.transaction and not permission.sad:  # asking again gives nobody more time
            until = self.until
        return Ticket(self.credential, self.digests, self.done, permission.transaction, permission.sad, until)

    def signed(self, raw: Sequence[bytes]) -> Ticket:
        """With more signatures; the permission is used up."""
        return Ticket(self.credential, self.digests, (*self.done, *raw))

    def check(self, credential: str, digests: Sequence[bytes]) -> None:
        """Whether it is for this, and still good.

        Errors: SigningRefused("key.other_ticket" | "key.holder_silent" | "key.authorisation_expired").
        """
        if self.credential != credential or self.digests != tuple(digests):
            raise SigningRefused("key.other_ticket")
        if self.until is not None and self.until < datetime.now(UTC):
            raise SigningRefused("key.authorisation_expired" if self.sad else "key.holder_silent")

    def packed(self) -> dict[str, Any]:
        """As values that JSON can carry."""
        return {
            "credential": self.credential,
            "digests": [one.hex() for one in self.digests],
            "done": [one.hex() for one in self.done],
            "transaction": self.transaction,
            "sad": self.sad,
            "until": self.until and self.until.isoformat(),
        }


def unpacked(plain: Mapping[str, Any]) -> Ticket:
    """The ticket that was packed."""
    return Ticket(
        credential=str(plain["credential"]),
        digests=tuple(bytes.fromhex(one) for one in plain["digests"]),
        done=tuple(bytes.fromhex(one) for one in plain["done"]),
        transaction=str(plain["transaction"]),
        sad=str(plain["sad"]),
        until=plain["until"] and datetime.fromisoformat(plain["until"]),
    )
