"""Whom to believe: root certificates, the certificates between, and lists of revoked ones, all from files.

Nothing here or below follows a URL found inside a certificate: those URLs are written by whoever made the document.
A directory holds `roots/`, and optionally `intermediates/`, `crls/` and `timestamp_roots/` (else `roots/` serves), as
PEM, DER or PKCS#7 (.p7b). `anchors.toml` may date them; certificates issued outside those dates are not believed:

    [[anchor]]
    file = "neac-2019.pem"            # in roots/ or timestamp_roots/
    sha256 = "…"                      # of that file: a root that was exchanged stops everything
    name = "National Root CA"
    source = "https://rootca.gov.vn/" # where it was taken from
    from = 2019-01-01
    until = 2030-01-01
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from asn1crypto import cms, crl, pem
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import ValidationContext

from signing import demo_pki
from signing.errors import SigningNotConfigured, TrustRefused
from signing.signer import from_asn1

_LARGEST = 32 * 1024 * 1024
_FILES = 1000
"""In one folder: more is a folder of something else."""
_SPAN = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True)
class TrustStore:
    """Parsed certificates and revocation lists (asn1crypto objects); `demo` when any root is a demonstration one.

    `spans`: from when until when a root was believed, by the SHA-256 of its certificate; one without is not dated.
    """

    roots: tuple[Any, ...]
    timestamp_roots: tuple[Any, ...]
    intermediates: tuple[Any, ...]
    crls: tuple[Any, ...]
    demo: bool
    spans: Mapping[bytes, tuple[datetime, datetime]] = field(default_factory=dict)

    def when(self, signer: datetime, stamper: datetime | None) -> TrustStore:
        """The store without roots that were not believed when a signer's and a stamper's certificate were issued."""
        if not self.spans:
            return self
        stamp_roots = self.timestamp_roots if stamper is None else self._believed(self.timestamp_roots, stamper)
        return replace(self, roots=self._believed(self.roots, signer), timestamp_roots=stamp_roots)

    def _believed(self, roots: Iterable[Any], moment: datetime) -> tuple[Any, ...]:
        spans = ((root, self.spans.get(root.sha256, _SPAN)) for root in roots)
        return tuple(root for root, (first, last) in spans if first <= moment <= last)

    def context(
        self, *, timestamps: bool = False, revocation: bool = True, at: datetime | None = None
    ) -> ValidationContext:
        """A fresh context for one validation; unless told otherwise every certificate needs a revocation list."""
        return ValidationContext(
            trust_roots=list(self.timestamp_roots if timestamps else self.roots),
            other_certs=list(self.intermediates),
            crls=list(self.crls) if revocation else [],
            allow_fetching=False,
            revocation_mode="require" if revocation else "none",
            moment=at,
        )


def load(directory: Path, *, production: bool) -> TrustStore:
    """Read a trust directory. Errors: SigningNotConfigured("trust.*"), TrustRefused("trust.demo_in_production")."""
    spans = _Spans(directory)
    roots = tuple(_certificates(directory / "roots", spans))
    if not roots:
        raise SigningNotConfigured("trust.no_roots")
    stamp_roots = tuple(_certificates(directory / "timestamp_roots", spans)) or roots
    spans.check_all_met()
    found = TrustStore(
        roots=roots,
        timestamp_roots=stamp_roots,
        intermediates=tuple(_certificates(directory / "intermediates")),
        crls=tuple(_crls(directory / "crls")),
        demo=_is_demo((*roots, *stamp_roots)),
        spans=spans.by_certificate,
    )
    return _checked(found, production=production)


def anchored(directory: Path, *, production: bool) -> TrustStore:
    """A trust directory, or any folder of certificates to be taken as roots. Errors: as `load`."""
    if (directory / "roots").is_dir():
        return load(directory, production=production)
    roots = tuple(_certificates(directory))
    if not roots:
        raise SigningNotConfigured("trust.no_roots")
    return _checked(replace(NOBODY, roots=roots, timestamp_roots=roots, demo=_is_demo(roots)), production=production)


def _is_demo(roots: Iterable[Any]) -> bool:
    return any(demo_pki.is_demo(from_asn1(root)) for root in roots)


def _checked(found: TrustStore, *, production: bool) -> TrustStore:
    if found.demo and production:
        raise TrustRefused("trust.demo_in_production")
    return found


NOBODY = TrustStore((), (), (), (), demo=False)
"""Whoever trusts nobody can still tell a changed file from a whole one."""


class _Spans:
    """The dates of `anchors.toml`, as its files are met."""

    def __init__(self, directory: Path) -> None:
        """Errors: SigningNotConfigured("trust.bad_anchors")."""
        self.by_certificate: dict[bytes, tuple[datetime, datetime]] = {}
        try:
            text = (directory / "anchors.toml").read_text("utf-8")
            self._left = {one["file"]: one for one in tomllib.loads(text)["anchor"]}
        except FileNotFoundError:
            self._left = {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SigningNotConfigured("trust.bad_anchors") from error

    def meet(self, name: str, data: bytes, certificates: Iterable[Any]) -> None:
        """Date the certificates of a file. Errors: SigningNotConfigured("trust.anchor_exchanged" | "…bad_anchors")."""
        anchor = self._left.pop(name, None)
        if anchor is None:
            return
        if str(anchor.get("sha256", "")).lower() != hashlib.sha256(data).hexdigest():
            raise SigningNotConfigured("trust.anchor_exchanged", file=name)
        span = (_moment(anchor.get("from"), _SPAN[0]), _moment(anchor.get("until"), _SPAN[1]))
        self.by_certificate |= {one.sha256: span for one in certificates}

    def check_all_met(self) -> None:
        """Errors: SigningNotConfigured("trust.anchor_missing") for a date without a file."""
        for name in self._left:
            raise SigningNotConfigured("trust.anchor_missing", file=str(name))


def _moment(value: object, otherwise: datetime) -> datetime:
    match value:
        case None:
            return otherwise
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime.combine(value, time(), UTC)
        case _:
            raise SigningNotConfigured("trust.bad_anchors")


def _files(directory: Path) -> Iterable[Path]:
    found = sorted(path for path in directory.iterdir() if path.is_file()) if directory.is_dir() else []
    if len(found) > _FILES:
        raise SigningNotConfigured("trust.unreadable", file=directory.name)
    return found


def _blocks(data: bytes) -> Iterator[bytes]:
    if pem.detect(data):
        for _, _, block in pem.unarmor(data, multiple=True):
            yield block
    else:
        yield data


def _certificates(directory: Path, spans: _Spans | None = None) -> Iterator[Any]:
    for path in _files(directory):
        data = _content(path)
        try:
            found = [one for block in _blocks(data) for one in _read(block)]
        except (ValueError, TypeError) as error:
            raise SigningNotConfigured("trust.unreadable", file=path.name) from error
        if spans is not None:
            spans.meet(path.name, data, found)
        yield from found


def _read(block: bytes) -> list[Any]:
    """The certificate of a block, or those of a PKCS#7 bundle. Errors: ValueError, TypeError."""
    try:
        found = [asn1_x509.Certificate.load(block)]
        found[0].subject.dump()
    except ValueError:
        found = [one.chosen for one in cms.ContentInfo.load(block)["content"]["certificates"]]
    for one in found:
        one.subject.dump()
    return found


def _crls(directory: Path) -> Iterator[Any]:
    for path in _files(directory):
        try:
            for block in _blocks(_content(path)):
                revoked = crl.CertificateList.load(block)
                revoked.issuer.dump()
                yield revoked
        except (ValueError, TypeError) as error:
            raise SigningNotConfigured("trust.unreadable", file=path.name) from error


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size <= _LARGEST:
            return path.read_bytes()
    except OSError as error:
        raise SigningNotConfigured("trust.unreadable", file=path.name) from error
    raise SigningNotConfigured("trust.unreadable", file=path.name)
