"""Keys in PKCS#12 files: for demonstrations and small installations."""

from __future__ import annotations

from pathlib import Path

from signing import demo_pki
from signing.errors import SigningRefused
from signing.keys.memory import MemoryKey, load_p12


class Pkcs12Keystore:
    """Key files `<directory>/<key_id>.p12`, opened once per process."""

    def __init__(self, directory: Path, secret: bytes, *, production: bool = False) -> None:
        """Remember where the files are; nothing is opened yet. In production no demonstration key is taken."""
        self._directory = directory
        self._secret = secret
        self._production = production
        self._keys: dict[str, MemoryKey] = {}

    def key(self, key_id: str, secret: str | None = None) -> MemoryKey:  # noqa: ARG002  # the store has one for all
        """One key. Errors: SigningRefused("key.bad_id" | "key.unknown"), SigningNotConfigured."""
        if key_id not in self._keys:
            self._keys[key_id] = self._load(key_id)
        return self._keys[key_id]

    def _load(self, key_id: str) -> MemoryKey:
        if not demo_pki.KEY_ID.fullmatch(key_id):
            raise SigningRefused("key.bad_id", key_id=key_id)
        try:
            data = (self._directory / f"{key_id}.p12").read_bytes()
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
