"""Key files as an authority hands them out: certificates of the demonstration under a password of their own."""

from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from signing import demo_pki


def key_file(pki: Path, kind: Literal["person", "organisation"], name: str, opening: str) -> bytes:
    """A PKCS#12 file of somebody whom everybody here believes."""
    made = f"made-for-export-{kind}"
    path = pki / "keys" / f"{made}.p12"
    path.unlink(missing_ok=True)
    demo_pki.add_subject(pki, demo_pki.Subject(made, kind, name, name))
    key, certificate, others = pkcs12.load_key_and_certificates(path.read_bytes(), demo_pki.read_secret(pki))
    assert isinstance(key, demo_pki.PrivateKey)
    locked = BestAvailableEncryption(opening.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, others, locked)


def offer_files(pki: Path) -> None:
    """Let signers upload key files."""
    profile = pki / "profile.toml"
    profile.write_text(profile.read_text() + '[[provider]]\nname = "files"\nkind = "pkcs12"\n')
