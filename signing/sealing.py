"""Secrets that wait: encrypted with a key of the deployment (AES-256-GCM), bound to what they are for.

Whoever has a copy of the database or of the store without that key, or puts a secret where it does not belong, has
nothing.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signing.errors import SigningRefused

KEY_FILE = "sealing.key"
_NONCE = 12


def seal(data: bytes, context: str, folder: Path) -> bytes:
    """Encrypt; the key lies in `folder` and is made at first use."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_key(folder)).encrypt(nonce, data, context.encode())


def open(sealed: bytes, context: str, folder: Path) -> bytes:  # noqa: A001  # the opposite of sealing
    """What was sealed for the same context. Errors: SigningRefused("seal.broken")."""
    try:
        return AESGCM(_key(folder)).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise SigningRefused("seal.broken") from error


def _key(folder: Path) -> bytes:
    """The key of the deployment: it appears whole, and processes that start together agree on it."""
    path = folder / KEY_FILE
    with suppress(FileNotFoundError):
        return path.read_bytes()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(AESGCM.generate_key(256))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    return path.read_bytes()
