"""Which keys, time stamps and trust a signing step uses; without a profile nothing is signed.

A profile is a directory with `profile.toml`, and `trust/` as in signing.trust:
    kind = "demo"                       # made by demo_pki.create; or
    kind = "pkcs12"                     # files of signers in keys/; or no kind, but providers
    [timestamp]
    url = "http://tsa.ca.gov.vn/"
    timeout = 180
    [[provider]]                        # as in signing.providers, as many as there are
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyhanko.sign.timestamps import TimeStamper

from signing import demo_pki, providers, timestamps, trust
from signing.authority import Looking
from signing.errors import SigningNotConfigured, TrustRefused
from signing.keys.files import DemoKeystore
from signing.keys.protocol import Keystore


@dataclass(frozen=True)
class Profile:
    """Everything a signing step needs besides the document; keep one per process, it caches opened keys.

    `keystores` are those of every provider by its name, `keystore` is the first of them.
    Without a time-stamping authority signatures are of level B-B: no profile that is loaded lacks one.
    """

    name: str
    keystore: Keystore
    timestamper: TimeStamper | None
    trust: trust.TrustStore
    keystores: Mapping[str, Keystore] = field(default_factory=dict)

    @functools.cached_property
    def stamper(self) -> TimeStamper:
        """The time-stamping authority, its stamps looked at. Errors: SigningNotConfigured."""
        if self.timestamper is None:
            raise SigningNotConfigured("timestamp.not_configured")
        return Looking(self.timestamper, self.trust)


def load(directory: Path | None, *, production: bool) -> Profile:
    """Read a profile. Errors: SigningNotConfigured("signing.not_configured" | ...), TrustRefused in production."""
    if directory is None or not (directory / "profile.toml").is_file():
        raise SigningNotConfigured("signing.not_configured")
    try:
        settings = tomllib.loads((directory / "profile.toml").read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SigningNotConfigured("signing.bad_profile") from error
    match settings.get("kind"):
        case "demo":
            return demo_profile(directory, settings.get("provider"), production=production)
        case "pkcs12" | None as kind:
            own = [{"name": kind, "kind": kind}] if kind else []
            return _profile(directory, settings, own, production=production)
        case _:
            raise SigningNotConfigured("signing.bad_profile")


def demo_profile(directory: Path, tables: Any = None, *, production: bool = False) -> Profile:
    """The profile over a directory made by `demo_pki.create`, with more providers when there are tables of them.

    Errors: SigningNotConfigured, TrustRefused("trust.demo_in_production").
    """
    if production:
        raise TrustRefused("trust.demo_in_production")
    if not demo_pki.is_complete(directory):
        raise SigningNotConfigured("signing.not_configured")
    secret = demo_pki.read_secret(directory)
    keystore = DemoKeystore(directory)
    return Profile(
        name="demo",
        keystore=keystore,
        timestamper=timestamps.demo_timestamper((directory / "tsa.p12").read_bytes(), secret),
        trust=trust.load(directory / "trust", production=production),
        keystores={"demo": keystore, **providers.keystores(directory, tables, production=production)},
    )


def _profile(directory: Path, settings: dict[str, Any], own: Any, *, production: bool) -> Profile:
    stamp = settings.get("timestamp")
    if not isinstance(stamp, dict) or not isinstance(stamp.get("url"), str):
        raise SigningNotConfigured("timestamp.not_configured")
    keystores = {
        **providers.keystores(directory, own, production=production),
        **providers.keystores(directory, settings.get("provider"), production=production),
    }
    if not keystores:
        raise SigningNotConfigured("signing.bad_profile")
    timeout = int(stamp.get("timeout", timestamps.DEFAULT_TIMEOUT))
    return Profile(
        name=next(iter(keystores)),
        keystore=next(iter(keystores.values())),
        timestamper=timestamps.http_timestamper(stamp["url"], timeout),
        trust=trust.load(directory / "trust", production=production),
        keystores=keystores,
    )
