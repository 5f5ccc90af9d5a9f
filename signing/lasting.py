"""Files that must not be half there: written whole or not at all, and found again after a power cut."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex


def put(path: Path, data: bytes, *, once: bool = False) -> None:
    """Write a file that its owner alone can read; `once` leaves what is there, the first of several writers decides.

    Errors: OSError, after which nothing has changed.
    """
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if once:
            with suppress(FileExistsError):
                path.hardlink_to(draft)
        else:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _settle(path.parent)


def _settle(directory: Path) -> None:
    """Make names last: a file is found after a power cut only when its folder was written, too."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
