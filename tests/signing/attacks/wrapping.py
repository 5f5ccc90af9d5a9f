"""Signature wrapping: what was signed is moved aside, and something else put in the room that no digest covers."""

from tests.signing import forging
from tests.signing.attacks.target import Attack, Target, contents, last_signature, other_page, table


def _moved(target: Target, *, in_place: bool, padding: bytes = b"") -> bytes:
    """The second part shifted to the end, objects before it, and a range that says so: in the gap, or in its place."""
    data = target.data
    opening, closing = contents(data)
    junk = b" %s\n" % padding + other_page(target.page) + table(target.page, closing + len(padding) + 2)
    rest = data[closing:]
    new = b"/ByteRange [0 %d %d %d]" % (opening, closing + len(junk), len(rest))
    if not in_place:
        second = b" " + new
        new = b"/ByteRange [0 %d %d %d]" % (opening, closing + len(junk) + len(second), len(rest))
        return data[:closing] + b" " + new + junk + rest
    old = last_signature(data)
    first = data[: old.start()] + new.ljust(len(old[0])) + data[old.end() : closing]
    return first + junk + rest


def _range(target: Target, values: str) -> bytes:
    """Another range written over the old one; `a`, `b`, `c` and `d` are the old numbers."""
    old = last_signature(target.data)
    a, b, c, d = (int(number) for number in old[0][old[0].index(b"[") + 1 : old[0].index(b"]")].split())
    numbers = values.format(b=b, c=c, d=d, a=a, b1=b + 1, c1=c + 2, d1=d - 2, c9=c - 9, d9=d + 9, far=10**9)
    new = b"/ByteRange [%s]" % numbers.encode()
    if len(new) > len(old[0]):
        return target.data[: old.start()] + new + target.data[old.end() :]
    return target.data[: old.start()] + new.ljust(len(old[0])) + target.data[old.end() :]


def _second_contents(target: Target) -> bytes:
    """Another signature of zeros behind the first, in the gap: of two equal names only one counts."""
    opening, closing = contents(target.data)
    room = b"<00> /Contents "
    signature = target.data[opening + 1 : closing - 1 - len(room)]
    return target.data[:opening] + room + b"<" + signature + b">" + target.data[closing:]


def _comment(target: Target) -> bytes:
    """A comment in the gap, long enough for anything."""
    opening, _ = contents(target.data)
    return target.data[: opening + 1] + b"%" + other_page(4).replace(b"\n", b" ") + b"\n" + target.data[opening + 1 :]


ATTACKS: dict[str, Attack] = {
    "moved": lambda target: _moved(target, in_place=True),
    "moved, padded": lambda target: _moved(target, in_place=True, padding=bytes(500)),
    "moved, a second range": lambda target: _moved(target, in_place=False),
    "moved, a second range, padded": lambda target: _moved(target, in_place=False, padding=b"%" + b"x" * 99),
    "objects in the gap": lambda target: forging.smuggled(target.data),
    "bytes behind the signature": lambda target: forging.padded(target.data),
    "two signatures in the gap": _second_contents,
    "a comment in the gap": _comment,
    "a wider gap": lambda target: _range(target, "{a} {b} {c1} {d1}"),
    "a range that ends early": lambda target: _range(target, "{a} {b} {c} {d1}"),
    "a range beyond the end": lambda target: _range(target, "{a} {b} {c} {d9}"),
    "parts that overlap": lambda target: _range(target, "{a} {b} {c9} {d9}"),
    "three parts": lambda target: _range(target, "{a} 9 9 9 {c} {d}"),
    "a part that starts late": lambda target: _range(target, "1 {b} {c} {d}"),
    "a negative part": lambda target: _range(target, "{a} {b} {c} -1"),
    "parts exchanged": lambda target: _range(target, "{c} {d} {a} {b}"),
    "one part": lambda target: _range(target, "{a} {b}"),
    "an enormous part": lambda target: _range(target, "{a} {far}{far}{far} {c} {d}"),
}
