"""The store of files: what it says is kept is kept, and what was cut off leaves nothing that looks whole."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from app.gateways.files import FileStore
from app.kernel.errors import Invalid, Missing, TooLarge

ROOM = 10_000_000
WRITER = """
import sys
from pathlib import Path
from app.gateways.files import FileStore

class Slow:
    def read(self, size):
        sys.stdout.write("."), sys.stdout.flush()
        return b"x" * 100_000

FileStore(Path(sys.argv[1])).put(Slow(), limit=10**12)
"""


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


class Dribbling(io.BytesIO):
    """A stream that gives a few bytes at a time, as networks do."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most seven bytes."""
        return super().read(7 if size is None or size < 0 else min(size, 7))


class Endless(io.BytesIO):
    """A stream that never ends; it ought to be asked for so much only."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as were asked for."""
        assert size is not None
        assert size > 0
        return b"z" * size


class Breaking(io.BytesIO):
    """A stream that breaks off after a while."""

    def read(self, size: int | None = -1, /) -> bytes:
        """The first bytes, then a broken line."""
        if not (found := super().read(size)):
            raise ConnectionResetError
        return found


def test_a_file_is_named_by_its_content_and_read_back(store: FileStore) -> None:
    stored = store.put(b"noi dung", limit=ROOM)
    assert stored.sha256 == sha256(b"noi dung").hexdigest()
    assert stored.size == store.size(stored.sha256) == 8
    assert store.exists(stored.sha256)
    with store.open(stored.sha256) as file:
        assert file.read() == b"noi dung"


def test_bytes_a_path_and_a_stream_make_the_same_file(store: FileStore, tmp_path: Path) -> None:
    content = os.urandom(3_000_001)
    (tmp_path / "given").write_bytes(content)
    made = [
        store.put(content, limit=ROOM),
        store.put(tmp_path / "given", limit=ROOM),
        store.put(io.BytesIO(content), limit=ROOM),
    ]
    assert len(set(made)) == 1
    assert store.path(made[0].sha256).read_bytes() == content


def test_a_stream_that_dribbles_is_kept_whole(store: FileStore) -> None:
    content = bytes(range(256)) * 4
    stored = store.put(Dribbling(content), limit=ROOM)
    assert store.path(stored.sha256).read_bytes() == content


def test_a_file_of_the_limit_is_kept_and_one_byte_more_is_not(store: FileStore) -> None:
    assert store.put(b"x" * 1000, limit=1000).size == 1000
    with pytest.raises(TooLarge) as refusal:
        store.put(b"y" * 1001, limit=1000)
    assert refusal.value.code == "file.too_large"
    assert not store.exists(sha256(b"y" * 1001).hexdigest())
    assert _left(store) == []


def test_an_endless_stream_ends_at_the_limit(store: FileStore) -> None:
    with pytest.raises(TooLarge):
        store.put(Endless(), limit=5_000_000)
    assert _left(store) == []


def test_an_empty_file_is_refused(store: FileStore) -> None:
    with pytest.raises(Invalid) as refusal:
        store.put(io.BytesIO(b""), limit=ROOM)
    assert refusal.value.code == "file.empty"
    assert _left(store) == []


def test_a_stream_that_breaks_off_leaves_nothing(store: FileStore) -> None:
    with pytest.raises(ConnectionResetError):
        store.put(Breaking(b"x" * 2_000_000), limit=ROOM)
    assert _left(store) == []
    assert list(_kept(store)) == []


def test_a_killed_writer_leaves_no_file_and_its_rest_is_swept(store: FileStore) -> None:
    command = [sys.executable, "-c", WRITER, str(store.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(5)
        child.send_signal(signal.SIGKILL)
    assert list(_kept(store)) == []
    assert len(_left(store)) == 1
    assert store.sweep(older_than=3600) == 0
    assert store.sweep(older_than=0) == 1
    assert _left(store) == []


def test_a_folder_for_work_is_there_and_then_gone(store: FileStore) -> None:
    with store.temporary() as folder:
        (folder / "half.pdf").write_bytes(b"%PDF-")
        assert folder.is_dir()
    assert not folder.exists()


def test_a_folder_in_use_is_not_swept_and_an_old_one_is(store: FileStore) -> None:
    with store.temporary() as folder:
        (folder / "half.pdf").write_bytes(b"%PDF-")
        assert store.sweep(older_than=60) == 0
        long_ago = time.time() - 120
        os.utime(folder, (long_ago, long_ago))
        assert store.sweep(older_than=60) == 1
        assert not folder.exists()
        folder.mkdir()


@pytest.mark.parametrize("name", ["", "ab", "../../etc/passwd", "A" * 64, "a" * 63 + "/", "0" * 64])
def test_a_name_that_is_no_content_of_ours_finds_nothing(store: FileStore, name: str) -> None:
    assert not store.exists(name)
    with pytest.raises(Missing):
        store.path(name)


def test_others_may_not_look_into_the_store(store: FileStore) -> None:
    stored = store.put(b"noi dung", limit=ROOM)
    kept = store.path(stored.sha256)
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0


def _left(store: FileStore) -> list[Path]:
    return list(store.incoming.iterdir())


def _kept(store: FileStore) -> Iterator[Path]:
    return (path for path in store.root.glob("??/*") if path.is_file())
