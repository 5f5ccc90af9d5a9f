"""Reading JSON of strangers: what this language's reader takes beyond the standard, or chokes on, is refused here."""

import json
import math
from typing import Any, NoReturn

from app.kernel.errors import Invalid

DEEPEST = 32
LONGEST_NUMBER = 18
"""Digits: whole numbers beyond are neither ids nor counts of ours, and no database column takes them."""


def read(data: bytes) -> Any:
    """The value of a JSON text. Errors: Invalid."""
    try:
        value = json.loads(data.decode("utf-8"), parse_int=_whole, parse_float=_decimal, parse_constant=_constant)
    except RecursionError as depth:
        raise Invalid("request.too_deep", limit=DEEPEST) from depth
    except ValueError as error:
        raise Invalid("request.not_json") from error
    _look_through(value)
    return value


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > LONGEST_NUMBER:
        raise Invalid("request.number", limit=LONGEST_NUMBER)
    return int(text)


def _decimal(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Invalid("request.number", limit=LONGEST_NUMBER)
    return value


def _constant(_text: str) -> NoReturn:
    raise Invalid("request.not_json")  # NaN and Infinity are JavaScript's


def _look_through(value: Any) -> None:
    """No deep nests, which break readers further down, and no halves of characters, which nothing can write."""
    waiting = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            raise Invalid("request.too_deep", limit=DEEPEST)
        if isinstance(one, str):
            _check_characters(one)
        elif isinstance(one, list):
            waiting += [(item, depth + 1) for item in one]
        elif isinstance(one, dict):
            waiting += [(item, depth + 1) for pair in one.items() for item in pair]


def _check_characters(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as half:
        raise Invalid("request.characters") from half
