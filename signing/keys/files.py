"""Keys in PKCS#12 files: for demonstrations and small installations."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex

from signing import demo_pki, sealing
from signing.errors import SigningNotConfigured, SigningRefused
from signing.keys.memory import MemoryKey, load_p12


class Pkcs12Keystore:
    """Key files `<directory>/<key_id>.p12`, opened once per process."""

    def __init__(self, directory: Path, secret: bytes, *, production: bool = False) -> None:
        """Remember where the files are; nothing is opened yet. In production no demonstration key is taken."""
        self._directory = directory
        self._secret = secret
        self._production = production
        self._keys: dict[str, MemoryKey] = {}

    def store(self, key_id: str, data: bytes, passphrase: str) -> None:
        """Keep a key file of a signer, sealed; its passphrase is asked for at each use and kept nowhere.

        Errors: SigningRefused("key.bad_id" | "key.pin_wrong" | "key.demo_in_production").
        """
        place = self._place(key_id, "sealed")
        self._accept(self._with(data, passphrase))
        draft = place.with_name(f".{place.name}.{token_hex(8)}")
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealing.seal(data, key_id, self._directory))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(place)

    def key(self, key_id: str, secret: str | None = None) -> MemoryKey:
        """One key: with its own passphrase one that was kept by `store`, else one of the operator's.

        Errors: SigningRefused("key.bad_id" | "key.unknown" | "key.pin_wrong"), SigningNotConfigured.
        """
        sealed = self._place(key_id, "sealed")
        if sealed.is_file():
            data = sealing.unseal(sealed.read_bytes(), key_id, self._directory)
            return self._accept(self._with(data, secret or ""))
        if key_id not in self._keys:
            self._keys[key_id] = self._load(key_id)
        return self._keys[key_id]

    def _place(self, key_id: str, suffix: str) -> Path:
        if not demo_pki.KEY_ID.fullmatch(key_id):
            raise SigningRefused("key.bad_id", key_id=key_id)
        return self._directory / f"{key_id}.{suffix}"

    def _with(self, data: bytes, passphrase: str) -> MemoryKey:
        try:
            return load_p12(data, passphrase.encode())
        except SigningNotConfigured as error:
            raise SigningRefused("key.pin_wrong") from error

    def _load(self, key_id: str) -> MemoryKey:
        try:
            data = self._place(key_id, "p12").read_bytes()
        except FileNotFoundError as error:
            raise SigningRefused("key.unknown", key_id=key_id) from error
        return self._accept(load_p12(data, self._secret))

    def _accept(self, key: MemoryKey) -> MemoryKey:
        if self._production and demo_pki.is_demo(key.certificate):
            raise SigningRefused("key.demo_in_production")
        return key


class DemoKeystore(Pkcs12Keystore):
    """The keys of a demonstration infrastructure, and no others."""

    def __init__(self, directory: Path) -> None:
        """Open the store of a directory made by `demo_pki.create`. Errors: SigningNotConfigured."""
        super().__init__(directory / "keys", demo_pki.read_secret(directory))

    def _accept(self, key: MemoryKey) -> MemoryKey:
        if not demo_pki.is_demo(key.certificate):
            raise SigningRefused("key.not_demo")
        return key
