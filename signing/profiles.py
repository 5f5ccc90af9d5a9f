"""Which keys, time stamps and trust a signing step uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Profile:
    """Everything a signing step needs besides the document."""

    name: str
    keystore: Any
    timestamper: Any
    trust: Any


def demo_profile(directory: Path, production: bool = False) -> Profile:
    """The profile over a directory made by `demo_pki.create`. Errors: TrustRefused when production."""
    raise NotImplementedError
