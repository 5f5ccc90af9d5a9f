"""Files that arrive in pieces: what has come is kept through cuts and restarts, and counts once it is whole."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.gateways.files import FileStore
from app.kernel.errors import Conflict, Invalid, TooLarge

LONGEST_WAIT = 8 * 24 * 3600.0
"""Seconds after which what did not become whole is thrown away; longer than any message lives."""
MAX_BYTES, MAX_FILES = 8 * 2**30, 400
"""What may wait for one sender at a time."""
_SHA256, _HEX = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]+")


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

        Errors: Conflict "part.elsewhere" with what we `have`; Invalid "part.hash_wrong" (begin anew); TooLarge.
        """
        if self.store.exists(sha256):
            return self.store.size(sha256)
        with self._opened(sender, sha256) as file:
            have = file.seek(0, os.SEEK_END)
            if offset != have:
                raise Conflict("part.elsewhere", have=have)
            if have + len(chunk) > size:
                raise Invalid("part.too_long")
            file.write(chunk)
            file.flush()
            if have + len(chunk) == size:
                self._finish(sender, sha256, size)
            return have + len(chunk)

    def sweep(self) -> int:
        """Throw away what nobody has added to for days; how many files that were."""
        old = [one for one in self.root.glob("*/*") if time.time() - one.stat().st_mtime > LONGEST_WAIT]
        for one in old:
            one.unlink(missing_ok=True)
        return len(old)

    def _finish(self, sender: str, sha256: str, size: int) -> None:
        place = self._place(sender, sha256)
        stored = self.store.put(place, limit=size)
        place.unlink(missing_ok=True)
        if stored.sha256 != sha256:
            raise Invalid("part.hash_wrong")

    @contextmanager
    def _opened(self, sender: str, sha256: str) -> Iterator[BinaryIO]:
        """The file of one sender, ours alone for as long as we write."""
        place = self._place(sender, sha256)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not place.exists():
            self._make_room(place.parent)
        with place.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
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
