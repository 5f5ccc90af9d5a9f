"""What the README of the library shows works as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

import signing
from signing import profiles
from signing.errors import SigningRefused
from signing.keys.dialect import Permission
from signing.validation import verify
from signing.verdict import Outcome
from tests.signing import papers, whole
from tests.signing.authority import Authority

README = (Path(signing.__file__).parent / "README.md").read_text("utf-8")


def test_an_adapter_is_written_as_the_readme_shows(tmp_path: Path) -> None:
    authority = Authority("Cơ quan chứng thực thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = authority.key_of({"COMMON_NAME": papers.PERSON}, key=key).certificate
    form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    (tmp_path / "an.key").write_bytes(key.private_bytes(*form))
    (tmp_path / "an.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    store = _block("OpensslKeystore")["OpensslKeystore"](tmp_path)

    paper = whole.signed(tmp_path, authority.profile(store.key("an", "secret")))

    assert verify(paper, authority.trust()).outcome is Outcome.VALID
    with pytest.raises(SigningRefused, match=r"key\.pin_wrong"):
        store.key("an", "wrong").sign([bytes(32)])
    with pytest.raises(SigningRefused, match=r"key\.unknown"):
        store.key("../an", "secret")


def test_a_profile_and_a_dialect_are_written_as_the_readme_shows(pki: Path, tmp_path: Path) -> None:
    vendor = _block("class Vendor")["Vendor"]()
    assert vendor.authorised({"tranId": "7"}) == Permission(transaction="7")
    assert vendor.authorised({"SAD": "yes"}).sad == "yes"
    assert vendor.poll("7").body == {"tranId": "7"}

    [profile] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "profile.toml").write_text(profile, "utf-8")
    (tmp_path / "remote.secret").write_text("secret", "utf-8")
    (tmp_path / "trust").symlink_to(pki / "trust")
    assert list(profiles.load(tmp_path, production=False).keystores) == ["files", "hsm", "remote"]


def _block(word: str) -> dict[str, Any]:
    """What a piece of code of the README defines."""
    [code] = [one for one in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if word in one]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  # our own README
    return names
