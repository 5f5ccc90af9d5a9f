"""Strangers' files wait for each other, not the office for them; what a killed request left is swept."""

import os
import time
from pathlib import Path

import pytest

from app.gateways import verifying
from app.gateways.files import FileStore
from app.kernel.errors import Unavailable


def test_one_file_is_judged_one_waits_and_the_next_is_asked_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "WAITING", 0.05)
    source = tmp_path / "a.pdf"
    source.write_bytes(b"%PDF-1.7")
    with verifying._in_turn():
        started = time.monotonic()
        with pytest.raises(Unavailable, match=r"verify\.busy"):
            verifying.judge(source, tmp_path, production=False)
        assert time.monotonic() - started >= 0.05, "it waited for its turn"
        assert verifying._places.acquire(blocking=False)
        with pytest.raises(Unavailable, match=r"verify\.busy"):
            verifying.judge(source, tmp_path, production=False)
        verifying._places.release()
    with pytest.raises(Unavailable, match=r"verify\.not_possible"):  # nobody to be believed: no verdict of any kind
        verifying.judge(source, tmp_path, production=False)


def test_only_a_whole_start_is_the_same_start(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"abcdef")
    other.write_bytes(b"abcxyz")

    assert verifying.same_start(one, other, 3)
    assert not verifying.same_start(one, other, 4)
    assert not verifying.same_start(one, one, 7)
    assert not verifying.same_start(one, one, 0)


def test_what_a_killed_request_left_of_a_strangers_file_is_swept(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    child = os.fork()
    if child == 0:
        with store.temporary() as folder:
            (folder / "theirs.pdf").write_bytes(b"%PDF-1.7 of a stranger")
            os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    (left,) = store.incoming.iterdir()
    assert (left / "theirs.pdf").exists()
    os.utime(left, (0, 0))

    assert store.sweep(3600) == 1
    assert list(store.incoming.iterdir()) == []
