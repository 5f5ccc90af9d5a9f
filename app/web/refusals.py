"""How often someone may be refused at the door. Only refusals count: an office signs in by the hundred each morning."""

from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import TypeVar

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from app.kernel.errors import TooMany
from app.web.security import storage_of

R = TypeVar("R")
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


def check(name: str, address: str) -> None:
    """Refuse to look at another attempt too soon. Raises TooMany with the minutes to wait."""
    for rule, key in _keys(name, address):
        item = _item(rule)
        if not _door().ask(lambda count, item=item, key=key: count.test(item, key)):  # type: ignore[misc]
            until = _door().ask(lambda count, item=item, key=key: count.get_window_stats(item, key).reset_time)  # type: ignore[misc]
            raise TooMany("sign_in.too_many", minutes=max(1, round((until - time()) / 60 + 0.5)))


def note(name: str, address: str) -> None:
    """Count one refusal."""
    for rule, key in _keys(name, address):
        item = _item(rule)
        _door().ask(lambda count, item=item, key=key: count.hit(item, key))  # type: ignore[misc]


def _keys(name: str, address: str) -> list[tuple[str, str]]:
    known = name.strip().lower()
    return [("pair", f"{address} {known}"), ("address", address), ("name", known)]


def _item(rule: str) -> RateLimitItem:
    return parse(RULES[rule])


def _door() -> Door:
    found: Door = current_app.extensions[KEY]
    return found
