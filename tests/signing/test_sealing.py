"""What a holder gave waits for a worker as nobody else can read it."""

from pathlib import Path

import pytest

from signing import sealing
from signing.errors import SigningRefused


def test_what_is_sealed_opens_for_its_own_purpose_here_and_nowhere_else(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    sealed = sealing.seal(b"123456", "session-1", here)
    assert sealing.unseal(sealed, "session-1", here) == b"123456"
    assert b"123456" not in sealed
    assert sealing.seal(b"123456", "session-1", here) != sealed
    assert (here / "sealing.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in here.iterdir()] == ["sealing.key"]

    broken = [(sealed, "session-2", here), (sealed, "session-1", elsewhere), (sealed[:-1], "session-1", here)]
    broken += [(b"", "session-1", here), (bytes([sealed[0] ^ 1]) + sealed[1:], "session-1", here)]
    for given in broken:
        with pytest.raises(SigningRefused, match=r"sealing\.broken"):
            sealing.unseal(*given)
