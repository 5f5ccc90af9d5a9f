"""Revocation lists of authorities that are trusted, fetched by a clock and kept in a folder: judging stays offline.

Addresses come from certificates of the trust store, and from those under a trusted root that a verdict names
(`Particulars.sources`). What comes back is kept only when the right authority signed it and it is in force.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from asn1crypto import crl, pem

from signing.biglists import is_signed_by
from signing.fetching import Door, Unfetched
from signing.trust import TrustStore

_FRESH = timedelta(hours=12)
"""Fetched again after that, or when half of what is left of its time has gone."""
_AHEAD = timedelta(minutes=10)
_MOST = 500
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Refreshed:
    """What a round brought: addresses whose lists were renewed, and those that failed, with why in a word."""

    renewed: tuple[str, ...]
    failed: dict[str, str]


class RevocationCache:
    """A folder of revocation lists by address; several processes may use it at once."""

    def __init__(self, folder: Path, door: Door | None = None) -> None:
        """Use a folder, made when needed; a `door` of its own reaches hosts that are not public (tests)."""
        self._folder, self._door = folder, door or Door()

    def note(self, sources: Iterable[str]) -> None:
        """Remember addresses for the next round; beyond a number that no honest deployment has, none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        known = set(self._sources())
        for url in list(dict.fromkeys(sources))[: max(_MOST - len(known), 0)]:
            if url not in known:
                self._write(self._path(url, "url"), url.encode("utf-8", "replace"))

    def lists(self, now: datetime | None = None) -> tuple[Any, ...]:
        """The lists (asn1crypto) that are in force."""
        moment, left, found = now or datetime.now(UTC), _MOST_BYTES, []
        for path in sorted(self._folder.glob("*.crl"))[:_MOST]:
            left -= path.stat().st_size
            read = _read(path.read_bytes()) if left >= 0 else None
            if read is not None and _in_force(read, moment):
                found.append(read)
        return tuple(found)

    def known(self, trust: TrustStore, now: datetime | None = None) -> TrustStore:
        """The trust store with the lists of this folder."""
        return replace(trust, crls=(*trust.crls, *self.lists(now)))

    def refresh(self, trust: TrustStore, sources: Sequence[str] = (), patience: float = 600.0) -> Refreshed:
        """Fetch what is missing, old or about to end, `sources` first; whatever one answers, the others are asked too.

        `patience` is in seconds; what is left when it ends comes in the next round.
        """
        moment, end = datetime.now(UTC), monotonic() + patience
        self.note([*sources, *_addresses(trust)])
        renewed, failed = [], {}
        for url in dict.fromkeys([*sources, *self._sources()]):
            try:
                if monotonic() < end and self._is_due(url, moment):
                    self._renew(url, trust, moment)
                    renewed.append(url)
            except Unfetched as failure:
                failed[url] = str(failure)
        return Refreshed(tuple(renewed), failed)

    def _sources(self) -> list[str]:
        return [path.read_text("utf-8") for path in sorted(self._folder.glob("*.url"))[:_MOST]]

    def _path(self, url: str, kind: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()}.{kind}"

    def _is_due(self, url: str, now: datetime) -> bool:
        path = self._path(url, "crl")
        kept = _read(path.read_bytes()) if path.is_file() else None
        if kept is None or not _in_force(kept, now):
            return True
        fetched = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        ends: datetime = kept["tbs_cert_list"]["next_update"].native
        return now >= fetched + min(_FRESH, (ends - fetched) / 2)

    def _renew(self, url: str, trust: TrustStore, now: datetime) -> None:
        data = self._door.fetch(url)
        if pem.detect(data):
            try:
                data = pem.unarmor(data)[2]
            except ValueError as error:
                raise Unfetched("unreadable") from error
        found, path = _read(data), self._path(url, "crl")
        if found is None:
            raise Unfetched("unreadable")
        authorities = (*trust.roots, *trust.timestamp_roots, *trust.intermediates)
        if not any(one.subject == found.issuer and is_signed_by(found, one) for one in authorities):
            raise Unfetched("stranger")
        if not _in_force(found, now):
            raise Unfetched("stale")
        kept = _read(path.read_bytes()) if path.is_file() else None
        if kept is not None and _issued(kept) > _issued(found):
            raise Unfetched("older")  # somebody plays back a list from before a revocation
        self._write(path, data)

    def _write(self, target: Path, data: bytes) -> None:
        beside = target.with_name(f".{secrets.token_hex(8)}")
        try:
            beside.write_bytes(data)
            os.replace(beside, target)  # noqa: PTH105  # says that the old one goes
        finally:
            beside.unlink(missing_ok=True)


def _addresses(trust: TrustStore) -> Iterator[str]:
    for certificate in (*trust.intermediates, *trust.timestamp_roots, *trust.roots):
        for point in certificate.crl_distribution_points:
            if point.url is not None:
                yield str(point.url)


def _read(data: bytes) -> Any | None:
    """A list, looked into as far as its dates."""
    try:
        found = crl.CertificateList.load(data, strict=True)
        content = found["tbs_cert_list"]
        complete = content["this_update"].native is not None and content["next_update"].native is not None
        found.issuer.dump()
    except (ValueError, TypeError, KeyError):
        return None
    return found if complete else None


def _in_force(found: Any, now: datetime) -> bool:
    ends: datetime = found["tbs_cert_list"]["next_update"].native
    return _issued(found) <= now + _AHEAD and now <= ends


def _issued(found: Any) -> datetime:
    issued: datetime = found["tbs_cert_list"]["this_update"].native
    return issued
