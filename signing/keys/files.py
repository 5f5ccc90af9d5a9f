"""Keys in PKCS#12 files, for small installations and demonstrations."""

from __future__ import annotations

from pathlib import Path

from signing import demo_pki, lasting, sealing
from signing.errors import SigningNotConfigured, SigningRefused
from signing.keys.admission import admit
from signing.keys.memory import MemoryKey, load_p12

_LARGEST = 2**20


class Pkcs12Keystore:
    """Files of signers, `<directory>/<key_id>.sealed`: encrypted by the installation, and by a passphrase of each.

    Nothing that was opened is kept: the passphrase of its holder is asked for at each use.
    """

    def __init__(self, directory: Path, vault: Path | None = None, *, production: bool = False) -> None:
        """Remember where the files are, and in which folder `sealing` has its key: among them unless told otherwise.

        In production no demonstration key is taken.
        """
        self._directory = directory
        self._vault = vault or directory
        self._production = production

    def store(self, key_id: str, data: bytes, passphrase: str) -> None:
        """Keep a PKCS#12 file, or replace the one of that name; the passphrase is only tried, and kept nowhere.

        Errors: SigningRefused("key.bad_id" | "key.unreadable" | "key.pin_wrong" | "key.too_weak" |
        "key.demo_in_production").
        """
        place = self._place(key_id)
        if len(data) > _LARGEST:
            raise SigningRefused("key.unreadable")
        self._opened(data, passphrase)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lasting.put(place, sealing.seal(data, _purpose(key_id), self._vault))

    def key(self, key_id: str, secret: str | None = None) -> MemoryKey:
        """One key, opened with its passphrase.

        Errors: SigningRefused("key.bad_id" | "key.unknown" | "key.pin_missing" | "key.pin_wrong" | "key.too_weak" |
        "key.demo_in_production" | "sealing.broken").
        """
        try:
            sealed = self._place(key_id).read_bytes()
        except FileNotFoundError as error:
            raise SigningRefused("key.unknown", key_id=key_id) from error
        if not secret:
            raise SigningRefused("key.pin_missing")
        return self._opened(sealing.unseal(sealed, _purpose(key_id), self._vault), secret)

    def _place(self, key_id: str) -> Path:
        return self._directory / f"{_plain(key_id)}.sealed"

    def _opened(self, data: bytes, passphrase: str) -> MemoryKey:
        try:
            key = load_p12(data, passphrase.encode())
        except SigningNotConfigured as error:  # the library does not tell a wrong passphrase from a broken file
            raise SigningRefused("key.pin_wrong") from error
        admit(key.certificate, production=self._production)
        return key


class DemoKeystore:
    """The keys of a demonstration infrastructure, and no others: all under one secret, opened once per process."""

    def __init__(self, directory: Path) -> None:
        """Open the store of a directory made by `demo_pki.create`. Errors: SigningNotConfigured."""
        self._directory = directory / "keys"
        self._secret = demo_pki.read_secret(directory)
        self._keys: dict[str, MemoryKey] = {}

    def key(self, key_id: str, secret: str | None = None) -> MemoryKey:  # noqa: ARG002  # the store has one for all
        """One key. Errors: SigningRefused("key.bad_id" | "key.unknown" | "key.not_demo"), SigningNotConfigured."""
        if key_id not in self._keys:
            self._keys[key_id] = self._load(key_id)
        return self._keys[key_id]

    def _load(self, key_id: str) -> MemoryKey:
        try:
            data = (self._directory / f"{_plain(key_id)}.p12").read_bytes()
        except FileNotFoundError as error:
            raise SigningRefused("key.unknown", key_id=key_id) from error
        key = load_p12(data, self._secret)
        if not demo_pki.is_demo(key.certificate):
            raise SigningRefused("key.not_demo")
        return key


def _plain(key_id: str) -> str:
    if not demo_pki.KEY_ID.fullmatch(key_id):
        raise SigningRefused("key.bad_id", key_id=key_id)
    return key_id


def _purpose(key_id: str) -> str:
    return f"key file {key_id}"
