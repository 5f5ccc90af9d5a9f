"""Keys on a token or in a hardware security module, by PKCS#11: every login in a process of its own.

PKCS#11 knows one login per token and process: whoever comes second is inside without any PIN. So each key that is
opened gets a process of its own (`token_process`), which ends with it, after any error, and when nobody uses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from signing import demo_pki
from signing.errors import SigningRefused
from signing.keys import chain
from signing.keys.admission import admit
from signing.keys.token_child import Child

_BY_ID = re.compile(r"id=((?:[0-9a-f]{2}){1,64})", re.IGNORECASE)
_LONGEST_LABEL = 200


@dataclass(frozen=True)
class TokenKeystore:
    """The keys of one token.

    `module` is the vendor's library (absolute path), `label` the name of the token. `certificates` is a folder with
    `<key_id>.pem`, the key's certificate first, for those that are not on the token. `environment` is what the library
    looks for there. `patience`: seconds for opening, and for each signature; `idle`: until an unused login ends.
    """

    module: Path
    label: str
    certificates: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = 20.0
    idle: float = 120.0
    production: bool = False

    def key(self, key_id: str, secret: str | None = None) -> TokenKey:
        """Log in and find a key: by its label or that of its certificate, or as "id=" with its id in hexadecimal.

        Errors: SigningRefused("key.bad_id" | "key.unknown" | "key.ambiguous" | "key.absent" | "key.not_supported" |
        "key.too_weak" | "key.demo_in_production" | "key.*_certificate" | "key.pin_missing" | "key.pin_wrong" |
        "key.pin_last_try" | "key.pin_locked" | "key.pin_expired"), SigningNotConfigured("key.module_missing"),
        SigningUnavailable("key.unavailable" | "key.too_slow").
        """
        if not key_id or len(key_id) > _LONGEST_LABEL or not key_id.isprintable():
            raise SigningRefused("key.bad_id", key_id=key_id)
        by_id = _BY_ID.fullmatch(key_id)
        child = Child(self.environment, self.patience, self.idle)
        try:
            found = child.ask(
                module=str(self.module),
                token=self.label,
                label=key_id,
                id=by_id[1] if by_id else "",
                pin=secret,
            )
            own = [bytes.fromhex(one) for one in found["certificates"]]
            others = [bytes.fromhex(one) for one in found["others"]]
            certificate, above = self._certified(key_id, chain.read(own), chain.read(others))
            admit(certificate, production=self.production)
        except BaseException:
            child.end()
            raise
        return TokenKey(child, certificate, above)

    def _certified(
        self, key_id: str, own: list[x509.Certificate], others: list[x509.Certificate]
    ) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
        """The certificate of a key and what is above it; what the operator put beside the token comes first."""
        if self.certificates is not None and demo_pki.KEY_ID.fullmatch(key_id):
            file = self.certificates / f"{key_id}.pem"
            if file.is_file():
                own, others = _beside(file)
        certificate = chain.newest(own)
        return certificate, chain.between(certificate, others)


class TokenKey:
    """A key behind a login of its own."""

    def __init__(self, child: Child, certificate: x509.Certificate, above: Sequence[x509.Certificate]) -> None:
        """Take the process that is logged in, and whose key it is."""
        self.child = child
        self.certificate = certificate
        self.chain = tuple(above)

    def sign(self, digests: Sequence[bytes]) -> list[bytes]:
        """As the protocol says; after an error the login is over, and the key has to be opened anew."""
        return [bytes.fromhex(self.child.ask(digest=one.hex())["signature"]) for one in digests]


def _beside(file: Path) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    try:
        own, *others = x509.load_pem_x509_certificates(file.read_bytes())
    except ValueError as error:
        raise SigningRefused("key.bad_certificate") from error
    return [own], others
