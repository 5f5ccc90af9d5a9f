"""Comparing two ledgers without sending them whole: a part holds the entries whose hash begins with some digits."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from interchange import merkle
from interchange.errors import ExchangeUnavailable

Entries = Mapping[str, str]
SMALL, DEEPEST = 64, 4
"""Entries that are sent rather than split further, and digits after which they always are."""
MOST_ASKED = 2000
"""Questions after which the other side is not asked any more."""
DIGITS = "0123456789abcdef"


def root(entries: Entries) -> str:
    """The one hash of a ledger, or of a part of it."""
    return merkle.root(f"{entry}={hashes}" for entry, hashes in entries.items())


def under(entries: Entries, prefix: str) -> dict[str, str]:
    """The part of a ledger whose entries' hashes begin with these digits."""
    return {entry: hashes for entry, hashes in entries.items() if _place(entry).startswith(prefix)}


def is_prefix(text: str) -> bool:
    """Whether a text names a part."""
    return len(text) <= DEEPEST and all(one in DIGITS for one in text)


def answer(entries: Entries, prefix: str, theirs: str) -> dict[str, object]:
    """What to say of a part to who has another hash of it: the hashes of its own parts, or its entries when few."""
    found = under(entries, prefix)
    if root(found) == theirs:
        return {"root": theirs, "entries": {}}
    if len(found) <= SMALL or len(prefix) == DEEPEST:
        return {"root": root(found), "entries": found}
    return {"root": root(found), "parts": {digit: root(part) for digit, part in _parts(found, prefix)}}


def walk(ask: Callable[[str, str], Mapping[str, Any]], ours: Entries) -> tuple[str, dict[str, str]]:
    """The hash of their ledger and all its entries: `ask` of a part, with our hash of it, gives their `answer`.

    Errors: ExchangeUnavailable "peer.nonsense" for what is no answer, or leads on without end.
    """
    theirs: dict[str, str] = {}
    waiting, whole = [""], ""
    for _ in range(MOST_ASKED):
        if not waiting:
            return whole, theirs
        prefix = waiting.pop()
        mine = under(ours, prefix)
        said = ask(prefix, root(mine))
        whole = whole or _text(said.get("root"))
        if said.get("root") == root(mine):
            theirs |= mine
        elif len(prefix) < DEEPEST and "parts" in said:
            parts, named = dict(_parts(mine, prefix)), _texts(said["parts"])
            other = {digit for digit, part in parts.items() if named.get(digit) != root(part)}
            waiting += [prefix + digit for digit in other]
            theirs |= {entry: it for digit in parts.keys() - other for entry, it in parts[digit].items()}
        else:
            theirs |= _texts(said.get("entries"))
    raise ExchangeUnavailable("peer.nonsense")


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ExchangeUnavailable("peer.nonsense")
    return {_text(name): _text(one) for name, one in value.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ExchangeUnavailable("peer.nonsense")
    return value


def _parts(entries: Entries, prefix: str) -> Iterator[tuple[str, Entries]]:
    return ((digit, under(entries, prefix + digit)) for digit in DIGITS)


def _place(entry: str) -> str:
    return sha256(entry.encode()).hexdigest()
