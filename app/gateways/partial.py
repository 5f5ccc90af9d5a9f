"""Files that arrive in pieces: what has come is kept through cuts and restarts, and counts once it is whole.

They are hashed as they come, so that the last piece of a large one takes no longer than any other.
"""

import fcntl
import os
import re
import shutil
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256 as _sha256
from pathlib import Path
from typing import Any, BinaryIO

from app.gateways.files import CHUNK, FileStore
from app.kernel.errors import Conflict, Invalid, TooLarge

LONGEST_WAIT = 8 * 24 * 3600.0
"""Seconds after which what did not become whole is thrown away; longer than any message lives."""
MAX_BYTES, MAX_FILES = 8 * 2**30, 400
"""What may wait for one sender at a time."""
STEP = 256 * 2**20
"""The most that is hashed during one request."""
SYNC = 32 * 2**20
"""Bytes after which what has come is made durable, so that the last piece need not wait for all of it."""
_SHA256, _HEX = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]+")


@dataclass
class _Running:
    """The hash of what has come of a file so far, up to `position`."""

    digest: Any = field(default_factory=_sha256)
    position: int = 0

    def advance(self, file: BinaryIO) -> None:
        """Go on to the end of what has come, by one step at most."""
        file.seek(self.position)
        until = self.position + STEP
        while self.position < until and (chunk := file.read(CHUNK)):
            self.digest.update(chunk)
            self.position += len(chunk)


_running: OrderedDict[Path, _Running] = OrderedDict()
"""What this process knows of files that it saw grow; whatever it has forgotten it reads again."""


class Partials:
    """The unfinished files of each sender, in a folder of their own beside the store."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.root = store.root / "partial"

    def have(self, sender: str, sha256: str) -> int:
        """How many bytes of a file have come."""
        if self.store.exists(sha256):
            return self.store.size(sha256)
        place = self._place(sender, sha256)
        return place.stat().st_size if place.is_file() else 0

    def append(self, sender: str, sha256: str, chunk: bytes, *, offset: int, size: int) -> int:
        """Add a piece; how many bytes there are now. When they are all there, the file goes into the store.

        Errors: Conflict "part.elsewhere" with what we `have`, also while what came before must be read first;
        Invalid "part.hash_wrong" (begin anew); TooLarge.
        """
        if self.store.exists(sha256):
            return self.store.size(sha256)
        with self._opened(sender, sha256) as file:
            have = file.seek(0, os.SEEK_END)
            if offset != have:
                raise Conflict("part.elsewhere", have=have)
            if have + len(chunk) > size:
                raise Invalid("part.too_long")
            return self._add(file, chunk, self._place(sender, sha256), size)

    def sweep(self) -> int:
        """Throw away what nobody has added to for days; how many files that were."""
        old = [one for one in self.root.glob("*/*") if time.time() - one.stat().st_mtime > LONGEST_WAIT]
        for one in old:
            one.unlink(missing_ok=True)
        return len(old)

    def _add(self, file: BinaryIO, chunk: bytes, place: Path, size: int) -> int:
        have = file.seek(0, os.SEEK_END)
        known = _known(place, have)
        known.advance(file)
        now = have + len(chunk)
        if now == size and known.position < have:  # after a restart: whoever sends it once more finds us further
            raise Conflict("part.elsewhere", have=have)
        file.write(chunk)
        file.flush()
        if have // SYNC != now // SYNC:
            os.fdatasync(file.fileno())
        known.advance(file)
        if now == size:
            self._finish(place, known)
        return now

    def _finish(self, place: Path, known: _Running) -> None:
        _running.pop(place, None)
        if known.digest.hexdigest() != place.name:
            place.unlink(missing_ok=True)
            raise Invalid("part.hash_wrong")
        self.store.adopt(place, place.name)

    @contextmanager
    def _opened(self, sender: str, sha256: str) -> Iterator[BinaryIO]:
        """The file of one sender, ours alone for as long as we write."""
        place = self._place(sender, sha256)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not place.exists():
            self._make_room(place.parent)
        with open(place, "a+b", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not place.exists() or not os.path.samestat(place.stat(), os.fstat(file.fileno())):
                raise Conflict("part.elsewhere", have=self.have(sender, sha256))  # it went into the store meanwhile
            yield file

    def _make_room(self, folder: Path) -> None:
        waiting = [one.stat().st_size for one in folder.iterdir()]
        free = shutil.disk_usage(folder).free
        if len(waiting) >= MAX_FILES or sum(waiting) > min(MAX_BYTES, free):
            raise TooLarge("part.too_many", limit=MAX_BYTES)

    def _place(self, sender: str, sha256: str) -> Path:
        if not (_SHA256.fullmatch(sha256) and _HEX.fullmatch(sender)):
            raise Invalid("part.hash_wrong")
        return self.root / sender / sha256


def _known(place: Path, have: int) -> _Running:
    """What was hashed of a file that has so many bytes now."""
    found = _running.pop(place, None)
    if found is None or found.position > have:
        found = _Running()
    _running[place] = found
    while len(_running) > MAX_FILES:
        _running.popitem(last=False)
    return found


def _private(place: str, flags: int) -> int:
    return os.open(place, flags, 0o600)
