"""Verify a PDF in layers, failing closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from signing.verdict import Kind, Verdict


@dataclass(frozen=True)
class Policy:
    """What a document must show: the kinds of signature expected, the rule that tells kinds apart."""

    expected: frozenset[Kind] = frozenset()
    allow_filling_at_end: bool = False
    kinds: Any = field(default=None)


def verify(source: Path, trust: Any, policy: Policy = Policy(), at: datetime | None = None) -> Verdict:
    """Judge every signature and the document; never raises for a bad file, never fetches a URL."""
    raise NotImplementedError
