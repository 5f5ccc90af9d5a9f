"""Which keys, time stamps and trust a signing step uses; without a profile nothing is signed.

A profile is a directory with `profile.toml`:
    kind = "demo"                       # made by demo_pki.create; or
    kind = "pkcs12"                     # keys/<key_id>.p12 with `secret`, trust/ as in signing.trust
    [timestamp]
    url = "http://tsa.ca.gov.vn/"
    timeout = 180
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyhanko.sign.timestamps import TimeStamper

from signing import demo_pki, timestamps, trust
from signing.errors import SigningNotConfigured, TrustRefused
from signing.keys.files import DemoKeystore, Pkcs12Keystore
from signing.keys.protocol import Keystore


@dataclass(frozen=True)
class Profile:
    """Everything a signing step needs besides the document; keep one per process, it caches opened keys.

    Without a time-stamping authority signatures are of level B-B: no profile that is loaded lacks one.
    """

    name: str
    keystore: Keystore
    timestamper: TimeStamper | None
    trust: trust.TrustStore


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
            return demo_profile(directory, production=production)
        case "pkcs12":
            return _pkcs12_profile(directory, settings, production=production)
        case _:
            raise SigningNotConfigured("signing.bad_profile")


def demo_profile(directory: Path, *, production: bool = False) -> Profile:
    """The profile over a directory made by `demo_pki.create`. Errors: TrustRefused when production."""
    if production:
        raise TrustRefused("trust.demo_in_production")
    if not demo_pki.is_complete(directory):
        raise SigningNotConfigured("signing.not_configured")
    secret = demo_pki.read_secret(directory)
    return Profile(
        name="demo",
        keystore=DemoKeystore(directory),
        timestamper=timestamps.demo_timestamper((directory / "tsa.p12").read_bytes(), secret),
        trust=trust.load(directory / "trust", production=production),
    )


def _pkcs12_profile(directory: Path, settings: dict[str, Any], *, production: bool) -> Profile:
    stamp = settings.get("timestamp")
    if not isinstance(stamp, dict) or not isinstance(stamp.get("url"), str):
        raise SigningNotConfigured("timestamp.not_configured")
    timeout = int(stamp.get("timeout", timestamps.DEFAULT_TIMEOUT))
    return Profile(
        name="pkcs12",
        keystore=Pkcs12Keystore(directory / "keys", demo_pki.read_secret(directory), production=production),
        timestamper=timestamps.http_timestamper(stamp["url"], timeout),
        trust=trust.load(directory / "trust", production=production),
    )
