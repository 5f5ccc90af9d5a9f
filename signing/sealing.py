"""Secrets that wait for a worker, such as a PIN: sealed under a key of this installation, for one purpose only.

AES-256-GCM with the context as associated data: what was sealed for one session opens for no other. The key is made at
first use and lies beside the profile, readable by its owner alone; a copy of the database without it tells nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signing import lasting
from signing.errors import SigningRefused

_KEY = "sealing.key"
_KEY_LENGTH, _NONCE_LENGTH = 32, 12
_FORMAT = b"\x01"


def seal(data: bytes, context: str, folder: Path) -> bytes:
    """The data as only `unseal` with the same context and folder can read them."""
    if not (folder / _KEY).exists():  # of several processes that make one at once, the first decides
        lasting.put(folder / _KEY, os.urandom(_KEY_LENGTH), once=True)
    nonce = os.urandom(_NONCE_LENGTH)
    return _FORMAT + nonce + AESGCM(_key(folder)).encrypt(nonce, data, context.encode())


def unseal(sealed: bytes, context: str, folder: Path) -> bytes:
    """What was sealed. Errors: SigningRefused("sealing.broken"): another context, another key, or tampered with."""
    nonce, rest = sealed[1 : 1 + _NONCE_LENGTH], sealed[1 + _NONCE_LENGTH :]
    if sealed[:1] != _FORMAT or len(nonce) < _NONCE_LENGTH:
        raise SigningRefused("sealing.broken")
    try:
        return AESGCM(_key(folder)).decrypt(nonce, rest, context.encode())
    except InvalidTag as error:
        raise SigningRefused("sealing.broken") from error


def _key(folder: Path) -> bytes:
    """The key of this installation. A lost one is not made anew: what it sealed would not open, and nobody know why."""
    try:
        key = (folder / _KEY).read_bytes()
    except FileNotFoundError:
        key = b""
    if len(key) != _KEY_LENGTH:
        raise SigningRefused("sealing.broken")
    return key
