"""Whom to believe: root certificates, the certificates between, and lists of revoked ones, all from files.

Nothing here or below follows a URL found inside a certificate: those URLs are written by whoever made the document.
A directory holds `roots/`, and optionally `intermediates/`, `crls/` and `timestamp_roots/` (else `roots/` serves).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import crl, pem
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import ValidationContext

from signing import demo_pki
from signing.errors import SigningNotConfigured, TrustRefused
from signing.signer import from_asn1


@dataclass(frozen=True)
class TrustStore:
    """Parsed certificates and revocation lists (asn1crypto objects); `demo` when any root is a demonstration one."""

    roots: tuple[Any, ...]
    timestamp_roots: tuple[Any, ...]
    intermediates: tuple[Any, ...]
    crls: tuple[Any, ...]
    demo: bool

    def context(
        self, *, timestamps: bool = False, revocation: bool = True, at: datetime | None = None
    ) -> ValidationContext:
        """A fresh context for one validation; unless told otherwise every certificate needs a revocation list."""
        return ValidationContext(
            trust_roots=list(self.timestamp_roots if timestamps else self.roots),
            other_certs=list(self.intermediates),
            crls=list(self.crls),
            allow_fetching=False,
            revocation_mode="require" if revocation else "none",
            moment=at,
        )


def load(directory: Path, *, production: bool) -> TrustStore:
    """Read a trust directory. Errors: SigningNotConfigured("trust.*"), TrustRefused("trust.demo_in_production")."""
    roots = tuple(_certificates(directory / "roots"))
    if not roots:
        raise SigningNotConfigured("trust.no_roots")
    stamp_roots = tuple(_certificates(directory / "timestamp_roots")) or roots
    demo = any(demo_pki.is_demo(from_asn1(root)) for root in (*roots, *stamp_roots))
    if demo and production:
        raise TrustRefused("trust.demo_in_production")
    return TrustStore(
        roots=roots,
        timestamp_roots=stamp_roots,
        intermediates=tuple(_certificates(directory / "intermediates")),
        crls=tuple(_crls(directory / "crls")),
        demo=demo,
    )


def _files(directory: Path) -> Iterable[Path]:
    return sorted(path for path in directory.iterdir() if path.is_file()) if directory.is_dir() else ()


def _blocks(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    if pem.detect(data):
        for _, _, block in pem.unarmor(data, multiple=True):
            yield block
    else:
        yield data


def _certificates(directory: Path) -> Iterator[Any]:
    for path in _files(directory):
        for block in _blocks(path):
            try:
                certificate = asn1_x509.Certificate.load(block)
                certificate.subject.dump()
            except ValueError as error:
                raise SigningNotConfigured("trust.unreadable", file=path.name) from error
            yield certificate


def _crls(directory: Path) -> Iterator[Any]:
    for path in _files(directory):
        for block in _blocks(path):
            try:
                revoked = crl.CertificateList.load(block)
                revoked.issuer.dump()
            except ValueError as error:
                raise SigningNotConfigured("trust.unreadable", file=path.name) from error
            yield revoked
