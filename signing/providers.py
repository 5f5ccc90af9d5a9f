"""The places where keys are, as an operator writes them into `[[provider]]` tables of a profile.

    [[provider]]
    name = "files"                                  # how set-ups of signers refer to it: never to be changed
    label = "Tệp khóa"                              # optional: what signers read instead
    kind = "pkcs12"                                 # files that signers hand in, sealed, in `directory`
    directory = "keys"

    [[provider]]
    name = "hsm"
    kind = "pkcs11"
    module = "/usr/lib/softhsm/libsofthsm2.so"      # the vendor's library
    token = "van-thu"
    certificates = "certificates"                   # optional: <key_id>.pem, when they are not on the token
    environment = { SOFTHSM2_CONF = "/etc/softhsm2.conf" }
    timeout = 20                                    # seconds for opening, and for each signature

    [[provider]]
    name = "remote"
    kind = "csc"
    url = "https://sign.example.vn/"
    dialect = "csc"
    authorities = "service.pem"                     # optional: whom to believe instead of the system's roots
    account = "eoffice"                             # optional, with the file that holds its password
    password_file = "remote.secret"
    timeout = 30                                    # seconds for one answer
    holder_timeout = 300                            # seconds for a holder to agree
Paths are relative to the profile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from signing.errors import SigningNotConfigured
from signing.keys.dialect import Dialect
from signing.keys.files import Pkcs12Keystore
from signing.keys.protocol import Keystore
from signing.keys.remote import RemoteKeystore
from signing.keys.site import Site
from signing.keys.token import TokenKeystore

DIALECTS: Mapping[str, Dialect] = {"csc": Dialect()}
"""The vendors that are understood; a new one is a subclass and a line here."""

Table = Mapping[str, Any]


def keystores(directory: Path, tables: Any, *, production: bool) -> dict[str, Keystore]:
    """The keystores of a profile's tables, by name and in their order; nothing is opened yet.

    Errors: SigningNotConfigured("signing.bad_profile" | "key.secret_missing").
    """
    found: dict[str, Keystore] = {}
    try:
        for table in tables or ():
            found[_new_name(table, found)] = _KINDS[table["kind"]](directory, table, production)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SigningNotConfigured("signing.bad_profile") from error
    return found


def _new_name(table: Table, known: Mapping[str, Keystore]) -> str:
    name = table["name"]
    if not isinstance(name, str) or not name or name in known:
        raise ValueError(name)
    return name


def _pkcs12(directory: Path, table: Table, production: bool) -> Keystore:
    return Pkcs12Keystore(directory / table.get("directory", "keys"), directory, production=production)


def _pkcs11(directory: Path, table: Table, production: bool) -> Keystore:
    beside = table.get("certificates")
    return TokenKeystore(
        module=Path(table["module"]),
        label=str(table["token"]),
        certificates=None if beside is None else directory / beside,
        environment={str(name): str(value) for name, value in table.get("environment", {}).items()},
        patience=_seconds(table, "timeout", 20),
        production=production,
    )


def _csc(directory: Path, table: Table, production: bool) -> Keystore:
    roots, account = table.get("authorities"), str(table.get("account", ""))
    return RemoteKeystore(
        site=Site(table["url"], None if roots is None else directory / roots, _seconds(table, "timeout", 30)),
        dialect=DIALECTS[table.get("dialect", "csc")],
        account=account,
        password=_read(directory / table["password_file"]) if account else "",
        holder=_seconds(table, "holder_timeout", 300),
        production=production,
    )


_KINDS: Mapping[str, Callable[[Path, Table, bool], Keystore]] = {"pkcs12": _pkcs12, "pkcs11": _pkcs11, "csc": _csc}


def _seconds(table: Table, name: str, otherwise: float) -> float:
    seconds = float(table.get(name, otherwise))
    if not 0 < seconds < 3600:  # noqa: PLR2004  # an hour is no limit
        raise ValueError(name)
    return seconds


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SigningNotConfigured("key.secret_missing", file=path.name) from error
