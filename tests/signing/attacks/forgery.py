"""Universal signature forgery: a signature in such a state that a careless verifier finds nothing to check."""

import re
from functools import partial

from tests.signing.attacks.target import Attack, Target, contents, last_signature


def _range(value: bytes, target: Target) -> bytes:
    """Something else where the byte range was."""
    old = last_signature(target.data)
    return target.data[: old.start()] + value.ljust(len(old[0])) + target.data[old.end() :]


def _contents(value: bytes, target: Target) -> bytes:
    """Something else where the signature was, nothing moved."""
    opening, closing = contents(target.data)
    return target.data[:opening] + value.ljust(closing - opening) + target.data[closing:]


def _zeros(target: Target) -> bytes:
    opening, closing = contents(target.data)
    return target.data[: opening + 1] + b"0" * (closing - opening - 2) + target.data[closing - 1 :]


def _entry(old: bytes, new: bytes, target: Target) -> bytes:
    """The last place of an entry written over."""
    found = list(re.finditer(old, target.data))
    if not found:
        return target.data + b" "
    at = found[-1]
    return target.data[: at.start()] + new.ljust(len(at[0]))[: len(at[0])] + target.data[at.end() :]


ATTACKS: dict[str, Attack] = {
    "no range": partial(_range, b""),
    "a range of null": partial(_range, b"/ByteRange null"),
    "an empty range": partial(_range, b"/ByteRange []"),
    "a range of noughts": partial(_range, b"/ByteRange [0 0 0 0]"),
    "a range of words": partial(_range, b"/ByteRange [(0) /a (b) /c]"),
    "a range of fractions": partial(_range, b"/ByteRange [0 .5 1.5 2]"),
    "a range of one number": partial(_range, b"/ByteRange 0"),
    "a range elsewhere": partial(_range, b"/ByteRange 1 0 R"),
    "a range of ranges": partial(_range, b"/ByteRange [[0] [1] [2] [3]]"),
    "a signature of null": partial(_contents, b"null"),
    "an empty signature": partial(_contents, b"<>"),
    "a signature of one zero": partial(_contents, b"<00>"),
    "a signature of zeros": _zeros,
    "a signature of letters": partial(_contents, b"(khong co gi)"),
    "a signature elsewhere": partial(_contents, b"1 0 R"),
    "a signature of a number": partial(_contents, b"0"),
    "an odd signature": partial(_contents, b"<308>"),
    "no signature": partial(_entry, rb"/Contents <", b"/Kontents <"),
    "no kind": partial(_entry, rb"/SubFilter /ETSI\.CAdES\.detached", b""),
    "an unknown kind": partial(_entry, rb"/SubFilter /ETSI\.CAdES\.detached", b"/SubFilter /ETSI.CAdES.detachex"),
    "another kind": partial(_entry, rb"/SubFilter /ETSI\.CAdES\.detached", b"/SubFilter /adbe.x509.rsa_sha1"),
    "a time stamp instead": partial(_entry, rb"/Type /Sig\b", b"/Type /DTS"),
}
