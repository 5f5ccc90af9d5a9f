"""Keys as their holders keep them: behind a PIN, on a phone, pulled out. They stand for devices, not for our code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from signing.errors import SigningRefused, SigningUnavailable
from signing.keys.protocol import Key, Keystore


@dataclass
class Device:
    """A token with one PIN for all its keys; it counts what it is asked for and is locked after three wrong ones."""

    inside: Keystore
    pin: str | None = None
    present: bool = True
    confirmed: bool = True
    wrong: int = 0
    signed: int = 0
    rung: int = 0
    asked: list[str | None] = field(default_factory=list)

    def key(self, key_id: str, secret: str | None = None) -> Key:
        """A key of the device, once its holder has proved to be that."""
        self.asked.append(secret)
        if not self.present:
            raise SigningRefused("key.absent")
        if self.wrong >= 3:
            raise SigningRefused("key.pin_locked")
        if self.pin is not None and secret != self.pin:
            if secret is None:
                raise SigningRefused("key.pin_missing")
            self.wrong += 1
            raise SigningRefused("key.pin_wrong")
        return Held(self, self.inside.key(key_id))


class Held:
    """One key of a device."""

    def __init__(self, device: Device, inside: Key, ticket: Mapping[str, Any] | None = None) -> None:
        self._device, self._inside, self._ticket = device, inside, ticket

    @property
    def certificate(self) -> x509.Certificate:
        """Whose key it is."""
        return self._inside.certificate

    @property
    def chain(self) -> Sequence[x509.Certificate]:
        """What stands between it and a root."""
        return self._inside.chain

    def resumed(self, ticket: Mapping[str, Any]) -> "Held":
        """The key that goes on with a ticket: the phone does not ring again."""
        return Held(self._device, self._inside, ticket)

    def sign(self, digests: Sequence[bytes]) -> list[bytes]:
        """As the protocol says; a holder who has to confirm on the phone may not have done so yet."""
        if not self._device.confirmed:
            if self._ticket is None:
                self._device.rung += 1
            raise SigningUnavailable("key.waiting_for_holder", ticket=self._ticket or {"call": self._device.rung})
        self._device.signed += len(digests)
        return self._inside.sign(digests)
