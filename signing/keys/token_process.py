"""The process that has the library of one token open, for one login: told what to do line by line, and gone with it.

A vendor's library may hang, crash, print, or share its login with everything else in its process; here it can do all of
that to nobody. Requests and answers are JSON lines; started by `signing.keys.token_child`, with the parent's limits.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass, TokenFlag, exceptions
from pkcs11.types import PROTECTED_AUTH
from pkcs11.util.ec import encode_ecdsa_signature

_PSS = (Mechanism.SHA256, MGF.SHA256, 32)
"""With the salt of `signing.keys.protocol`, but without loading the half of the world that it needs."""
_LONGEST_REQUEST = 65_536
_MOST_CERTIFICATES, _LONGEST_CERTIFICATE = 64, 65_536
_GRACE = 5
"""Seconds after which a hung library dies of an alarm, when the parent that should have ended it is dead itself."""
_CODES: Mapping[str, type[Exception] | tuple[type[Exception], ...]] = {
    "key.pin_locked": exceptions.PinLocked,
    "key.pin_expired": (exceptions.PinExpired, exceptions.UserPinNotInitialized),
    "key.pin_wrong": (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange),
    "key.absent": (
        exceptions.DeviceRemoved,
        exceptions.NoSuchToken,
        exceptions.SlotIDInvalid,
        exceptions.TokenNotPresent,
        exceptions.TokenNotRecognised,
    ),
    "key.ambiguous": exceptions.MultipleTokensReturned,
    "key.not_supported": (
        exceptions.FunctionNotSupported,
        exceptions.KeySizeRange,
        exceptions.KeyTypeInconsistent,
        exceptions.MechanismInvalid,
        exceptions.MechanismParamInvalid,
    ),
}


class Refused(Exception):
    """Something that is wrong with what was asked for, by its code."""


@dataclass(frozen=True)
class Opened:
    """A key behind a login; `pin` when the token wants it for every signature."""

    key: Any
    pin: str | None

    def signature(self, digest: bytes) -> bytes:
        """The raw signature over a SHA-256 digest."""
        if self.key.key_type == KeyType.RSA:
            raw = self.key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=_PSS, pin=self.pin)
            return bytes(raw)
        raw = self.key.sign(digest, mechanism=Mechanism.ECDSA, pin=self.pin)
        return bytes(encode_ecdsa_signature(raw))


def main() -> None:
    """Serve until there is nobody to ask, nothing is asked for a while, or something went wrong."""
    patience, idle = (float(word) for word in sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what was in memory was a PIN
    mouth = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints is no answer
    opened: Opened | None = None
    for request in _requests(idle):
        signal.setitimer(signal.ITIMER_REAL, patience + _GRACE)
        try:
            if opened is None:
                opened, answer = _open(request)
            else:
                answer = {"signature": opened.signature(bytes.fromhex(request["digest"])).hex()}
        except Exception as error:  # the parent decides what it means; nothing goes on after
            answer = {"error": _code(error)}
        signal.setitimer(signal.ITIMER_REAL, 0)
        mouth.write(json.dumps(answer).encode() + b"\n")
        if "error" in answer:
            return


def _requests(idle: float) -> Iterator[dict[str, Any]]:
    waiting = select.poll()
    waiting.register(0, select.POLLIN)
    heard = bytearray()
    while len(heard) <= _LONGEST_REQUEST and waiting.poll(idle * 1000):
        part = os.read(0, _LONGEST_REQUEST)
        if not part:
            return
        heard += part
        if heard.endswith(b"\n"):
            yield json.loads(heard)
            heard.clear()


def _open(request: Mapping[str, Any]) -> tuple[Opened, dict[str, Any]]:
    """Log in, and find the key and every certificate there."""
    token = _token(request["module"], request["token"])
    session = _session(token, request["pin"])
    key = _private(session, request["label"], bytes.fromhex(request["id"]))
    own, others = _certificates(session, _said(key, Attribute.ID), _said(key, Attribute.LABEL))
    pin = request["pin"] if _said(key, Attribute.ALWAYS_AUTHENTICATE) else None
    return Opened(key, pin), {"certificates": own, "others": others}


def _token(module: str, label: str) -> Any:
    if not Path(module).is_file():
        raise Refused("key.module_missing")
    try:
        library = pkcs11.lib(module)
    except (OSError, RuntimeError) as error:
        raise Refused("key.module_missing") from error
    return library.get_token(token_label=label)


def _session(token: Any, pin: str | None) -> Any:
    """A login. A token that is locked is not even asked, and no PIN is tried twice."""
    if TokenFlag.USER_PIN_LOCKED in token.flags:
        raise Refused("key.pin_locked")
    if TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags:
        return token.open(user_pin=PROTECTED_AUTH)
    if not pin:
        raise Refused("key.pin_missing")
    try:
        return token.open(user_pin=pin)
    except exceptions.PKCS11Error as error:
        raise Refused(_state_of(token, _code(error))) from error


def _state_of(token: Any, code: str) -> str:
    """What a refused PIN has led to, as far as the token says."""
    if code != "key.pin_wrong":
        return code
    flags = token.slot.get_token().flags  # what we have was read before the PIN was tried
    if TokenFlag.USER_PIN_LOCKED in flags:
        return "key.pin_locked"
    if TokenFlag.USER_PIN_FINAL_TRY in flags:
        return "key.pin_last_try"
    return code


def _private(session: Any, label: str, identifier: bytes) -> Any:
    """A private key by its id or label, or by the label of its certificate: people see only that."""
    found = _keys(session, {Attribute.ID: identifier} if identifier else {Attribute.LABEL: label})
    if not found and not identifier:
        named = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: label})
        for one in {_said(certificate, Attribute.ID) for certificate in named} - {None, b""}:
            found += _keys(session, {Attribute.ID: one})
    if len(found) != 1:
        raise Refused("key.ambiguous" if found else "key.unknown")
    if found[0].key_type not in (KeyType.RSA, KeyType.EC):
        raise Refused("key.too_weak")
    return found[0]


def _keys(session: Any, wanted: Mapping[Attribute, Any]) -> list[Any]:
    return list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, **wanted}))


def _certificates(session: Any, identifier: bytes | None, label: str | None) -> tuple[list[str], list[str]]:
    """The certificates of a key, and all others that may lead to a root."""
    own: list[str] = []
    others: list[str] = []
    found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    for _, one in zip(range(_MOST_CERTIFICATES), found, strict=False):
        value = bytes(one[Attribute.VALUE])[:_LONGEST_CERTIFICATE].hex()
        of_key = _said(one, Attribute.ID) == identifier if identifier else _said(one, Attribute.LABEL) == label
        (own if of_key else others).append(value)
    return own, others


def _said(thing: Any, attribute: Attribute) -> Any:
    """What a token says of something; None when it does not know the attribute, as many do."""
    try:
        return thing[attribute]
    except exceptions.PKCS11Error:
        return None


def _code(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    for code, kinds in _CODES.items():
        if isinstance(error, kinds):
            return code
    return "key.unavailable"


if __name__ == "__main__":
    main()
