"""How often someone may be refused at the door. Only refusals count: an office signs in by the hundred each morning."""

import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import TypeVar

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from app.kernel.errors import Forbidden, TooMany
from app.web.security import storage_of

R = TypeVar("R")
Keys = Sequence[tuple[str, str]]
KEY = "refusals"
# A name from one place; a whole office behind one address; a name guessed from many places at once.
RULES = {"pair": "8 per 10 minutes", "address": "60 per 10 minutes", "name": "100 per hour"}


@dataclass(frozen=True)
class Door:
    """Counts in Redis, for all processes together; in memory while Redis is away, so nobody is locked out by that."""

    shared: FixedWindowRateLimiter
    own: FixedWindowRateLimiter

    def ask(self, question: Callable[[FixedWindowRateLimiter], R]) -> R:
        """Put a question to the counts that can be reached."""
        try:
            return question(self.shared)
        except RedisError:
            return question(self.own)


def init_app(app: Flask) -> None:
    """Hang the counters beside the door."""
    options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    shared = storage_from_string(storage_of(app.config["REDIS_URL"]), **options)
    app.extensions[KEY] = Door(FixedWindowRateLimiter(shared), FixedWindowRateLimiter(MemoryStorage()))


@contextmanager
def counted(name: str, address: str) -> Iterator[None]:
    """One attempt to come in. Raises TooMany with the minutes to wait.

    It is counted before it is looked at, or attempts that come together would all be let through; unless the door
    refuses it (Forbidden), it is given back.
    """
    keys = _keys(name, address)
    _take(keys)
    is_refused = False
    try:
        yield
    except Forbidden:
        is_refused = True
        raise
    finally:
        if not is_refused:
            _give_back(keys)


def _take(keys: Keys) -> None:
    """Count under every rule, or under none: whoever guesses on at a closed door closes no other."""
    for done, (rule, key) in enumerate(keys, 1):
        if not _hit(rule, key):
            _give_back(keys[:done])
            until = _door().ask(lambda count, rule=rule, key=key: count.get_window_stats(_item(rule), key).reset_time)  # type: ignore[misc]
            raise TooMany("sign_in.too_many", minutes=max(1, round((until - time()) / 60 + 0.5)))


def _give_back(keys: Keys) -> None:
    for rule, key in keys:
        _hit(rule, key, cost=-1)


def _hit(rule: str, key: str, cost: int = 1) -> bool:
    return _door().ask(lambda count: count.hit(_item(rule), key, cost=cost))


def _keys(name: str, address: str) -> Keys:
    known = name.strip().lower()
    return [("pair", _sealed(f"{address} {known}")), ("address", _sealed(address)), ("name", _sealed(known))]


def _sealed(text: str) -> str:
    """What is counted, unreadable: people type passwords where names belong, and Redis is no place for those."""
    secret: str = current_app.config["SECRET_KEY"]
    return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()[:32]


def _item(rule: str) -> RateLimitItem:
    return parse(RULES[rule])


def _door() -> Door:
    found: Door = current_app.extensions[KEY]
    return found
