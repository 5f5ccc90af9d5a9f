"""Where keys are is written in the profile: every kind of place, and nothing that makes no sense."""

import shutil
from pathlib import Path

import pytest

from signing import profiles
from signing.errors import SigningNotConfigured
from signing.keys.files import Pkcs12Keystore
from signing.keys.remote import RemoteKeystore
from signing.keys.token import TokenKeystore

STAMP = '[timestamp]\nurl = "http://tsa.example/"\n'
FILES = '[[provider]]\nname = "files"\nkind = "pkcs12"\n'
HSM = """[[provider]]
name = "hsm"
kind = "pkcs11"
module = "/usr/lib/softhsm/libsofthsm2.so"
token = "van-thu"
certificates = "certificates"
environment = { SOFTHSM2_CONF = "/etc/softhsm2.conf" }
timeout = 7
"""
REMOTE = """[[provider]]
name = "remote"
kind = "csc"
url = "https://sign.example.vn/"
account = "eoffice"
password_file = "remote.secret"
"""


def test_a_profile_names_its_providers_and_the_first_is_for_whoever_names_none(pki: Path, tmp_path: Path) -> None:
    shutil.copytree(pki, tmp_path / "pki")
    folder = tmp_path / "pki"
    (folder / "remote.secret").write_text("secret\n", "utf-8")
    _write(folder, HSM + FILES + REMOTE)
    profile = profiles.load(folder, production=False)

    token, remote = profile.keystores["hsm"], profile.keystores["remote"]
    assert list(profile.keystores) == ["hsm", "files", "remote"]
    assert profile.keystore is token
    assert isinstance(token, TokenKeystore)
    assert (token.patience, token.certificates) == (7, folder / "certificates")
    assert isinstance(profile.keystores["files"], Pkcs12Keystore)
    assert isinstance(remote, RemoteKeystore)
    assert (remote.account, remote.password) == ("eoffice", "secret")

    (folder / "profile.toml").write_text('kind = "pkcs12"\n' + STAMP + HSM, "utf-8")
    assert list(profiles.load(folder, production=False).keystores) == ["pkcs12", "hsm"]
    (folder / "profile.toml").write_text('kind = "demo"\n' + FILES, "utf-8")
    assert list(profiles.load(folder, production=False).keystores) == ["demo", "files"]


@pytest.mark.parametrize(
    "tables",
    [
        "",
        'provider = "files"\n',
        "provider = [7]\n",
        FILES + FILES,
        FILES.replace("files", ""),
        FILES.replace("pkcs12", "card"),
        HSM.replace('token = "van-thu"', ""),
        HSM.replace("timeout = 7", "timeout = 0"),
        HSM.replace('environment = { SOFTHSM2_CONF = "/etc/softhsm2.conf" }', 'environment = "x"'),
        REMOTE.replace("https", "http"),
        REMOTE + 'dialect = "klingon"\n',
        REMOTE.replace("remote.secret", "missing.secret"),
    ],
)
def test_providers_that_make_no_sense_open_nothing(tables: str, pki: Path, tmp_path: Path) -> None:
    shutil.copytree(pki, tmp_path / "pki")
    (tmp_path / "pki/remote.secret").write_text("secret\n", "utf-8")
    _write(tmp_path / "pki", tables)

    with pytest.raises(SigningNotConfigured, match=r"signing\.bad_profile|key\.secret_missing"):
        profiles.load(tmp_path / "pki", production=False)


def _write(folder: Path, tables: str) -> None:
    top, tables = (tables, "") if tables.startswith("provider") else ("", tables)
    (folder / "profile.toml").write_text(top + STAMP + tables, "utf-8")
