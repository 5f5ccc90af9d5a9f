"""Which kinds of keys an installation offers its signers: read from its profile without opening any."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

KINDS = frozenset({"demo", "pkcs12", "pkcs11", "csc"})


@dataclass(frozen=True)
class Offered:
    """One provider: its `name` in the profile, its `kind`, and what the operator calls it, if anything."""

    name: str
    kind: str
    label: str = ""


def offered(directory: Path) -> tuple[Offered, ...]:
    """The providers of a profile in their order; none without a profile that can be read."""
    try:
        profile = tomllib.loads((directory / "profile.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return ()
    kind = profile.get("kind")
    own = [Offered(str(kind), str(kind))] if kind in KINDS else []
    tables = profile.get("provider", [])
    more = [
        Offered(str(one["name"]), str(one["kind"]), str(one.get("label", "")))
        for one in (tables if isinstance(tables, list) else [])
        if isinstance(one, dict) and one.get("name") and one.get("kind") in KINDS
    ]
    return (*own, *more)
