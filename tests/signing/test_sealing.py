"""Secrets that wait for a worker."""

from pathlib import Path

import pytest

from signing import sealing
from signing.errors import SigningRefused


def test_a_secret_opens_only_for_what_it_was_sealed_for(tmp_path: Path) -> None:
    sealed = sealing.seal(b"123456", "session-1", tmp_path)
    assert b"123456" not in sealed
    assert sealed != sealing.seal(b"123456", "session-1", tmp_path)
    assert sealing.open(sealed, "session-1", tmp_path) == b"123456"
    assert (tmp_path / sealing.KEY_FILE).stat().st_mode & 0o077 == 0
    for wrong, context, folder in (
        (sealed, "session-2", tmp_path),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), "session-1", tmp_path),
        (sealed, "session-1", tmp_path / "elsewhere"),
        (b"", "session-1", tmp_path),
    ):
        with pytest.raises(SigningRefused, match=r"seal\.broken"):
            sealing.open(wrong, context, folder)
