"""A verdict as plain JSON values, for databases and other programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Any

from signing.verdict import SignatureVerdict


def signature_dict(found: SignatureVerdict) -> dict[str, Any]:
    """Every field of a signature's verdict; moments in ISO 8601."""
    return {name: _plain(value) for name, value in asdict(found).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
