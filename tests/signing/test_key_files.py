"""Key files of signers: unreadable without the installation and without the passphrase, and never half written."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from signing.demo_pki import PrivateKey
from signing.errors import SigningRefused
from signing.keys.files import Pkcs12Keystore
from tests.signing.authority import Authority

PASSPHRASE = "mật khẩu của người ký"  # noqa: S105
DIGEST = bytes(32)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Cơ quan chứng thực thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))


def test_a_key_file_is_opened_by_its_holder_alone_and_nothing_opened_is_kept(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "another").mkdir()
    here = Pkcs12Keystore(tmp_path / "keys", tmp_path)
    elsewhere = Pkcs12Keystore(tmp_path / "elsewhere", tmp_path / "another")
    data = _file(authority, ec.generate_private_key(ec.SECP256R1()))
    here.store("signer", data, PASSPHRASE)
    sealed = tmp_path / "keys/signer.sealed"

    key = here.key("signer", PASSPHRASE)
    assert len(key.sign([DIGEST, DIGEST])) == 2
    assert here.key("signer", PASSPHRASE) is not key
    assert data[20:60] not in sealed.read_bytes()
    assert sealed.stat().st_mode & 0o777 == 0o600
    for secret, code in {"wrong": "pin_wrong", "": "pin_missing", None: "pin_missing"}.items():
        with pytest.raises(SigningRefused, match=rf"key\.{code}"):
            here.key("signer", secret)
    elsewhere.store("signer", data, PASSPHRASE)
    for stolen in (sealed.read_bytes(), sealed.read_bytes()[:-1], b""):
        (tmp_path / "elsewhere/signer.sealed").write_bytes(stolen)
        with pytest.raises(SigningRefused, match=r"sealing\.broken"):
            elsewhere.key("signer", PASSPHRASE)
    sealed.rename(tmp_path / "keys/another.sealed")
    with pytest.raises(SigningRefused, match=r"sealing\.broken"):
        here.key("another", PASSPHRASE)


def test_a_file_that_cannot_sign_replaces_nothing(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Pkcs12Keystore(tmp_path / "keys", tmp_path)
    good = _file(authority, ec.generate_private_key(ec.SECP256R1()))
    store.store("signer", good, PASSPHRASE)
    weak = _file(authority, rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505
    odd = _file(authority, ec.generate_private_key(ec.SECP256K1()))
    for data, passphrase, code in (
        (weak, PASSPHRASE, "too_weak"),
        (odd, PASSPHRASE, "too_weak"),
        (good, "wrong", "pin_wrong"),
        (b"\x30\x03abc", PASSPHRASE, "pin_wrong"),
        (bytes(2**20 + 1), PASSPHRASE, "unreadable"),
    ):
        with pytest.raises(SigningRefused, match=rf"key\.{code}"):
            store.store("signer", data, passphrase)
    for name in ("../signer", "", ".hidden", "a/b"):
        with pytest.raises(SigningRefused, match=r"key\.bad_id"):
            store.store(name, good, PASSPHRASE)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        store.store("signer", good, PASSPHRASE)
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["signer.sealed"]
    assert len(store.key("signer", PASSPHRASE).sign([DIGEST])) == 1


def _file(authority: Authority, key: PrivateKey) -> bytes:
    certificate = authority.key_of({"COMMON_NAME": "Văn thư"}, key=key).certificate
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    return pkcs12.serialize_key_and_certificates(b"signer", key, certificate, None, lock)
