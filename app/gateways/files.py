"""Files named by their content: written once, never changed, safe when the process is killed."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256 as _sha256
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp
from typing import BinaryIO

from app.kernel.errors import Invalid, Missing, TooLarge

CHUNK = 1024 * 1024
Check = Callable[[Path], object]
_HEX = frozenset("0123456789abcdef")
_NAME_LENGTH = 64


@dataclass(frozen=True)
class Stored:
    """What a file is called in the store, and its size in bytes."""

    sha256: str
    size: int


class FileStore:
    """A folder of files; `ab/cdef…` is the SHA-256 of the content. Several processes may share it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, source: bytes | BinaryIO | Path, *, limit: int, check: Check | None = None) -> Stored:
        """Keep some content; once this returns it survives a power cut. Errors: TooLarge, Invalid when empty.

        `check` looks at it before; when that raises, nothing is kept.
        """
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self._put(_chunks(stream), limit, check)
        return self._put(iter([source]) if isinstance(source, bytes) else _chunks(source), limit, check)

    def adopt(self, written: Path, sha256: str) -> None:
        """Take over a file that lies within `root` and was hashed while it came; it is not read again."""
        _sync(written)
        self._publish(written, sha256)

    def path(self, sha256: str) -> Path:
        """Where a file lies, for programs that read paths. Errors: Missing."""
        found = self._place(sha256)
        if not found.is_file():
            raise Missing("file.missing")
        return found

    def open(self, sha256: str) -> BinaryIO:
        """A file, for reading."""
        return self.path(sha256).open("rb")

    def size(self, sha256: str) -> int:
        """The size of a file in bytes."""
        return self.path(sha256).stat().st_size

    def exists(self, sha256: str) -> bool:
        """Whether the store has a file."""
        return _is_name(sha256) and self._place(sha256).is_file()

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A folder for work in progress, gone afterwards."""
        with TemporaryDirectory(prefix="work-", dir=self.incoming) as folder:
            yield Path(folder)

    def sweep(self, older_than: float) -> int:
        """Remove what killed processes left behind more than so many seconds ago; how many things that were."""
        removed = 0
        for left in self.incoming.iterdir():
            try:
                if time.time() - left.stat().st_mtime < older_than:
                    continue
            except FileNotFoundError:
                continue
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
            removed += 1
        return removed

    def names(self, since: float, until: float) -> Iterator[str]:
        """What the store has that was put last between two moments, in seconds since 1970."""
        for found in self.root.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                if since <= found.stat().st_mtime <= until:
                    yield found.parent.name + found.name

    def discard(self, sha256: str, until: float) -> bool:
        """Remove a file unless it was put again after a moment; whether it is gone."""
        place = self._place(sha256)
        with self._publishing(fcntl.LOCK_EX):
            if not place.is_file() or place.stat().st_mtime > until:
                return False
            place.unlink()
        return True

    @contextmanager
    def _publishing(self, kind: int) -> Iterator[None]:
        """Many may publish at once, none while a file is removed: the one put again must not be the one that goes."""
        handle = os.open(self.incoming, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, kind)
            yield
        finally:
            os.close(handle)

    def _put(self, chunks: Iterator[bytes], limit: int, check: Check | None) -> Stored:
        digest, size = _sha256(), 0
        handle, name = mkstemp(dir=self.incoming)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in _within(chunks, limit):
                    size += len(chunk)
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if check is not None:
                check(Path(name))
            self._publish(Path(name), digest.hexdigest())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Stored(digest.hexdigest(), size)

    def _publish(self, written: Path, sha256: str) -> None:
        """Give the file its name; the name, too, must survive a power cut before anybody is told."""
        target = self._place(sha256)
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _sync(self.root)
        with self._publishing(fcntl.LOCK_SH):
            written.replace(target)
        _sync(target.parent)

    def _place(self, sha256: str) -> Path:
        if not _is_name(sha256):
            raise Missing("file.missing")
        return self.root / sha256[:2] / sha256[2:]


def copy(source: BinaryIO, target: Path, *, limit: int) -> None:
    """Write a stream to a work file. Errors: TooLarge, Invalid when empty."""
    with target.open("xb") as file:
        file.writelines(_within(_chunks(source), limit))


def _is_name(text: str) -> bool:
    return len(text) == _NAME_LENGTH and _HEX.issuperset(text)


def _within(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The same chunks; an end when there are too many bytes, or none. Errors: TooLarge, Invalid."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge("file.too_large", limit=limit)
        yield chunk
    if not size:
        raise Invalid("file.empty")


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
